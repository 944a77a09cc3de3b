// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// One diffraction line as intensity against the offset from its centre in reciprocal space.
///
/// Offsets are q = (2/λ)(sin θ − sin θ0) in 1/nm, θ the Bragg angle, equation 4.1 of the SI.
public struct LineProfile: Sendable {
  /// Offsets from the centre, rising, in 1/nm.
  public internal(set) var offsets: [Double]
  /// Intensities, in the units of the pattern.
  public internal(set) var intensities: [Double]
  /// The variance of each intensity (of each measured one, where a filter stands).
  public internal(set) var variances: [Double]
  /// The filter that made the intensities out of measured ones on the same uniform grid, circular
  /// and centred at index 0; empty where the intensities are the measured ones.
  var filter: [Double] = []
  /// The centre in 1/nm, 2 sin θ0/λ.
  public let centre: Double
  /// The full width at half maximum above the level of the window's ends, in 1/nm.
  public internal(set) var fullWidth: Double
  /// The larger of the levels at the two ends; a guess, from which only the width is taken.
  public let edgeLevel: Double
  /// The largest q at which both sides are measured, in 1/nm.
  public var reach: Double { min(-(offsets.first ?? 0), offsets.last ?? 0) }
  /// The median distance of neighbouring points in 1/nm.
  public var spacing: Double {
    let steps = zip(offsets.dropFirst(), offsets).map { $0 - $1 }.sorted()
    return steps.isEmpty ? 0 : steps[steps.count / 2]
  }

  /// A profile from offsets and intensities; the centre is at offset zero.
  public init(
    offsets: [Double], intensities: [Double], variances: [Double], fullWidth: Double,
    centre: Double = 0, edgeLevel: Double = 0
  ) {
    self.offsets = offsets
    self.intensities = intensities
    self.variances = variances
    self.fullWidth = fullWidth
    self.centre = centre
    self.edgeLevel = edgeLevel
  }

  /// Cuts a line out of a pattern and finds its centre and width.
  ///
  /// The centre is the mean of the midpoints of the chords at 30 to 80 per cent of the height.
  /// A small error of it does no harm: the moments over −q…q see it in second order.
  ///
  /// - Parameters:
  ///   - pattern: what was measured.
  ///   - window: the ends in the pattern's abscissa; nil takes the whole pattern.
  ///   - wavelength: in nm; needed for angles.
  ///   - known: a known centre in the pattern's abscissa.
  ///   - name: of the line, for messages.
  /// - Throws: ``ParallelError`` of kind `input` when the window is not measured, or holds no line.
  public init(
    _ pattern: DiffractionPattern, window: ClosedRange<Double>? = nil, wavelength: Double?,
    centre known: Double? = nil, name: String
  ) throws(ParallelError) {
    var range = pattern.positions.indices
    if let window {
      let part = pattern.part(from: window.lowerBound, to: window.upperBound)
      let first = pattern.positions.first ?? 0
      let last = pattern.positions.last ?? 0
      guard part.isComplete else {
        throw ParallelError(
          .input,
          "peak \(name): the window \(window.lowerBound) to \(window.upperBound) is not within the "
            + "pattern, \(first) to \(last)")
      }
      range = part.range
    }
    guard range.count >= 12 else {
      throw ParallelError(
        .input, "peak \(name): found \(range.count) points in the window, expected 12 or more")
    }
    var q = try LineProfile.reciprocal(
      Array(pattern.positions[range]), pattern.abscissa, wavelength, name)
    var intensity = Array(pattern.intensities[range])
    var variances = Array(pattern.variances[range])
    // Spacings fall where q rises.
    if pattern.abscissa == .spacing {
      q.reverse()
      intensity.reverse()
      variances.reverse()
    }
    let edge = max(3, range.count / 20)
    let low = intensity.prefix(edge).reduce(0, +) / Double(edge)
    let high = intensity.suffix(edge).reduce(0, +) / Double(edge)
    let span = q[q.count - 1] - q[0]
    let net = q.indices.map { intensity[$0] - low - (high - low) * (q[$0] - q[0]) / span }
    guard let shape = LineShape(q, net) else {
      throw ParallelError(
        .input,
        "peak \(name): found no line in the window that falls to half its height on both "
          + "sides")
    }
    var middle = shape.centre
    if let known {
      middle = try LineProfile.reciprocal([known], pattern.abscissa, wavelength, name)[0]
      guard middle > q[0], middle < q[q.count - 1] else {
        throw ParallelError(.input, "peak \(name): the centre \(known) is not within the window")
      }
    }
    self.init(
      offsets: q.map { $0 - middle }, intensities: intensity,
      variances: variances, fullWidth: shape.fullWidth, centre: middle,
      edgeLevel: max(low, high))
  }

  private static func reciprocal(
    _ positions: [Double], _ abscissa: DiffractionPattern.Abscissa, _ wavelength: Double?,
    _ name: String
  ) throws(ParallelError) -> [Double] {
    if abscissa == .twoTheta, !((wavelength ?? 0) > 0) {
      throw ParallelError(.input, "peak \(name): a pattern over 2θ needs the wavelength")
    }
    var result: [Double] = []
    for position in positions {
      guard let place = abscissa.reciprocal(position, wavelength: wavelength) else {
        throw ParallelError(
          .input, "peak \(name): found the spacing \(position) Å, expected more than 0")
      }
      result.append(place)
    }
    return result
  }

  /// The mean of the two sides, (I(q) + I(−q))/2, and its standard deviation at given offsets.
  public func symmetrised(_ at: [Double]) -> (intensity: [Double], deviation: [Double]) {
    var intensity: [Double] = []
    var deviation: [Double] = []
    for q in at {
      let (right, rightVariance) = interpolated(q)
      let (left, leftVariance) = interpolated(-q)
      intensity.append((right + left) / 2)
      deviation.append((rightVariance + leftVariance).squareRoot() / 2)
    }
    return (intensity, deviation)
  }

  func interpolated(_ q: Double) -> (Double, Double) {
    guard q > offsets[0] else { return (intensities[0], variances[0]) }
    guard q < offsets[offsets.count - 1] else {
      return (intensities[offsets.count - 1], variances[offsets.count - 1])
    }
    let next = LineProfile.index(after: q, in: offsets)
    let share = (q - offsets[next - 1]) / (offsets[next] - offsets[next - 1])
    return (
      (1 - share) * intensities[next - 1] + share * intensities[next],
      (1 - share) * (1 - share) * variances[next - 1] + share * share * variances[next]
    )
  }

  /// The first index whose value lies above `value`.
  static func index(after value: Double, in values: [Double]) -> Int {
    var low = 0
    var high = values.count
    while low < high {
      let middle = (low + high) / 2
      if values[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The relative difference of the two sides' areas above the edge level.
  public var asymmetry: Double {
    let area = MomentRow(profile: self, order: 0, from: 0, to: reach)
    var sides = (left: 0.0, right: 0.0)
    for (index, weight) in area.weights {
      let value = weight * (intensities[index] - edgeLevel)
      if offsets[index] < 0 { sides.left += value } else { sides.right += value }
    }
    let sum = sides.left + sides.right
    return sum > 0 ? (sides.right - sides.left) / sum : 0
  }
}

/// The centre and the full width of a line above zero.
struct LineShape {
  let centre: Double
  let fullWidth: Double

  /// Nil where the line does not fall to 30 per cent of its height on both sides.
  init?(_ q: [Double], _ net: [Double]) {
    guard let top = net.indices.max(by: { net[$0] < net[$1] }), net[top] > 0 else { return nil }
    func crossing(_ level: Double, _ step: Int) -> Double? {
      var index = top
      while q.indices.contains(index + step) {
        if net[index + step] < level {
          let share = (net[index] - level) / (net[index] - net[index + step])
          return q[index] + share * (q[index + step] - q[index])
        }
        index += step
      }
      return nil
    }
    var midpoints: [Double] = []
    for level in [0.3, 0.4, 0.5, 0.6, 0.7, 0.8] {
      guard let left = crossing(level * net[top], -1), let right = crossing(level * net[top], 1)
      else { return nil }
      midpoints.append((left + right) / 2)
    }
    guard let left = crossing(net[top] / 2, -1), let right = crossing(net[top] / 2, 1) else {
      return nil
    }
    centre = midpoints.reduce(0, +) / Double(midpoints.count)
    fullWidth = right - left
  }
}
