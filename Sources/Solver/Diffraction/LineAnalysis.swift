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

  /// ρ* in 1/nm² by the joint fit; the deviation holds the drift with the window's start.
  public let density: Measured
  /// The part of the deviation that comes from counting.
  public let countingDeviation: Double
  /// The part that comes from the window's start.
  public let windowDeviation: Double
  /// Why ρ* is not determined; nil where it is.
  public let doubt: String?
  /// Where ρ* lies with 95 per cent, in 1/nm².
  public let interval: ClosedRange<Double>
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

  /// Analyses a line.
  ///
  /// The joint fit has the columns of 4.4 and ``TailProduct``. Of ln q/q² and ln² q/q² it assumes
  /// the order of magnitude that lines of dislocations have: where the counts tell them, they are
  /// fitted; where not, their error goes into that of ρ*, and no column has to be chosen.
  ///
  /// The instrument's line is taken off by its moments.
  public init(_ line: LineProfile, _ options: LineOptions, instrument: InstrumentLine? = nil) {
    var line = line
    if let level = options.background {
      for index in line.intensities.indices { line.intensities[index] -= level }
    }
    let profile = line
    // A filtered profile is circular: its last full widths mix the two ends.
    let limit = line.filter.isEmpty ? line.reach : line.reach - line.fullWidth
    let end = min(limit, (options.end ?? .infinity) * line.fullWidth)
    let start = options.start * line.fullWidth
    window = min(start, end)...end
    let base: [TailTerm] = options.hasSize ? [.size, .density] : [.density]
    let level: [TailTerm] = options.background == nil ? [.background] : []
    func fit(
      _ extra: [TailTerm], _ from: Double, product: Bool = false,
      scales: [TailTerm: Double] = [:]
    ) -> TailFit? {
      TailFit(
        profile,
        TailFit.Setup(
          terms: base + level + extra, start: from, end: end, instrument: instrument,
          hasProduct: product && options.hasSize, scales: scales))
    }
    let second = fit([], start)
    let fourth = fit([.square, .logarithm], start)
    let isLong = end >= 1.5 * start
    let higher: [TailTerm] = [.square, .logarithm]
    let scales = LineAnalysis.scales(second)
    let best = isLong ? fit(higher, start, product: true, scales: scales) : nil
    self.second = isLong ? second.map { MomentFit($0, profile) } : nil
    self.fourth = isLong ? fourth.map { MomentFit($0, profile) } : nil
    joint = best.map { MomentFit($0, profile) }
    cellWidth = best?.cellWidth ?? line.spacing

    table = [1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15].filter { $0 * profile.fullWidth * 1.5 <= end }.map {
      from in
      func density(
        _ extra: [TailTerm], product: Bool = false, scales: [TailTerm: Double] = [:]
      ) -> Measured? {
        fit(extra, from * profile.fullWidth, product: product, scales: scales)?
          .normalised(.density).map { Measured($0, profile) }
      }
      return WindowRow(
        start: from, second: density([]), fourth: density(higher),
        joint: density(higher, product: true, scales: scales))
    }
    taper = joint.flatMap { LineAnalysis.taper($0, options.strainCutoff) }
    curves = LineAnalysis.curves(profile, second, fourth, best, start: start, end: end)
    let verdict = LineAnalysis.verdict(
      profile, joint, table, options, end: end, isLong: isLong)
    density = verdict.density
    countingDeviation = verdict.counting
    windowDeviation = verdict.window
    doubt = verdict.doubt
    interval = verdict.interval
    self.profile = profile
  }

  /// How large the terms ln² q/q² and ln q/q² of M4 may be, per area: ⟨ρ*²⟩ = ρ*², and one and a half
  /// times 3c/(2π⁴), what A(L) ∼ c L⁴ ln L with c = ρ*² + ρ*/(2ε²) makes.
  ///
  /// A line (1 + q²/s²)^(−3/2) has c = ρ*²/4, a Wilkens line c of some ρ*²; the second part is the
  /// product of strain with the square of the size broadening.
  private static func scales(_ fit: TailFit?) -> [TailTerm: Double] {
    guard let fit, let density = fit.normalised(.density)?.value, density > 0 else { return [:] }
    let inverse = max(0, fit.normalised(.size)?.value ?? 0)
    let coefficient = density * density + density * inverse * inverse / 2
    return [.logarithm: 3 * TailTerm.squareFactor * coefficient, .square: density * density]
  }

  private struct Verdict {
    var density: Measured
    var counting: Double
    var window: Double
    var doubt: String?
    var interval: ClosedRange<Double>
  }

  /// The number with its honest error, or why there is none.
  private static func verdict(
    _ profile: LineProfile, _ joint: MomentFit?, _ table: [WindowRow], _ options: LineOptions,
    end: Double, isLong: Bool
  ) -> Verdict {
    // Every term of M4/q² but the slowly falling last one is positive: an upper bound of ρ*.
    let area = Estimate(MomentRow(profile: profile, order: 0, from: 0, to: end), profile)
    let fourth = Estimate(MomentRow(profile: profile, order: 4, from: 0, to: end), profile)
    let limit = max(0, 4 * .pi * .pi * fourth.value / area.value / (end * end))
    let widths = String(format: "%.3g", end / profile.fullWidth)
    guard isLong, let joint else {
      return Verdict(
        density: Measured(limit / 2, limit / 12.0.squareRoot()), counting: .infinity,
        window: .infinity,
        doubt:
          "the tails are too short: the window ends at \(widths) full widths; the fit starts at "
          + "\(options.start) and needs 1.5 times that and points enough",
        interval: 0...limit)
    }
    let counting = joint.density.deviation
    // The drift beyond what the larger errors of later starts explain.
    let drift =
      table.filter {
        $0.start >= options.start / 1.6 && $0.start <= options.start * 1.6
      }.compactMap(\.joint).map { row in
        let difference = row.value - joint.density.value
        let explained = abs(row.deviation * row.deviation - counting * counting)
        return max(0, difference * difference - explained).squareRoot()
      }.max() ?? 0
    let total = (counting * counting + drift * drift).squareRoot()
    let value = joint.density.value
    var doubt: String?
    if !(value > 0 && total <= options.largestError * value) {
      doubt =
        "too few counts or too short tails: ρ* = \(String(format: "%.3g", value * 1e6)) ± "
        + "\(String(format: "%.3g", total * 1e6)) 1/um2, the window ends at \(widths) full widths"
    }
    let low = max(0, value - 1.96 * total)
    return Verdict(
      density: Measured(value, total), counting: counting, window: drift, doubt: doubt,
      interval: low...max(low, value + 1.96 * total))
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
    let level = reference.coefficients[.background]?.value ?? 0
    func fitted(_ fit: TailFit?, _ order: Int) -> [Double] {
      q.map { q in
        guard let fit, q >= start else { return .nan }
        // Another background is part of what the fit says.
        let rest = (fit.coefficients[.background]?.value ?? 0) - level
        let column =
          order == 2
          ? TailTerm.background.secondMoment(q) : TailTerm.background.fourthMoment(q)
        let moment = fit.moment(order, q) * fit.area.value / scale + rest * column / scale
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
