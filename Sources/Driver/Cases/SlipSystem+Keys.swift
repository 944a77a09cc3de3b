// SPDX-License-Identifier: Apache-2.0

import Physics

extension CaseField where Owner == SlipSystem {
  /// Burgers vector, line and plane of a dislocation by their indices.
  static var indices: [CaseField<SlipSystem>] {
    [
      .init(
        "burgers", required: \.burgers, .vector("u", "v", "w"),
        "the Burgers vector in lattice vectors; 1/2 is a number"),
      .init(
        "line", required: \.line, .vector("u", "v", "w"),
        "the direction of the line in lattice vectors; its sign counts, its length does not"),
      .init(
        "plane", optional: \.plane, .vector("h", "k", "l"), unless: "that of burgers and line",
        "the plane that holds the line"),
    ]
  }
}
