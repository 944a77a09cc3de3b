// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel

/// What a run to be continued holds, whatever its kind.
struct StoredRun {
  /// Rows of the history up to the step from which it goes on.
  private(set) var rows = 0
  /// Stored steps up to it, in their order.
  private(set) var kept: [Int] = []
  /// Stored steps after it.
  private(set) var later: [Int] = []
  /// Whether it says why it failed.
  let hasReason: Bool

  /// Looks into a run.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - format: what it must be.
  ///   - column: the history's steps.
  ///   - step: the one from which it goes on.
  ///   - physics: the case's, which must be the file's.
  ///   - communicator: the ranks.
  /// - Throws: ``ParallelError`` of kind `input` when the file is no such run, or another case's.
  init(
    _ path: String, _ format: FileFormat, _ column: String, step: Int, physics: String,
    _ communicator: Communicator
  ) throws(ParallelError) {
    let file = try InputFile(path, communicator: communicator)
    try format.checkName(
      of: file, advice: "this is not the run to be continued; --force replaces it")
    try format.checkVersion(
      of: file, in: format.version...format.version,
      advice: "the checkpoint goes on under another name, or with --force")
    let stored = try file.attribute(RunFormat.physics)?.text ?? ""
    if let difference = CaseDifference.text(stored: stored, given: physics) {
      throw ParallelError(
        .input,
        "\(path): the run is of another case: \(difference); give another name, or --force")
    }
    hasReason = try file.attribute(RunFormat.reason) != nil
    let steps = try file.numbers(column)
    rows = steps.prefix { Int($0) <= step }.count
    guard rows > 0, Int(steps[rows - 1]) == step else {
      throw ParallelError(
        .input,
        "\(path): its history ends at step \(Int(steps.last ?? 0)), before step \(step) of "
          + "the checkpoint; give another name, or --force")
    }
    for name in try file.members(of: RunFormat.steps.path()).sorted() {
      guard let found = Int(name) else { continue }
      if found <= step { kept.append(found) } else { later.append(found) }
    }
  }
}
