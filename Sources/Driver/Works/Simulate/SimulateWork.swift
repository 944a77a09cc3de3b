// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField

/// A case of `simulate` with what its command line adds.
///
/// The run grows in its output, so that this is no ``Work`` whose result is written at the end.
struct SimulateWork {
  /// The case.
  let caseFile: String
  /// Where the run goes.
  let output: String
  /// The checkpoint that it continues from.
  var restart: String?
  /// The end in s, instead of the case's.
  var until: Double?
  /// The wall time in s after which it stops.
  var wallTime = Double.infinity
  /// The memory of a node in bytes, instead of what it has free.
  var memory: Double?
  /// What is stored, and how.
  var options = RunWriter.Options()

  init(caseFile: String, output: String) {
    self.caseFile = caseFile
    self.output = output
  }

  /// Runs the case to its end.
  ///
  /// Collective.
  ///
  /// - Returns: the numbers of the run; `context.outcome` says when it was stopped.
  /// - Throws: ``ParallelError`` of kind `input` or `file` for what cannot start, of kind `notConverged`
  ///   for a run that fails, after its state was saved as well as can be.
  func run(_ context: RunContext) throws(ParallelError) -> SimulationReport {
    let communicator = context.communicator
    let timings = RunTimings()
    let files = try RunFiles(output: output, restart: restart, caseFile: caseFile, context)
    let definition = try SimulationCase.read(caseFile, communicator)
    try definition.check(caseFile, communicator, context.log)
    try NodeMemory.admit(
      MemoryEstimate(definition.setup, ranks: communicator.size).largestRank, limit: memory,
      communicator)
    if let restart { try definition.checkRestart(restart, communicator) }
    let stepper = try definition.named(caseFile) { () throws(ParallelError) in
      try definition.setup.stepper(definition.stepping, communicator)
    }
    if let restart { try stepper.restore(restart, effectiveCase: definition.physics) }
    let first = stepper.energy
    let scale = definition.setup.model.energyScale
    var options = options
    options.filter = definition.output.compression.filter
    // Until here there is nothing to save: a signal ends the run at once.
    Signals.answer(by: .isAsked(words: "stopping after this step"))
    let run = try SimulationRun(
      stepper, definition, files: files,
      goal: SimulationRun.Goal(
        time: until ?? definition.until, spread: definition.spread * scale, energyScale: scale,
        wallTime: wallTime),
      options: options, timings: timings, context: context)
    let outcome = try run.finish()
    if outcome.status == .stopped { context.outcome = .stopped }
    let sentence = try outcome.timings.sentence(communicator)
    context.log.note(sentence)
    return try SimulationReport(
      stepper, outcome, first: first.chemical + first.elastic,
      degreesOfFreedom: definition.setup.degreesOfFreedom)
  }
}
