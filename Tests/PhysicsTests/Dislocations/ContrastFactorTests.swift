// SPDX-License-Identifier: Apache-2.0

import Glibc
import Physics
import TestSupport
import Testing

/// What rows A3, A5, A6 and A9 of the verification, which are tests too, do not ask of contrast factors.
struct ContrastFactorTests {
  @Test func geometricFactorIsThatOfItsDefinition() throws {
    let factors = ContrastFactors(try StraightDislocation(system("D"), in: lfp))
    let contrast = try factors.factor(of: Reflection(3, 1, 1), in: lfp, averaged: true)
    let value = try factors.geometricFactor(of: Reflection(3, 1, 1), in: lfp, averaged: true)
    let square = 9 / (10.45 * 10.45) + 1 / (6.05 * 6.05) + 1 / (4.74 * 4.74)
    #expect(agree(value, .pi / 2 * square * 4.74 * 4.74 * contrast, within: 1e-13))
  }

  @Test func theFactorIsTheMeanSquareOfTheStrainAlongTheVector() throws {
    // The oracle is the field itself, at points on a circle.
    let base = try general()
    let direction = unit(SIMD3(0.3, -1.1, 0.7))
    let (count, radius) = (400, 2.5)
    var sum = 0.0
    for index in 0..<count {
      let angle = 2 * Double.pi * Double(index) / Double(count)
      let point = radius * (cos(angle) * base.frame.e1 + sin(angle) * base.frame.e2)
      let scaled = 2 * Double.pi * radius / length(base.burgers)
      let strain = scaled * dot(direction, base.strain(at: point) * direction)
      sum += strain * strain
    }
    let mean = 2 * sum / Double(count)
    #expect(agree(ContrastFactors(base).factor(of: direction), mean, within: 1e-12))
  }

  @Test func noReflectionHasNoFactor() throws {
    let factors = ContrastFactors(try StraightDislocation(system("D"), in: lfp))
    #expect(throws: CrystalError.zeroReflection) {
      try factors.factor(of: Reflection(0, 0, 0), in: lfp, averaged: true)
    }
  }
}
