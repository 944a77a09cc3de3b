// SPDX-License-Identifier: Apache-2.0

import Formats

extension ResidualSummary {
  /// A column of the table.
  public struct Column: Sendable {
    /// The name it is stored under.
    public let name: String
    /// Its unit; "1" is a ratio or a count.
    public let unit: String
    /// One line on it.
    public let meaning: String
    /// Whether it is a whole number.
    public var isCount = false
    /// The particle's number.
    public let value: @Sendable (ResidualSummary) -> Double

    /// Its place in the table.
    var dataset: FileFormat.Dataset {
      FileFormat.Dataset(
        name, ["K"], as: isCount ? .integer : .double, unit: unit, .always, meaning)
    }

    /// Its place at the particle.
    var attribute: FileFormat.Attribute {
      FileFormat.Attribute(name, .numbers(unit: unit), .always, meaning)
    }
  }

  /// The columns by the names they are stored under.
  public static let columns: [Column] = [
    .init(
      name: "mean_composition", unit: "1", meaning: "mean composition of the particle",
      value: \.meanComposition),
    .init(
      name: "rms_residual", unit: "1",
      meaning: "rms over pixels of sqrt(Raa^2 + Rcc^2 + 2 Rac^2), R the residual strain",
      value: \.residual),
    .init(
      name: "rms_coherency", unit: "1", meaning: "the same of the coherency strain",
      value: \.coherency),
    .init(
      name: "rms_incompatibility", unit: "nm^-2",
      meaning: "rms incompatibility of the residual strain, noise included",
      value: \.incompatibility),
    .init(
      name: "rms_incompatibility_above_noise", unit: "nm^-2",
      meaning: "the same, noise floor subtracted in quadrature",
      value: \.incompatibilityAboveNoise),
    .init(
      name: "rms_total_incompatibility", unit: "nm^-2",
      meaning: "rms incompatibility of the measured strain, noise included",
      value: \.totalIncompatibility),
    .init(
      name: "noise_floor", unit: "nm^-2",
      meaning: "rms incompatibility of the noise alone; sqrt(13) sigma / h^2 for one sigma and "
        + "independent pixels",
      value: \.noiseFloor),
    .init(
      name: "detection_limit", unit: "nm^-2",
      meaning: "what rms_incompatibility_above_noise must exceed to be more than chance (two "
        + "standard errors under noise alone)", value: \.detectionLimit),
    .init(
      name: "noise_strain", unit: "1", meaning: "what noise alone gives rms_residual",
      value: \.noiseStrain),
    .init(
      name: "sigma_correlation", unit: "1",
      meaning: "correlation over pixels of the residual's norm with its standard deviation; NaN "
        + "without sigma maps or where they do not vary",
      value: \.sigmaCorrelation),
    .init(
      name: "pixels", unit: "1", meaning: "pixels with a residual strain",
      isCount: true, value: { Double($0.pixels) }),
    .init(
      name: "masked", unit: "1", meaning: "pixels of the mask without",
      isCount: true, value: { Double($0.masked) }),
    .init(
      name: "rejected", unit: "1", meaning: "mis-indexed pixels that were left out",
      isCount: true, value: { Double($0.rejected) }),
    .init(
      name: "noise_smeared_a", unit: "1",
      meaning:
        "sd in pixels, before averaging, of the Gaussian along a that smears the noise; 0 is "
        + "white", value: \.smearedAlongA),
    .init(
      name: "noise_smeared_c", unit: "1", meaning: "the same along c", value: \.smearedAlongC),
    .init(
      name: "stencils", unit: "1", meaning: "pixels with an incompatibility",
      isCount: true, value: { Double($0.stencils) }),
  ]
}
