// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField

/// What `check` says about a case of `simulate` with particles in one dimension.
struct EnsembleCheck {
  /// The first steps of a case.
  private struct Trial {
    let steps: Int
    let reachesEnd: Bool
    /// Wall time in s of the slowest rank.
    let seconds: Double
  }

  private let file: String
  private let command: CheckCommand
  private let context: RunContext
  /// The wall time in s for which a case is tried.
  private static let patience = 3.0

  init(_ file: String, _ command: CheckCommand, _ context: RunContext) {
    self.file = file
    self.command = command
    self.context = context
  }

  /// Validates, predicts and reports: what is refused here is what `simulate` refuses.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` or `file` for what cannot start, of kind
  ///   `notConverged` for what fails in its first seconds.
  func run() throws(ParallelError) {
    let communicator = context.communicator
    let text = try CaseFile<EnsembleText>(file, communicator: communicator).value
    let model = text.model
    let memory = try PredictedMemory(
      MemoryEstimate(model, ranks: command.ranks ?? communicator.size), command, communicator)
    let trial = command.quick ? nil : try tried(text)
    context.log.note("\(file): a valid case")
    report(text, model, memory, trial)
  }

  /// Takes the first steps of the case, to its end where that is near.
  ///
  /// Collective.
  private func tried(_ text: EnsembleText) throws(ParallelError) -> Trial {
    let communicator = context.communicator
    let system = EnsembleSystem(text.model, communicator)
    system.drive = text.drive[0].drive
    let stepper = try TimeStepper(
      system, state: system.makeStart(text.composition), options: text.course.stepping)
    var course = DriveCourse<EnsembleSystem>(text.drive, window: text.voltageWindow)
    let (clock, begun, end) = (ContinuousClock(), ContinuousClock.now, text.until ?? .infinity)
    var seconds = 0.0
    func isDone() -> Bool { course.isDone || stepper.time >= end * (1 - 1e-12) }
    while !isDone(), seconds < EnsembleCheck.patience, stepper.steps < text.course.stepLimit {
      _ = try course.advance(stepper, to: end)
      seconds = try communicator.maximum((clock.now - begun) / .seconds(1))
    }
    return Trial(steps: stepper.steps, reachesEnd: isDone(), seconds: seconds)
  }

  private func report(
    _ text: EnsembleText, _ model: EnsembleModel, _ memory: PredictedMemory, _ trial: Trial?
  ) {
    let (count, cells) = (model.factors.count, model.cells)
    var result: [String: JSONValue] = [
      "command": "simulate", "degrees_of_freedom": .integer(count * cells + 1),
      "particles": .integer(count), "cells": .integer(cells),
      "drive_steps": .integer(text.drive.count),
    ]
    var table = Table("quantity", "value", "unit")
    table.add("particles", "\(count)", "1")
    table.add("cells of a particle", "\(cells)", "1")
    table.add("unknowns", "\(count * cells + 1)", "1")
    if cells > 1, let width = model.boundary?.width(kappa: model.kappa) {
      table.add("cells across the interface", Table.number(width / model.spacing, digits: 3), "1")
      table.add("interface width, X 25 to 75 %", Table.number(width, digits: 4), "nm")
      result["elements_across"] = .number(width / model.spacing)
    }
    table.add("steps of the drive", "\(text.drive.count)", "1")
    memory.add(to: &table, &result)
    if let trial, trial.steps > 0 {
      let (bound, each) = (
        trial.reachesEnd ? "" : "more than ", trial.seconds / Double(trial.steps)
      )
      table.add("steps", "\(bound)\(trial.steps)", "1")
      table.add("time per step", Table.number(each, digits: 2), "s")
      table.add("time in all", bound + Table.number(trial.seconds, digits: 2), "s")
      result["steps"] = .integer(trial.steps)
      result["reaches_end"] = .bool(trial.reachesEnd)
      result["seconds_per_step"] = .number(each)
      result["seconds"] = .number(trial.seconds)
    }
    context.console.table(table)
    context.console.result(result)
  }
}
