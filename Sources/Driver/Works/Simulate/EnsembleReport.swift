// SPDX-License-Identifier: Apache-2.0

import PhaseField

/// The numbers that `simulate` prints of particles in one dimension.
struct EnsembleReport: SimulationRow {
  let simulation: EnsembleSimulation
  let status: RunWriter.Status
  /// Of the full material, in mAh/g.
  let capacity: Double
  /// Wall time in s.
  let seconds: Double
  /// The critical current in C, where it was asked for.
  let criticalRate: Double?

  /// Fills the console.
  func show(on console: Console) {
    let (stepper, summary) = (simulation.stepper, simulation.summary)
    var table = Table("quantity", "value", "unit")
    table.add("status", status.rawValue, "")
    table.add("steps", "\(stepper.steps)", "1")
    table.add("rejected", "\(stepper.rejected)", "1")
    table.add("time", Table.number(stepper.time), "s")
    table.add("mean composition", Table.number(summary.mean), "1")
    table.add("voltage", Table.number(summary.voltage), "V")
    table.add("current", Table.number(summary.currentInC), "C")
    table.add("taken up", Table.number(summary.charge * capacity), "mAh/g")
    table.add("content drift", formatted(summary.massDrift, significant: 3), "1")
    if let half = simulation.half {
      table.add("at mean 0.5: voltage", Table.number(half.voltage), "V")
      table.add("  solid solution", Table.number(100 * half.solidSolution), "%")
      table.add("  active particles", Table.number(100 * half.active), "%")
      table.add("  between 0.15 and 0.85", Table.number(100 * half.clearlyActive), "%")
      table.add("  deviation of X", Table.number(half.deviation), "1")
    }
    if let criticalRate { table.add("critical current", Table.number(criticalRate), "C") }
    console.table(table)
    console.result(row)
  }

  /// The object of `--format json`.
  var row: [String: JSONValue] {
    let (stepper, summary) = (simulation.stepper, simulation.summary)
    var row: [String: JSONValue] = [
      "status": .text(status.rawValue),
      "ended": .list(simulation.ended.map { .text($0.rawValue) }),
      "steps": .integer(stepper.steps), "rejected": .integer(stepper.rejected),
      "time_s": .number(stepper.time), "mean_x": .number(summary.mean),
      "voltage": .number(summary.voltage), "current_C": .number(summary.currentInC),
      "capacity_mAh_per_g": .number(summary.charge * capacity),
      "mass_drift": .number(summary.massDrift),
      "newton_per_step": .number(Double(stepper.newton) / Double(max(1, stepper.steps))),
      "seconds": .number(seconds), "particles": .integer(stepper.system.model.factors.count),
      "cells": .integer(stepper.system.model.cells),
    ]
    if let half = simulation.half {
      row["half"] = ["mean_x": .number(half.mean), "voltage": .number(half.voltage)]
      row["solid_solution_fraction"] = .number(half.solidSolution)
      row["active_fraction"] = .number(half.active)
      row["clearly_active_fraction"] = .number(half.clearlyActive)
    }
    if let criticalRate { row["critical_rate"] = .number(criticalRate) }
    return row
  }
}
