// SPDX-License-Identifier: Apache-2.0

import Parallel

/// What a command does, without its command line: a case that runs on any communicator.
///
/// A command fills it from its words, a sweep from the keys of its plan.
protocol Work {
  associatedtype Result: WorkResult
  /// The files that it reads, none of which the output may replace.
  var inputs: [String] { get }
  /// The seed of its random numbers, where it has some.
  var seed: Int? { get }
  /// Does the work.
  ///
  /// Collective.
  func run(_ communicator: Communicator, log: any RunLog) throws(ParallelError) -> Result
}

extension Work {
  var seed: Int? { nil }
}

/// What a work has found.
protocol WorkResult {
  /// The case as it was run, defaults filled in, as YAML.
  var effectiveCase: String { get }
  /// The object of `--format json`, a row of a table of many.
  var row: [String: JSONValue] { get }
  /// Writes the output's groups; provenance is not among them.
  ///
  /// Collective.
  func write(to file: borrowing OutputFile) throws(ParallelError)
}

extension RunContext {
  /// Runs a work whose result goes to `output`, whole or not at all.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` or `file` where the output cannot be, else what the work
  ///   throws.
  func perform<Task: Work>(
    _ work: Task, inputs: [String] = [], output: String
  ) throws(ParallelError) -> Task.Result {
    try OutputGuard.check(output, inputs: inputs + work.inputs, self)
    let result = try work.run(communicator, log: log)
    let file = try OutputFile(output, communicator: communicator)
    try result.write(to: file)
    try Provenance(self, seed: work.seed, effectiveCase: result.effectiveCase).write(
      to: file, communicator: communicator)
    try file.commit()
    log.note("\(output): written")
    return result
  }
}
