// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a line says about ρ* and size, with honest errors, or why it says nothing.
struct LineVerdict {
  /// ρ* in 1/nm², its 95 % interval, and the parts of its deviation: counts, the background's
  /// freedom to bend, and the drift with the window's ends.
  var density: Measured
  var interval: ClosedRange<Double>
  var counting = Double.infinity
  var bending = 0.0
  var drift = Double.infinity
  /// Why ρ* is not determined; nil where it is.
  var doubt: String?
  /// ε in nm where it is determined; the deviation is that of the longer side of its interval.
  var size: Measured?
  /// The ends of its 95 % interval in nm; the upper one may be infinite.
  var sizeInterval: ClosedRange<Double> = 0...Double.infinity
  /// How far the determined ρ* lies above the truth on average, because smaller ones would not have
  /// been called determined, in 1/nm².
  var selectionBias = 0.0

  /// ρ* and 1/ε by the fit in another window.
  struct Other {
    let density, inverseSize: Measured?
  }

  /// A line whose tails do not hold the model: between zero and what M4 allows.
  ///
  /// Every term of M4/q² but the slowly falling last one is positive: an upper bound of ρ*.
  init(_ profile: LineProfile, end: Double, because doubt: String) {
    let area = Estimate(MomentRow(profile: profile, order: 0, from: 0, to: end), profile)
    let fourth = Estimate(MomentRow(profile: profile, order: 4, from: 0, to: end), profile)
    let limit = max(0, 4 * .pi * .pi * fourth.value / area.value / (end * end))
    density = Measured(limit / 2, limit / 12.0.squareRoot())
    interval = 0...limit
    self.doubt = doubt
  }

  /// The verdict on a joint fit.
  init(
    _ profile: LineProfile, _ joint: JointFit, others: [Other], _ options: LineOptions,
    quality: TailFit.Quality?
  ) {
    self.init(
      profile, end: joint.end,
      because: LineVerdict.tooShort(profile, end: joint.end, start: options.start))
    if let fit = joint.fit, !fit.isSettled { doubt = LineVerdict.restless }
    guard let fit = joint.fit, let quality,
      let found = fit.normalised(.density).map({ Measured($0, profile) })
    else { return }
    doubt = LineVerdict.misfit(profile, joint, fit, quality)
    guard doubt == nil else { return }
    let widths = LineVerdict.text(joint.end / profile.fullWidth)
    let flat = joint.again(from: fit.setup.start, isFlat: true)?.normalised(.density)
      .map { Measured($0, profile).deviation }
    counting = min(flat ?? found.deviation, found.deviation)
    bending = (found.deviation * found.deviation - counting * counting).squareRoot()
    drift = LineVerdict.drift(others.map(\.density), found)
    let total = hypot(found.deviation, drift)
    density = Measured(found.value, total)
    let low = max(0, found.value - 1.96 * total)
    interval = low...max(low, found.value + 1.96 * total)
    if let inverse = fit.normalised(.size).map({ Measured($0, profile) }) {
      let total = hypot(
        inverse.deviation, LineVerdict.drift(others.map(\.inverseSize), inverse))
      (size, sizeInterval) = LineVerdict.size(Measured(inverse.value, total), options.largestError)
    }
    guard found.value > 0, total <= options.largestError * found.value else {
      let number = String(
        format: "ρ* = %.3g ± %.3g 1/um2", found.value * 1e6, total * 1e6)
      // The first cause that suffices.
      let limit = options.largestError * max(found.value, 0)
      let reason =
        if counting > limit {
          "too few counts or too short tails"
        } else if found.deviation > limit {
          "a bent background or a neighbour's tail would look the same"
        } else {
          "it depends on where the fit's window begins and ends"
        }
      doubt = "\(reason): \(number), the window ends at \(widths) full widths"
      return
    }
    selectionBias =
      total
      * LineVerdict.selectionBias(found.value / total, threshold: 1 / options.largestError)
  }

  /// By how many deviations a normal number about `centre` lies above it on average, taken only
  /// above a threshold: φ/Φ.
  static func selectionBias(_ centre: Double, threshold: Double) -> Double {
    let excess = centre - threshold
    let share = 0.5 * erfc(-excess / 2.0.squareRoot())
    return exp(-excess * excess / 2) / (2 * Double.pi).squareRoot() / share
  }

  private static let restless =
    "the model does not describe the tails: its fit does not come to rest; another line, or a "
    + "neighbour's flank, in the window?"

  /// The doubt that a window is too short.
  static func tooShort(_ profile: LineProfile, end: Double, start: Double) -> String {
    "the tails are too short: the window ends at \(text(end / profile.fullWidth)) full widths; the "
      + "fit starts at \(start) and needs 1.5 times that and points enough"
  }

  /// Why the model does not hold; nil where it does.
  ///
  /// Four deviations: one right line in 30,000 is doubted.
  private static func misfit(
    _ profile: LineProfile, _ joint: JointFit, _ fit: TailFit, _ quality: TailFit.Quality
  ) -> String? {
    if quality.score > 4 {
      let scatter = profile.filter.isEmpty ? profile.scatter(beyond: fit.setup.start) : 1
      if scatter > 2 {
        return
          "neighbouring points scatter \(text(scatter)) times as much as their errors say: are "
          + "the errors, and the columns, what they are taken for?"
      }
      let expected = text(2 * quality.deviation / quality.expected)
      return
        "the model does not describe the tails: χ² per degree of freedom is "
        + "\(text(quality.perDegree)), expected 1 ± \(expected); another line, a neighbour's flank or "
        + "an uneven background in the window?"
    }
    if joint.bend > 3 {
      return
        "what lies beneath the line bends \(text(joint.bend)) times as much as a background is "
        + "expected to: a neighbour's tail reaches the window"
    }
    return nil
  }

  /// The drift with the window's ends, beyond twice what the larger errors of other windows explain.
  private static func drift(_ others: [Measured?], _ found: Measured) -> Double {
    others.compactMap(\.self).map { other in
      let difference = other.value - found.value
      let explained = abs(other.deviation * other.deviation - found.deviation * found.deviation)
      return max(0, difference * difference - 4 * explained).squareRoot()
    }.max() ?? 0
  }

  /// ε and its interval from 1/ε.
  ///
  /// The interval of 1/ε is even, that of ε is not: a deviation that leaves out the longer side would
  /// be exceeded too often.
  private static func size(
    _ inverse: Measured, _ largestError: Double
  ) -> (Measured?, ClosedRange<Double>) {
    let (low, high) = (
      inverse.value - 1.96 * inverse.deviation, inverse.value + 1.96 * inverse.deviation
    )
    guard high > 0 else { return (nil, .infinity ... .infinity) }
    guard low > 0 else { return (nil, 1 / high ... .infinity) }
    let size = Measured(1 / inverse.value, inverse.deviation / (inverse.value * low))
    return (
      size.deviation <= largestError * size.value ? size : nil, 1 / high...1 / low
    )
  }

  private static func text(_ number: Double) -> String { String(format: "%.3g", number) }
}
