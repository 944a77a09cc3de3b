// SPDX-License-Identifier: Apache-2.0

import Physics
import TestSupport
import Testing

/// Rows A1, A2 and A4 of the verification: energy factors and what they screen.
struct EnergyFactorTests {
  /// K in GPa and K b² in nJ/m of all 26 candidates in LiFePO4.
  ///
  /// Table S3 as printed, but for B, C, F, J, K and M, whose right values have three decimals.
  static let table: [(String, Double, Double)] = [
    ("[010](100)[010]", 41.85, 15.3), ("A", 73.75, 27.0), ("B", 58.589, 21.445),
    ("C", 48.985, 17.930), ("[001](100)[001]", 43.15, 9.7), ("D", 72.18, 16.2),
    ("½[011](100)[011]", 57.18, 8.4), ("E", 63.49, 9.4), ("F", 53.386, 7.884),
    ("[001](010)[001]", 43.15, 9.7), ("G", 67.32, 15.1), ("[100](010)[100]", 49.08, 53.6),
    ("[100](010)[001]", 61.77, 67.5), ("½[101](010)[101]", 47.90, 15.8), ("H", 58.06, 19.1),
    ("[010](001)[010]", 41.85, 15.3), ("I", 72.02, 26.4), ("J", 65.648, 24.029),
    ("K", 56.300, 20.607), ("[100](001)[100]", 49.08, 53.6), ("[100](001)[010]", 64.67, 70.6),
    ("½[110](001)[110]", 46.77, 17.0), ("L", 63.30, 23.1), ("M", 58.944, 21.486),
    ("N", 70.23, 10.4), ("O", 64.78, 23.6),
  ]

  @Test func energyFactorsAreThoseOfTableS3() throws {
    #expect(SlipSystem.olivineCandidates.count == 26)
    for (candidate, row) in zip(SlipSystem.olivineCandidates, Self.table) {
      let dislocation = try StraightDislocation(candidate, in: lfp)
      let factor = dislocation.energyFactor / gigapascal
      let energy = dislocation.energyPerLength / nanojoulePerMetre
      #expect(candidate.label == row.0)
      #expect(abs(factor - row.1) < 0.006, "\(row.0): K = \(factor) GPa")
      #expect(abs(energy - row.2) < 0.051, "\(row.0): K b² = \(energy) nJ/m")
    }
  }

  @Test func edgesAndScrewsAgreeWithForemansClosedForms() throws {
    // K of an edge in a symmetry plane, in closed form from the nine constants.
    let edges = [
      ("A", 73.748604), ("D", 72.175373), ("I", 72.019101), ("G", 67.319077),
      ("[100](010)[001]", 61.769251), ("[100](001)[010]", 64.672121),
    ]
    for (label, target) in edges {
      let factor = try StraightDislocation(system(label), in: lfp).energyFactor / gigapascal
      #expect(agree(factor, target, within: 1e-6), "\(label): \(factor)")
    }
    let screws = [
      ("[010](100)[010]", 36.8 * 47.6), ("[001](100)[001]", 36.8 * 50.6),
      ("[100](010)[100]", 50.6 * 47.6),
    ]
    for (label, product) in screws {
      let factor = try StraightDislocation(system(label), in: lfp).energyFactor / gigapascal
      #expect(agree(factor, product.squareRoot(), within: 1e-12), "\(label): \(factor)")
    }
  }

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

  @Test func screeningKeepsTheFifteenLabelledCandidates() throws {
    let kept = try SlipSystem.screened(
      SlipSystem.olivineCandidates, in: lfp, below: 30 * nanojoulePerMetre)
    #expect(kept.map(\.label).sorted() == "ABCDEFGHIJKLMNO".map(String.init))
    #expect(SlipSystem.labelledCandidates.map(\.label) == "ABCDEFGHIJKLMNO".map(String.init))
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
