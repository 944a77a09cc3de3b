// SPDX-License-Identifier: Apache-2.0

/// How far a long work is, for one line on a terminal: its share done and the time left.
///
/// The work is known beforehand in units of any kind that are about equally long. Steps follow each
/// other; what is begun is done when the next one begins.
public final class WorkShare {
  /// What is done, as the line calls it.
  private let name: String
  /// All units.
  private let total: Double
  /// Units of the steps that are done.
  private var done = 0.0
  /// Units of the step that is going on.
  private var current = 0.0
  private let log: any RunLog
  /// Seconds since the work began.
  private let elapsed: () -> Double

  /// The share below which nothing is said of the time left: the first steps tell little of the rest.
  static let silent = 0.05

  /// Starts a work of `total` units.
  ///
  /// - Parameter elapsed: seconds since then, by the clock where nil.
  public init(
    _ name: String, total: Double, log: any RunLog, elapsed: (() -> Double)? = nil
  ) {
    self.name = name
    self.total = total
    self.log = log
    let start = ContinuousClock.now
    self.elapsed = elapsed ?? { (ContinuousClock.now - start) / .seconds(1) }
  }

  /// Begins a step of so many units, such as "P1: factorising"; the last one is done.
  public func begin(_ units: Double, _ step: @autoclosure () -> String) {
    done += current
    current = units
    log.progress(line(step()))
  }

  /// The work is done.
  public func end() {
    done += current
    current = 0
    log.progress(line(nil))
  }

  private func line(_ step: String?) -> String {
    let share = total > 0 ? min(done / total, 1) : 1
    // Rounded down: 100 % is the end.
    let words = "\(name): \(Int((100 * share + 1e-9).rounded(.down))) %"
    guard let step else { return words }
    guard share >= Self.silent else { return "\(words), \(step)" }
    return "\(words), about \(Self.words(elapsed() * (1 - share) / share)) left, \(step)"
  }

  /// A time to one digit of its unit, or two: "20 s", "3 min", "1.5 h".
  static func words(_ seconds: Double) -> String {
    switch seconds {
    case ..<9.5: "\(Int(max(1, seconds).rounded())) s"
    case ..<55: "\(5 * Int((seconds / 5).rounded())) s"
    case ..<3570: "\(Int((seconds / 60).rounded())) min"
    default: "\(Double(Int((seconds / 360).rounded())) / 10) h"
    }
  }
}
