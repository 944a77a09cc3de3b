// SPDX-License-Identifier: Apache-2.0

public import Formats
import Images

extension Formats {
  /// Residual and coherency strain of particles, and their incompatibility.
  public static let residual = FileFormat(
    name: "vegard-residual", version: 1,
    summary: "What eigenstrain and coherency strain leave of the measured strain of each particle, "
      + "and how incompatible it is: r = d2 e_aa/dc2 + d2 e_cc/da2 - 2 d2 e_ac/dadc by 3 x 3 pixels. "
      + "NaN is no data.",
    hasScales: true,
    root: .init(
      "/", .always, "residual strain",
      attributes: [ResidualFormat.lawModel, ResidualFormat.bin] + provenance,
      groups: [ResidualFormat.law, ResidualFormat.table, ResidualFormat.particles]))

  /// What `residual` prints.
  public static let residualResult = JSONFormat(
    command: "residual",
    keys: [
      .init("law_model", .text, "the model whose law was subtracted"),
      .init("bin", .number, "N: blocks of N x N pixels were averaged"),
      .init("particles.<name>.pixel_size_nm", .number, "edge of a pixel, averaged ones"),
      .init("particles.<name>.noise_source", .text, "sigma maps, or an estimate"),
    ]
      + ResidualSummary.columns.map {
        .init(
          "particles.<name>.\($0.name)", .numberOrNull,
          $0.meaning + ($0.unit == "1" ? "" : " [\($0.unit)]"))
      })
}

/// The objects of a file of residual strain.
enum ResidualFormat {
  typealias Attribute = FileFormat.Attribute
  typealias Dataset = FileFormat.Dataset
  typealias Group = FileFormat.Group

  static let lawModel = Attribute(
    "law_model", .text(), .always, "the model whose law was subtracted, such as m1")
  static let bin = Attribute(
    "bin", .numbers(as: .integer), .always, "N: blocks of N x N pixels were averaged")

  static let law = Group(
    "law", .always, "the law that was subtracted",
    attributes: [unknowns.basis, LawFormat.reference],
    datasets: [unknowns.component, unknowns.term, unknowns.coefficients])
  static let unknowns = LawFormat.Unknowns("N", .always, basis: .written)

  static let table = Group(
    "table", .always, "one number per particle (K) in each column",
    datasets: [particleName] + ResidualSummary.columns.map(\.dataset))
  static let particleName = Dataset(
    "particle", ["K"], as: .text, unit: nil, .always, "its name")

  // MARK: Maps

  static let particles = Group("particles", .always, "the maps", groups: [particle])

  static let particle = Group(
    "<name>", .always, "one particle",
    attributes: [pixelSize, ImageFormat.origin, ImageFormat.role, noiseSource]
      + ResidualSummary.columns.map(\.attribute),
    datasets: [
      ImageMap.mask.dataset, composition, incompatibility, totalIncompatibility, rejected, sigma,
    ] + Formats.coordinates,
    groups: [residual, coherency])

  static let pixelSize = Attribute(
    "pixel_size", .numbers(unit: "nm"), .always, "edge of the square pixels, averaged ones [nm]")
  static let noiseSource = Attribute(
    "noise_source", .text(), .always, "sigma maps, or an estimate from fourth differences")

  static let composition = Dataset(
    "composition", ["ny", "nx"], called: Channel.composition.longName, .always, "composition X")
  static let incompatibility = Dataset(
    "incompatibility", ["ny", "nx"], unit: "nm^-2", called: "Incompatibility r", .always,
    "of the residual strain, where all of 3 x 3 pixels are valid")
  static let totalIncompatibility = Dataset(
    "total_incompatibility", ["ny", "nx"], unit: "nm^-2", called: "Total incompatibility r",
    .always, "of the measured strain")
  static let rejected = Dataset(
    "rejected", ["ny", "nx"], .optional,
    "1 on mis-indexed pixels that were left out, without averaging")
  static let sigma = Dataset(
    "sigma", ["ny", "nx"], called: "Measurement σ", .optional,
    "sqrt(Saa^2 + Scc^2 + 2 Sac^2) of the stack's standard deviations, where all are known")

  static let residual = strain(
    "residual", "measured strain less eigenstrain and coherency strain")
  static let coherency = strain(
    "coherency", "strain of mechanical equilibrium less eigenstrain")

  private static func strain(_ name: String, _ meaning: String) -> Group {
    Group(
      name, .always, meaning, datasets: [strainAA, strainCC, strainAC] + Formats.coordinates)
  }
  static let strainAA = Dataset(
    "e_aa", ["ny", "nx"], called: Channel.strainAA.longName, .always, "along a")
  static let strainCC = Dataset(
    "e_cc", ["ny", "nx"], called: Channel.strainCC.longName, .always, "along c")
  static let strainAC = Dataset(
    "e_ac", ["ny", "nx"], called: Channel.strainAC.longName, .always, "tensor shear")
}
