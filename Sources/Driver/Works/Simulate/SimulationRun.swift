// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField

/// The course of a phase-field run: steps, what is written after each, and how it ends.
struct SimulationRun: ~Copyable {
  /// What ends a run.
  struct Goal {
    /// The time in s; nil where the run ends when the potential is uniform.
    var time: Double?
    /// The spread of the potential in eV at which the particle counts as relaxed.
    var spread: Double
    /// kT or the height of the energy's barrier in eV, the unit of spreads in the log.
    var energyScale: Double
    /// Wall time in s.
    var wallTime: Double
  }

  let stepper: PhaseFieldStepper
  let definition: SimulationCase
  let files: RunFiles
  let goal: Goal
  let context: RunContext
  private(set) var timings: RunTimings
  /// Nodes outside (0, 1), summed over the accepted steps.
  private(set) var nodesOutside = 0
  /// Nodes that the barrier held, the most after a step.
  private(set) var barrierNodes = 0
  private var equilibrium = StableEquilibrium()
  private var writer: RunWriter
  private var saved = -1

  /// Opens the run's file and stores the start; what exists is continued.
  ///
  /// Collective. A run that cannot start leaves nothing.
  init(
    _ stepper: PhaseFieldStepper, _ definition: SimulationCase, files: RunFiles, goal: Goal,
    options: RunWriter.Options, timings: RunTimings, context: RunContext
  ) throws(ParallelError) {
    self.stepper = stepper
    self.definition = definition
    self.files = files
    self.goal = goal
    self.context = context
    self.timings = timings
    var writer =
      files.continues
      ? try RunWriter.resume(
        files.output, stepper, physics: definition.physics, options: options)
      : try RunWriter.start(
        files.output, stepper, physics: definition.physics, options: options)
    try Provenance(context, effectiveCase: definition.effective).write(
      to: writer.file, communicator: context.communicator)
    if !files.continues {
      writer.record(stepper, try stepper.summary(), seconds: timings.elapsed)
      try writer.store(stepper)
    }
    self.writer = writer
  }

  /// Runs to the end.
  ///
  /// Collective.
  ///
  /// - Returns: complete or stopped.
  /// - Throws: what ended the run, after the state was saved as well as can be.
  consuming func finish() throws(ParallelError) -> Outcome {
    var failure: ParallelError?
    var status = RunWriter.Status.failed
    do throws(ParallelError) {
      status = try advance()
      try save(isLast: true)
    } catch {
      failure = error
    }
    if failure?.kind == .notConverged || failure?.kind == .library {
      do throws(ParallelError) { try save(isLast: true) } catch {
        context.log.warn("the state could not be saved: \(error.message)")
      }
    }
    let outcome = Outcome(
      status: status, nodesOutside: nodesOutside, barrierNodes: barrierNodes, timings: timings)
    let (reason, log, output) = (failure?.message, context.log, files.output)
    do throws(ParallelError) {
      try writer.write(nodesOutside: nodesOutside, barrierNodes: barrierNodes)
      try writer.finish(status, reason: reason)
    } catch {
      failure = failure ?? error.during(output)
    }
    if let failure { throw failure }
    log.note("\(output): written, \(status.rawValue)")
    return outcome
  }

  /// How a run ended.
  struct Outcome {
    let status: RunWriter.Status
    let nodesOutside, barrierNodes: Int
    let timings: RunTimings
  }

  private mutating func advance() throws(ParallelError) -> RunWriter.Status {
    let end = goal.time ?? .infinity
    var summary = try stepper.summary(mustStop: mustStop)
    while true {
      if let time = goal.time, stepper.time >= time * (1 - 1e-12) { return .complete }
      if summary.mustStop { return .stopped }
      if goal.time == nil, stepper.steps > 0 {
        let isReached = try equilibrium.isReached(
          stepper, isUniform: summary.spread <= goal.spread, log: context.log)
        if isReached { return .complete }
      }
      guard stepper.steps < definition.stepLimit else { throw limitReached(summary) }
      let before = (newton: stepper.newton, krylov: stepper.krylov)
      let stepper = stepper
      let wanted = definition.output.next(after: stepper.time)
      try timings.measure(.steps) { () throws(ParallelError) in
        try stepper.advance(to: min(end, wanted ?? end))
      }
      summary = try stepper.summary(mustStop: mustStop)
      nodesOutside += summary.nodesOutside
      barrierNodes = max(barrierNodes, summary.barrierNodes)
      writer.record(stepper, summary, seconds: timings.elapsed)
      tell(summary, newton: stepper.newton - before.newton, krylov: stepper.krylov - before.krylov)
      let isDue = definition.output.every.map { stepper.steps.isMultiple(of: $0) } ?? false
      if isDue || stepper.time == wanted { try store(isLast: false) }
      if stepper.steps.isMultiple(of: definition.checkpointEvery) { try save(isLast: false) }
    }
  }

  private var mustStop: Bool { Signals.raised || timings.elapsed > goal.wallTime }

  private func limitReached(_ summary: PhaseFieldSummary) -> ParallelError {
    let limit = definition.stepLimit
    let found =
      if let time = goal.time {
        "found the time \(formatted(stepper.time, significant: 4)) s after \(limit) steps, "
          + "expected \(formatted(time, significant: 4)) s"
      } else {
        "the particle did not relax in \(limit) steps: the potential differs by "
          + "\(formatted(summary.spread / goal.energyScale, significant: 2)) kT, expected at most "
          + "\(formatted(goal.spread / goal.energyScale, significant: 2)) kT"
      }
    return ParallelError(
      .notConverged,
      "\(found); \(files.checkpoint) goes on from here with a larger step_limit")
  }

  private mutating func store(isLast: Bool) throws(ParallelError) {
    let stepper = stepper
    do throws(ParallelError) {
      try timings.measure(.output) { () throws(ParallelError) in
        try writer.store(stepper, isLast: isLast)
      }
    } catch {
      throw explained(error, files.output, "step \(stepper.steps) cannot be stored")
    }
  }

  /// Writes the checkpoint of the present step; the run's file is brought up to it before.
  private mutating func save(isLast: Bool) throws(ParallelError) {
    if isLast { try store(isLast: true) }
    guard saved != stepper.steps else { return }
    let (stepper, path, physics) = (stepper, files.checkpoint, definition.physics)
    do throws(ParallelError) {
      try timings.measure(.checkpoints) { () throws(ParallelError) in
        try writer.flush()
        try stepper.writeCheckpoint(path, effectiveCase: physics)
      }
    } catch {
      throw explained(error, path, "the checkpoint of step \(stepper.steps) cannot be written")
    }
    saved = stepper.steps
  }

  /// The error with what was being done, and whether the disk is full.
  ///
  /// Collective: the words go into a file, the same from every rank.
  private func explained(
    _ error: ParallelError, _ path: String, _ action: String
  ) -> ParallelError {
    guard error.kind == .file else { return error }
    let hint = try? context.communicator.first { () throws(ParallelError) in
      let folder = URL(filePath: path).deletingLastPathComponent().path
      let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
      let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue ?? Int.max
      return free < 1_000_000 ? ": the disk is full" : ""
    }
    return error.during("\(path): \(action)\(hint ?? "")")
  }

  private func tell(_ summary: PhaseFieldSummary, newton: Int, krylov: Int) {
    for (size, reason) in stepper.lastRejections {
      context.log.step(
        "step \(stepper.steps): rejected with \(formatted(size, significant: 3)) s: \(reason)")
    }
    if stepper.isAtRest {
      context.log.note(
        "step \(stepper.steps): the state is in equilibrium; the rest of the time is one step")
    }
    let energy = stepper.energy.chemical + stepper.energy.elastic
    // The steps grow as the state comes to rest: a share of the time tells nothing of the time left.
    let share = goal.time.map { "\(Int(100 * stepper.time / $0 + 1e-9)) % of the time, " } ?? ""
    context.log.step(
      share: share,
      "step \(stepper.steps): time \(formatted(stepper.time, significant: 5)) s, step "
        + "\(formatted(stepper.lastStep, significant: 3)) s, Newton \(newton), Krylov \(krylov), "
        + "energy \(formatted(energy, significant: 8)) eV nm3, spread "
        + "\(formatted(summary.spread / goal.energyScale, significant: 2)) kT, drift "
        + "\(formatted(summary.massDrift, significant: 2))")
  }
}
