// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// How steps in time are chosen, and which states are stored: keys of every simulation.
struct CourseKeys: CaseMapping {
  var stepping = StepOptions()
  var stepLimit = 2000
  private var storeEvery: Int?
  private var storeAt: [Double]?
  private var storeInterval: IntervalKeys?
  private var compression = OutputPlan.Compression.fast
  var checkpointEvery = 5

  init() {}

  static var fields: [CaseField<CourseKeys>] {
    [
      .init(
        "tolerance", \.stepping.tolerance, .number(in: 1e-8...0.1),
        "root mean square error of X that a step may make"),
      .init(
        "relative_tolerance", \.stepping.relativeTolerance, .number(in: 1e-6...1),
        "the same over the root mean square deviation of X from its mean; the smaller error counts, so "
          + "that growth from small noise is resolved"),
      .init(
        "first_step", optional: \.stepping.firstStep, .time,
        unless: "of grid and physics: as long as the tolerance allows", "tried first"),
      .init(
        "longest_step", words: "a time", unless: "none", "no step is longer",
        read: { owner, keys, key in
          owner.stepping.longestStep = try keys.positiveQuantity(key, .time)
        },
        text: { $0.stepping.longestStep.isFinite ? "\($0.stepping.longestStep) s" : nil }),
      .init(
        "step_limit", \.stepLimit, .integer(in: 1...1_000_000),
        "most accepted steps; reached, the run ends with exit code 3 after a checkpoint"),
      .init(
        "store_every", optional: \.storeEvery, .integer(in: 1...1_000_000),
        unless: "\(OutputPlan.usual); none beside times", "steps between stored states"),
      .init(
        "store_at", optional: \.storeAt, .quantities(.time, "s"), unless: "none",
        "a step ends at each of these times exactly, and its state is stored"),
      .init(
        "store_interval", optional: \.storeInterval, .mapping, unless: "none",
        "so many times from start to end, both included"),
      .init(
        "compress", \.compression, .choice,
        "how fields are stored: as they are, by gzip of level 1, or of level 6"),
      .init(
        "checkpoint_every", \.checkpointEvery, .integer(in: 1...1_000_000),
        "steps between checkpoints"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    if let wrong = storeAt?.first(where: { !($0 >= 0) }) {
      throw keys.problem(
        "store_at", "found \(wrong) s, expected times from 0 on")
    }
  }

  /// Which states are stored.
  var output: OutputPlan {
    let times = (storeAt ?? []) + (storeInterval?.times ?? [])
    return OutputPlan(
      every: storeEvery ?? (times.isEmpty ? OutputPlan.usual : nil), times: Set(times).sorted(),
      compression: compression)
  }

  /// The same with the times of an interval as a list, as the effective case has them.
  var filled: CourseKeys {
    var keys = self
    let plan = output
    keys.storeEvery = plan.every
    keys.storeAt = plan.times.isEmpty ? nil : plan.times
    keys.storeInterval = nil
    return keys
  }
}
