// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Parallel

/// The line of a standard that broadens nothing: what the instrument alone shows.
///
/// Its restricted moments are measured up to where its own tail is fitted and follow the fit from
/// there. Their statistical errors are left out: a standard is counted well.
public struct InstrumentLine: Sendable {
  private let knots: [Double]
  private let second: [Double]
  private let fourth: [Double]
  private let areaAfter: [Double]

  /// The moments of a standard's profile.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when its window is too short for its background to
  ///   be told from its tail.
  public init(_ standard: LineProfile, name: String = "standard") throws(ParallelError) {
    let start = 4 * standard.fullWidth
    let setup = TailFit.Setup(
      terms: [.size, .background], start: start, end: standard.reach)
    guard let fit = TailFit(standard, setup), standard.reach > 1.5 * start else {
      throw ParallelError(
        .input,
        "\(name): the standard is measured to \(standard.reach / standard.fullWidth) full widths, "
          + "expected 6 or more on both sides")
    }
    let count = 2000
    let last = 40 * standard.reach
    var knots: [Double] = []
    var moments: [(Double, Double, Double)] = []
    for index in 0...count {
      // Half of the knots within the fit's start, the others on a growing mesh beyond.
      let half = count / 2
      let q =
        index <= half
        ? start * Double(index) / Double(half)
        : start * pow(last / start, Double(index - half) / Double(count - half))
      knots.append(q)
      if index <= half {
        let area =
          q > 0 ? fit.measured(0, q, standard, level: 2 * q) : 0
        moments.append(
          (
            q > 0 ? fit.measured(2, q, standard).value : 0,
            q > 0 ? fit.measured(4, q, standard).value : 0, 1 - area
          ))
      } else {
        let size = max(fit.normalised(.size)?.value ?? 0, 0)
        moments.append((fit.moment(2, q), fit.moment(4, q), size * TailTerm.size.areaBeyond(q)))
      }
    }
    self.knots = knots
    second = moments.map(\.0)
    fourth = moments.map(\.1)
    areaAfter = moments.map(\.2)
  }

  /// The second restricted moment up to q in 1/nm².
  public func secondMoment(_ q: Double) -> Double { interpolated(second, q) }

  /// The fourth restricted moment up to q in 1/nm⁴.
  public func fourthMoment(_ q: Double) -> Double { interpolated(fourth, q) }

  /// What the second moment gains from one q to another.
  func increment(_ low: Double, _ high: Double) -> Double {
    secondMoment(high) - secondMoment(low)
  }

  /// The share of the area beyond ±q.
  func areaBeyond(_ q: Double) -> Double { max(0, interpolated(areaAfter, q)) }

  private func interpolated(_ values: [Double], _ q: Double) -> Double {
    let next = min(max(1, LineProfile.index(after: q, in: knots)), knots.count - 1)
    let share = min(1, (q - knots[next - 1]) / (knots[next] - knots[next - 1]))
    return (1 - share) * values[next - 1] + share * values[next]
  }
}

extension TailFit {
  /// The area up to q over the whole one, a background of area `level` per height taken off.
  func measured(
    _ order: Int, _ q: Double, _ profile: LineProfile, level: Double
  ) -> Double {
    let raw = MomentRow(profile: profile, order: order, from: 0, to: q).value(profile.intensities)
    return (raw - level * (coefficients[.background]?.value ?? 0)) / area.value
  }
}
