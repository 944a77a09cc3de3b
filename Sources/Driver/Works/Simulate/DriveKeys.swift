// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// One step of a drive, or steps that are repeated.
struct DriveKeys: CaseMapping {
  private var current: Double?
  private var voltage: Double?
  private var rests = false
  private var until = UntilKeys()
  private var steps: [DriveKeys] = []
  private var times = 1

  init() {}

  /// The keys that say a step again.
  init(_ step: DriveStep) {
    switch step.drive {
    case .current(0): rests = true
    case .current(let rate): current = rate
    case .voltage(let volt): voltage = volt
    }
    until = UntilKeys(step)
  }

  static var fields: [CaseField<DriveKeys>] {
    [
      .init(
        "current", optional: \.current, .rate, unless: "none",
        "the whole current over the capacity: 1 C fills the particles in an hour; positive on discharge, "
          + "which is lithiation"),
      .init(
        "voltage", optional: \.voltage, .quantity(.potential, "V"), unless: "none",
        "against lithium"),
      .init(
        "rest", words: "true", unless: "none", "no current",
        read: { owner, keys, key in owner.rests = try keys.flag(key) },
        text: { $0.rests ? "true" : nil }),
      .init(
        "until", words: "`{mean, voltage, current, time}`", unless: "the window of voltages",
        "what ends the step, whichever comes first", parts: { UntilKeys.paths },
        read: { owner, keys, key in owner.until = try keys.nested(key) },
        text: { $0.until.isEmpty ? nil : $0.until.flow }),
      .init(
        "steps", words: "a list of steps", unless: "none", "steps to be repeated",
        parts: { CasePath.items(single) },
        read: { owner, keys, key in owner.steps = try keys.list(key, of: DriveKeys.self) },
        text: { $0.steps.isEmpty ? nil : "[\($0.steps.map(\.flow).joined(separator: ", "))]" }),
      .init(
        "repeat", words: "a whole number from 1 to 10000", unless: "1", "how many times",
        read: { owner, keys, key in owner.times = try keys.integer(key, in: 1...10_000) },
        text: { $0.times == 1 ? nil : "\($0.times)" }),
    ]
  }

  /// The paths of a step that repeats no others.
  private static var single: [CasePath] {
    fields.filter { !["steps", "repeat"].contains($0.name) }.flatMap(\.paths)
  }

  mutating func finish(_ keys: FieldKeys) throws {
    let kinds = ["current", "voltage", "rest", "steps"].filter {
      keys.has($0)
    }
    guard kinds.count == 1 else {
      throw CaseError(
        keys.path,
        "found \(kinds.isEmpty ? "none" : kinds.joined(separator: " and ")) of current, voltage, rest "
          + "and steps, expected one")
    }
    let key = kinds[0]
    if kinds[0] == "rest", !rests {
      throw keys.problem(key, "found false, expected true, or a current or a voltage instead")
    }
    if current == 0 { throw keys.problem(key, "found no current, expected rest: true") }
    if times > 1, steps.isEmpty {
      throw keys.problem("repeat", "found it without steps to repeat")
    }
    for name in until.foreign(to: kinds[0]) {
      throw keys.problem(
        "until", "found \(name), which does not end a step of \(kinds[0])")
    }
    if kinds[0] != "current", kinds[0] != "steps", until.isEmpty {
      throw keys.problem(
        key,
        "found no until, expected what ends it: \(kinds[0] == "rest" ? "a time" : "a current, a mean or a time")"
      )
    }
  }

  /// The steps, those repeated as often as they are.
  var all: [DriveStep] {
    guard steps.isEmpty else {
      return Array([[DriveStep]](repeating: steps.flatMap(\.all), count: times).joined())
    }
    var step = DriveStep(voltage.map { .voltage($0) } ?? .current(current ?? 0))
    (step.mean, step.voltage) = (until.mean, until.voltage)
    (step.current, step.time) = (until.current, until.time)
    return [step]
  }
}

/// What ends a step of a drive.
private struct UntilKeys: CaseMapping {
  var mean: Double?
  var voltage: Double?
  var current: Double?
  var time: Double?

  init() {}

  init(_ step: DriveStep) {
    (mean, voltage, current, time) = (step.mean, step.voltage, step.current, step.time)
  }

  static var fields: [CaseField<UntilKeys>] {
    [
      .init("mean", optional: \.mean, .number(in: 0...1), unless: "none", "the mean composition"),
      .init(
        "voltage", optional: \.voltage, .quantity(.potential, "V"), unless: "none",
        "of a driving current"),
      .init(
        "current", optional: \.current, .rate, unless: "none",
        "the size to which the current of a driving voltage falls"),
      .init("time", optional: \.time, .time, unless: "none", "since the step began"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    if let current, current <= 0 {
      throw keys.problem("current", "found \(current * 3600) C, expected a size")
    }
  }

  var isEmpty: Bool { mean == nil && voltage == nil && current == nil && time == nil }

  /// The ends that a kind of step cannot have.
  func foreign(to kind: String) -> [String] {
    let found = [
      ("mean", mean != nil), ("voltage", voltage != nil), ("current", current != nil),
      ("time", time != nil),
    ].filter(\.1).map(\.0)
    let own: Set<String> =
      switch kind {
      case "current": ["mean", "voltage", "time"]
      case "voltage": ["mean", "current", "time"]
      case "rest": ["time"]
      default: []
      }
    return found.filter { !own.contains($0) }
  }
}

extension CaseForm where Value == Double {
  /// A current over the capacity, in 1/s.
  static var rate: CaseForm {
    CaseForm(
      words: "in C", read: { try $0.quantity($1, .currentRate) },
      // 1/3600 has no end in binary: what is read back is what was written.
      text: { "\(($0 * 3600)) C" })
  }
}

extension CaseForm where Value == [DriveStep] {
  /// A step, a list of steps, or `rest`.
  static var drive: CaseForm {
    CaseForm(
      words: "`rest`, `{current or voltage or rest, until}`, or a list of these",
      // One step by its keys, a step of a list by its place.
      parts: { DriveKeys.paths + CasePath.items(DriveKeys.paths) },
      read: { keys, key in
        if let text = try? keys.text(key) {
          guard text == "rest" else {
            throw keys.problem(
              key, "found \"\(text)\", expected rest, a step {current or voltage, until} or a list")
          }
          return [DriveStep(.current(0))]
        }
        if let one = try? keys.nested(key, [DriveKeys].self) { return one.flatMap(\.all) }
        // A list with a wrong step tells of that step.
        if (try? keys.nested(key, [Anything].self)) != nil {
          return try keys.nested(key, [DriveKeys].self).flatMap(\.all)
        }
        return try keys.nested(key, DriveKeys.self).all
      },
      text: { steps in
        if steps == [DriveStep(.current(0))] { return "rest" }
        let texts = steps.map { DriveKeys($0).flow }
        return texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
      })
  }
}

extension DriveKeys {
  /// What is wrong with a current that leads away from its end, where the mean is known.
  static func wrongWay(_ steps: [DriveStep], from mean: Double?) -> String? {
    var mean = mean
    for (index, step) in steps.enumerated() {
      if let known = mean, case .current(let rate) = step.drive, rate != 0 {
        let towards = step.mean ?? (rate > 0 ? 0.95 : 0.05)
        if (towards - known) * rate <= 0 {
          return "step \(index + 1): found a \(rate > 0 ? "discharge" : "charge") of "
            + "\(formatted(rate * 3600, significant: 4)) C at a mean of \(known)"
            + (step.mean.map { " to \($0)" } ?? "") + ": it leads the wrong way"
        }
      }
      if case .current(0) = step.drive { continue }
      mean = step.voltage == nil && step.time == nil && step.current == nil ? step.mean : nil
    }
    return nil
  }
}

/// Whatever stands there.
private struct Anything: Decodable {
  init(from decoder: any Decoder) throws {}
}

extension [DriveStep] {
  /// The size of the first driving current in 1/s, where a search for the critical one begins.
  var usualRate: Double {
    for case .current(let rate) in map(\.drive) where rate != 0 { return abs(rate) }
    return 0.01 * cRate
  }
}
