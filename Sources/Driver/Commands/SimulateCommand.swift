import ArgumentParser
import Foundation
import Parallel
import Physics
import Solver

/// Runs a phase-field case.
struct SimulateCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Relax or evolve a particle by the phase field, coupled to elasticity.",
    discussion: """
      Checkpoints go beside the output, as RUN.checkpoint.h5; --restart continues from one, on any \
      number of ranks. SIGTERM, SIGINT and SIGUSR1 and the time limit end the run after a \
      checkpoint, with exit code 5.

      A case is YAML; every quantity carries its unit, a, c and b are the crystal's axes, and what is \
      left out is LiFePO4's. Without elements along b it is two-dimensional.

        size: {a: 420 nm, c: 130 nm, b: 100 nm}
        elements: {a: 128, c: 40}
        outline: {hexagon: {a: 410 nm, c: 122 nm}}
        voids: [{a: 260 nm, c: 50 nm, radius: 14 nm}]
        plane: stress
        until: relaxed

      More keys: material, law, energy, mobility, kappa, diffusivity, boundary, start, tomogram; \
      docs/simulate.md explains them all. 'vegard check CASE.yaml' validates a case first and \
      predicts memory and time.

      EXAMPLE
        mpirun -n 2 vegard simulate examples/void-center.yaml -o run.h5
        vegard simulate examples/void-center.yaml -o more.h5 --restart run.checkpoint.h5
      """)

  @Argument(help: ArgumentHelp("The case.", valueName: "CASE.yaml"))
  var caseFile: String

  @Option(name: .shortAndLong, help: "Where the run goes.")
  var output: String

  @Option(help: ArgumentHelp("Continue from a checkpoint.", valueName: "FILE"))
  var restart: String?

  @Option(help: ArgumentHelp("End at this time instead of the case's.", valueName: "TIME"))
  var until: String?

  @Option(
    help: ArgumentHelp("Stop after this much wall time, such as \"30 min\".", valueName: "TIME"))
  var timeLimit: String?

  @Option(
    help: ArgumentHelp(
      "The memory of a node instead of what it has free, such as \"16 GiB\".", valueName: "SIZE"))
  var memory: String?

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func validate() throws {
    try NodeMemory.validate(memory)
    for text in [until, timeLimit].compactMap(\.self) {
      do { _ = try Quantity.parse(text, as: .time) } catch { throw ValidationError("\(error)") }
    }
  }

  func run(_ context: RunContext) throws(ParallelError) {
    let communicator = context.communicator
    let began = ContinuousClock.now
    try OutputGuard.check(
      output, inputs: [caseFile] + [restart].compactMap(\.self), options: common,
      communicator: communicator)
    let definition = try SimulationCase.read(caseFile, communicator)
    for warning in try definition.setup.check() { context.log.warn(warning) }
    try NodeMemory.admit(
      MemoryEstimate(definition.setup, ranks: communicator.size).largestRank,
      limit: memory.flatMap(NodeMemory.bytes), communicator)
    if let restart { try definition.checkRestart(restart, communicator) }
    let stepper = try definition.setup.stepper(definition.stepping, communicator)
    if let restart { try stepper.restore(restart, effectiveCase: definition.physics) }
    let end = seconds(until) ?? definition.until ?? 1e15
    let relaxes = until == nil && definition.until == nil
    let file = try OutputFile(output, communicator: communicator)
    let writer = RunWriter(output, stepper)
    let checkpoint = SimulateCommand.checkpointPath(output)
    let first = stepper.energy
    StopSignal.install()
    try writer.record(stepper)
    try writer.store(stepper, to: file)
    var status = "stopped"
    var lastStored = stepper.steps
    while true {
      let spread = try stepper.potentialSpread() / definition.setup.model.energyScale
      if relaxes && stepper.steps > 0 && spread <= definition.spread { status = "complete" }
      if !relaxes && stepper.time >= end * (1 - 1e-12) { status = "complete" }
      if status == "complete" { break }
      let elapsed = (ContinuousClock.now - began) / .seconds(1)
      let mustStop = StopSignal.raised || elapsed > (seconds(timeLimit) ?? .infinity)
      if try communicator.maximum(mustStop ? 1 : 0) > 0 { break }
      if stepper.steps >= definition.stepLimit { break }
      do throws(ParallelError) {
        try stepper.advance(to: end)
      } catch {
        try stepper.writeCheckpoint(checkpoint, effectiveCase: definition.physics)
        throw error
      }
      try writer.record(stepper)
      let drift = try stepper.massDrift()
      context.log.note(
        "step \(stepper.steps): \(formatted(stepper.time, significant: 5)) s, step "
          + "\(formatted(stepper.lastStep, significant: 3)) s, energy "
          + "\(formatted(stepper.energy.chemical + stepper.energy.elastic, significant: 8)) eV nm3, "
          + "spread \(formatted(spread, significant: 2)) kT, content drift "
          + "\(formatted(drift, significant: 2)), Newton \(stepper.newton), Krylov \(stepper.krylov)"
      )
      if stepper.steps.isMultiple(of: definition.checkpointEvery) {
        try stepper.writeCheckpoint(checkpoint, effectiveCase: definition.physics)
      }
      if stepper.steps.isMultiple(of: definition.storeEvery) {
        try writer.store(stepper, to: file)
        lastStored = stepper.steps
      }
    }
    if lastStored != stepper.steps { try writer.store(stepper, to: file) }
    try stepper.writeCheckpoint(checkpoint, effectiveCase: definition.physics)
    try Provenance(context, effectiveCase: definition.effective).write(
      to: file, communicator: communicator)
    try writer.finish(stepper, to: file, status: status)
    context.log.note("\(output): written, \(status)")
    if status == "stopped" { context.outcome = .stopped }
    try report(stepper, first, began, definition, context)
  }

  private func seconds(_ text: String?) -> Double? {
    text.flatMap { try? Quantity.parse($0, as: .time) }
  }

  /// `run.h5` has its checkpoint in `run.checkpoint.h5`.
  static func checkpointPath(_ output: String) -> String {
    (output.hasSuffix(".h5") ? String(output.dropLast(3)) : output) + ".checkpoint.h5"
  }

  private func report(
    _ stepper: TimeStepper, _ first: (chemical: Double, elastic: Double),
    _ began: ContinuousClock.Instant, _ definition: SimulationCase, _ context: RunContext
  ) throws(ParallelError) {
    let statistics = try stepper.columnStatistics()
    let names = ["aa", "bb", "cc", "ac"]
    func members(_ values: [Double]) -> JSONValue {
      .object(Dictionary(uniqueKeysWithValues: zip(names, values.map { JSONValue.number($0) })))
    }
    let drift = try stepper.massDrift()
    let elapsed = (ContinuousClock.now - began) / .seconds(1)
    let last = stepper.energy.chemical + stepper.energy.elastic
    var table = Table("quantity", "value", "unit")
    table.add("steps", "\(stepper.steps)", "1")
    table.add("rejected", "\(stepper.rejected)", "1")
    table.add("time", Table.number(stepper.time), "s")
    table.add("free energy per site density", Table.number(last), "eV nm3")
    table.add("content drift", formatted(drift, significant: 3), "1")
    for (index, name) in names.enumerated() {
      table.add(
        "coherency strain \(name), b-average rms", Table.number(100 * statistics.rms[index]), "%")
      table.add(
        "coherency strain \(name), b-average max", Table.number(100 * statistics.largest[index]),
        "%")
    }
    context.console.table(table)
    context.console.result([
      "steps": .integer(stepper.steps), "rejected": .integer(stepper.rejected),
      "time_s": .number(stepper.time),
      "energy": ["first": .number(first.chemical + first.elastic), "last": .number(last)],
      "mass_drift": .number(drift),
      "newton_per_step": .number(Double(stepper.newton) / Double(max(1, stepper.steps))),
      "krylov_per_newton": .number(Double(stepper.krylov) / Double(max(1, stepper.newton))),
      "seconds": .number(elapsed),
      "degrees_of_freedom": .integer(definition.setup.degreesOfFreedom),
      "b_average_max": members(statistics.largest), "b_average_rms": members(statistics.rms),
    ])
  }
}

/// Whether a signal asked the run to stop.
enum StopSignal {
  nonisolated(unsafe) private static var flag: sig_atomic_t = 0

  /// Whether one came.
  static var raised: Bool { unsafe flag != 0 }

  /// Listens to SIGTERM, SIGINT and SIGUSR1.
  static func install() {
    for number in [SIGTERM, SIGINT, SIGUSR1] {
      signal(number) { _ in unsafe StopSignal.flag = 1 }
    }
  }
}
