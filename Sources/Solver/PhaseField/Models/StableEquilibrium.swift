// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// Decides when a run that shall relax has come to a *stable* equilibrium.
///
/// A uniform potential alone is met at saddles too, such as a uniform composition inside the
/// spinodal. Where the energy bends down along some direction, the composition is moved along it by
/// ``amplitude`` and the run goes on; when three moves have led back, the run cannot relax.
public struct StableEquilibrium {
  /// The largest change of X by which an unstable state is left.
  static let amplitude = 1e-3
  /// Moves after which a run is given up.
  static let attemptLimit = 3

  /// Moves from the same saddle so far, and its energy.
  private var attempts = 0
  private var energy = Double.infinity
  /// The saddle being left, and the distance of the move.
  private var saddle: Fields?
  private var distance = 0.0

  /// At the start of a run.
  public init() {}

  /// Whether the run is over; looks at each step's end.
  ///
  /// Collective. An unstable state is moved away from.
  ///
  /// - Parameters:
  ///   - isUniform: whether the potential differs little enough.
  ///   - log: is told of curvature and moves.
  /// - Throws: ``ParallelError`` of kind `notConverged` when three moves have led back.
  public mutating func isReached(
    _ stepper: PhaseFieldStepper, isUniform: Bool, log: any RunLog
  ) throws(ParallelError) -> Bool {
    if let saddle {
      let gone = try stepper.distance(from: saddle) / distance
      guard gone > 10 || gone < 0.1 else { return false }
      self.saddle = nil
    }
    guard isUniform else { return false }
    let (system, state) = (stepper.system, stepper.state)
    let lowest = try LowestCurvature(system, state, seed: attempts + 1)
    let size = "the lowest curvature of the energy is \(lowest.value) eV per site"
    guard lowest.isUnstable else {
      log.note("relaxed: \(size)")
      return true
    }
    let now = stepper.energy.chemical + stepper.energy.elastic
    if now < energy - 1e-9 * abs(energy) { attempts = 0 }
    (attempts, energy) = (attempts + 1, min(energy, now))
    guard attempts <= StableEquilibrium.attemptLimit else {
      throw ParallelError(
        .notConverged,
        "the state at \(stepper.time) s is an unstable equilibrium (\(size)), and "
          + "\(StableEquilibrium.attemptLimit) moves along it led back: it does not relax")
    }
    log.note(
      "the equilibrium at \(stepper.time) s is unstable (\(size)): moved along it by "
        + "\(StableEquilibrium.amplitude), \(attempts) of \(StableEquilibrium.attemptLimit)")
    let before = Fields(system.grid.layout, count: 1)
    before[0].copy(state[.composition], system.grid.layout)
    try stepper.move(
      along: lowest.direction, by: StableEquilibrium.amplitude * (attempts == 2 ? -1 : 1))
    distance = try stepper.distance(from: before)
    saddle = distance > 0 ? before : nil
    return false
  }
}

extension PhaseFieldStepper {
  /// Advances to a stable equilibrium in which the potential differs by at most `potentialSpread`
  /// (eV) over the solid, or to step `limit`.
  ///
  /// Collective.
  ///
  /// - Returns: whether it got there.
  /// - Throws: what a step throws, and of kind `notConverged` where moves along a descent lead back.
  package func relaxStably(
    potentialSpread: Double, limit: Int, log: any RunLog
  ) throws(ParallelError) -> Bool {
    var equilibrium = StableEquilibrium()
    while steps < limit {
      try advance(to: .infinity)
      let isUniform = try system.potentialSpread(state) <= potentialSpread
      if try equilibrium.isReached(self, isUniform: isUniform, log: log) { return true }
    }
    return false
  }

  /// The root mean square difference of the composition.
  ///
  /// Collective.
  func distance(from composition: Fields) throws(ParallelError) -> Double {
    var sum = 0.0
    let x = state[.composition]
    system.forSolid { place, m in
      let difference = x[place] - composition[0][place]
      sum += m * difference * difference
    }
    return (try system.grid.communicator.sum(sum) / system.solidVolume).squareRoot()
  }

  /// Moves the composition along a direction that keeps the content, by `amplitude` where it is
  /// largest, or as far as half of the way to the bounds of the energy.
  ///
  /// Collective.
  func move(along direction: Fields, by amplitude: Double) throws(ParallelError) {
    let (x, v) = (state[.composition], direction[0])
    var largest = 0.0
    system.forSolid { place, _ in largest = max(largest, abs(v[place])) }
    largest = try system.grid.communicator.maximum(largest)
    guard largest > 0 else { return }
    var factor = abs(amplitude) / largest
    if system.model.energy.hasBounds {
      system.forSolid { place, _ in
        let room = 0.5 * min(x[place], 1 - x[place])
        if abs(v[place]) * factor > room { factor = room / abs(v[place]) }
      }
      factor = try system.grid.communicator.minimum(factor)
    }
    let moved = Fields(system.grid.layout, count: 1)
    moved[0].copy(x, system.grid.layout)
    VectorKernels.add(amplitude < 0 ? -factor : factor, direction, to: moved)
    try begin(from: moved[0])
  }
}
