// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Parallel

/// Variable-step BDF2 with local error control on the differential unknowns y.
///
///     (1+2ω)/(1+ω) y₊ − (1+ω) y₀ + ω²/(1+ω) y₋ = Δt ẏ(y₊),   ω = Δt/Δt₋
///
/// The first step is two halves by backward Euler. A step is repeated with a shorter one when its
/// error is too large, when its equations cannot be solved, and when the system refuses its energy:
/// that of a closed one only falls.
public final class TimeStepper<System: ImplicitSystem> {
  /// The system being integrated.
  public let system: System
  /// How steps are chosen.
  public let options: StepOptions
  /// The time reached, in s.
  public internal(set) var time = 0.0
  /// Accepted steps.
  public internal(set) var steps = 0
  /// Rejected steps.
  public internal(set) var rejected = 0
  /// Why they were rejected.
  public internal(set) var rejections = StepRejections()
  /// The lengths in s and the reasons of the steps rejected before the last accepted one.
  public internal(set) var lastRejections: [(size: Double, reason: String)] = []
  /// Newton iterations over all steps.
  public internal(set) var newton = 0
  /// Krylov iterations over all steps.
  public internal(set) var krylov = 0
  /// Iterations that the algebraic unknowns of the start took.
  public let startIterations: Int
  /// The energy of the state reached.
  public internal(set) var energy: System.Energy
  /// The step to try next, in s.
  public internal(set) var step: Double
  /// The system's invariants at the start.
  public internal(set) var startInvariants: [Double]
  /// The length of the last accepted step.
  public internal(set) var lastStep = 0.0
  /// The error of the last accepted step, as estimated, in the norm of the system.
  public internal(set) var lastError = 0.0
  /// Whether the last step was none: the state was in equilibrium for the rest of the time.
  public internal(set) var isAtRest = false
  /// The state reached.
  public internal(set) var state: System.State
  /// Up to two older levels, the last one first.
  var old: [System.State] = []
  /// The lengths of the steps between the levels, the last one first.
  var oldSteps: [Double] = []
  /// The older levels' part of ẏ.
  let history: System.State
  /// The error of a step.
  let error: System.State
  let scales: TimeScales
  /// What the solution of a step is asked for where the error of a step is not small beside it.
  let solutionTolerance: Double

  /// Starts from a state whose differential unknowns are set.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when the algebraic ones cannot be found.
  public init(_ system: System, state: System.State, options: StepOptions) throws(ParallelError) {
    self.system = system
    self.options = options
    // What the solution leaves must be small beside the error that a step may make.
    solutionTolerance = min(system.tolerance, 1e-5 * options.tolerance)
    self.state = state
    scales = system.timeScales
    step = options.firstStep ?? scales.shortest
    history = system.makeDifferential()
    error = system.makeDifferential()
    startIterations = try system.makeConsistent(state, at: 0)
    energy = try system.energy(state)
    startInvariants = try system.invariants(state)
  }

  /// The change of the system's invariants since the start.
  ///
  /// Collective.
  ///
  /// - Throws: what the system throws.
  public func drift() throws(ParallelError) -> [Double] {
    zip(try system.invariants(state), startInvariants).map { $0 - $1 }
  }

  /// Looks at the state; `mustStop` becomes every rank's.
  ///
  /// Collective.
  ///
  /// - Throws: what the system throws.
  public func summary(mustStop: Bool = false) throws(ParallelError) -> System.Summary {
    try system.summary(of: state, drift: try drift(), mustStop: mustStop)
  }

  /// Advances by one accepted step, at most to `end`.
  ///
  /// Collective. The step that gets there ends at `end` exactly. One that `end` made short does not
  /// count for the length of those after it.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when no step is short enough.
  public func advance(to end: Double) throws(ParallelError) {
    lastRejections = []
    let allowed = try allowedError()
    if isControlled, end.isFinite, try isInEquilibrium(allowed), end - time > step {
      isAtRest = true
      (lastStep, lastError) = (end - time, 0)
      time = end
      steps += 1
      return
    }
    isAtRest = false
    if isControlled { step = min(step, try system.longestStep(state)) }
    while true {
      let left = end - time
      let planned = step
      // Two equal steps are better than a sliver at the end.
      let size = left <= step ? left : (left < 2 * step ? left / 2 : step)
      let isStart = isControlled && old.count < 2
      var trial = try isStart ? begin(size) : take(size)
      try judge(&trial, allowed)
      if isStart && steps == 0 && options.firstStep == nil {
        trial = try lengthened(trial, upTo: left, allowed)
      }
      guard let rejection = trial.rejection else {
        accept(trial, allowed, planned, at: trial.size == left ? end : time + trial.size)
        return
      }
      reject(trial, rejection, allowed)
      guard step >= 1e-6 * min(scales.shortest, options.firstStep ?? .infinity) else {
        throw ParallelError(
          .notConverged, "at \(time) s the step fell to \(step) s: \(rejection.reason)")
      }
    }
  }

  /// Takes a state for the present one, as if the run began with its differential unknowns; time
  /// and counters stay.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when the algebraic ones cannot be found.
  public func begin(from begun: System.State) throws(ParallelError) {
    state = begun
    (old, oldSteps) = ([], [])
    step = options.firstStep ?? scales.shortest
    _ = try system.makeConsistent(state, at: time)
    energy = try system.energy(state)
  }

  /// Whether the error decides about the length of steps.
  var isControlled: Bool { options.tolerance.isFinite }

  private func accept(
    _ trial: Trial<System>, _ allowed: Double, _ planned: Double, at reached: Double
  ) {
    let isSliver =
      trial.middle == nil && trial.size < planned
      && oldSteps.first.map { trial.size < $0 / 2 } ?? false
    if isSliver {
      // Its older end gives way: no step is more than twice as long as the one before it.
      oldSteps[0] += trial.size
    } else {
      let levels = [trial.middle, state].compactMap(\.self) + old
      let lengths = trial.middle == nil ? [trial.size] : [trial.size / 2, trial.size / 2]
      old = Array(levels.prefix(2))
      oldSteps = Array((lengths + oldSteps).prefix(2))
    }
    state = trial.state
    energy = trial.energy
    time = reached
    (lastStep, lastError) = (trial.size, trial.error)
    steps += 1
    let next = oldSteps[0] * min(2, factor(trial, allowed))
    step = min(options.longestStep, isSliver ? planned : next)
  }

  private func reject(_ trial: Trial<System>, _ rejection: Rejection, _ allowed: Double) {
    rejected += 1
    rejections[keyPath: rejection.kind] += 1
    lastRejections.append((trial.size, rejection.reason))
    step =
      rejection.kind == \.error
      ? trial.size * min(0.9, factor(trial, allowed)) : trial.size / 2
  }

  /// What the error of a step says about the next one, relative to it.
  private func factor(_ trial: Trial<System>, _ allowed: Double) -> Double {
    guard isControlled else { return 2 }
    let (order, least) = trial.middle == nil ? (3.0, 0.3) : (2.0, 0.05)
    return max(least, 0.9 / pow(max(trial.error / allowed, 1e-9), 1 / order))
  }
}
