// SPDX-License-Identifier: Apache-2.0

import Glibc
import Physics
import TestSupport
import Testing

/// What rows A7, A8 and A9 of the verification, which are tests too, do not ask of the field.
struct DislocationFieldTests {
  @Test func displacementIsTheIntegralOfTheDistortion() throws {
    for dislocation in [try general(), try StraightDislocation(system("F"), in: lfp)] {
      let field = DislocationDisplacement(dislocation)
      let step = 1e-3
      for point in [SIMD3(0.7, 0.2, 0.1), SIMD3(-0.4, 0.9, 0.4), SIMD3(0.1, -0.8, 1.0)] {
        let distortion = dislocation.distortion(at: point)
        for axis in 0..<3 {
          var shift = SIMD3<Double>.zero
          shift[axis] = step
          let near = field.displacement(at: point + shift) - field.displacement(at: point - shift)
          let far =
            field.displacement(at: point + 2 * shift) - field.displacement(at: point - 2 * shift)
          let slope = (1 / (12 * step)) * (8 * near - far)
          #expect(length(slope - distortion.transpose[column: axis]) < 1e-8)
        }
      }
    }
  }

  @Test func displacementJumpsByBAcrossTheCut() throws {
    let dislocation = try general()
    let field = DislocationDisplacement(dislocation)
    let above = -0.8 * dislocation.frame.e1 + 1e-13 * dislocation.frame.e2
    let below = -0.8 * dislocation.frame.e1 - 1e-13 * dislocation.frame.e2
    let jump = field.displacement(at: above) - field.displacement(at: below)
    #expect(length(jump - dislocation.burgers) < 1e-11)
  }

  @Test func displacementOfAnIsotropicEdgeIsTheTextbooks() throws {
    // u1 = b/2π [θ + sin 2θ/4(1 − ν)], u2 = −b/2π [(1 − 2ν)/2(1 − ν) ln r + cos 2θ/4(1 − ν)].
    let ratio = 0.3
    let c11 = 80 * (1 - ratio) / (1 - 2 * ratio)
    let dislocation = try StraightDislocation(
      SlipSystem(burgers: SIMD3(1, 0, 0), line: SIMD3(0, 0, 1), plane: SIMD3(0, 1, 0)),
      in: cubic(c11, c11 - 80, 40))
    let field = DislocationDisplacement(dislocation)
    for (x, y) in [(0.5, 0.2), (-0.3, 0.9), (-1.0, -0.1)] {
      let (angle, radius) = (atan2(y, x), hypot(x, y))
      let along = angle + sin(2 * angle) / (4 * (1 - ratio))
      let normal =
        (1 - 2 * ratio) / (2 * (1 - ratio)) * log(radius)
        + cos(2 * angle) / (4 * (1 - ratio))
      let expected = (0.36 / (2 * Double.pi)) * SIMD3(along, -normal, 0)
      #expect(length(field.displacement(at: SIMD3(x, y, 0)) - expected) < 1e-14)
    }
  }

  @Test func fieldIsOddFallsWithDistanceAndIsTheSameAlongTheLine() throws {
    let base = try general()
    let point = SIMD3(0.4, -0.2, 0.9)
    let field = base.distortion(at: point)
    #expect((field + base.distortion(at: -point)).largest < 1e-13 * field.largest)
    #expect((field - 3 * base.distortion(at: 3 * point)).largest < 1e-13 * field.largest)
    let along = base.distortion(at: point + 5 * base.frame.e3)
    #expect((field - along).largest < 1e-12 * field.largest)
    #expect(base.distortion(at: .zero) == .zero)
  }

  @Test func fieldDoesNotDependOnThePlaneChosenForTheFrame() throws {
    let base = try general()
    let other = StraightDislocation(
      stiffness: base.stiffness, burgers: base.burgers,
      frame: DislocationFrame(line: base.frame.e3, normal: SIMD3(0.2, 1, -0.3)))
    let point = SIMD3(0.4, -0.2, 0.9)
    let field = base.distortion(at: point)
    #expect((field - other.distortion(at: point)).largest < 1e-12 * field.largest)
  }
}

extension Matrix3 {
  /// A row, in the words of the tests that transpose first.
  fileprivate subscript(column index: Int) -> SIMD3<Double> { [first, second, third][index] }
}
