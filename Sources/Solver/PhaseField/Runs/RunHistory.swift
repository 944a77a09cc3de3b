// SPDX-License-Identifier: Apache-2.0

import Parallel

/// The history of a run: a number for each accepted step in each column.
enum RunHistory {
  /// A column.
  struct Column: Sendable {
    let name: String
    let unit: String
    let storage: OutputFile.Storage
    let meaning: String

    init(
      _ name: String, unit: String = "1", as storage: OutputFile.Storage = .double,
      _ meaning: String
    ) {
      self.name = name
      self.unit = unit
      self.storage = storage
      self.meaning = meaning
    }
  }

  /// All columns; each accepted step adds a row.
  static let columns = [
    Column("step", as: .integer, "accepted steps"),
    Column("time", unit: "s", "time reached"),
    Column("time_step", unit: "s", "length of the step"),
    Column("energy_chemical", unit: "eV nm3", "chemical free energy over the site density"),
    Column("energy_elastic", unit: "eV nm3", "elastic energy over the site density"),
    Column("mass_drift", "change of the mean composition since the start"),
    Column("potential_spread", unit: "eV", "largest less smallest potential of the solid"),
    Column("composition_min", "smallest composition of the solid"),
    Column("composition_max", "largest composition of the solid"),
    Column("nodes_outside", as: .integer, "nodes whose composition lies outside (0, 1)"),
    Column("barrier_nodes", as: .integer, "nodes that the barrier holds inside (0, 1)"),
    Column("newton", as: .integer, "Newton iterations since the start"),
    Column("krylov", as: .integer, "Krylov iterations since the start"),
    Column("rejected", as: .integer, "rejected steps since the start"),
    Column(
      "elastic_iterations", as: .integer,
      "Krylov iterations of the elastic equilibrium that the run starts from"),
    Column("seconds", unit: "s", "wall time since this process began"),
  ]

  /// A row, in the order of ``columns``.
  static func row(_ stepper: PhaseFieldStepper, _ summary: PhaseFieldSummary, seconds: Double)
    -> [Double]
  {
    [
      Double(stepper.steps), stepper.time, stepper.lastStep, stepper.energy.chemical,
      stepper.energy.elastic, summary.massDrift, summary.spread, summary.lowest, summary.highest,
      Double(summary.nodesOutside), Double(summary.barrierNodes), Double(stepper.newton),
      Double(stepper.krylov), Double(stepper.rejected), Double(stepper.startIterations), seconds,
    ]
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
    var storage = OutputFile.Storage.float
  }

  /// Looks into a run that the stepper continues.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the file is no run, or another case's.
  static func look(
    _ path: String, _ stepper: PhaseFieldStepper, _ physics: String
  ) throws(ParallelError) -> Found {
    let file = try InputFile(path, communicator: stepper.system.grid.communicator)
    let name = try file.attribute("format")?.text
    guard name == RunWriter.format.name else {
      throw ParallelError(
        .input,
        "\(path): found \(name ?? "no format"), expected the run to be continued "
          + "(\(RunWriter.format.name)); --force replaces it")
    }
    let version = try file.attribute("version")?.number ?? 0
    guard version == Double(RunWriter.format.version) else {
      throw ParallelError(
        .input,
        "\(path): found a run of version \(version), expected \(RunWriter.format.version): the "
          + "checkpoint goes on under another name, or with --force")
    }
    let stored = try file.attribute("physics")?.text ?? ""
    if let difference = CaseDifference.text(stored: stored, given: physics) {
      throw ParallelError(
        .input,
        "\(path): the run is of another case: \(difference); give another name, or --force")
    }
    var found = Found()
    if try file.elementType(of: "/volume_fraction") == .double { found.storage = .double }
    found.hasReason = try file.attribute("reason") != nil
    let steps = try file.numbers("/history/step")
    found.rows = steps.prefix { Int($0) <= stepper.steps }.count
    guard found.rows > 0, Int(steps[found.rows - 1]) == stepper.steps else {
      throw ParallelError(
        .input,
        "\(path): its history ends at step \(Int(steps.last ?? 0)), before step \(stepper.steps) of "
          + "the checkpoint; give another name, or --force")
    }
    for group in try file.members(of: "/steps").sorted() {
      guard let step = Int(group) else { continue }
      guard step <= stepper.steps else {
        found.later.append(step)
        continue
      }
      let members = try file.members(of: "/steps/\(group)")
      found.kept.append(
        RunSidecar.Step(
          step: step, time: try file.attribute("time", of: "/steps/\(group)")?.number ?? 0,
          nodal: RunWriter.nodalNames.filter(members.contains),
          cells: ([DerivedFields.chemical] + DerivedFields.elastic).map(\.name)
            .filter(members.contains)))
    }
    return found
  }
}
