// SPDX-License-Identifier: Apache-2.0

/// How steps are chosen.
public struct StepOptions: Sendable {
  /// The error that one step may make, in the norm of the system; infinite steps are prescribed ones.
  public var tolerance = 2e-3
  /// The same as a share of the system's error scale.
  ///
  /// The smaller of the two counts: what grows from little noise is resolved while it is little.
  public var relativeTolerance = 1e-2
  /// The first step in s; nil is what the system asks for.
  public var firstStep: Double?
  /// The longest step in s.
  public var longestStep = Double.infinity

  /// The defaults.
  public init() {}
}

/// Why steps were rejected, since this process began.
public struct StepRejections: Sendable, Equatable {
  /// The error was above the tolerance.
  public internal(set) var error = 0
  /// The equations could not be solved.
  public internal(set) var equations = 0
  /// The energy rose.
  public internal(set) var energy = 0
}

/// Everything that a stepper needs to go on bit for bit: three time levels, steps and counters.
///
/// Levels are shared with the stepper, which never changes one that it has accepted.
public struct StepRecord<System: ImplicitSystem> {
  /// The present state and up to two older ones.
  public var levels: [System.State]
  /// The lengths in s of the steps between the levels, the last one first.
  public var oldSteps: [Double]
  /// The time reached, the step to try next and the last accepted one, in s.
  public var time, step, lastStep: Double
  /// Accepted steps, rejected steps, Newton and Krylov iterations.
  public var steps, rejected, newton, krylov: Int
  /// The energy.
  public var energy: System.Energy
  /// The invariants at the start.
  public var startInvariants: [Double]
}

extension TimeStepper {
  /// What ``resume(_:)`` goes on from.
  public var record: StepRecord<System> {
    StepRecord(
      levels: [state] + old, oldSteps: oldSteps, time: time, step: step, lastStep: lastStep,
      steps: steps, rejected: rejected, newton: newton, krylov: krylov, energy: energy,
      startInvariants: startInvariants)
  }

  /// Goes on from a record, of this stepper or another one of the same system.
  public func resume(_ record: StepRecord<System>) {
    (state, old, oldSteps) = (
      record.levels[0], Array(record.levels.dropFirst()), record.oldSteps
    )
    (time, step, lastStep) = (record.time, record.step, record.lastStep)
    (steps, rejected) = (record.steps, record.rejected)
    (newton, krylov) = (record.newton, record.krylov)
    energy = record.energy
    startInvariants = record.startInvariants
  }
}
