// SPDX-License-Identifier: Apache-2.0

extension SlipSystem {
  /// The 26 candidates of Table S3 of the SI, in its order.
  ///
  /// Labels A … O are the paper's; the others are called by their indices. The lines of E, H and L
  /// lost an overbar in print: [0 1 −1], [−1 0 1] and [1 −1 0]. Without it E would not be mixed but
  /// the screw above it, and so on.
  public static let olivineCandidates: [SlipSystem] = [
    candidate("[010](100)[010]", (0, 1, 0), (0, 1, 0), (1, 0, 0)),
    candidate("A", (0, 1, 0), (0, 0, 1), (1, 0, 0)),
    candidate("B", (0, 1, 0), (0, 1, 1), (1, 0, 0)),
    candidate("C", (0, 1, 0), (0, 2, 1), (1, 0, 0)),
    candidate("[001](100)[001]", (0, 0, 1), (0, 0, 1), (1, 0, 0)),
    candidate("D", (0, 0, 1), (0, 1, 0), (1, 0, 0)),
    candidate("½[011](100)[011]", (0, 0.5, 0.5), (0, 1, 1), (1, 0, 0)),
    candidate("E", (0, 0.5, 0.5), (0, 1, -1), (1, 0, 0)),
    candidate("F", (0, 0.5, 0.5), (0, 1, 0), (1, 0, 0)),
    candidate("[001](010)[001]", (0, 0, 1), (0, 0, 1), (0, 1, 0)),
    candidate("G", (0, 0, 1), (1, 0, 0), (0, 1, 0)),
    candidate("[100](010)[100]", (1, 0, 0), (1, 0, 0), (0, 1, 0)),
    candidate("[100](010)[001]", (1, 0, 0), (0, 0, 1), (0, 1, 0)),
    candidate("½[101](010)[101]", (0.5, 0, 0.5), (1, 0, 1), (0, 1, 0)),
    candidate("H", (0.5, 0, 0.5), (-1, 0, 1), (0, 1, 0)),
    candidate("[010](001)[010]", (0, 1, 0), (0, 1, 0), (0, 0, 1)),
    candidate("I", (0, 1, 0), (1, 0, 0), (0, 0, 1)),
    candidate("J", (0, 1, 0), (1, 1, 0), (0, 0, 1)),
    candidate("K", (0, 1, 0), (1, 2, 0), (0, 0, 1)),
    candidate("[100](001)[100]", (1, 0, 0), (1, 0, 0), (0, 0, 1)),
    candidate("[100](001)[010]", (1, 0, 0), (0, 1, 0), (0, 0, 1)),
    candidate("½[110](001)[110]", (0.5, 0.5, 0), (1, 1, 0), (0, 0, 1)),
    candidate("L", (0.5, 0.5, 0), (1, -1, 0), (0, 0, 1)),
    candidate("M", (0.5, 0.5, 0), (0, 1, 0), (0, 0, 1)),
    candidate("N", (0, 0.5, 0.5), (1, 0, 0), (0, -1, 1)),
    candidate("O", (0.5, 0.5, 0), (0, 0, 1), (-1, 1, 0)),
  ]

  /// The 15 labelled candidates A … O, alphabetically.
  public static let labelledCandidates: [SlipSystem] =
    olivineCandidates.filter { $0.label.count == 1 }.sorted { $0.label < $1.label }

  /// The candidates that are not screws and whose K b² lies below a limit in eV/nm.
  ///
  /// Screws are left out because they relieve no misfit between the phases.
  ///
  /// - Throws: ``CrystalError`` where a candidate's indices are impossible.
  public static func screened(
    _ candidates: [SlipSystem], in crystal: Crystal, below limit: Double
  ) throws(CrystalError) -> [SlipSystem] {
    var kept: [SlipSystem] = []
    for candidate in candidates {
      let dislocation = try StraightDislocation(candidate, in: crystal)
      if dislocation.character != .screw && dislocation.energyPerLength < limit {
        kept.append(candidate)
      }
    }
    return kept
  }

  private static func candidate(
    _ label: String, _ burgers: (Double, Double, Double), _ line: (Double, Double, Double),
    _ plane: (Double, Double, Double)
  ) -> SlipSystem {
    SlipSystem(
      label: label, burgers: SIMD3(burgers.0, burgers.1, burgers.2),
      line: SIMD3(line.0, line.1, line.2), plane: SIMD3(plane.0, plane.1, plane.2))
  }
}
