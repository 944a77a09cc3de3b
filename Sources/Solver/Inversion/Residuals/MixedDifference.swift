// SPDX-License-Identifier: Apache-2.0

import Images

/// The mixed fourth difference (1 −2 1)ᵀ(1 −2 1) with a step of its own along a and along c.
///
/// It kills every polynomial of third degree and every sum of a function of a and one of c: what it
/// leaves of a smooth strain is little, of noise much.
struct MixedDifference {
  /// The steps along a and c [pixels].
  let stepA, stepC: Int
  /// For each stencil its nine cells: the centre, the edges −a, +a, −c, +c, the corners.
  private let cells: [Int]

  /// The number of stencils on this rank.
  var count: Int { cells.count / 9 }

  /// The weights of the pixels.
  var weights: [(a: Int, c: Int, weight: Double)] {
    [-stepA, 0, stepA].flatMap { a in
      [-stepC, 0, stepC].map { c in (a, c, (a == 0 ? -2.0 : 1) * (c == 0 ? -2.0 : 1)) }
    }
  }

  /// Finds the own pixels whose nine cells are valid.
  init(_ image: ParticleImage, isValid: [Bool], stepA: Int, stepC: Int) {
    precondition(max(stepA, stepC) <= ImageLayout.halo, "only held lines can be looked at")
    let layout = image.layout
    let steps = [
      (0, 0), (-stepA, 0), (stepA, 0), (0, -stepC), (0, stepC), (-stepA, -stepC), (stepA, stepC),
      (stepA, -stepC), (-stepA, stepC),
    ]
    var cells: [Int] = []
    for cell in image.numbering.ownCells where isValid[cell] {
      let (i, j) = layout.indices(cell)
      let own = steps.compactMap { step in
        layout.cell(i + step.0, j + step.1).flatMap { isValid[$0] ? $0 : nil }
      }
      if own.count == steps.count { cells += own }
    }
    self.cells = cells
    self.stepA = stepA
    self.stepC = stepC
  }

  /// The sizes of the differences of a field.
  func sizes(of field: [Double]) -> [Double] {
    stride(from: 0, to: cells.count, by: 9).map { start in
      var edges = 0.0
      for place in 1...4 { edges += field[cells[start + place]] }
      var corners = 0.0
      for place in 5...8 { corners += field[cells[start + place]] }
      return abs(4 * field[cells[start]] - 2 * edges + corners)
    }
  }
}
