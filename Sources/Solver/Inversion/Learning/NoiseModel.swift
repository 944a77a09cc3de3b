// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// The noise of strain and rotation, told by what a fitted model leaves over.
///
/// Residuals are divided by the stack's standard deviations where these are known; their
/// autocovariance, lag by lag and channel by channel, is taken as the noise's. It sees white noise,
/// noise that the instrument smeared over neighbouring pixels, and noise shared by two channels. Lags
/// beyond the reach of a significant covariance count as zero: their sum over hundreds of lags would
/// be noise itself.
struct NoiseModel: Sendable {
  /// A covariance between channel `first` at a pixel and channel `second` at a lag from it.
  struct Term: Sendable {
    let first: Int
    let second: Int
    /// Lines and positions from the pixel.
    let lines: Int
    let positions: Int
    let covariance: Double
  }

  /// The covariances that count; both signs of a lag are listed.
  let terms: [Term]
  /// Standard deviation of each channel of ``Channel/gradient`` (0 where unused) in its own unit, the
  /// root mean square over pixels.
  let levels: [Double]
  /// The side, in pixels, of the square that one independent value fills; 1 for white noise.
  let correlationLength: Double
  /// The farthest lag that was looked at.
  let radius: Int

  /// The lags that are looked at: noise that is correlated farther is drift, not noise.
  static let longestLag = 10

  /// Estimates the noise from residuals.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - residuals: for each channel on held cells, standardised; NaN where there is none.
  ///   - less: such fields of something else in the residuals, whose mean autocovariance is taken off.
  ///   - scales: for each channel the root mean square of the standard deviations.
  init(
    residuals: [[Double]], less: [[[Double]]] = [], scales: [Double], _ image: ParticleImage
  ) throws(ParallelError) {
    let layout = image.layout
    let window = try LineWindow(
      layout, radius: Self.longestLag, communicator: image.communicator)
    // A channel that was not read has no residuals on any rank; a rank without lines has none at all.
    var isRead = residuals.map { $0.isEmpty ? 0 : 1 }
    try image.communicator.reduce(&isRead, .maximum)
    let used = residuals.indices.filter { isRead[$0] > 0 }
    var wide = [[Double]](repeating: [], count: residuals.count)
    for channel in used { wide[channel] = try window.widened(residuals[channel]) }
    var lags: [(lines: Int, positions: Int)] = []
    for lines in 0...Self.longestLag {
      for positions in -Self.longestLag...Self.longestLag
      where lines > 0 || positions >= 0 { lags.append((lines, positions)) }
    }
    let pairs = used.flatMap { first in used.map { (first, $0) } }
    var sums = [Double](repeating: 0, count: lags.count * pairs.count * 2)
    // A pixel has residuals in all used channels or in none: count it once, and let zeros stand for
    // the others.
    let live = (wide.first { !$0.isEmpty } ?? []).map { $0.isFinite ? 1.0 : 0 }
    let filled = wide.map { $0.map { $0.isFinite ? $0 : 0 } }
    for (index, lag) in lags.enumerated() {
      let count = Self.product(live, live, layout, window.place(layout.ownCells.lowerBound), lag)
      for (pair, (first, second)) in pairs.enumerated() {
        sums[2 * (index * pairs.count + pair)] = Self.product(
          filled[first], filled[second], layout, window.place(layout.ownCells.lowerBound), lag)
        sums[2 * (index * pairs.count + pair) + 1] = count
      }
    }
    let totals = try used.map { (channel) throws(ParallelError) in
      let own = residuals[channel].reduce(0) { $1.isFinite ? $0 + $1 * $1 : $0 }
      return try image.communicator.sum(own)
    }
    for other in less {
      var wide = [[Double]](repeating: [], count: other.count)
      for channel in used {
        wide[channel] = try window.widened(other[channel]).map { $0.isFinite ? $0 : 0 }
      }
      for (index, lag) in lags.enumerated() {
        for (pair, (first, second)) in pairs.enumerated() {
          sums[2 * (index * pairs.count + pair)] -=
            Self.product(
              wide[first], wide[second], layout, window.place(layout.ownCells.lowerBound), lag)
            / Double(less.count)
        }
      }
    }
    try image.communicator.reduce(&sums, .sum)
    func covariance(_ index: Int, _ pair: Int) -> (value: Double, count: Double) {
      let place = 2 * (index * pairs.count + pair)
      return (sums[place] / max(1, sums[place + 1]), sums[place + 1])
    }
    var variances = [Double](repeating: 0, count: residuals.count)
    for (pair, (first, second)) in pairs.enumerated() where first == second {
      variances[first] = covariance(0, pair).value
    }
    var terms: [Term] = []
    for (pair, (first, second)) in pairs.enumerated() {
      // The scatter of the estimate is that of all there is in the residuals.
      let count = max(1, covariance(0, pair).count)
      let scale =
        (totals[used.firstIndex(of: first) ?? 0] * totals[used.firstIndex(of: second) ?? 0])
        .squareRoot() / count
      let reach = Self.reach(lags, scale: scale) { covariance($0, pair) }
      for (index, lag) in lags.enumerated() where Self.distance(lag) <= Double(reach) + 0.5 {
        let value = covariance(index, pair).value
        terms.append(
          Term(
            first: first, second: second, lines: lag.lines, positions: lag.positions,
            covariance: value))
        guard lag.lines != 0 || lag.positions != 0 else { continue }
        terms.append(
          Term(
            first: second, second: first, lines: -lag.lines, positions: -lag.positions,
            covariance: value))
      }
    }
    self.terms = terms
    levels = zip(variances, scales).map { max(0, $0).squareRoot() * $1 }
    let areas = used.map { channel in
      guard variances[channel] > 0 else { return 1.0 }
      let own = terms.filter { $0.first == channel && $0.second == channel }
      return own.reduce(0) { $0 + $1.covariance } / max(variances[channel], .leastNormalMagnitude)
    }
    let area = areas.reduce(0, +) / Double(max(1, areas.count))
    correlationLength = max(0, area).squareRoot()
    radius = Self.longestLag
  }

  private static func distance(_ lag: (lines: Int, positions: Int)) -> Double {
    Double(lag.lines * lag.lines + lag.positions * lag.positions).squareRoot()
  }

  /// How far a covariance reaches: to one ring beyond the last whose mean differs from zero by three
  /// standard errors, ring after ring; −1 where even lag zero does not.
  private static func reach(
    _ lags: [(lines: Int, positions: Int)], scale: Double,
    _ covariance: (Int) -> (value: Double, count: Double)
  ) -> Int {
    var rings = [(sum: Double, count: Double, lags: Double)](
      repeating: (0, 0, 0), count: longestLag + 1)
    for (index, lag) in lags.enumerated() {
      let ring = Int(distance(lag).rounded())
      guard ring <= longestLag else { continue }
      let (value, count) = covariance(index)
      rings[ring].sum += value
      rings[ring].count += count
      rings[ring].lags += 1
    }
    let last = rings.firstIndex { ring in
      abs(ring.sum / ring.lags) <= 3 * scale / max(1, ring.count).squareRoot()
    }
    switch last {
    case 0: return -1
    // White noise: the pixel itself, and no ring of chance beside it.
    case 1: return 0
    case let ring?: return ring
    case nil: return longestLag
    }
  }

  /// The sum over own cells of one field times another at a lag, both over the window.
  private static func product(
    _ first: [Double], _ second: [Double], _ layout: ImageLayout, _ start: Int,
    _ lag: (lines: Int, positions: Int)
  ) -> Double {
    let length = layout.length
    let (low, high) = (max(0, -lag.positions), min(length, length - lag.positions))
    guard low < high else { return 0 }
    var sum = 0.0
    for line in 0..<layout.own.count {
      let base = start + line * length
      let offset = base + lag.lines * length + lag.positions
      guard offset + high <= second.count else { break }
      sum += RowKernels.dot(
        first, from: base + low, second, from: offset + low, count: high - low)
    }
    return sum
  }

  /// B C Bᵀ of weights on standardised channels, shape (unknowns, unknowns).
  ///
  /// Collective.
  ///
  /// - Parameter weights: for each unknown the four channels on held cells.
  func contracted(
    _ weights: [[[Double]]], _ image: ParticleImage
  ) throws(ParallelError) -> [Double] {
    let count = weights.count
    let layout = image.layout
    let length = layout.length
    let window = try LineWindow(layout, radius: radius, communicator: image.communicator)
    let first = window.place(layout.ownCells.lowerBound)
    let own = layout.ownCells
    // Channels of which no unknown takes notice, such as the shear in M0, cost nothing.
    var reads = weights.flatMap { $0.map { $0.contains { $0 != 0 } ? 1 : 0 } }
    try image.communicator.reduce(&reads, .maximum)
    var filtered = [[Double]](repeating: [Double](repeating: 0, count: own.count), count: 4)
    var result = [Double](repeating: 0, count: count * count)
    for second in 0..<count {
      let wide = try (0..<4).map { (channel) throws(ParallelError) in
        reads[4 * second + channel] > 0 ? try window.widened(weights[second][channel]) : []
      }
      for channel in 0..<4 { for place in 0..<own.count { filtered[channel][place] = 0 } }
      for term in terms where reads[4 * second + term.second] > 0 {
        let (low, high) = (max(0, -term.positions), min(length, length - term.positions))
        guard low < high else { continue }
        for line in 0..<layout.own.count {
          let from = first + (line + term.lines) * length + term.positions + low
          guard from >= 0, from + high - low <= wide[term.second].count else { continue }
          RowKernels.add(
            term.covariance, wide[term.second], from: from, to: &filtered[term.first],
            at: line * length + low, count: high - low)
        }
      }
      for unknown in 0...second {
        var sum = 0.0
        for channel in 0..<4 where reads[4 * unknown + channel] > 0 {
          sum += RowKernels.dot(
            weights[unknown][channel], from: own.lowerBound, filtered[channel], from: 0,
            count: own.count)
        }
        result[unknown * count + second] = sum
        result[second * count + unknown] = sum
      }
    }
    try image.communicator.reduce(&result, .sum)
    return result
  }
}
