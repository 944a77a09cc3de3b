// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// Which compositions count as what.
public struct EnsembleThresholds: Equatable, Sendable {
  /// A cell between these is solid solution; nil takes the coherent spinodal.
  public var solidSolution: ClosedRange<Double>?
  /// A particle whose mean lies between these is active.
  public var active = 0.05...0.95
  /// The same for the figure printed beside it.
  public var clearlyActive = 0.15...0.85

  /// The SI's.
  public init() {}
}

/// What particles look like at a time.
public struct EnsembleSummary: Sendable {
  /// The mean of X over all particles.
  public var mean = 0.0
  /// The root mean square deviation of X over all cells.
  public var deviation = 0.0
  /// V in volt.
  public var voltage = 0.0
  /// The mean of dX/dt in 1/s.
  public var current = 0.0
  /// The share of all length that is solid solution.
  public var solidSolution = 0.0
  /// The share of particles that are active.
  public var active = 0.0
  /// The same between the narrower thresholds.
  public var clearlyActive = 0.0
  /// The smallest and the largest X.
  public var lowest = 0.0, highest = 1.0
  /// The change of the mean that no current explains, since the drive's last change.
  public var massDrift = 0.0
  /// The lithium taken up since the start, as a change of the mean of X.
  public var charge = 0.0
  /// Whether a rank was asked to stop.
  public var mustStop = false
}

extension EnsembleSystem {
  /// Looks at a state.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func summary(
    of state: EnsembleState, drift: [Double], mustStop: Bool
  ) throws(ParallelError) -> EnsembleSummary {
    let (x, cells) = (state.composition.lane, model.cells)
    let mixed = thresholds.solidSolution ?? coherentSpinodal
    var (sum, mixedCells, active, clearly) = (0.0, 0.0, 0.0, 0.0)
    var extremes = [Double.infinity, .infinity, mustStop ? -1 : 0]
    for own in 0..<particles.count {
      var total = 0.0
      for index in own * cells..<(own + 1) * cells {
        total += x[index]
        if let mixed, x[index] > mixed.lowerBound, x[index] < mixed.upperBound { mixedCells += 1 }
        extremes[0] = min(extremes[0], x[index])
        extremes[1] = min(extremes[1], -x[index])
      }
      let mean = total / Double(cells)
      sum += total
      if mean > thresholds.active.lowerBound, mean < thresholds.active.upperBound { active += 1 }
      if mean > thresholds.clearlyActive.lowerBound, mean < thresholds.clearlyActive.upperBound {
        clearly += 1
      }
    }
    let sums = try sums([sum, mixedCells, active, clearly])
    try communicator.reduce(&extremes, .minimum)
    let count = Double(model.factors.count)
    var summary = EnsembleSummary()
    summary.mean = sums[0] / allCells
    summary.deviation = try deviation(state)
    summary.voltage = voltage(state)
    findPotential(state)
    summary.current = try current(state)
    (summary.solidSolution, summary.active, summary.clearlyActive) = (
      sums[1] / allCells, sums[2] / count, sums[3] / count
    )
    (summary.lowest, summary.highest) = (extremes[0], -extremes[1])
    summary.charge = state.charge
    summary.massDrift = drift.first ?? 0
    summary.mustStop = extremes[2] < 0
    return summary
  }
}
