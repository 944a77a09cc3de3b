// SPDX-License-Identifier: Apache-2.0

import Physics
import TestSupport
import Testing

/// Where Stroh's roots coincide or nearly do, the residue sums break down and nothing may show.
struct CoincidentRootsTests {
  /// A cubic crystal whose anisotropy factor is 1 + excess.
  private func crystal(_ excess: Double) throws -> Crystal {
    try cubic(140, 60, 40 * (1 + excess))
  }

  private let kind = SlipSystem(
    burgers: SIMD3(1, -1, 0), line: SIMD3(2, 1, -3), plane: SIMD3(1, 1, 1))

  @Test func isotropicRootsAreExactlyTheImaginaryUnit() throws {
    let dislocation = try StraightDislocation(kind, in: crystal(0))
    #expect(!dislocation.usesResidues)
    for root in dislocation.roots {
      #expect(abs(root.real) < 1e-9)
      #expect(abs(root.imaginary - 1) < 1e-9)
    }
  }

  @Test func nothingDivergesOnTheWayToIsotropy() throws {
    let isotropic = try StraightDislocation(kind, in: crystal(0))
    let vector = SIMD3(0.3, 1, -0.2)
    let point = SIMD3(0.4, -0.2, 0.9)
    let contrast = ContrastFactors(isotropic).factor(of: vector)
    let strain = isotropic.strain(at: point)
    for exponent in 1...17 {
      for sign in [-1.0, 1] {
        var excess = sign
        for _ in 0..<exponent { excess /= 10 }
        let dislocation = try StraightDislocation(kind, in: crystal(excess))
        let limit = 2 * abs(excess) + 1e-12
        #expect(agree(dislocation.energyFactor, isotropic.energyFactor, within: limit))
        #expect(agree(ContrastFactors(dislocation).factor(of: vector), contrast, within: limit))
        #expect((dislocation.strain(at: point) - strain).largest < limit * strain.largest)
        for root in dislocation.roots {
          #expect(root.imaginary > 0 && root.imaginary.isFinite && root.real.isFinite)
        }
      }
    }
  }

  @Test func theTwoWaysMeetWhereTheySwitch() throws {
    // Bisection finds the anisotropy at which the way changes; nothing else may change there.
    var (coincident, apart) = (0.0, 2.0)
    #expect(try StraightDislocation(kind, in: crystal(apart)).usesResidues)
    for _ in 0..<60 {
      let middle = (coincident + apart) / 2
      if try StraightDislocation(kind, in: crystal(middle)).usesResidues {
        apart = middle
      } else {
        coincident = middle
      }
    }
    #expect(apart - coincident < 1e-12)
    let before = try StraightDislocation(kind, in: crystal(coincident))
    let after = try StraightDislocation(kind, in: crystal(apart))
    #expect(before.usesResidues != after.usesResidues)
    #expect(agree(before.energyFactor, after.energyFactor, within: 1e-11))
    let point = SIMD3(0.4, -0.2, 0.9)
    let field = before.distortion(at: point)
    #expect((field - after.distortion(at: point)).largest < 1e-11 * field.largest)
  }

  @Test func hexagonalCrystalWithTheLineAlongCHasADoubleRootAndAClosedForm() throws {
    // In the basal plane a hexagonal crystal is isotropic.
    let crystal = try titanium()
    let edge = try StraightDislocation(
      SlipSystem(burgers: SIMD3(1, 0, 0), line: SIMD3(0, 0, 1)), in: crystal)
    let (c11, c12) = (135.6, 71.1)
    #expect(
      agree(edge.energyFactor / gigapascal, (c11 * c11 - c12 * c12) / (2 * c11), within: 1e-12))
    #expect(!edge.usesResidues)
    let screw = try StraightDislocation(
      SlipSystem(burgers: SIMD3(0, 0, 1), line: SIMD3(0, 0, 1)), in: crystal)
    #expect(agree(screw.energyFactor / gigapascal, 45.7, within: 1e-12))
    #expect(edge.roots.allSatisfy { abs($0.imaginary - 1) < 1e-6 && abs($0.real) < 1e-6 })
    // A line tilted ever less from c.
    for tilt in [1e-2, 1e-4, 1e-6, 1e-8, 1e-12] {
      let tilted = try StraightDislocation(
        SlipSystem(burgers: SIMD3(1, 0, 0), line: SIMD3(tilt, 2 * tilt, 1)), in: crystal)
      #expect(agree(tilted.energyFactor, edge.energyFactor, within: 3 * tilt + 1e-12))
    }
  }

  @Test func strongAnisotropyLosesNothing() throws {
    // Roots at 0.02 above the real axis: the contrast factor needs 1,000 points and gets them.
    let stiffness = StiffnessTensor(
      OrthotropicStiffness(
        in: gigapascal, c11: 1000, c22: 400, c33: 1, c44: 2, c55: 0.2, c66: 90, c12: 10,
        c13: 0.1, c23: 3))
    let edge = StraightDislocation(
      stiffness: stiffness, burgers: SIMD3(0.5, 0, 0),
      frame: DislocationFrame(line: SIMD3(0, 1, 0), normal: SIMD3(0, 0, 1)))
    let (c11, c22, c12, c66) = (1000.0, 1.0, 0.1, 0.2)
    let mean = (c11 * c22).squareRoot()
    let closed =
      (mean + c12) * (c66 * (mean - c12) / (c22 * (mean + c12 + 2 * c66))).squareRoot()
    #expect(agree(edge.energyFactor / gigapascal, closed, within: 1e-11))
    let first = ContrastFactors(edge).factor(of: SIMD3(1, 0, 0.3))
    let turned = StraightDislocation(
      stiffness: stiffness, burgers: SIMD3(0.5, 0, 0),
      frame: DislocationFrame(line: SIMD3(0, 1, 0), normal: SIMD3(0.37, 0, 1)))
    #expect(agree(ContrastFactors(turned).factor(of: SIMD3(1, 0, 0.3)), first, within: 1e-9))
  }
}
