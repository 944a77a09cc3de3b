// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel

/// The history of a run: a number for each accepted step in each column.
enum RunHistory {
  /// The columns of every run; each accepted step adds a row.
  static let columns = [
    column("step", as: .integer, "accepted steps", .always),
    column("time", unit: "s", "time reached", .always),
    column("time_step", unit: "s", "length of the step"),
    column("energy_chemical", unit: "eV nm3", "chemical free energy over the site density"),
    column("energy_elastic", unit: "eV nm3", "elastic energy over the site density"),
    column(
      "mass_drift", "change of the mean composition since the start that no current explains"),
    column("potential_spread", unit: "eV", "largest less smallest potential of the solid"),
    column("composition_min", "smallest composition of the solid"),
    column("composition_max", "largest composition of the solid"),
    column("nodes_outside", as: .integer, "nodes whose composition lies outside (0, 1)"),
    column("barrier_nodes", as: .integer, "nodes that the barrier holds inside (0, 1)"),
    column("newton", as: .integer, "Newton iterations since the start"),
    column("krylov", as: .integer, "Krylov iterations since the start"),
    column("rejected", as: .integer, "rejected steps since the start"),
    column(
      "elastic_iterations", as: .integer,
      "Krylov iterations of the elastic equilibrium that the run starts from"),
    column("seconds", unit: "s", "wall time since this process began"),
  ]

  /// Those that a driven body has as well.
  static let driven = [
    column("mean_composition", "mean composition of the solid", .optional),
    column("voltage", unit: "V", "voltage", .optional),
    column("current", unit: "C", "mean dX/dt in 1/h, positive on discharge", .optional),
    column("drive_step", as: .integer, "step of the drive, from 1 on", .optional),
  ]

  /// The columns of a system's run.
  static func columns(of system: PhaseFieldSystem) -> [FileFormat.Dataset] {
    system.surface == nil ? columns : columns + driven
  }

  /// The column that counts the steps, the axis of the others.
  static let step = columns[0]

  private static func column(
    _ name: String, as type: ElementType = .double, unit: String = "1", _ meaning: String,
    _ presence: FileFormat.Presence = .written
  ) -> FileFormat.Dataset {
    FileFormat.Dataset(name, ["T"], as: type, unit: unit, presence, meaning)
  }

  /// A row, in the order of ``columns(of:)``.
  static func row(
    _ stepper: PhaseFieldStepper, _ summary: PhaseFieldSummary, driveStep: Int, seconds: Double
  ) -> [Double] {
    let row = [
      Double(stepper.steps), stepper.time, stepper.lastStep, stepper.energy.chemical,
      stepper.energy.elastic, summary.massDrift, summary.spread, summary.lowest, summary.highest,
      Double(summary.nodesOutside), Double(summary.barrierNodes), Double(stepper.newton),
      Double(stepper.krylov), Double(stepper.rejected), Double(stepper.startIterations), seconds,
    ]
    guard let drive = summary.drive else { return row }
    return row + [drive.mean, drive.voltage, drive.currentInC, Double(driveStep)]
  }

  /// What a run to be continued holds.
  struct Found {
    /// Rows of the history up to the stepper's step.
    var rows = 0
    /// Stored steps up to it, in their order.
    var kept: [RunSidecar.Step] = []
    /// Stored steps after it.
    var later: [Int] = []
    var hasReason = false
    /// The number type of its fields.
    var storage = ElementType.float
  }

  /// Looks into a run that the stepper continues.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the file is no run, or another case's.
  static func look(
    _ path: String, _ stepper: PhaseFieldStepper, _ physics: String
  ) throws(ParallelError) -> Found {
    let stored = try StoredRun(
      path, Formats.run, step.path(in: RunFormat.history.path()), step: stepper.steps,
      physics: physics, stepper.system.communicator)
    let file = try InputFile(path, communicator: stepper.system.communicator)
    var found = Found(rows: stored.rows, later: stored.later, hasReason: stored.hasReason)
    if try file.elementType(of: RunFormat.volumeFraction.path()) == .double {
      found.storage = .double
    }
    for step in stored.kept {
      let group = RunFormat.path(ofStep: step)
      let members = try file.members(of: group)
      let averages = try file.members(of: RunFormat.averages.path(in: group))
      let hasResidual = RunFormat.residualStrain.contains { averages.contains($0.name) }
      found.kept.append(
        RunSidecar.Step(
          step: step, time: try file.attribute(RunFormat.time, of: group)?.number ?? 0,
          fields: members + (hasResidual ? [RunFormat.columnResidual] : [])))
    }
    return found
  }
}
