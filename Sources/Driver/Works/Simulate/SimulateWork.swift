// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField

/// What a run reports.
protocol SimulationRow {
  /// The object of `--format json`.
  var row: [String: JSONValue] { get }
  /// Fills the console.
  func show(on console: Console)
}

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
  func run(_ context: RunContext) throws(ParallelError) -> any SimulationRow {
    let timings = RunTimings()
    let files = try RunFiles(output: output, restart: restart, caseFile: caseFile, context)
    return try CaseDimension.read(caseFile, context.communicator) == 1
      ? try runEnsemble(files, timings, context) : try runPhaseField(files, timings, context)
  }

  /// Particles in one dimension.
  ///
  /// Collective.
  private func runEnsemble(
    _ files: RunFiles, _ timings: RunTimings, _ context: RunContext
  ) throws(ParallelError) -> EnsembleReport {
    let communicator = context.communicator
    let text = try EnsembleText.read(caseFile, communicator)
    let model = text.model
    try NodeMemory.admit(
      MemoryEstimate(model, ranks: communicator.size).largestRank, limit: memory, communicator)
    let system = EnsembleSystem(model, communicator)
    system.thresholds = text.thresholds
    if let restart {
      try SimulationCase.checkRestart(restart, physics: text.physicsText, communicator)
    }
    system.drive = text.drive[0].drive
    let stepper = try TimeStepper(
      system, state: system.makeStart(text.composition), options: text.course.stepping)
    var course = DriveCourse<EnsembleSystem>(text.drive, window: text.voltageWindow)
    if let restart {
      try stepper.restore(restart, effectiveCase: text.physicsText)
      course.resume(
        at: try DrivePlace.read(restart, steps: text.drive.count, communicator),
        time: stepper.time, system)
    }
    var options = options
    options.filter = text.course.output.compression.filter
    // Until here there is nothing to save: a signal ends the run at once.
    Signals.answer(by: .isAsked(words: "stopping after this step"))
    let simulation = try EnsembleSimulation(
      stepper, course, text, end: until ?? text.until ?? .infinity, files: files,
      options: options, context)
    let plan = RunCourse<EnsembleSimulation>.Plan(text.course, wallTime: wallTime)
    let run = RunCourse(simulation, plan, files: files, timings: timings, context: context)
    let (status, spent) = try run.finish()
    var critical: Double?
    if let wanted = text.critical, status == .complete {
      var search = CriticalCurrent(model, seeds: wanted.seeds, start: text.composition)
      search.deviation = wanted.deviation
      critical = try search.find(near: text.drive.usualRate, communicator) * 3600
    }
    return EnsembleReport(
      simulation: simulation, status: status, capacity: text.capacity, seconds: spent.elapsed,
      criticalRate: critical)
  }

  /// A particle in two or three dimensions.
  ///
  /// Collective.
  private func runPhaseField(
    _ files: RunFiles, _ timings: RunTimings, _ context: RunContext
  ) throws(ParallelError) -> SimulationReport {
    let communicator = context.communicator
    let definition = try SimulationCase.read(caseFile, communicator)
    try definition.check(caseFile, communicator, context.log)
    // Before anything large is made: a node that runs out of memory kills the job without a word.
    try NodeMemory.admit(
      definition.memory(caseFile, ranks: communicator.size, communicator).largestRank,
      limit: memory, communicator)
    if let restart {
      try SimulationCase.checkRestart(restart, physics: definition.physics, communicator)
    }
    let (stepper, solid, origin) = try definition.named(caseFile) { () throws(ParallelError) in
      try definition.setup.begun(definition.course.stepping, communicator)
    }
    for sentence in [solid.sentence, origin] { if let sentence { context.log.note(sentence) } }
    var driven = definition.drive.map {
      DriveCourse<PhaseFieldSystem>($0, window: definition.voltageWindow)
    }
    if let restart {
      try stepper.restore(restart, effectiveCase: definition.physics)
      if let drive = definition.drive {
        driven?.resume(
          at: try DrivePlace.read(restart, steps: drive.count, communicator),
          time: stepper.time, stepper.system)
      }
    }
    let first = stepper.energy
    let scale = definition.setup.model.energyScale
    var options = options
    options.filter = definition.course.output.compression.filter
    options.probes = definition.filled.probes
    options.fields = definition.filled.storedFields
    // Until here there is nothing to save: a signal ends the run at once.
    Signals.answer(by: .isAsked(words: "stopping after this step"))
    let simulation = try PhaseFieldSimulation(
      stepper, driven, definition, solid, files: files,
      goal: PhaseFieldSimulation.Goal(
        time: until ?? definition.until, spread: definition.spread * scale, energyScale: scale),
      options: options, timings: timings, context: context)
    let plan = RunCourse<PhaseFieldSimulation>.Plan(definition.course, wallTime: wallTime)
    let course = RunCourse(simulation, plan, files: files, timings: timings, context: context)
    let (status, spent) = try course.finish()
    let sentence = try spent.sentence(communicator)
    context.log.note(sentence)
    var report = try SimulationReport(
      simulation, status, seconds: spent.elapsed, first: first.chemical + first.elastic,
      degreesOfFreedom: definition.setup.degreesOfFreedom)
    if let wanted = definition.filled.critical, let drive = definition.drive, status == .complete {
      var search = CriticalCurrent(
        definition.setup, definition.course.stepping, seeds: wanted.seeds)
      search.deviation = wanted.deviation
      report.criticalRate = try search.find(near: drive.usualRate, communicator) * 3600
    }
    return report
  }
}
