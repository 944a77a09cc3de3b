// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
public import Parallel

/// Writes residual strain as a `vegard-residual` file.
public enum ResidualWriter {
  /// The version of the format.
  public static let version = 1

  /// Writes the particles' maps and the table; provenance is the driver's.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - particles: in the order of the table.
  ///   - law: the law that was subtracted.
  ///   - bin: N of the blocks of N × N pixels that were averaged.
  ///   - file: where they go.
  /// - Throws: ``ParallelError`` when the file cannot be written.
  public static func write(
    _ particles: [ResidualStrain], law: LawReader.StoredLaw, bin: Int,
    to file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.setAttribute("format", Formats.residual.name)
    try file.setAttribute("version", [Double(version)], as: .integer)
    try file.setAttribute("law_model", law.model)
    try file.setAttribute("bin", [Double(bin)], as: .integer)
    try file.write(
      "/law/coefficients", law.law.unknowns, shape: [2, law.law.terms])
    try file.setAttribute("units", "1", of: "/law/coefficients")
    try LawWriter.writeBasis(law.law, of: "/law", to: file)
    try file.write("/law/component", texts: ["a", "c"])
    try file.write(
      "/law/term", (1...law.law.terms).map(Double.init), shape: [law.law.terms], as: .integer)
    try file.setAttribute("units", "1", of: "/law/term")
    try file.setScales(["/law/component", "/law/term"], of: ["/law/coefficients"])
    try writeTable(particles.map(\.summary), to: file)
    for particle in particles { try write(particle, to: file) }
  }

  private static func writeTable(
    _ rows: [ResidualSummary], to file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.write("/table/particle", texts: rows.map(\.name))
    for column in ResidualSummary.columns {
      let path = "/table/\(column.name)"
      try file.write(
        path, rows.map(column.value), shape: [rows.count], as: column.isCount ? .integer : .double)
      try file.setAttribute("units", column.unit, of: path)
    }
    try file.setScales(
      ["/table/particle"], of: ResidualSummary.columns.map { "/table/\($0.name)" })
  }

  private static func write(
    _ particle: ResidualStrain, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let image = particle.image
    try StackNames.check(particle: image.name, in: file.path)
    let group = "/particles/\(image.name)"
    try file.makeGroup(group)
    try file.setAttribute("pixel_size", [image.pixelSize], of: group)
    try file.setAttribute("origin", image.origin, of: group)
    try file.setAttribute("role", image.role.rawValue, of: group)
    try file.setAttribute("noise_source", particle.summary.noiseSource.rawValue, of: group)
    for column in ResidualSummary.columns {
      try file.setAttribute(column.name, [column.value(particle.summary)], of: group)
    }
    let layout = image.layout
    let shape = [layout.rows, layout.columns]
    let window = layout.own.isEmpty ? nil : layout.window(layout.own)
    try file.write(
      "\(group)/mask", layout.fileOrder(image.mask.map { $0 ? 1 : 0 }), shape: shape,
      window: window, as: .byte)
    try file.setAttribute("units", "1", of: "\(group)/mask")
    var maps: [(name: String, values: [Double], unit: String)] = [
      ("incompatibility", particle.incompatibility, "nm^-2"),
      ("total_incompatibility", particle.totalIncompatibility, "nm^-2"),
    ]
    for (name, strain) in [("residual", particle.residual), ("coherency", particle.coherency)] {
      maps += [
        ("\(name)/e_aa", strain.aa, "1"), ("\(name)/e_cc", strain.cc, "1"),
        ("\(name)/e_ac", strain.ac, "1"),
      ]
    }
    maps.append(("composition", try image.values(.composition), "1"))
    if let rejected = particle.rejected { maps.append(("rejected", rejected, "1")) }
    if let deviation = particle.deviation { maps.append(("sigma", deviation, "1")) }
    var images = ["\(group)/mask"]
    for (name, values, unit) in maps {
      let path = "\(group)/\(name)"
      images.append(path)
      let inside = zip(values, image.mask).map { $1 ? $0 : .nan }
      try file.write(path, layout.fileOrder(inside), shape: shape, window: window)
      try file.setAttribute("units", unit, of: path)
    }
    let axes = try file.writeCoordinates(of: image, in: group)
    for axis in axes {
      for below in ["residual", "coherency"] {
        try file.link("\(group)/\(below)/\(FileTree.leaf(axis))", to: axis)
      }
    }
    try file.setScales(axes, of: images)
  }
}

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
