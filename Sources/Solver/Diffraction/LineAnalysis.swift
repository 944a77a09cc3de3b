// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// What a line's moments say about size and dislocations.
public struct LineAnalysis: Sendable {
  /// ρ* at one start of the window.
  public struct WindowRow: Sendable {
    /// The start in full widths.
    public let start: Double
    /// By the columns of equation 4.3, by those of 4.4, and by the joint fit, in 1/nm².
    public let second, fourth, joint: Measured?
    /// 1/ε by the joint fit in 1/nm.
    let inverseSize: Measured?
  }

  /// The moments as measured and as fitted, the background taken off.
  public struct Curves: Sendable {
    /// Where, in 1/nm.
    public let q: [Double]
    /// Mean intensity of the two sides and its standard deviation.
    public let intensity, intensityDeviation: [Double]
    /// M2 in 1/nm², its standard deviation, the fit of 4.3 and the joint one.
    public let second, secondDeviation, secondFit, secondJoint: [Double]
    /// M4/q² in 1/nm², its standard deviation, the fit of 4.4 and the joint one.
    public let fourth, fourthDeviation, fourthFit, fourthJoint: [Double]
  }

  /// What it says about ρ* and size.
  private let verdict: LineVerdict
  /// ρ* in 1/nm² by the joint fit; the deviation holds the drift with the window's ends.
  public var density: Measured { verdict.density }
  /// The part of the deviation that comes from counting.
  public var countingDeviation: Double { verdict.counting }
  /// The part that comes from what the background may bend.
  public var bendingDeviation: Double { verdict.bending }
  /// The part that comes from the window's ends.
  public var windowDeviation: Double { verdict.drift }
  /// Why ρ* is not determined; nil where it is.
  public var doubt: String? { verdict.doubt }
  /// Where ρ* lies with 95 per cent, in 1/nm².
  public var interval: ClosedRange<Double> { verdict.interval }
  /// By how much a determined ρ* is too large on average, in 1/nm²: lines whose counts make it come
  /// out small are more often not determined.
  public var selectionBias: Double { verdict.selectionBias }
  /// ε in nm; nil where it is not determined.
  public var size: Measured? { verdict.size }
  /// Where ε lies with 95 per cent, in nm; the upper end may be infinite.
  public var sizeInterval: ClosedRange<Double> { verdict.sizeInterval }
  /// χ² of the joint fit per degree of freedom: one for a right model; nil without that fit.
  public let chiSquarePerDegree: Double?
  /// The fits by the columns of 4.3, by those of 4.4, and by the joint fit; nil where the
  /// window is too short.
  public let second, fourth, joint: MomentFit?
  /// The window of the fit in 1/nm.
  public let window: ClosedRange<Double>
  /// The width of the cells of the fit in 1/nm.
  public let cellWidth: Double
  /// ρ* against the window's start.
  public let table: [WindowRow]
  /// L/K² of equation 4.3; only where q0 is known.
  public let taper: Measured?
  /// The moments.
  public let curves: Curves
  /// The profile that was analysed.
  public let profile: LineProfile

  /// Analyses a line; ``JointFit`` says how.
  ///
  /// The instrument's line is taken off by its moments. `doubt` is what is known against the line
  /// before its fit.
  public init(
    _ line: LineProfile, _ options: LineOptions, instrument: InstrumentLine? = nil,
    doubt: String? = nil
  ) {
    var line = line
    var level: [TailTerm] = [.background]
    if case .known(let known) = options.background {
      for index in line.intensities.indices { line.intensities[index] -= known }
      level = []
    }
    let profile = line
    // A filtered profile is circular: its last full widths mix the two ends.
    let limit = line.filter.isEmpty ? line.reach : line.reach - line.fullWidth
    let end = min(limit, (options.end ?? .infinity) * line.fullWidth)
    let start = options.start * line.fullWidth
    window = min(start, end)...end
    let base: [TailTerm] = options.hasSize ? [.size, .density] : [.density]
    func columns(_ extra: [TailTerm], _ from: Double) -> TailFit? {
      TailFit(
        profile,
        TailFit.Setup(terms: base + level + extra, start: from, end: end, instrument: instrument))
    }
    let higher: [TailTerm] = [.square, .logarithm]
    let second = columns([], start)
    let fourth = columns(higher, start)
    guard end >= 1.5 * start else {
      verdict = LineVerdict(
        profile, end: end,
        because: doubt ?? LineVerdict.tooShort(profile, end: end, start: options.start))
      (self.second, self.fourth, joint) = (nil, nil, nil)
      (cellWidth, table, taper, chiSquarePerDegree) = (line.spacing, [], nil, nil)
      curves = LineAnalysis.curves(profile, second, fourth, nil, start: start, end: end)
      self.profile = profile
      return
    }
    let model = JointFit(profile, options, instrument, from: start, to: end)
    let best = model.fit
    self.second = second.map { MomentFit($0, profile) }
    self.fourth = fourth.map { MomentFit($0, profile) }
    joint = best.map { MomentFit($0, profile) }
    cellWidth = best?.cellWidth ?? line.spacing
    let width = profile.fullWidth
    func measured(_ fit: TailFit?, _ term: TailTerm = .density) -> Measured? {
      fit.flatMap { $0.isSettled ? $0.normalised(term) : nil }.map { Measured($0, profile) }
    }
    table = [1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15].filter { $0 * width * 1.5 <= end }.map { from in
      let joint = best == nil ? nil : model.again(from: from * width)
      return WindowRow(
        start: from, second: measured(columns([], from * width)),
        fourth: measured(columns(higher, from * width)), joint: measured(joint),
        inverseSize: measured(joint, .size))
    }
    taper = joint.flatMap { LineAnalysis.taper($0, options.strainCutoff) }
    curves = LineAnalysis.curves(profile, second, fourth, best, start: start, end: end)
    let quality = best.flatMap { $0.isSettled ? $0.quality(profile) : nil }
    // Starts near the chosen one, and earlier ends: a flank that the end has reached shows there.
    let shorter = [0.65, 0.8].filter { $0 * end >= 1.5 * start }.map {
      model.again(from: start, to: $0 * end)
    }
    let others =
      table.filter { $0.start >= options.start / 1.6 && $0.start <= options.start * 1.6 }.map {
        LineVerdict.Other(density: $0.joint, inverseSize: $0.inverseSize)
      }
      + shorter.map {
        LineVerdict.Other(density: measured($0), inverseSize: measured($0, .size))
      }
    chiSquarePerDegree = quality?.perDegree
    verdict =
      if let doubt {
        LineVerdict(profile, end: end, because: doubt)
      } else {
        LineVerdict(profile, model, others: others, options, quality: quality)
      }
    self.profile = profile
  }

  /// L/K² = −4π² ε² (c0 + ρ*/(2π²) ln q0).
  private static func taper(_ fit: MomentFit, _ cutoff: Double?) -> Measured? {
    guard let cutoff, let size = fit.size else { return nil }
    let factor = -4 * .pi * .pi * size.value * size.value
    let slope = log(cutoff) / (2 * .pi * .pi)
    let constant = fit.constant.value + slope * fit.density.value
    var derivatives = [String: Double]()
    derivatives["c0"] = factor
    derivatives["rho_effective"] = factor * slope
    // d(1/x²)/dx = −2/x³ with x = 1/ε.
    derivatives["inverse_size"] = -2 * factor * constant * size.value
    var variance = 0.0
    for (row, first) in fit.names.enumerated() {
      for (column, other) in fit.names.enumerated() {
        variance +=
          (derivatives[first] ?? 0) * (derivatives[other] ?? 0) * fit.covariance[row][column]
      }
    }
    return Measured(factor * constant, max(variance, 0).squareRoot())
  }

  private static func curves(
    _ profile: LineProfile, _ second: TailFit?, _ fourth: TailFit?, _ joint: TailFit?,
    start: Double, end: Double
  ) -> Curves {
    let count = 160
    let q = (1...count).map { end * Double($0) / Double(count) }
    let sides = profile.symmetrised(q)
    guard let reference = joint ?? fourth ?? second else {
      return Curves(
        q: q, intensity: sides.intensity, intensityDeviation: sides.deviation, second: [],
        secondDeviation: [], secondFit: [], secondJoint: [], fourth: [], fourthDeviation: [],
        fourthFit: [], fourthJoint: [])
    }
    let scale = reference.area.value
    func fitted(_ fit: TailFit?, _ order: Int) -> [Double] {
      q.map { q in
        guard let fit, q >= start else { return .nan }
        // Another background is part of what the fit says.
        let rest = fit.background(order, q) - reference.background(order, q)
        let moment = (fit.moment(order, q) * fit.area.value + rest) / scale
        return order == 2 ? moment : moment / (q * q)
      }
    }
    let seconds = q.map { Measured(reference.measured(2, $0, profile), profile) }
    let fourths = q.map { Measured((1 / ($0 * $0)) * reference.measured(4, $0, profile), profile) }
    return Curves(
      q: q, intensity: sides.intensity, intensityDeviation: sides.deviation,
      second: seconds.map(\.value), secondDeviation: seconds.map(\.deviation),
      secondFit: fitted(second, 2), secondJoint: fitted(joint, 2),
      fourth: fourths.map(\.value), fourthDeviation: fourths.map(\.deviation),
      fourthFit: fitted(fourth, 4), fourthJoint: fitted(joint, 4))
  }
}
