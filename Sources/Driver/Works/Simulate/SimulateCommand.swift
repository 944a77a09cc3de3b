// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Parallel
import PhaseField
import Physics

/// Runs a phase-field case, or one of particles in one dimension.
struct SimulateCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Relax, evolve or discharge particles by the phase field.",
    discussion: """
      The run grows in place, whole after each stored step, with RUN.h5.xdmf beside it for \
      ParaView; its attribute status says how far it came. Checkpoints go beside it as \
      RUN.checkpoint.h5, each replacing the last one at once. SIGTERM, SIGINT (Ctrl-C), SIGHUP, \
      SIGUSR1 and the time limit end the run after the present step and a checkpoint, with exit \
      code 5; a second Ctrl-C ends it at once. mpirun leaves a second for that unless told \
      --mca odls_base_sigkill_timeout 60.

      --restart continues from a checkpoint on any number of ranks; on the same number the \
      result is that of a run without interruption, bit for bit. Where the output exists it is \
      continued: steps after the checkpoint are taken back, the history stays. Another name \
      starts a file at the checkpoint's step. After a crash give the same line with --restart. \
      The case may change only until, output and the solver.

      A case is YAML; every quantity carries its unit, a, c and b are the crystal's axes, and what is \
      left out is LiFePO4's. Without elements along b it is two-dimensional.

        size: {a: 420 nm, c: 130 nm, b: 100 nm}
        elements: {a: 128, c: 40}
        outline: {hexagon: {a: 410 nm, c: 122 nm}}
        voids: [{a: 260 nm, c: 50 nm, radius: 14 nm}]
        plane: stress
        until: relaxed

      With dimension: 1 a case is one particle, or thousands at one voltage, in one dimension, driven \
      by a current, a voltage, or these in turn; a surface reaction takes the lithium in. Discharge \
      is lithiation and positive; 1 C fills the particles in an hour.

        dimension: 1
        size: {a: 1300 nm}
        elements: {a: 300}
        surface: neutral
        drive: {current: 0.1 C, until: {mean: 0.95, voltage: 2.5 V}}

      More keys: material, law, energy, mobility, kappa, diffusivity, boundary, start, tomogram, \
      reaction, noise, ensemble, critical_current; docs/simulate.md explains them all. 'vegard check \
      CASE.yaml' validates a case first and predicts memory and time.

      EXAMPLE
        mpirun -n 2 vegard simulate examples/void-center.yaml -o run.h5
        vegard simulate examples/void-center.yaml -o run.h5 \\
          --restart run.checkpoint.h5
        vegard simulate examples/discharge.yaml -o discharge.h5
      """)
  static let needsPETSc = false

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

  @Option(
    help: """
      Strains, stresses, energies and the potential: at the last step, at all stored ones, or none; \
      where the case has fields, they say it.
      """)
  var derived = Derived.last

  @Option(help: "How exactly fields are stored: single or double. Checkpoints are double.")
  var precision = Precision.single

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  /// When derived fields are stored.
  enum Derived: String, ExpressibleByArgument, CaseIterable { case last, all, none }

  /// The number type of stored fields.
  enum Precision: String, ExpressibleByArgument, CaseIterable { case single, double }

  func validate() throws {
    try NodeMemory.validate(memory)
    for text in [until, timeLimit].compactMap(\.self) {
      do { _ = try Quantity.parse(text, as: .time) } catch { throw ValidationError("\(error)") }
    }
  }

  func run(_ context: RunContext) throws(ParallelError) {
    var options = RunWriter.Options()
    options.derived = .init(rawValue: derived.rawValue) ?? .last
    options.storage = precision == .double ? .double : .float
    var work = SimulateWork(caseFile: caseFile, output: output)
    work.restart = restart
    work.until = seconds(until)
    work.wallTime = seconds(timeLimit) ?? .infinity
    work.memory = memory.flatMap(NodeMemory.bytes)
    work.options = options
    try work.run(context).show(on: context.console)
  }

  private func seconds(_ text: String?) -> Double? {
    text.flatMap { try? Quantity.parse($0, as: .time) }
  }
}
