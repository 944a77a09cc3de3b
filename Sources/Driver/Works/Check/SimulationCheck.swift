// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField
import Physics

/// What `check` says about a case of `simulate`.
struct SimulationCheck {
  private let file: String
  private let command: CheckCommand
  private let context: RunContext

  init(_ file: String, _ command: CheckCommand, _ context: RunContext) {
    self.file = file
    self.command = command
    self.context = context
  }

  /// Validates, predicts and reports: what is refused here is what `simulate` refuses.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` or `file` for what cannot start.
  func run() throws(ParallelError) {
    let communicator = context.communicator
    let definition = try SimulationCase.read(file, communicator)
    let setup = definition.setup
    try definition.check(file, communicator, context.log)
    let ranks = command.ranks ?? communicator.size
    // Before the geometry, whose fields are the first to be large.
    let memory = try PredictedMemory(
      definition.memory(file, ranks: ranks, communicator), command, communicator)
    let solid = try definition.named(file) { () throws(ParallelError) in
      try setup.geometry(communicator)
    }
    let timing =
      command.quick
      ? nil
      : try StepTiming.measured(
        setup, definition.course.stepping,
        drive: definition.drive.map { ($0, definition.voltageWindow) }, until: definition.until,
        spread: definition.spread * setup.model.energyScale, limit: definition.course.stepLimit,
        ranks: ranks, communicator)
    context.log.note("\(file): a valid case")
    report(definition, solid, memory, timing)
  }

  private func report(
    _ definition: SimulationCase, _ solid: SimulationSetup.Solid, _ memory: PredictedMemory,
    _ timing: StepTiming?
  ) {
    let setup = definition.setup
    let elements = setup.elements
    let count = elements.x * elements.y * max(1, elements.z)
    let good = setup.recommendedElements
    var table = Table("quantity", "value", "unit")
    func text(_ value: Directions<Int>) -> String {
      "\(value.x) x \(value.y)" + (value.z == 0 ? "" : " x \(value.z)")
    }
    table.add("elements a x c x b", text(elements), "1")
    table.add("recommended", text(good), "1")
    table.add("unknowns", "\(setup.degreesOfFreedom)", "1")
    table.add("unknowns of the solid", "\(solid.nodes * setup.components)", "1")
    if let across = setup.elementsAcross {
      table.add("elements across the interface", Table.number(across, digits: 3), "1")
    }
    if let width = setup.boundary?.width(kappa: min(setup.model.kappa.x, setup.model.kappa.y)) {
      table.add("interface width, X 25 to 75 %", Table.number(width, digits: 4), "nm")
    }
    table.add("volume of the solid", Table.number(solid.volume), "nm3")
    table.add("void fraction", Table.number(100 * solid.voidFraction, digits: 4), "%")
    table.add("porosity of the outline", Table.number(100 * solid.porosity, digits: 4), "%")
    table.add("pores", "\(solid.pores)", "1")
    if setup.removesFragments {
      table.add("removed fragments", "\(solid.fragments.count)", "1")
      table.add("  their volume", Table.number(solid.fragments.volume), "nm3")
    }
    table.add("elements cut by a surface", "\(solid.cutElements) of \(count)", "1")
    table.add("smallest volume fraction", Table.number(solid.smallestFraction, digits: 3), "1")
    let fractions: JSONValue = [
      "volume_nm3": .number(solid.volume), "void_fraction": .number(solid.voidFraction),
      "cut_elements": .integer(solid.cutElements), "empty_elements": .integer(solid.emptyElements),
      "smallest_fraction": .number(solid.smallestFraction),
      "porosity": .number(solid.porosity), "pores": .integer(solid.pores),
      "fragments": .integer(solid.fragments.count),
      "fragment_volume_nm3": .number(solid.fragments.volume),
    ]
    var result: [String: JSONValue] = [
      "command": "simulate", "degrees_of_freedom": .integer(setup.degreesOfFreedom),
      "solid_degrees_of_freedom": .integer(solid.nodes * setup.components),
      "elements": .numbers([Double(elements.x), Double(elements.y), Double(elements.z)]),
      "recommended_elements": .numbers([Double(good.x), Double(good.y), Double(good.z)]),
      "solid": fractions,
    ]
    if let across = setup.elementsAcross { result["elements_across"] = .number(across) }
    memory.add(to: &table, &result)
    if let timing {
      let bound = timing.reachedEnd ? "" : "more than "
      table.add("steps, about", "\(bound)\(timing.steps)", "1")
      table.add("CPU time per step, about", Table.number(timing.seconds, digits: 2), "s")
      table.add(
        "CPU time in all, about", bound + Table.number(timing.total, digits: 2), "s")
      context.log.note(
        "steps and iterations are those of a piece with \(timing.nodes) nodes "
          + "(\(Table.number(timing.newton, digits: 2)) Newton, "
          + "\(Table.number(timing.krylov, digits: 3)) Krylov iterations a step), the time is CPU "
          + "time by the nodes of a rank; a larger body takes more steps")
      result["steps"] = .integer(timing.steps)
      result["reaches_end"] = .bool(timing.reachedEnd)
      result["seconds_per_step"] = .number(timing.seconds)
      result["seconds"] = .number(timing.total)
    } else if !command.quick {
      context.log.note(
        "no time is predicted: a piece of the case cannot be stepped, or has none of its open surface"
      )
    }
    context.console.table(table)
    context.console.result(result)
  }
}
