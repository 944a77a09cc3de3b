// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// What is looked at after a step: is the state sound, relaxed, and should the run stop.
public struct PhaseFieldSummary: Sendable {
  /// The smallest and largest composition of the solid.
  public let lowest, highest: Double
  /// The spread of the potential over the solid in eV, zero in equilibrium.
  public let spread: Double
  /// The change of the mean composition since the start that no current explains.
  public let massDrift: Double
  /// Nodes of the solid whose composition lies outside (0, 1) where the energy is bounded: the
  /// method keeps it at zero, nothing is clipped.
  public let nodesOutside: Int
  /// Nodes of the solid that the barrier holds inside (0, 1): those within a millionth of a bound.
  public let barrierNodes: Int
  /// Mean composition, voltage and current of a driven body.
  public let drive: DriveReading?
  /// Whether any rank was asked to stop.
  public let mustStop: Bool
}

extension PhaseFieldSystem {
  /// Looks at a state; `mustStop` becomes every rank's.
  ///
  /// Collective. Extrema and the wish to stop share one reduction.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func summary(
    of state: Fields, drift: [Double], mustStop: Bool
  ) throws(ParallelError) -> PhaseFieldSummary {
    var least = [Double](repeating: .infinity, count: 4) + [mustStop ? -1 : 0]
    let (x, potential) = (state[.composition], state[.potential])
    forSolid { place, _ in
      least[0] = min(least[0], x[place])
      least[1] = min(least[1], -x[place])
      least[2] = min(least[2], potential[place])
      least[3] = min(least[3], -potential[place])
    }
    try grid.communicator.reduce(&least, .minimum)
    var counts = [0, 0]
    // The reduced extrema are every rank's: all count or none.
    if let barrier, barrier.holds(least[0]) || barrier.holds(-least[1]) {
      forSolid { place, _ in
        if x[place] <= 0 || x[place] >= 1 { counts[0] += 1 }
        if barrier.holds(x[place]) { counts[1] += 1 }
      }
      try grid.communicator.reduce(&counts, .sum)
    }
    return PhaseFieldSummary(
      lowest: least[0], highest: -least[1], spread: -least[3] - least[2],
      massDrift: drift[0] / solidVolume, nodesOutside: counts[0], barrierNodes: counts[1],
      drive: surface == nil ? nil : try reading(state), mustStop: least[4] < 0)
  }
}

extension PhaseFieldStepper {
  /// Advances until the potential differs by at most `potentialSpread` (eV) over the solid, or for
  /// `limit` steps.
  ///
  /// Collective.
  ///
  /// - Returns: whether it got there.
  /// - Throws: what a step throws.
  package func relax(
    potentialSpread: Double, limit: Int = 400, log: any RunLog
  ) throws(ParallelError) -> Bool {
    while steps < limit {
      try advance(to: .infinity)
      let spread = try system.potentialSpread(state)
      log.progress(
        "step \(steps): t = \(time) s, step \(lastStep) s, energy \(energy), spread \(spread) eV")
      if spread <= potentialSpread { return true }
    }
    return false
  }
}
