// SPDX-License-Identifier: Apache-2.0

public import Physics

/// All that `diffract` finds out about a powder.
public struct PowderResult: Sendable {
  /// The lines.
  public let peaks: [PowderPeak]
  /// The phases.
  public let crystals: [Crystal]
  /// The slip systems that were considered; none where no decomposition was asked for.
  public let systems: [SlipSystem]
  /// Λ, shape (peaks, systems).
  public let factors: [[Double]]
  /// The best densities.
  public let decomposition: Decomposition?
  /// What more of a system would do.
  public let sensitivities: [Decomposition.Sensitivity]
  /// The acceptable densities; nil where nothing is within the tolerance.
  public let acceptable: AcceptableSet?

  /// A result.
  public init(
    peaks: [PowderPeak], crystals: [Crystal], systems: [SlipSystem], factors: [[Double]],
    decomposition: Decomposition?, sensitivities: [Decomposition.Sensitivity],
    acceptable: AcceptableSet?
  ) {
    self.peaks = peaks
    self.crystals = crystals
    self.systems = systems
    self.factors = factors
    self.decomposition = decomposition
    self.sensitivities = sensitivities
    self.acceptable = acceptable
  }
}
