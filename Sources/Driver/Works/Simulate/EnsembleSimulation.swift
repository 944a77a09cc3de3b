// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField

/// A run of particles in one dimension.
final class EnsembleSimulation: Simulation {
  let stepper: TimeStepper<EnsembleSystem>
  private(set) var summary: EnsembleSummary
  /// The state whose mean is ½, once it was passed.
  private(set) var half: EnsembleSummary?
  /// Why the steps of the drive ended, as far as this process saw it.
  private(set) var ended: [DriveEnd] = []
  private let text: EnsembleText
  private let end: Double
  private let log: any RunLog
  private var course: DriveCourse<EnsembleSystem>
  /// Newton iterations before the last step.
  private var before = 0
  /// Nil when it is closed.
  private var writer: EnsembleWriter?

  /// Opens the run's file and stores the start; what exists is continued.
  ///
  /// Collective. A run that cannot start leaves nothing.
  ///
  /// - Parameters:
  ///   - stepper: at the state from which the run goes on.
  ///   - course: at the place of the drive from which it goes on.
  ///   - text: the case.
  ///   - end: the time in s at which it ends at the latest.
  ///   - files: where it lies.
  ///   - options: what is stored, and how.
  ///   - context: log and provenance.
  init(
    _ stepper: TimeStepper<EnsembleSystem>, _ course: DriveCourse<EnsembleSystem>,
    _ text: EnsembleText, end: Double, files: RunFiles, options: RunWriter.Options,
    _ context: RunContext
  ) throws(ParallelError) {
    self.stepper = stepper
    self.course = course
    self.text = text
    self.end = end
    log = context.log
    var writer =
      files.continues
      ? try EnsembleWriter.resume(
        files.output, stepper.system, step: stepper.steps, physics: text.physicsText,
        options: options)
      : try EnsembleWriter.start(
        files.output, stepper.system, physics: text.physicsText, options: options)
    try Provenance(context, effectiveCase: text.effective).write(
      to: writer.file, communicator: context.communicator)
    summary = try stepper.summary()
    if !files.continues {
      writer.record(
        stepper, summary, capacity: text.capacity, driveStep: course.place.index + 1, seconds: 0)
      try writer.store(stepper, summary)
    }
    self.writer = consume writer
  }

  var steps: Int { stepper.steps }
  var time: Double { stepper.time }

  func look(mustStop: Bool) throws(ParallelError) -> Bool {
    summary = try stepper.summary(mustStop: mustStop)
    return summary.mustStop
  }

  func isComplete() throws(ParallelError) -> Bool {
    course.isDone || stepper.time >= end * (1 - 1e-12)
  }

  /// A step in time; one that a current takes past the mean ½ ends there, where fractions are read.
  func advance(to time: Double) throws(ParallelError) {
    before = stepper.newton
    var limit = min(time, end)
    var meetsHalf = false
    if case .current(let rate) = course.drive, rate != 0 {
      let left = (0.5 - summary.mean) / rate
      if left > 1e-9 / abs(rate) && stepper.time + left <= limit {
        limit = stepper.time + left
        meetsHalf = true
      }
    }
    if let why = try course.advance(stepper, to: limit) {
      ended.append(why)
      let words =
        why == .window
        ? "the voltage left its window: the particles are full or empty" : why.rawValue
      log.note(
        "step \(stepper.steps): step \(course.stateStep) of the drive ended at "
          + "\(formatted(stepper.time, significant: 6)) s: \(words)")
    }
    if half == nil, meetsHalf, stepper.time == limit { half = try stepper.summary() }
  }

  func record(seconds: Double) {
    writer?.record(
      stepper, summary, capacity: text.capacity,
      driveStep: course.stateStep, seconds: seconds)
    for (size, reason) in stepper.lastRejections {
      log.step(
        "step \(stepper.steps): rejected with \(formatted(size, significant: 3)) s: \(reason)")
    }
    log.step(
      "step \(stepper.steps): time \(formatted(stepper.time, significant: 5)) s, step "
        + "\(formatted(stepper.lastStep, significant: 3)) s, Newton \(stepper.newton - before), mean "
        + "\(formatted(summary.mean, significant: 4)), V \(formatted(summary.voltage, significant: 5)), "
        + "current \(formatted(summary.currentInC, significant: 3)) C, drift "
        + "\(formatted(summary.massDrift, significant: 2))")
  }

  func store(isLast: Bool) throws(ParallelError) { try writer?.store(stepper, summary) }

  func flush() throws(ParallelError) { try writer?.flush() }

  func writeCheckpoint(_ path: String) throws(ParallelError) {
    try stepper.writeCheckpoint(path, effectiveCase: text.physicsText, drive: course.place)
  }

  func close(_ status: RunWriter.Status, reason: String?) throws(ParallelError) {
    try writer.take()?.finish(status, ended: ended, reason: reason)
  }

  var shortfall: String {
    "found step \(course.place.index + 1) of \(course.steps.count) of the drive at a mean of "
      + "\(formatted(summary.mean, significant: 4)) after \(stepper.steps) steps, expected its end"
  }
}
