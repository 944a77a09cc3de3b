// SPDX-License-Identifier: Apache-2.0

/// One line of the table of particles.
///
/// Figure 3d of the paper shows the incompatibility against the mean composition.
public struct ResidualSummary: Sendable {
  /// Where the noise is known from.
  public enum NoiseSource: String, Sendable {
    /// The stack's standard deviations, in all three strain channels.
    case sigmaMaps = "sigma maps"
    /// Fourth differences of the strain, see ``NoiseEstimate``.
    case estimate = "estimated from fourth differences of the strain"
    /// Sigma maps in some channels, an estimate in the others.
    case mixed = "sigma maps, and estimated from fourth differences where there are none"
  }

  /// The particle.
  public let name: String
  /// The side of a pixel after averaging [nm].
  public let pixelSize: Double
  /// The mean composition of all pixels, dead ones filled.
  public let meanComposition: Double
  /// Pixels with a residual strain.
  public let pixels: Int
  /// Pixels in the mask without, because a channel or the composition has no value there.
  public let masked: Int
  /// Mis-indexed pixels that were left out, before averaging.
  public let rejected: Int
  /// The standard deviations of the Gaussian that smears the noise over neighbouring pixels, along a
  /// and c [pixels before averaging]; 0 is white.
  public let smearedAlongA, smearedAlongC: Double
  /// Pixels with an incompatibility.
  public let stencils: Int
  /// Root mean squares of the Frobenius norms of residual and coherency strain.
  public let residual, coherency: Double
  /// Root mean square incompatibility of the residual and of the measured strain, noise included
  /// [nm⁻²].
  public let incompatibility, totalIncompatibility: Double
  /// What noise alone gives ``residual``: noise of the strain, and of the composition where its
  /// standard deviation is known.
  public let noiseStrain: Double
  /// What noise alone gives ``incompatibility`` [nm⁻²]: from level and correlation of the noise,
  /// √13 σ/h² for one σ everywhere and independent pixels; and in quadrature what the noise of the
  /// composition, where known, puts into the model.
  public let noiseFloor: Double
  /// The standard error of the mean square incompatibility over ``noiseFloor``², noise alone.
  let relativeError: Double
  /// Where the noise is known from.
  public let noiseSource: NoiseSource
  /// The correlation of the residual's norm with its standard deviation over the pixels; NaN
  /// without sigma maps or where they do not vary.
  public let sigmaCorrelation: Double

  /// The incompatibility of the residual strain with the noise floor subtracted in quadrature,
  /// zero below it [nm⁻²].
  public var incompatibilityAboveNoise: Double {
    // In this order a NaN survives.
    let square = incompatibility * incompatibility - noiseFloor * noiseFloor
    return square < 0 ? 0 : square.squareRoot()
  }

  /// What ``incompatibilityAboveNoise`` must exceed to be more than chance: two standard errors of
  /// the mean square under noise alone [nm⁻²].
  public var detectionLimit: Double { noiseFloor * (2 * relativeError).squareRoot() }
}
