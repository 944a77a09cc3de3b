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

  init(_ keys: CaseKeys<SimulationText.Key>) throws {
    var times: [Double] = []
    if keys.has(.storeAt) {
      times += try keys.quantities(.storeAt, .time)
      if let wrong = times.first(where: { !($0 >= 0) }) {
        throw keys.problem(.storeAt, "found \(wrong) s, expected times from 0 on")
      }
    }
    if keys.has(.storeInterval) {
      times += try keys.nested(.storeInterval, IntervalKeys.self).times
    }
    self.times = Set(times).sorted()
    every =
      keys.has(.storeEvery)
      ? try keys.integer(.storeEvery, in: 1...1_000_000)
      : times.isEmpty ? OutputPlan.usual : nil
    compression = try keys.optional(.compress, default: .fast) { try keys.choice($0) }
  }

  /// The first time to be stored after `time`.
  func next(after time: Double) -> Double? { times.first { $0 > time } }

  /// The keys as an effective case has them, a line each.
  var text: String {
    var lines: [String] = []
    if let every { lines.append("store_every: \(every)") }
    if !times.isEmpty {
      lines.append("store_at: [\(times.map { "\($0) s" }.joined(separator: ", "))]")
    }
    lines.append("compress: \(compression.rawValue)")
    return lines.joined(separator: "\n")
  }
}

/// Times at equal distances or of equal ratios.
private struct IntervalKeys: Decodable {
  let times: [Double]

  private enum Key: String, CaseKey { case start, end, count, spacing }
  private enum Spacing: String, CaseIterable { case linear, log }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    let spacing = try keys.optional(.spacing, default: Spacing.linear) { try keys.choice($0) }
    let start =
      spacing == .log
      ? try keys.positiveQuantity(.start, .time)
      : try keys.optional(.start, default: 0) { try keys.quantity($0, .time) }
    guard start >= 0 else {
      throw keys.problem(.start, "found \(start) s, expected a time from 0 on")
    }
    let end = try keys.positiveQuantity(.end, .time)
    guard end > start else {
      throw keys.problem(.end, "found \(end) s, expected more than start, \(start) s")
    }
    let count = try keys.integer(.count, in: 2...100_000)
    times = (0..<count).map { index in
      // Both ends to the last bit.
      if index == count - 1 { return end }
      let share = Double(index) / Double(count - 1)
      return spacing == .log
        ? start * pow(end / start, share) : start + share * (end - start)
    }
  }
}
