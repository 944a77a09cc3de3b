// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField

/// A phase-field run in two or three dimensions.
final class PhaseFieldSimulation: Simulation {
  /// What ends a run.
  struct Goal {
    /// The time in s; nil where the run ends when the potential is uniform, or with its drive.
    var time: Double?
    /// The spread of the potential in eV at which the particle counts as relaxed.
    var spread: Double
    /// kT or the height of the energy's barrier in eV, the unit of spreads in the log.
    var energyScale: Double
  }

  let stepper: PhaseFieldStepper
  /// Nodes outside (0, 1), summed over the accepted steps.
  private(set) var nodesOutside = 0
  /// Nodes that the barrier held, the most after a step.
  private(set) var barrierNodes = 0
  /// Why the steps of the drive ended, as far as this process saw it.
  private(set) var ended: [DriveEnd] = []
  private(set) var summary: PhaseFieldSummary
  private let definition: SimulationCase
  private let goal: Goal
  private let log: any RunLog
  private var equilibrium = StableEquilibrium()
  /// Nil for a closed particle.
  private var course: DriveCourse<PhaseFieldSystem>?
  /// Newton and Krylov iterations before the last step.
  private var before = (newton: 0, krylov: 0)
  /// Nil when it is closed.
  private var writer: RunWriter?

  /// Opens the run's file and stores the start; what exists is continued.
  ///
  /// Collective. A run that cannot start leaves nothing.
  ///
  /// - Parameter course: at the place of the drive from which the run goes on.
  init(
    _ stepper: PhaseFieldStepper, _ course: DriveCourse<PhaseFieldSystem>?,
    _ definition: SimulationCase, _ solid: SimulationSetup.Solid, files: RunFiles, goal: Goal,
    options: RunWriter.Options, timings: RunTimings, context: RunContext
  ) throws(ParallelError) {
    self.stepper = stepper
    self.course = course
    self.definition = definition
    self.goal = goal
    log = context.log
    var writer =
      files.continues
      ? try RunWriter.resume(
        files.output, stepper, physics: definition.physics, options: options)
      : try RunWriter.start(
        files.output, stepper, physics: definition.physics, options: options)
    try Provenance(context, effectiveCase: definition.effective).write(
      to: writer.file, communicator: context.communicator)
    summary = try stepper.summary()
    if !files.continues {
      try writer.write(solid)
      try writer.probe(stepper)
      writer.record(
        stepper, summary, driveStep: course.map { $0.place.index + 1 } ?? 1,
        seconds: timings.elapsed)
      try writer.store(stepper)
    }
    self.writer = consume writer
  }

  var steps: Int { stepper.steps }
  var time: Double { stepper.time }

  func look(mustStop: Bool) throws(ParallelError) -> Bool {
    summary = try stepper.summary(mustStop: mustStop)
    try writer?.probe(stepper)
    return summary.mustStop
  }

  func isComplete() throws(ParallelError) -> Bool {
    if let course, course.isDone { return true }
    if let end = goal.time { return stepper.time >= end * (1 - 1e-12) }
    guard course == nil, !summary.mustStop, stepper.steps > 0 else { return false }
    return try equilibrium.isReached(stepper, isUniform: summary.spread <= goal.spread, log: log)
  }

  func advance(to time: Double) throws(ParallelError) {
    before = (stepper.newton, stepper.krylov)
    let limit = min(time, goal.time ?? .infinity)
    guard let step = course?.place.index else { return try stepper.advance(to: limit) }
    guard let why = try course?.advance(stepper, to: limit) else { return }
    ended.append(why)
    let words =
      why == .window ? "the voltage left its window: the surface is full or empty" : why.rawValue
    log.note(
      "step \(stepper.steps): step \(step + 1) of the drive ended at "
        + "\(formatted(stepper.time, significant: 6)) s: \(words)")
  }

  func record(seconds: Double) {
    nodesOutside += summary.nodesOutside
    barrierNodes = max(barrierNodes, summary.barrierNodes)
    writer?.record(stepper, summary, driveStep: driveStep, seconds: seconds)
    tell()
  }

  /// From 1 on.
  private var driveStep: Int { course?.stateStep ?? 1 }

  func store(isLast: Bool) throws(ParallelError) { try writer?.store(stepper, isLast: isLast) }

  func flush() throws(ParallelError) { try writer?.flush() }

  func writeCheckpoint(_ path: String) throws(ParallelError) {
    try stepper.writeCheckpoint(
      path, effectiveCase: definition.physics, drive: course?.place)
  }

  func close(_ status: RunWriter.Status, reason: String?) throws(ParallelError) {
    guard let writer = writer.take() else { return }
    try writer.write(nodesOutside: nodesOutside, barrierNodes: barrierNodes)
    try writer.write(ended: ended)
    try writer.finish(status, reason: reason)
  }

  var shortfall: String {
    let limit = definition.course.stepLimit
    if let course, let drive = summary.drive {
      return "found step \(course.place.index + 1) of \(course.steps.count) of the drive at a mean "
        + "of \(formatted(drive.mean, significant: 4)) after \(limit) steps, expected its end"
    }
    if let time = goal.time {
      return "found the time \(formatted(stepper.time, significant: 4)) s after \(limit) steps, "
        + "expected \(formatted(time, significant: 4)) s"
    }
    return "the particle did not relax in \(limit) steps: the potential differs by "
      + "\(formatted(summary.spread / goal.energyScale, significant: 2)) kT, expected at most "
      + "\(formatted(goal.spread / goal.energyScale, significant: 2)) kT"
  }

  private func tell() {
    for (size, reason) in stepper.lastRejections {
      log.step(
        "step \(stepper.steps): rejected with \(formatted(size, significant: 3)) s: \(reason)")
    }
    if stepper.isAtRest {
      log.note(
        "step \(stepper.steps): the state is in equilibrium; the rest of the time is one step")
    }
    let energy = stepper.energy.chemical + stepper.energy.elastic
    let (newton, krylov) = (stepper.newton - before.newton, stepper.krylov - before.krylov)
    // The steps grow as the state comes to rest: a share of the time tells nothing of the time left.
    let share = goal.time.map { "\(Int(100 * stepper.time / $0 + 1e-9)) % of the time, " } ?? ""
    log.step(
      share: share,
      "step \(stepper.steps): time \(formatted(stepper.time, significant: 5)) s, step "
        + "\(formatted(stepper.lastStep, significant: 3)) s, Newton \(newton), Krylov \(krylov), "
        + "energy \(formatted(energy, significant: 8)) eV nm3, spread "
        + "\(formatted(summary.spread / goal.energyScale, significant: 2)) kT, "
        + (summary.drive.map { drive in
          "mean \(formatted(drive.mean, significant: 4)), V "
            + "\(formatted(drive.voltage, significant: 5)), current "
            + "\(formatted(drive.currentInC, significant: 3)) C, "
        } ?? "") + "drift \(formatted(summary.massDrift, significant: 2))")
  }
}
