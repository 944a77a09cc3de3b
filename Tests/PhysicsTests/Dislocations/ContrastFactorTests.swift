// SPDX-License-Identifier: Apache-2.0

import Glibc
import Physics
import TestSupport
import Testing

/// Rows A3, A5 and A6 of the verification: contrast factors.
struct ContrastFactorTests {
  /// Table S2, corrected: label, FePO4 and LiFePO4 at 101, 210, 111, 301, 311, in the table's order.
  static let table: [(String, [Double], [Double])] = [
    ("N", [0.1634, 0.0537, 0.3059, 0.0254, 0.0771], [0.1471, 0.0516, 0.3416, 0.0263, 0.0942]),
    ("O", [0.0151, 0.3809, 0.0706, 0.1899, 0.2192], [0.0143, 0.3512, 0.0533, 0.2069, 0.2057]),
    ("D", [0.4846, 0.0307, 0.2012, 0.2459, 0.1659], [0.4645, 0.0430, 0.2040, 0.2826, 0.1914]),
    ("I", [0.0488, 0.0830, 0.2847, 0.0076, 0.0718], [0.0464, 0.0772, 0.3196, 0.0083, 0.0881]),
    ("A", [0.0029, 0.3187, 0.1073, 0.0360, 0.1222], [0.0052, 0.3240, 0.0862, 0.0756, 0.1342]),
    ("G", [0.3311, 0.0108, 0.3368, 0.0514, 0.0849], [0.3111, 0.0101, 0.3776, 0.0556, 0.1041]),
    ("E", [0.1333, 0.1415, 0.2614, 0.1072, 0.1556], [0.1167, 0.1699, 0.2389, 0.1166, 0.1637]),
    ("L", [0.1512, 0.2413, 0.1617, 0.2073, 0.2324], [0.1211, 0.2442, 0.1732, 0.1916, 0.2260]),
    ("H", [0.1709, 0.2091, 0.1587, 0.2390, 0.2411], [0.1543, 0.2146, 0.1537, 0.2366, 0.2423]),
    ("B", [0.0298, 0.2599, 0.1407, 0.0361, 0.1267], [0.0246, 0.2754, 0.1339, 0.0489, 0.1372]),
    ("C", [0.0193, 0.2307, 0.1961, 0.0175, 0.1327], [0.0137, 0.2464, 0.1865, 0.0202, 0.1380]),
    ("F", [0.1967, 0.1332, 0.2352, 0.0998, 0.1502], [0.1767, 0.1497, 0.2290, 0.1075, 0.1604]),
    ("J", [0.0476, 0.0866, 0.2694, 0.0196, 0.0814], [0.0430, 0.0822, 0.2935, 0.0218, 0.0949]),
    ("K", [0.0338, 0.1070, 0.2602, 0.0245, 0.0982], [0.0303, 0.0999, 0.2660, 0.0298, 0.1044]),
    ("M", [0.1670, 0.1799, 0.1361, 0.3077, 0.2437], [0.1293, 0.1973, 0.1181, 0.3023, 0.2402]),
  ]

  @Test func contrastFactorsAreThoseOfTableS2() throws {
    for (label, ironPhosphate, lithiumIronPhosphate) in Self.table {
      for (crystal, row) in [(fp, ironPhosphate), (lfp, lithiumIronPhosphate)] {
        let factors = ContrastFactors(try StraightDislocation(system(label), in: crystal))
        for (reflection, target) in zip(paperReflections, row) {
          let factor = try factors.factor(of: reflection, in: crystal, averaged: true)
          #expect(
            abs(factor - target) < 1e-4,
            "\(crystal.name) \(label) \(reflection): \(factor), not \(target)")
        }
      }
    }
  }

  @Test func isotropicContrastFactorsAreTheClosedForms() throws {
    for ratio in [0.0, 0.2, 0.33, 0.45] {
      let c11 = 80 * (1 - ratio) / (1 - 2 * ratio)
      let crystal = try cubic(c11, c11 - 80, 40)
      let screw = ContrastFactors(
        try StraightDislocation(
          SlipSystem(burgers: SIMD3(1, 1, 0), line: SIMD3(1, 1, 0)), in: crystal))
      let edge = ContrastFactors(
        try StraightDislocation(
          SlipSystem(burgers: SIMD3(1, 1, 0), line: SIMD3(1, -1, 2)), in: crystal))
      for vector in [SIMD3(1.0, 2, 3), SIMD3(0, 0, 1), SIMD3(3, -1, 0.5), SIMD3(1, 1, 0)] {
        let direction = unit(vector)
        let alongScrew = pow(dot(direction, unit(SIMD3(1, 1, 0))), 2)
        #expect(abs(screw.factor(of: vector) - alongScrew * (1 - alongScrew)) < 1e-12)
        // ψ between g and l; γ between b and the part of g across l.
        let alongEdge = pow(dot(direction, unit(SIMD3(1, -1, 2))), 2)
        let across = 1 - alongEdge
        let cosine = across > 0 ? pow(dot(direction, unit(SIMD3(1, 1, 0))), 2) / across : 0
        let bracket = 1 - 4 * ratio + 8 * ratio * ratio + 4 * (1 - 2 * ratio) * cosine
        let closed = across * across * bracket / (8 * (1 - ratio) * (1 - ratio))
        #expect(abs(edge.factor(of: vector) - closed) < 1e-12)
      }
    }
  }

  @Test func basalEdgeInTitaniumAgreesWithThePublishedFactor() throws {
    // b along [1 1 0], so that g = 1 1 0 is parallel to it.
    let crystal = try titanium()
    let edge = try StraightDislocation(
      SlipSystem(burgers: SIMD3(1, 1, 0), line: SIMD3(1, -1, 0), plane: SIMD3(0, 0, 1)),
      in: crystal)
    let factor = try ContrastFactors(edge).factor(
      of: Reflection(1, 1, 0), in: crystal, averaged: false)
    #expect(abs(factor - 0.542406) < 1e-6, "\(factor)")
  }

  @Test func averagesInCopperFollowTheInvariantOfFourthOrder() throws {
    // C = C_h00 (1 − q H²), H² = (h²k² + h²l² + k²l²)/(h² + k² + l²)².
    let crystal = try cubic(168.4, 121.4, 75.4)
    let systems = [
      (SIMD3(1.0, -1, 0), SIMD3(1.0, 1, -2), 0.3045, 1.643),
      (SIMD3(1, -1, 0), SIMD3(1, -1, 0), 0.2985, 2.377),
    ]
    for (burgers, line, target, slope) in systems {
      let factors = ContrastFactors(
        try StraightDislocation(
          SlipSystem(burgers: burgers, line: line, plane: SIMD3(1, 1, 1)), in: crystal))
      func mean(_ h: Int, _ k: Int, _ l: Int) throws -> Double {
        try factors.factor(of: Reflection(h, k, l), in: crystal, averaged: true)
      }
      let axis = try mean(2, 0, 0)
      let invariant = 1.0 / 3
      let fitted = (1 - (try mean(1, 1, 1)) / axis) / invariant
      #expect(abs(axis - target) < 1e-3, "C_h00 = \(axis)")
      #expect(abs(fitted - slope) < 1e-3, "q = \(fitted)")
      let other = axis * (1 - fitted * 49.0 / 196)
      #expect(agree(try mean(1, 2, 3), other, within: 1e-12))
    }
  }

  @Test func geometricFactorIsThatOfItsDefinition() throws {
    let factors = ContrastFactors(try StraightDislocation(system("D"), in: lfp))
    let contrast = try factors.factor(of: Reflection(3, 1, 1), in: lfp, averaged: true)
    let value = try factors.geometricFactor(of: Reflection(3, 1, 1), in: lfp, averaged: true)
    let square = 9 / (10.45 * 10.45) + 1 / (6.05 * 6.05) + 1 / (4.74 * 4.74)
    #expect(agree(value, .pi / 2 * square * 4.74 * 4.74 * contrast, within: 1e-13))
  }

  @Test func contrastFactorsDoNotChangeWithSigns() throws {
    let base = try general()
    let reversed = StraightDislocation(
      stiffness: base.stiffness, burgers: -base.burgers, frame: base.frame)
    let turned = StraightDislocation(
      stiffness: base.stiffness, burgers: base.burgers,
      frame: DislocationFrame(line: -base.frame.e3, normal: base.frame.e2))
    let vector = SIMD3(0.3, -1.1, 0.7)
    let factor = ContrastFactors(base).factor(of: vector)
    #expect(agree(ContrastFactors(base).factor(of: -vector), factor, within: 1e-13))
    #expect(agree(ContrastFactors(reversed).factor(of: vector), factor, within: 1e-13))
    #expect(agree(ContrastFactors(turned).factor(of: vector), factor, within: 1e-12))
    #expect(agree(ContrastFactors(base).factor(of: 7 * vector), factor, within: 1e-13))
  }

  @Test func contrastFactorsTurnWithTheCrystal() throws {
    let base = try general()
    let turn = rotation(0.7, 1.1, -0.4)
    let turned = StraightDislocation(
      stiffness: base.stiffness.rotated(by: turn), burgers: turn * base.burgers,
      frame: DislocationFrame(line: turn * base.frame.e3, normal: turn * base.frame.e2))
    let vector = SIMD3(0.3, -1.1, 0.7)
    let factor = ContrastFactors(base).factor(of: vector)
    #expect(agree(ContrastFactors(turned).factor(of: turn * vector), factor, within: 1e-10))
    #expect(agree(turned.energyFactor, base.energyFactor, within: 1e-10))
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
