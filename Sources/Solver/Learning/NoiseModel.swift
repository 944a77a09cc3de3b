import Parallel

/// The noise of strain and rotation, told by what a fitted model leaves over.
///
/// Residuals are divided by the stack's standard deviations where these are known; their
/// autocovariance, lag by lag and channel by channel, is taken as the noise's. It sees white noise,
/// noise that the instrument smeared over neighbouring pixels, and noise shared by two channels. A
/// lag whose covariance is below three of its standard errors counts as zero: its sum over hundreds
/// of lags would be noise itself.
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
  ///   - scales: for each channel the root mean square of the standard deviations.
  init(
    residuals: [[Double]], scales: [Double], _ image: ParticleImage
  ) throws(ParallelError) {
    let layout = image.layout
    let length = layout.length
    let window = try LineWindow(
      layout, radius: Self.longestLag, communicator: image.communicator)
    let wide = try residuals.map { (field) throws(ParallelError) in
      // A channel that was not read has no residuals; all ranks agree on that.
      field.isEmpty ? [] : try window.widened(field)
    }
    let used = wide.indices.filter { !residuals[$0].isEmpty }
    var lags: [(lines: Int, positions: Int)] = []
    for lines in 0...Self.longestLag {
      for positions in -Self.longestLag...Self.longestLag
      where lines > 0 || positions >= 0 { lags.append((lines, positions)) }
    }
    let pairs = used.flatMap { first in used.map { (first, $0) } }
    var sums = [Double](repeating: 0, count: lags.count * pairs.count * 2)
    let places = layout.ownCells.filter { image.mask[$0] }.map { (window.place($0), $0 % length) }
    let windowCount = window.lines.count * length
    for (index, lag) in lags.enumerated() {
      let offset = lag.lines * length + lag.positions
      for (pair, (first, second)) in pairs.enumerated() {
        var sum = 0.0
        var count = 0.0
        for (place, position) in places {
          let other = place + offset
          let otherPosition = position + lag.positions
          guard otherPosition >= 0, otherPosition < length, other < windowCount else { continue }
          let product = wide[first][place] * wide[second][other]
          guard product.isFinite else { continue }
          sum += product
          count += 1
        }
        sums[2 * (index * pairs.count + pair)] = sum
        sums[2 * (index * pairs.count + pair) + 1] = count
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
    for (index, lag) in lags.enumerated() {
      for (pair, (first, second)) in pairs.enumerated() {
        let (value, count) = covariance(index, pair)
        let error = (variances[first] * variances[second] / max(1, count)).squareRoot()
        guard abs(value) > 3 * error, count > 0 else { continue }
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
    levels = zip(variances, scales).map { $0.squareRoot() * $1 }
    let areas = used.map { channel in
      let own = terms.filter { $0.first == channel && $0.second == channel }
      return own.reduce(0) { $0 + $1.covariance } / max(variances[channel], .leastNormalMagnitude)
    }
    let area = areas.reduce(0, +) / Double(max(1, areas.count))
    correlationLength = max(0, area).squareRoot()
    radius = Self.longestLag
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
    let windowCount = window.lines.count * length
    let cells = image.numbering.ownCells
    var filtered = [Double](repeating: 0, count: 4 * cells.count)
    var result = [Double](repeating: 0, count: count * count)
    for second in 0..<count {
      let wide = try (0..<4).map { (channel) throws(ParallelError) in
        try window.widened(weights[second][channel])
      }
      for index in filtered.indices { filtered[index] = 0 }
      for term in terms {
        let offset = term.lines * length + term.positions
        for (index, cell) in cells.enumerated() {
          let position = cell % length + term.positions
          let other = window.place(cell) + offset
          guard position >= 0, position < length, other >= 0, other < windowCount else { continue }
          filtered[4 * index + term.first] += term.covariance * wide[term.second][other]
        }
      }
      for first in 0...second {
        var sum = 0.0
        for (index, cell) in cells.enumerated() {
          for channel in 0..<4 {
            sum += weights[first][channel][cell] * filtered[4 * index + channel]
          }
        }
        result[first * count + second] = sum
        result[second * count + first] = sum
      }
    }
    try image.communicator.reduce(&result, .sum)
    return result
  }
}
