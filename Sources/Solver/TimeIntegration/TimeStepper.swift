import Foundation
public import Parallel

/// Variable-step BDF2 with local error control on the composition.
///
///     (1+2ω)/(1+ω) X₊ − (1+ω) X₀ + ω²/(1+ω) X₋ = Δt Ẋ(X₊),   ω = Δt/Δt₋
///
/// The first step is backward Euler. The error is the difference from the extrapolation of the last
/// levels, scaled to the error of the method; a step with too large an error is repeated, a step
/// whose equations cannot be solved is halved.
public final class TimeStepper {
  /// How steps are chosen.
  public struct Options: Sendable {
    /// The root mean square error of X that one step may make.
    public var tolerance = 1e-4
    /// The first step in s.
    public var firstStep = 1e-3
    /// The longest step in s.
    public var longestStep = Double.infinity
    /// The shortest step in s, below which the run fails.
    public var shortestStep = 1e-12

    /// The defaults.
    public init() {}
  }

  /// The system being integrated.
  public let system: PhaseFieldSystem
  /// How steps are chosen.
  public let options: Options
  /// The time reached, in s.
  public private(set) var time = 0.0
  /// Accepted and rejected steps.
  public private(set) var steps = 0
  /// Rejected steps.
  public private(set) var rejected = 0
  /// Why the last rejected step was rejected.
  public private(set) var lastRejection = ""
  /// Newton and Krylov iterations over all steps.
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
  var state: Fields
  private(set) var old: [Fields] = []
  private(set) var oldSteps: [Double] = []
  private let startRate: Fields
  private let history: Fields
  private let error: Fields

  /// Starts from a state whose composition is set.
  ///
  /// Collective.
  init(_ system: PhaseFieldSystem, state: Fields, options: Options) throws(ParallelError) {
    self.system = system
    self.options = options
    // What Newton leaves must be small beside the error that a step may make.
    system.options.tolerance = min(system.options.tolerance, 1e-5 * options.tolerance)
    self.state = state
    step = options.firstStep
    history = Fields(system.grid.layout, count: 1)
    error = Fields(system.grid.layout, count: 1)
    startRate = Fields(system.grid.layout, count: 1)
    elasticIterations = try system.equilibrateStress(state)
    try system.derivePotential(state)
    try system.compositionRate(state, into: startRate)
    energy = try system.energy(state)
    startContent = try system.content(state)
  }

  /// The relative change of the lithium content since the start.
  ///
  /// Collective.
  public func massDrift() throws(ParallelError) -> Double {
    (try system.content(state) - startContent) / startContent
  }

  /// Advances by one accepted step, at most to `end`.
  ///
  /// Collective.
  public func advance(to end: Double) throws(ParallelError) {
    while true {
      let left = end - time
      // Two equal steps are better than a sliver at the end.
      let size = left <= step ? left : (left < 2 * step ? left / 2 : step)
      let trial = system.makeState()
      let coefficients = try prepare(size, trial)
      let outcome = try system.solve(trial, rate: coefficients / size, history: history)
      newton += outcome.newton
      krylov += outcome.krylov
      guard outcome.converged else {
        rejected += 1
        lastRejection = outcome.reason
        step = size / 2
        guard step >= options.shortestStep else {
          throw ParallelError(
            .notConverged,
            "at \(time) s the step fell below \(options.shortestStep) s: \(outcome.reason)")
        }
        continue
      }
      let estimate = try errorEstimate(trial, size) / options.tolerance
      let order = oldSteps.isEmpty ? 2.0 : 3.0
      let factor = min(2, max(0.3, 0.9 / pow(max(estimate, 1e-6), 1 / order)))
      guard estimate <= 1 || size <= 4 * options.shortestStep else {
        rejected += 1
        lastRejection = "the error of the step was \(estimate) times the tolerance"
        step = size * min(0.9, factor)
        continue
      }
      old.insert(state, at: 0)
      oldSteps.insert(size, at: 0)
      if old.count > 2 { old.removeLast() }
      if oldSteps.count > 2 { oldSteps.removeLast() }
      state = trial
      energy = outcome.energy
      time += size
      lastStep = size
      steps += 1
      step = min(options.longestStep, size * factor)
      return
    }
  }

  /// Advances until the potential differs by at most `potentialSpread` (eV) over the solid, or for
  /// `limit` steps.
  ///
  /// Collective.
  ///
  /// - Returns: whether it got there.
  func relax(
    potentialSpread: Double, limit: Int = 400, longest: Double = 1e12, log: any RunLog
  ) throws(ParallelError) -> Bool {
    while steps < limit && time < longest {
      try advance(to: longest)
      let spread = try system.potentialSpread(state)
      log.progress(
        "step \(steps): t = \(time) s, step \(lastStep) s, energy \(energy), spread \(spread) eV")
      if spread <= potentialSpread { return true }
    }
    return false
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

  /// Sets the older levels' part and the starting guess; gives the coefficient of X₊.
  private func prepare(_ size: Double, _ trial: Fields) throws(ParallelError) -> Double {
    let (h, x0) = (history[0], state[0])
    let layout = system.grid.layout
    trial.copy(state)
    guard let before = old.first, let last = oldSteps.first else {
      for place in stride(from: 0, to: layout.size, by: 8) {
        h.store(place, x0.load(place) * (-1 / size))
      }
      return 1
    }
    let ratio = size / last
    let first = -(1 + ratio) / size
    let second = ratio * ratio / (1 + ratio) / size
    let x1 = before[0]
    for place in stride(from: 0, to: layout.size, by: 8) {
      h.store(place, x0.load(place) * first + x1.load(place) * second)
    }
    // A straight line keeps the content; a parabola overshoots where steps double.
    VectorKernels.add(ratio, state, to: trial)
    VectorKernels.add(-ratio, before, to: trial)
    if system.model.energy.hasBounds {
      var isInside = true
      system.forSolid { place, _ in
        let x = trial[0][place]
        if x <= 1e-9 || x >= 1 - 1e-9 { isInside = false }
      }
      if try system.grid.communicator.minimum(isInside ? 1 : 0) < 1 { trial.copy(state) }
    }
    return (1 + 2 * ratio) / (1 + ratio)
  }

  /// Weights of the present and older states in the polynomial through them, `size` ahead.
  private func extrapolation(_ size: Double) -> [Double] {
    let nodes = oldSteps.prefix(old.count).reduce(into: [0.0]) { $0.append(($0.last ?? 0) - $1) }
    return nodes.indices.map { index in
      nodes.indices.reduce(1.0) { product, other in
        guard other != index else { return product }
        return product * (size - nodes[other]) / (nodes[index] - nodes[other])
      }
    }
  }

  /// The root mean square of the local error.
  ///
  /// Collective.
  private func errorEstimate(_ trial: Fields, _ size: Double) throws(ParallelError) -> Double {
    let (e, x, x0) = (error[0], trial[0], state[0])
    var scale = 0.5
    if old.isEmpty {
      system.forSolid { place, _ in e[place] = x[place] - x0[place] - size * startRate[0][place] }
    } else {
      // Both errors are multiples of the first derivative that the extrapolation does not have.
      e.copy(x, system.grid.layout)
      for (weight, level) in zip(extrapolation(size), [state] + old) {
        let lane = level[0]
        for place in stride(from: 0, to: system.grid.layout.size, by: 8) {
          e.store(place, e.load(place) - lane.load(place) * weight)
        }
      }
      scale = 0.25
      if old.count > 1 {
        let (t, h1, h2) = (size, oldSteps[0], oldSteps[1])
        let predictor = t * (t + h1) * (t + h1 + h2) / 6
        let corrector = (t + h1) * (t + h1) * t / (6 * (2 * t + h1))
        scale = corrector / (predictor + corrector)
      }
    }
    var sum = 0.0
    system.forSolid { place, m in sum += m * e[place] * e[place] }
    let total = try system.grid.communicator.sum(sum)
    return scale * (total / system.solidVolume).squareRoot()
  }
}
