// SPDX-License-Identifier: Apache-2.0

package import Parallel

extension PairRule {
  /// The weights of g at the pixel before the pair, its first, its second and the one after.
  func weights(hasBefore: Bool, hasAfter: Bool) -> (Double, Double, Double, Double) {
    guard case .fourthOrder = self else { return (0, 0.5, 0.5, 0) }
    return switch (hasBefore, hasAfter) {
    case (true, true): (-1.0 / 24, 13.0 / 24, 13.0 / 24, -1.0 / 24)
    case (false, true): (0, 5.0 / 12, 8.0 / 12, -1.0 / 12)
    case (true, false): (-1.0 / 12, 8.0 / 12, 5.0 / 12, 0)
    case (false, false): (0, 0.5, 0.5, 0)
    }
  }
}

extension InverseGradient {
  /// The transpose of ``potentials(_:rule:)``: what a weight on the potential means for its slopes.
  ///
  /// Collective.
  ///
  /// - Parameter weights: on own pixels of held fields; what stands in halos is ignored.
  /// - Returns: for each field the weights on the slopes along a and along c, on own pixels.
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func transposed(
    _ weights: [[Double]], rule: PairRule
  ) throws(ParallelError) -> [(alongA: [Double], alongC: [Double])] {
    let empty = [Double](repeating: 0, count: image.layout.cellCount)
    var sources: [[Double]] = []
    for weight in weights {
      var source = weight
      // Taking the mean away is its own transpose.
      try centre(&source)
      sources.append(source)
    }
    let multipliers = try laplacian.solve(weights.map { _ in empty }, sources: sources)
    return multipliers.map { multiplier in
      var slopes = (alongA: empty, alongC: empty)
      for cell in image.numbering.ownCells {
        let (i, j) = image.layout.indices(cell)
        slopes.alongA[cell] = lineWeight(multiplier, rule) { image.layout.cell(i + $0, j) }
        slopes.alongC[cell] = lineWeight(multiplier, rule) { image.layout.cell(i, j + $0) }
      }
      return slopes
    }
  }

  /// The weight of the slope at place 0 of a line: it takes part in the four pairs around it, each
  /// weighted by the difference of the multipliers.
  private func lineWeight(
    _ multiplier: [Double], _ rule: PairRule, _ place: (Int) -> Int?
  ) -> Double {
    let line = (-3...3).map { step in place(step).flatMap { image.mask[$0] ? $0 : nil } }
    func cell(_ step: Int) -> Int? { line[step + 3] }
    var sum = 0.0
    for first in -2...1 {
      guard let low = cell(first), let high = cell(first + 1) else { continue }
      let weights = rule.weights(
        hasBefore: cell(first - 1) != nil, hasAfter: cell(first + 2) != nil)
      let share = [weights.3, weights.2, weights.1, weights.0][first + 2]
      sum += share * (multiplier[high] - multiplier[low])
    }
    return sum
  }
}

extension ParticleImage {
  /// The transpose of ``filled(_:)``: moves the weights of dead pixels to the live ones they are
  /// filled from.
  ///
  /// Collective.
  ///
  /// - Parameter weights: on own pixels of a held field.
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func fillTransposed(_ channel: Channel, _ weights: inout [Double]) throws(ParallelError) {
    let measured = try values(channel)
    let dead = numbering.ownCells.filter { !measured[$0].isFinite }
    guard try communicator.sum(dead.count) > 0 else { return }
    let zero = [Double](repeating: 0, count: measured.count)
    var source = zero
    for cell in dead { source[cell] = weights[cell] }
    let moved = try PixelLaplacian(self, fixed: measured.map(\.isFinite)).solve(
      [zero], sources: [source])[0]
    for cell in numbering.ownCells {
      guard measured[cell].isFinite else {
        weights[cell] = 0
        continue
      }
      for other in neighbours(of: cell, self) where !measured[other].isFinite {
        weights[cell] += moved[other]
      }
    }
  }
}
