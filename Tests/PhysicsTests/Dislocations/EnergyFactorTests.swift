// SPDX-License-Identifier: Apache-2.0

import Physics
import TestSupport
import Testing

/// What rows A1, A2 and A4 of the verification, which are tests too, do not ask of energy factors.
struct EnergyFactorTests {
  @Test func foremansFormulaHoldsForAnyConstants() throws {
    // K = (c̄ + c12) √[c66 (c̄ − c12) / (c22 (c̄ + c12 + 2 c66))], c̄ = √(c11 c22), in axes 1 ∥ b,
    // 2 ∥ normal. Here b ∥ a, l ∥ b: 1, 2 = a, c.
    for factor in [0.3, 0.8, 1.0, 1.7] {
      let (c11, c22, c12, c66) = (180.0, 90.0, 40.0, 55 * factor)
      let stiffness = OrthotropicStiffness(
        in: gigapascal, c11: c11, c22: 130, c33: c22, c44: 30, c55: c66, c66: 42, c12: 33,
        c13: c12, c23: 27)
      let edge = StraightDislocation(
        stiffness: StiffnessTensor(stiffness), burgers: SIMD3(0.5, 0, 0),
        frame: DislocationFrame(line: SIMD3(0, 1, 0), normal: SIMD3(0, 0, 1)))
      let mean = (c11 * c22).squareRoot()
      let closed =
        (mean + c12)
        * (c66 * (mean - c12) / (c22 * (mean + c12 + 2 * c66))).squareRoot()
      #expect(agree(edge.energyFactor / gigapascal, closed, within: 1e-12))
    }
  }

  @Test func charactersAreThoseOfTheTable() throws {
    let edges = try SlipSystem.olivineCandidates.filter {
      try StraightDislocation($0, in: lfp).character == .edge
    }
    #expect(
      edges.map(\.label) == ["A", "D", "G", "[100](010)[001]", "I", "[100](001)[010]", "N", "O"])
    let mixed = try "BCEFHJKLM".filter {
      try StraightDislocation(system(String($0)), in: lfp).character == .mixed
    }
    #expect(mixed.count == 9)
  }

  @Test func isotropicEnergyFactorsAreTheShearModulusAndItsQuotient() throws {
    for ratio in [-0.4, 0.0, 0.25, 0.33, 0.49] {
      // c12/c11 = ν/(1 − ν); μ = 40 GPa.
      let c11 = 80 * (1 - ratio) / (1 - 2 * ratio)
      let crystal = try cubic(c11, c11 - 80, 40)
      for line in [SIMD3(0.0, 0, 1), SIMD3(1, 2, 3), SIMD3(-1, 1, 0)] {
        let screw = try StraightDislocation(SlipSystem(burgers: line, line: line), in: crystal)
        #expect(agree(screw.energyFactor / gigapascal, 40, within: 1e-12))
        let across = SIMD3(line.y - line.z, line.z - line.x, line.x - line.y)
        let edge = try StraightDislocation(SlipSystem(burgers: across, line: line), in: crystal)
        #expect(agree(edge.energyFactor / gigapascal, 40 / (1 - ratio), within: 1e-12))
      }
    }
  }
}
