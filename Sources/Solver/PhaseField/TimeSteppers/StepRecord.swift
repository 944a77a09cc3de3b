// SPDX-License-Identifier: Apache-2.0

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
