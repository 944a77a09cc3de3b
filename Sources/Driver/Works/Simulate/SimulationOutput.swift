// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics

/// Which states a run stores, and how: `store_every`, `store_at`, `store_interval`, `compress`.
struct OutputPlan: Equatable {
  /// How arrays lie in the file.
  enum Compression: String, CaseIterable {
    case none, fast, small

    /// The same in HDF5.
    var filter: OutputFile.Filter {
      switch self {
      case .none: .none
      case .fast: .fast
      case .small: .small
      }
    }
  }

  /// Steps between stored states; nil where times alone decide.
  var every: Int?
  /// The times in s at which a step ends and is stored, ascending.
  var times: [Double]
  /// How arrays lie in the file.
  var compression: Compression

  /// Every tenth step is stored where a case says nothing.
  static let usual = 10

  /// The first time to be stored after `time`.
  func next(after time: Double) -> Double? { times.first { $0 > time } }
}

/// Times at equal distances or of equal ratios.
struct IntervalKeys: CaseMapping {
  private enum Spacing: String, CaseIterable { case linear, log }

  private var spacing = Spacing.linear
  private var start = 0.0
  private var end = 0.0
  private var count = 2

  static var fields: [CaseField<IntervalKeys>] {
    [
      .init("spacing", \.spacing, .choice, "equal distances or equal ratios"),
      .init("start", \.start, .quantity(.time, "s"), "the first; above 0 for `log`"),
      .init("end", required: \.end, .time, "the last"),
      .init("count", required: \.count, .integer(in: 2...100_000), "how many, ends included"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    let key = "start"
    if spacing == .log { start = try keys.positiveQuantity(key, .time) }
    guard start >= 0 else {
      throw keys.problem(key, "found \(start) s, expected a time from 0 on")
    }
    guard end > start else {
      throw keys.problem(
        "end", "found \(end) s, expected more than start, \(start) s")
    }
  }

  /// The times in s.
  var times: [Double] {
    (0..<count).map { index in
      // Both ends to the last bit.
      if index == count - 1 { return end }
      let share = Double(index) / Double(count - 1)
      return spacing == .log
        ? start * pow(end / start, share) : start + share * (end - start)
    }
  }
}
