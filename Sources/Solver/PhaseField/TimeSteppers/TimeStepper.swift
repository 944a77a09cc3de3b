// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Parallel

/// Variable-step BDF2 with local error control on the composition.
///
///     (1+2ω)/(1+ω) X₊ − (1+ω) X₀ + ω²/(1+ω) X₋ = Δt Ẋ(X₊),   ω = Δt/Δt₋
///
/// The first step is two halves by backward Euler. A step is repeated with a shorter one when its
/// error is too large, when its equations cannot be solved, and when it raises the energy: a closed
/// system only falls.
public final class TimeStepper {
  /// How steps are chosen.
  public struct Options: Sendable {
    /// The root mean square error of X that one step may make; infinite steps are prescribed ones.
    public var tolerance = 2e-3
    /// The same as a share of the root mean square deviation of X from its mean.
    ///
    /// The smaller of the two counts: what grows from little noise is resolved while it is little.
    public var relativeTolerance = 1e-2
    /// The first step in s; nil is what grid and physics ask for.
    public var firstStep: Double?
    /// The longest step in s.
    public var longestStep = Double.infinity

    /// The defaults.
    public init() {}
  }

  /// Why steps were rejected, since this process began.
  public struct Rejections: Sendable, Equatable {
    /// The error was above the tolerance.
    public internal(set) var error = 0
    /// The equations could not be solved.
    public internal(set) var equations = 0
    /// The energy rose.
    public internal(set) var energy = 0
  }

  /// The system being integrated.
  public let system: PhaseFieldSystem
  /// How steps are chosen.
  public let options: Options
  /// The time reached, in s.
  public private(set) var time = 0.0
  /// Accepted steps.
  public private(set) var steps = 0
  /// Rejected steps.
  public private(set) var rejected = 0
  /// Why they were rejected.
  public private(set) var rejections = Rejections()
  /// The lengths in s and the reasons of the steps rejected before the last accepted one.
  public private(set) var lastRejections: [(size: Double, reason: String)] = []
  /// Newton iterations over all steps.
  public private(set) var newton = 0
  /// Krylov iterations over all steps.
  public private(set) var krylov = 0
  /// Krylov iterations of the elastic equilibrium at the start.
  public let elasticIterations: Int
  /// The free energy in eV nm³ per site density.
  public private(set) var energy: (chemical: Double, elastic: Double)
  /// The step to try next, in s.
  public private(set) var step: Double
  /// The lithium content at the start.
  public private(set) var startContent: Double
  /// The length of the last accepted step.
  public private(set) var lastStep = 0.0
  /// The error of the last accepted step, as estimated: root mean square of X.
  public private(set) var lastError = 0.0
  /// Whether the last step was none: the state was in equilibrium for the rest of the time.
  public private(set) var isAtRest = false
  package var state: Fields
  private(set) var old: [Fields] = []
  private(set) var oldSteps: [Double] = []
  private let history: Fields
  private let error: Fields
  private let scales: TimeScales
  /// What Newton's method is asked for where the error of a step is not small beside it.
  private let newtonTolerance: Double

  /// Starts from a state whose composition is set.
  ///
  /// Collective.
  package init(_ system: PhaseFieldSystem, state: Fields, options: Options) throws(ParallelError) {
    self.system = system
    self.options = options
    // What Newton leaves must be small beside the error that a step may make.
    newtonTolerance = min(system.options.tolerance, 1e-5 * options.tolerance)
    self.state = state
    scales = TimeScales(system.grid, system.model)
    step = options.firstStep ?? scales.shortest
    history = Fields(system.grid.layout, count: 1)
    error = Fields(system.grid.layout, count: 1)
    elasticIterations = try system.equilibrateStress(state)
    try system.derivePotential(state)
    energy = try system.energy(state)
    startContent = try system.content(state)
  }

  /// The change of the mean composition since the start: of the lithium content over the volume,
  /// which stays a measure where the content is zero.
  ///
  /// Collective.
  public func massDrift() throws(ParallelError) -> Double {
    (try system.content(state) - startContent) / system.solidVolume
  }

  /// Advances by one accepted step, at most to `end`.
  ///
  /// Collective. The step that gets there ends at `end` exactly. One that `end` made short does not
  /// count for the length of those after it.
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

  /// Takes a composition for the present one, as if the run began with it; time and counters stay.
  ///
  /// Collective.
  func begin(from composition: Lane) throws(ParallelError) {
    let begun = system.makeState()
    begun.copy(state)
    begun[0].copy(composition, system.grid.layout)
    state = begun
    (old, oldSteps) = ([], [])
    step = options.firstStep ?? scales.shortest
    try system.equilibrateStress(state)
    try system.derivePotential(state)
    energy = try system.energy(state)
  }

  /// Takes over what a checkpoint holds.
  func resume(
    _ states: [Fields], oldSteps: [Double], times: (Double, Double, Double), counters: [Int],
    energy: (Double, Double), startContent: Double
  ) {
    state = states[0]
    old = Array(states.dropFirst())
    self.oldSteps = oldSteps
    (time, step, lastStep) = times
    (steps, rejected, newton, krylov) = (counters[0], counters[1], counters[2], counters[3])
    self.energy = (energy.0, energy.1)
    self.startContent = startContent
  }

  private var isControlled: Bool { options.tolerance.isFinite }

  private func accept(
    _ trial: Trial, _ allowed: Double, _ planned: Double, at reached: Double
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

  private func reject(_ trial: Trial, _ rejection: Rejection, _ allowed: Double) {
    rejected += 1
    rejections[keyPath: rejection.kind] += 1
    lastRejections.append((trial.size, rejection.reason))
    step =
      rejection.kind == \.error
      ? trial.size * min(0.9, factor(trial, allowed)) : trial.size / 2
  }

  /// What the error of a step says about the next one, relative to it.
  private func factor(_ trial: Trial, _ allowed: Double) -> Double {
    guard isControlled else { return 2 }
    let (order, least) = trial.middle == nil ? (3.0, 0.3) : (2.0, 0.05)
    return max(least, 0.9 / pow(max(trial.error / allowed, 1e-9), 1 / order))
  }
}

/// A step that was tried.
private struct Trial {
  let size: Double
  let state: Fields
  /// The state halfway, of a first step.
  let middle: Fields?
  let energy: (chemical: Double, elastic: Double)
  /// The root mean square error of X.
  var error = 0.0
  var rejection: Rejection?
}

private struct Rejection {
  let kind: WritableKeyPath<TimeStepper.Rejections, Int>
  let reason: String
}

extension TimeStepper {
  /// The root mean square error of X that the next step may make.
  ///
  /// Collective.
  private func allowedError() throws(ParallelError) -> Double {
    guard isControlled else { return .infinity }
    let deviation = try system.deviation(state)
    // Below 1e-9 rounding and Newton's remainder are what would be resolved.
    let allowed = max(1e-9, min(options.tolerance, options.relativeTolerance * deviation))
    system.options.tolerance = min(newtonTolerance, 1e-3 * allowed)
    return allowed
  }

  /// Whether a step of a hundred times the slowest diffusion left the state in place and the
  /// potential is uniform.
  ///
  /// Collective.
  private func isInEquilibrium(_ allowed: Double) throws(ParallelError) -> Bool {
    guard system.source == nil, let before = old.first else { return false }
    guard lastStep >= 100 * scales.longest else { return false }
    let change = error[0]
    system.forSolid { place, _ in change[place] = state[0][place] - before[0][place] }
    guard try system.rootMeanSquare(change) <= 1e-3 * allowed else { return false }
    return try system.potentialSpread(state) <= 1e-2 * allowed * system.model.energyScale
  }

  /// One step by BDF2, or by backward Euler where there is no older level.
  ///
  /// Collective.
  private func take(_ size: Double) throws(ParallelError) -> Trial {
    guard let before = old.first, let last = oldSteps.first else {
      return try euler(from: state, size)
    }
    let trial = system.makeState()
    let ratio = size / last
    let (first, second) = (-(1 + ratio) / size, ratio * ratio / (1 + ratio) / size)
    let (h, x0, x1) = (history[0], state[0], before[0])
    for place in stride(from: 0, to: system.grid.layout.size, by: 8) {
      h.store(place, x0.load(place) * first + x1.load(place) * second)
    }
    try guess(trial, from: state, before, ratio)
    return try solve(trial, size, rate: (1 + 2 * ratio) / (1 + ratio) / size)
  }

  /// One step by backward Euler.
  ///
  /// Collective.
  private func euler(
    from start: Fields, before: Fields? = nil, _ size: Double
  ) throws(ParallelError) -> Trial {
    let trial = system.makeState()
    let (h, x0) = (history[0], start[0])
    for place in stride(from: 0, to: system.grid.layout.size, by: 8) {
      h.store(place, x0.load(place) * (-1 / size))
    }
    trial.copy(start)
    if let before { try guess(trial, from: start, before, 1) }
    return try solve(trial, size, rate: 1 / size)
  }

  /// The start: two halves by backward Euler.
  ///
  /// Collective.
  private func begin(_ size: Double) throws(ParallelError) -> Trial {
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
  private func lengthened(
    _ trial: Trial, upTo left: Double, _ allowed: Double
  ) throws(ParallelError) -> Trial {
    var best = trial
    while best.rejection == nil && best.error < allowed / 16 && best.size < left {
      let growth = min(100, 0.5 / (max(best.error, 1e-30) / allowed).squareRoot())
      let size = min(left, options.longestStep, best.size * growth)
      guard size > 2 * best.size else { break }
      var longer = try begin(size)
      try judge(&longer, allowed)
      guard longer.rejection == nil else { break }
      best = longer
    }
    return best
  }

  /// A straight line through two levels keeps the content; a parabola overshoots where steps double.
  ///
  /// Collective.
  private func guess(
    _ trial: Fields, from state: Fields, _ before: Fields, _ ratio: Double
  ) throws(ParallelError) {
    trial.copy(state)
    VectorKernels.add(ratio, state, to: trial)
    VectorKernels.add(-ratio, before, to: trial)
    if try !system.isInside(trial) { trial.copy(state) }
  }

  private func solve(_ trial: Fields, _ size: Double, rate: Double) throws(ParallelError) -> Trial {
    let outcome = try system.solve(trial, rate: rate, history: history)
    newton += outcome.newton
    krylov += outcome.krylov
    return Trial(
      size: size, state: trial, middle: nil, energy: outcome.energy,
      rejection: outcome.converged ? nil : Rejection(kind: \.equations, reason: outcome.reason))
  }

  /// Takes the error and rejects what errs too much or raises the energy.
  ///
  /// Collective.
  private func judge(_ trial: inout Trial, _ allowed: Double) throws(ParallelError) {
    guard trial.rejection == nil, isControlled else { return }
    trial.error = try errorEstimate(trial)
    let share = trial.error / allowed
    guard share <= 1 else {
      let reason = "the error was \(share) times the tolerance"
      return trial.rejection = Rejection(kind: \.error, reason: reason)
    }
    guard system.source == nil else { return }
    let rise =
      trial.energy.chemical + trial.energy.elastic - energy.chemical - energy.elastic
    let limit = system.energyTolerance(allowed)
    if !(rise <= limit) {
      trial.rejection = Rejection(
        kind: \.energy, reason: "the energy rose by \(rise) eV nm3, allowed \(limit)")
    }
  }

  /// The root mean square of the local error of X.
  ///
  /// BDF2 errs by h²(h+h₁)²/(6(2h+h₁)) X‴, a parabola through the last three levels by
  /// h(h+h₁)(h+h₁+h₂)/6 X‴, with the other sign: their difference tells X‴. Each half of a first step
  /// errs by ½(h/2)²X″, both together by the second difference of the three levels.
  ///
  /// Collective.
  private func errorEstimate(_ trial: Trial) throws(ParallelError) -> Double {
    let (e, x, x0) = (error[0], trial.state[0], state[0])
    if let middle = trial.middle?[0] {
      system.forSolid { place, _ in e[place] = x[place] - 2 * middle[place] + x0[place] }
      return try system.rootMeanSquare(e)
    }
    guard old.count > 1 else { return 0 }
    let (t, h1, h2) = (trial.size, oldSteps[0], oldSteps[1])
    let (x1, x2) = (old[0][0], old[1][0])
    // The parabola, by its weights at the three levels.
    let w0 = (t + h1) * (t + h1 + h2) / (h1 * (h1 + h2))
    let w1 = -t * (t + h1 + h2) / (h1 * h2)
    let w2 = t * (t + h1) / ((h1 + h2) * h2)
    system.forSolid { place, _ in
      e[place] = x[place] - w0 * x0[place] - w1 * x1[place] - w2 * x2[place]
    }
    let predictor = t * (t + h1) * (t + h1 + h2) / 6
    let corrector = t * t * (t + h1) * (t + h1) / (6 * (2 * t + h1))
    return corrector / (predictor + corrector) * (try system.rootMeanSquare(e))
  }
}
