// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField

/// The numbers that `simulate` prints.
struct SimulationReport: SimulationRow {
  private let stepper: PhaseFieldStepper
  private let simulation: PhaseFieldSimulation
  private let status: RunWriter.Status
  /// Wall time in s.
  private let seconds: Double
  /// The free energy this process began with, in eV nm3 over the site density.
  private let first: Double
  private let degreesOfFreedom: Int
  private let statistics: (rms: [Double], largest: [Double])
  private let drift: Double
  /// The critical current in C, where it was asked for.
  var criticalRate: Double?

  private static let names = ["aa", "bb", "cc", "ac"]

  /// Takes the numbers of a run that has ended.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  init(
    _ simulation: PhaseFieldSimulation, _ status: RunWriter.Status, seconds: Double,
    first: Double, degreesOfFreedom: Int
  ) throws(ParallelError) {
    self.simulation = simulation
    self.status = status
    self.seconds = seconds
    stepper = simulation.stepper
    self.first = first
    self.degreesOfFreedom = degreesOfFreedom
    statistics = try stepper.columnStatistics()
    drift = try stepper.massDrift()
  }

  private var last: Double { stepper.energy.chemical + stepper.energy.elastic }

  /// Fills the console.
  func show(on console: Console) {
    var table = Table("quantity", "value", "unit")
    table.add("status", status.rawValue, "")
    table.add("steps", "\(stepper.steps)", "1")
    let rejections = stepper.rejections
    table.add("rejected", "\(stepper.rejected)", "1")
    table.add("  for their error", "\(rejections.error)", "1")
    table.add("  for a rise of the energy", "\(rejections.energy)", "1")
    table.add("  not solved", "\(rejections.equations)", "1")
    table.add("time", Table.number(stepper.time), "s")
    if let drive = simulation.summary.drive {
      table.add("mean composition", Table.number(drive.mean), "1")
      table.add("voltage", Table.number(drive.voltage), "V")
      table.add("current", Table.number(drive.currentInC), "C")
    }
    if let criticalRate { table.add("critical current", Table.number(criticalRate), "C") }
    table.add("free energy over site density", Table.number(last), "eV nm3")
    table.add("content drift", formatted(drift, significant: 3), "1")
    table.add("nodes outside (0, 1)", "\(simulation.nodesOutside)", "1")
    table.add("nodes held inside by the barrier", "\(simulation.barrierNodes)", "1")
    for (index, name) in SimulationReport.names.enumerated() {
      table.add(
        "coherency strain \(name), b-average rms", Table.number(100 * statistics.rms[index]), "%")
      table.add(
        "coherency strain \(name), b-average max", Table.number(100 * statistics.largest[index]),
        "%")
    }
    console.table(table)
    console.result(row)
  }

  /// The object of `--format json`.
  var row: [String: JSONValue] {
    let rejections = stepper.rejections
    var row: [String: JSONValue] = [
      "status": .text(status.rawValue),
      "steps": .integer(stepper.steps), "rejected": .integer(stepper.rejected),
      "rejections": [
        "error": .integer(rejections.error), "energy": .integer(rejections.energy),
        "equations": .integer(rejections.equations),
      ],
      "time_s": .number(stepper.time),
      "energy": ["first": .number(first), "last": .number(last)],
      "mass_drift": .number(drift), "nodes_outside": .integer(simulation.nodesOutside),
      "barrier_nodes": .integer(simulation.barrierNodes),
      "newton_per_step": .number(Double(stepper.newton) / Double(max(1, stepper.steps))),
      "krylov_per_newton": .number(Double(stepper.krylov) / Double(max(1, stepper.newton))),
      "seconds": .number(seconds),
      "degrees_of_freedom": .integer(degreesOfFreedom),
      "b_average_max": members(statistics.largest), "b_average_rms": members(statistics.rms),
    ]
    if let drive = simulation.summary.drive {
      row["ended"] = .list(simulation.ended.map { .text($0.rawValue) })
      (row["mean_x"], row["voltage"]) = (.number(drive.mean), .number(drive.voltage))
      row["current_C"] = .number(drive.currentInC)
      row["surface_nm2"] = .number(stepper.system.surfaceArea)
    }
    if let criticalRate { row["critical_rate"] = .number(criticalRate) }
    return row
  }

  private func members(_ values: [Double]) -> JSONValue {
    .object(
      Dictionary(
        uniqueKeysWithValues: zip(SimulationReport.names, values.map { JSONValue.number($0) })))
  }
}
