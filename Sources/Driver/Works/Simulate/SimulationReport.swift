// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField

/// The numbers that `simulate` prints.
struct SimulationReport {
  let stepper: PhaseFieldStepper
  let outcome: SimulationRun.Outcome
  /// The free energy this process began with, in eV nm3 over the site density.
  let first: Double
  let degreesOfFreedom: Int

  private static let names = ["aa", "bb", "cc", "ac"]

  /// Fills the console.
  ///
  /// Collective.
  func show(_ context: RunContext) throws(ParallelError) {
    let statistics = try stepper.columnStatistics()
    let drift = try stepper.massDrift()
    let last = stepper.energy.chemical + stepper.energy.elastic
    var table = Table("quantity", "value", "unit")
    table.add("status", outcome.status.rawValue, "")
    table.add("steps", "\(stepper.steps)", "1")
    let rejections = stepper.rejections
    table.add("rejected", "\(stepper.rejected)", "1")
    table.add("  for their error", "\(rejections.error)", "1")
    table.add("  for a rise of the energy", "\(rejections.energy)", "1")
    table.add("  not solved", "\(rejections.equations)", "1")
    table.add("time", Table.number(stepper.time), "s")
    table.add("free energy over site density", Table.number(last), "eV nm3")
    table.add("content drift", formatted(drift, significant: 3), "1")
    table.add("nodes outside (0, 1)", "\(outcome.nodesOutside)", "1")
    table.add("nodes held inside by the barrier", "\(outcome.barrierNodes)", "1")
    for (index, name) in SimulationReport.names.enumerated() {
      table.add(
        "coherency strain \(name), b-average rms", Table.number(100 * statistics.rms[index]), "%")
      table.add(
        "coherency strain \(name), b-average max", Table.number(100 * statistics.largest[index]),
        "%")
    }
    context.console.table(table)
    context.console.result([
      "status": .text(outcome.status.rawValue),
      "steps": .integer(stepper.steps), "rejected": .integer(stepper.rejected),
      "rejections": [
        "error": .integer(rejections.error), "energy": .integer(rejections.energy),
        "equations": .integer(rejections.equations),
      ],
      "time_s": .number(stepper.time),
      "energy": ["first": .number(first), "last": .number(last)],
      "mass_drift": .number(drift), "nodes_outside": .integer(outcome.nodesOutside),
      "barrier_nodes": .integer(outcome.barrierNodes),
      "newton_per_step": .number(Double(stepper.newton) / Double(max(1, stepper.steps))),
      "krylov_per_newton": .number(Double(stepper.krylov) / Double(max(1, stepper.newton))),
      "seconds": .number(outcome.timings.elapsed),
      "degrees_of_freedom": .integer(degreesOfFreedom),
      "b_average_max": members(statistics.largest), "b_average_rms": members(statistics.rms),
    ])
  }

  private func members(_ values: [Double]) -> JSONValue {
    .object(
      Dictionary(
        uniqueKeysWithValues: zip(SimulationReport.names, values.map { JSONValue.number($0) })))
  }
}
