// SPDX-License-Identifier: Apache-2.0

import Parallel

/// A step that was tried.
struct Trial<System: ImplicitSystem> {
  /// Its length in s.
  let size: Double
  let state: System.State
  /// The state halfway, of a first step.
  let middle: System.State?
  let energy: System.Energy
  /// The error, in the norm of the system.
  var error = 0.0
  var rejection: Rejection?
}

/// Why a step is not accepted.
struct Rejection {
  let kind: WritableKeyPath<StepRejections, Int>
  let reason: String
}

extension TimeStepper {
  /// The error that the next step may make.
  ///
  /// Collective.
  func allowedError() throws(ParallelError) -> Double {
    guard isControlled else { return .infinity }
    let scale = try system.errorScale(state)
    // Below 1e-9 rounding and the solution's remainder are what would be resolved.
    let allowed = max(1e-9, min(options.tolerance, options.relativeTolerance * scale))
    system.tolerance = min(solutionTolerance, 1e-3 * allowed)
    return allowed
  }

  /// Whether a step of a hundred times the slowest change left the state in place, and it is the
  /// system's equilibrium.
  ///
  /// Collective.
  func isInEquilibrium(_ allowed: Double) throws(ParallelError) -> Bool {
    guard let before = old.first, lastStep >= 100 * scales.longest else { return false }
    error.combine([(1, state), (-1, before)])
    guard try system.norm(error) <= 1e-3 * allowed else { return false }
    return try system.isInEquilibrium(state, allowedError: allowed)
  }

  /// One step by BDF2, or by backward Euler where there is no older level.
  ///
  /// Collective.
  func take(_ size: Double) throws(ParallelError) -> Trial<System> {
    guard let before = old.first, let last = oldSteps.first else {
      return try euler(from: state, size)
    }
    let trial = system.makeState()
    let ratio = size / last
    let (first, second) = (-(1 + ratio) / size, ratio * ratio / (1 + ratio) / size)
    history.combine([(first, state), (second, before)])
    try guess(trial, from: state, before, ratio)
    system.prepare(trial, from: state, at: time, to: time + size)
    return try solve(trial, size, at: time + size, rate: (1 + 2 * ratio) / (1 + ratio) / size)
  }

  /// One step by backward Euler, the second half of a first one where there is a state `before`.
  ///
  /// Collective.
  private func euler(
    from start: System.State, before: System.State? = nil, _ size: Double
  ) throws(ParallelError) -> Trial<System> {
    let trial = system.makeState()
    history.combine([(-1 / size, start)])
    trial.copy(start)
    if let before { try guess(trial, from: start, before, 1) }
    let begin = before == nil ? time : time + size
    system.prepare(trial, from: start, at: begin, to: begin + size)
    return try solve(trial, size, at: begin + size, rate: 1 / size)
  }

  /// The start: two halves by backward Euler.
  ///
  /// Collective.
  func begin(_ size: Double) throws(ParallelError) -> Trial<System> {
    let first = try euler(from: state, size / 2)
    guard first.rejection == nil else {
      return Trial(
        size: size, state: first.state, middle: nil, energy: energy, rejection: first.rejection)
    }
    let second = try euler(from: first.state, before: state, size / 2)
    return Trial(
      size: size, state: second.state, middle: first.state, energy: second.energy,
      rejection: second.rejection)
  }

  /// A start whose error leaves room is repeated with a longer step while it does: there is no older
  /// level yet that would limit the ratio of two steps.
  ///
  /// Collective.
  func lengthened(
    _ trial: Trial<System>, upTo left: Double, _ allowed: Double
  ) throws(ParallelError) -> Trial<System> {
    var best = trial
    let longest = min(options.longestStep, try system.longestStep(state))
    while best.rejection == nil && best.error < allowed / 16 && best.size < left {
      let growth = min(100, 0.5 / (max(best.error, 1e-30) / allowed).squareRoot())
      let size = min(left, longest, best.size * growth)
      guard size > 2 * best.size else { break }
      var longer = try begin(size)
      try judge(&longer, allowed)
      guard longer.rejection == nil else { break }
      best = longer
    }
    return best
  }

  /// A straight line through two levels keeps what is linear, such as a content; a parabola
  /// overshoots where steps double.
  ///
  /// Collective.
  private func guess(
    _ trial: System.State, from state: System.State, _ before: System.State, _ ratio: Double
  ) throws(ParallelError) {
    trial.copy(state)
    trial.add(ratio, state)
    trial.add(-ratio, before)
    if try !system.isInside(trial) { trial.copy(state) }
  }

  private func solve(
    _ trial: System.State, _ size: Double, at time: Double, rate: Double
  ) throws(ParallelError) -> Trial<System> {
    let outcome = try system.solve(trial, at: time, rate: rate, history: history)
    newton += outcome.newton
    krylov += outcome.krylov
    return Trial(
      size: size, state: trial, middle: nil, energy: outcome.energy,
      rejection: outcome.converged ? nil : Rejection(kind: \.equations, reason: outcome.reason))
  }

  /// Takes the error and rejects what errs too much, and what the system refuses.
  ///
  /// Collective.
  func judge(_ trial: inout Trial<System>, _ allowed: Double) throws(ParallelError) {
    guard trial.rejection == nil, isControlled else { return }
    trial.error = try errorEstimate(trial)
    let share = trial.error / allowed
    guard share <= 1 else {
      let reason = "the error was \(share) times the tolerance"
      return trial.rejection = Rejection(kind: \.error, reason: reason)
    }
    let reason = system.refusal(of: trial.energy, after: energy, allowedError: allowed)
    trial.rejection = reason.map { Rejection(kind: \.energy, reason: $0) }
  }

  /// The local error of y in the norm of the system.
  ///
  /// BDF2 errs by h²(h+h₁)²/(6(2h+h₁)) y‴, a parabola through the last three levels by
  /// h(h+h₁)(h+h₁+h₂)/6 y‴, with the other sign: their difference tells y‴ (Milne's device;
  /// docs/operators.md). Each half of a first step errs by ½(h/2)²y″, both together by the second
  /// difference of the three levels.
  ///
  /// Collective.
  private func errorEstimate(_ trial: Trial<System>) throws(ParallelError) -> Double {
    if let middle = trial.middle {
      error.combine([(1, trial.state), (-2, middle), (1, state)])
      return try system.norm(error)
    }
    guard old.count > 1 else { return 0 }
    let (t, h1, h2) = (trial.size, oldSteps[0], oldSteps[1])
    // The parabola, by its weights at the three levels.
    let w0 = (t + h1) * (t + h1 + h2) / (h1 * (h1 + h2))
    let w1 = -t * (t + h1 + h2) / (h1 * h2)
    let w2 = t * (t + h1) / ((h1 + h2) * h2)
    error.combine([(1, trial.state), (-w0, state), (-w1, old[0]), (-w2, old[1])])
    let predictor = t * (t + h1) * (t + h1 + h2) / 6
    let corrector = t * t * (t + h1) * (t + h1) / (6 * (2 * t + h1))
    return corrector / (predictor + corrector) * (try system.norm(error))
  }
}
