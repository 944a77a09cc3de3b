// SPDX-License-Identifier: Apache-2.0

import Images
import Numerics
import Parallel
import Physics

/// A law fitted so that a few wild pixels do not matter, to tell them from the others.
///
/// Iteratively reweighted least squares with Tukey's biweight. The law itself is not used further:
/// what is learnt stays linear in the data that are kept.
struct RobustFit {
  /// Measured strain of some own pixels, by channel.
  let measured: [[Double]]
  /// Their standard deviations where known.
  let sigmas: [[Double]?]
  /// Unknowns.
  let count: Int
  /// Fills the derivatives of a channel of one of the pixels by the unknowns.
  let row: (_ pixel: Int, _ channel: Int, _ row: inout [Double]) -> Void
  let communicator: Communicator

  /// Terms that tell a pixel's strain well enough to judge it.
  static let terms = 4
  /// Tukey's constant: 95 % as efficient as least squares under Gaussian noise.
  private static let width = 4.685

  /// The pixels that stand out of what the law leaves over, looked for twice.
  ///
  /// Collective.
  ///
  /// - Parameter filter: what is taken of the residuals before they are judged.
  func outliers(
    _ filter: ([[Double]]) throws(ParallelError) -> [[Double]] = { $0 }
  ) throws(ParallelError) -> [Bool] {
    var isOutlier = [Bool](repeating: false, count: measured.first?.count ?? 0)
    var unknowns = [Double](repeating: 0, count: count)
    for _ in 0..<2 {
      // The weights settle in three rounds: wild pixels lose theirs in the first.
      for round in 0..<3 {
        unknowns = try solved(unknowns, except: isOutlier, weighs: round > 0)
      }
      var judged = residuals(unknowns)
      for channel in judged.indices {
        for pixel in isOutlier.indices where isOutlier[pixel] { judged[channel][pixel] = .nan }
      }
      let found = try Outliers.found(in: try filter(judged), sigmas: sigmas, communicator)
      for pixel in isOutlier.indices where found[pixel] { isOutlier[pixel] = true }
    }
    return isOutlier
  }

  /// What the law leaves of each channel.
  private func residuals(_ unknowns: [Double]) -> [[Double]] {
    var result = measured
    var derivatives = [Double](repeating: 0, count: count)
    for channel in measured.indices {
      for pixel in measured[channel].indices {
        row(pixel, channel, &derivatives)
        for (slope, unknown) in zip(derivatives, unknowns) {
          result[channel][pixel] -= slope * unknown
        }
      }
    }
    return result
  }

  /// One round of weighted least squares.
  ///
  /// Collective.
  private func solved(
    _ unknowns: [Double], except isOutlier: [Bool], weighs: Bool
  ) throws(ParallelError) -> [Double] {
    let residuals = residuals(unknowns)
    let relative = residuals.indices.map { channel in
      sigmas[channel].map { zip(residuals[channel], $0).map { $0 / $1 } } ?? residuals[channel]
    }
    let medians =
      weighs
      ? try communicator.medians(of: relative.map { $0.map { abs($0) } })
      : relative.map { _ in Double.infinity }
    var sums = [Double](repeating: 0, count: count * (count + 1))
    var derivatives = [Double](repeating: 0, count: count)
    for channel in measured.indices {
      let reach = max(
        Self.width * medians[channel] / 0.674_489_750_196_081_7, .leastNormalMagnitude)
      for pixel in measured[channel].indices where !isOutlier[pixel] {
        let ratio = relative[channel][pixel] / reach
        guard ratio.magnitude < 1 else { continue }
        let sigma = sigmas[channel]?[pixel] ?? 1
        let weight = (1 - ratio * ratio) * (1 - ratio * ratio) / (sigma * sigma)
        row(pixel, channel, &derivatives)
        for first in 0..<count where derivatives[first] != 0 {
          let scaled = weight * derivatives[first]
          for second in 0..<count { sums[first * count + second] += scaled * derivatives[second] }
          sums[count * count + first] += scaled * measured[channel][pixel]
        }
      }
    }
    try communicator.reduce(&sums, .sum)
    // A law that the pixels do not determine leaves the same residuals whatever is added to it.
    let size = (0..<count).reduce(0) { max($0, sums[$1 * (count + 1)]) }
    for index in 0..<count { sums[index * (count + 1)] += 1e-9 * size }
    let equations = NormalEquations(
      matrix: Array(sums[..<(count * count)]), rightSide: Array(sums[(count * count)...]))
    return (try? equations.solve().solution) ?? unknowns
  }
}

extension Outliers {
  /// The own pixels that stand out of M1, traction-free.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - pixels: the own pixels to judge.
  ///   - measured: strain on own pixels, by channel.
  ///   - responses: to the terms of the law.
  ///   - sigmas: standard deviations on own pixels, by channel, where known.
  static func ofModel(
    _ pixels: [Int], measured: [[Double]], responses: PixelFields, sigmas: [[Double]?],
    _ communicator: Communicator
  ) throws(ParallelError) -> [Bool] {
    let most = responses.columnCount / 2
    let terms = min(RobustFit.terms, most)
    let fields: [ForwardModel.Field] = [.strainAA, .strainCC, .strainAC]
    return try RobustFit(
      measured: measured[..<3].map { values in pixels.map { values[$0] } },
      sigmas: sigmas.map { $0.map { values in pixels.map { values[$0] } } }, count: 2 * terms,
      row: { pixel, channel, row in
        for term in 0..<terms {
          row[term] = responses[fields[channel], term, pixels[pixel]]
          row[terms + term] = responses[fields[channel], most + term, pixels[pixel]]
        }
      }, communicator: communicator
    ).outliers()
  }

  /// The image without the pixels that stand out of M0 and of their neighbours, and where they were.
  ///
  /// Collective.
  ///
  /// For fits that integrate the strain, which one wild pixel spoils for all, or know no mechanics.
  /// Coherency strain is no outlier: it goes on in the neighbours, whose median is taken off.
  static func removedLocally(
    from image: ParticleImage, composition: [Double], reference: Double
  ) throws(ParallelError) -> (image: ParticleImage, isOutlier: [Bool]) {
    let strains: [Channel] = [.strainAA, .strainCC, .strainAC]
    let pixels = try image.validCells(strains)
    var measured: [[Double]] = []
    for channel in strains {
      let values = try image.values(channel)
      measured.append(pixels.map { values[$0] })
    }
    let terms = RobustFit.terms
    let exchange = try PixelExchange(image.numbering, image.communicator)
    let isOutlier = try RobustFit(
      measured: measured, sigmas: strains.map { _ in nil }, count: 2 * terms,
      row: { pixel, channel, row in
        for index in row.indices { row[index] = 0 }
        guard channel < 2 else { return }
        var recurrence = AnchoredLegendre.Recurrence(
          at: composition[pixels[pixel]], reference: reference)
        for term in 0..<terms {
          recurrence.advance()
          row[channel * terms + term] = recurrence.value
        }
      }, communicator: image.communicator
    ).outliers { (residuals) throws(ParallelError) in
      var local: [[Double]] = []
      for residual in residuals {
        var field = [Double](repeating: .nan, count: image.layout.cellCount)
        for (pixel, cell) in pixels.enumerated() { field[cell] = residual[pixel] }
        try exchange.fill(&field)
        local.append(pixels.map { field[$0] - median(around: $0, field, image.layout) })
      }
      return local
    }
    var outside = [Double](repeating: 0, count: image.layout.cellCount)
    for (pixel, cell) in pixels.enumerated() where isOutlier[pixel] { outside[cell] = 1 }
    try exchange.fill(&outside)
    var cleaned = image
    for channel in Channel.gradient {
      guard var values = image.channels[channel] else { continue }
      for cell in values.indices where outside[cell] > 0.5 { values[cell] = .nan }
      cleaned.channels[channel] = values
    }
    return (cleaned, image.numbering.ownCells.map { outside[$0] > 0.5 })
  }

  /// The median of the known neighbours, eight at most; 0 without any.
  private static func median(
    around cell: Int, _ field: [Double], _ layout: ImageLayout
  ) -> Double {
    let (i, j) = layout.indices(cell)
    var near: [Double] = []
    for step in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
      guard let other = layout.cell(i + step.0, j + step.1), field[other].isFinite else { continue }
      near.append(field[other])
    }
    guard !near.isEmpty else { return 0 }
    near.sort()
    return (near[(near.count - 1) / 2] + near[near.count / 2]) / 2
  }
}
