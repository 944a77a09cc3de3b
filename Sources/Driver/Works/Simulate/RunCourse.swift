// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField

/// A simulation as the course of its run sees it: a state in time, and a file that grows with it.
///
/// All functions that throw are collective.
protocol Simulation: AnyObject {
  /// Accepted steps.
  var steps: Int { get }
  /// The time reached, in s.
  var time: Double { get }
  /// What was not reached when the most steps were taken, in words.
  var shortfall: String { get }
  /// Looks at the state.
  ///
  /// - Returns: whether any rank was asked to stop.
  func look(mustStop: Bool) throws(ParallelError) -> Bool
  /// Whether the end is reached.
  func isComplete() throws(ParallelError) -> Bool
  /// Takes a step, at most to a time.
  func advance(to time: Double) throws(ParallelError)
  /// Notes the state looked at for the history, and tells it to the log.
  func record(seconds: Double)
  /// Writes the present state, unless it is there.
  func store(isLast: Bool) throws(ParallelError)
  /// Brings what was written to the disk.
  func flush() throws(ParallelError)
  /// Writes what a restart needs.
  func writeCheckpoint(_ path: String) throws(ParallelError)
  /// Closes the file with how the run ended.
  func close(_ status: RunWriter.Status, reason: String?) throws(ParallelError)
}

/// The course of a run: steps, what is written after each, and how it ends.
struct RunCourse<Subject: Simulation> {
  /// What the case says of it.
  struct Plan {
    /// Which states are stored.
    let output: OutputPlan
    /// Most accepted steps.
    let stepLimit: Int
    /// Steps between checkpoints.
    let checkpointEvery: Int
    /// The wall time in s after which it stops.
    let wallTime: Double

    init(_ keys: CourseKeys, wallTime: Double) {
      output = keys.output
      (stepLimit, checkpointEvery) = (keys.stepLimit, keys.checkpointEvery)
      self.wallTime = wallTime
    }
  }

  let subject: Subject
  let plan: Plan
  let files: RunFiles
  let context: RunContext
  private(set) var timings: RunTimings
  private var saved = -1

  /// A run at its start, whose file is open.
  init(
    _ subject: Subject, _ plan: Plan, files: RunFiles, timings: RunTimings, context: RunContext
  ) {
    self.subject = subject
    self.plan = plan
    self.files = files
    self.timings = timings
    self.context = context
  }

  /// Runs to the end.
  ///
  /// Collective.
  ///
  /// - Returns: complete or stopped, and the time it took.
  /// - Throws: what ended the run, after the state was saved as well as can be.
  consuming func finish() throws(ParallelError) -> (status: RunWriter.Status, timings: RunTimings) {
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
    do throws(ParallelError) {
      try subject.close(status, reason: failure?.message)
    } catch {
      failure = failure ?? error.during(files.output)
    }
    if let failure { throw failure }
    context.log.note("\(files.output): written, \(status.rawValue)")
    if status == .stopped { context.outcome = .stopped }
    return (status, timings)
  }

  private mutating func advance() throws(ParallelError) -> RunWriter.Status {
    let subject = subject
    var stops = try subject.look(mustStop: mustStop)
    while true {
      if try subject.isComplete() { return .complete }
      if stops { return .stopped }
      guard subject.steps < plan.stepLimit else {
        throw ParallelError(
          .notConverged,
          "\(subject.shortfall); \(files.checkpoint) goes on from here with a larger step_limit")
      }
      let wanted = plan.output.next(after: subject.time)
      try timings.measure(.steps) { () throws(ParallelError) in
        try subject.advance(to: wanted ?? .infinity)
      }
      stops = try subject.look(mustStop: mustStop)
      subject.record(seconds: timings.elapsed)
      let isDue = plan.output.every.map { subject.steps.isMultiple(of: $0) } ?? false
      if isDue || subject.time == wanted { try store(isLast: false) }
      if subject.steps.isMultiple(of: plan.checkpointEvery) { try save(isLast: false) }
    }
  }

  private var mustStop: Bool { Signals.raised || timings.elapsed > plan.wallTime }

  private mutating func store(isLast: Bool) throws(ParallelError) {
    let subject = subject
    do throws(ParallelError) {
      try timings.measure(.output) { () throws(ParallelError) in
        try subject.store(isLast: isLast)
      }
    } catch {
      throw explained(error, files.output, "step \(subject.steps) cannot be stored")
    }
  }

  /// Writes the checkpoint of the present step; the run's file is brought up to it before.
  private mutating func save(isLast: Bool) throws(ParallelError) {
    if isLast { try store(isLast: true) }
    guard saved != subject.steps else { return }
    let (subject, path) = (subject, files.checkpoint)
    do throws(ParallelError) {
      try timings.measure(.checkpoints) { () throws(ParallelError) in
        try subject.flush()
        try subject.writeCheckpoint(path)
      }
    } catch {
      throw explained(error, path, "the checkpoint of step \(subject.steps) cannot be written")
    }
    saved = subject.steps
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
}
