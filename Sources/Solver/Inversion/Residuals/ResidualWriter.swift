// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
public import Parallel

/// Writes residual strain as a `vegard-residual` file.
public enum ResidualWriter {
  private typealias Declared = ResidualFormat

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
    try file.start(as: Formats.residual)
    try file.set(Declared.lawModel, law.model)
    try file.set(Declared.bin, bin)
    let group = Declared.law.path()
    let unknowns = Declared.unknowns
    let coefficients = try file.write(unknowns.coefficients, law.law.unknowns, in: group)
    try LawWriter.writeBasis(of: law.law, as: unknowns, in: group, of: file)
    try file.setScales(
      [
        try file.write(unknowns.component, texts: ["a", "c"], in: group),
        try file.write(unknowns.term, (1...law.law.terms).map(Double.init), in: group),
      ], of: [coefficients])
    try writeTable(particles.map(\.summary), to: file)
    for particle in particles { try write(particle, to: file) }
  }

  private static func writeTable(
    _ rows: [ResidualSummary], to file: borrowing OutputFile
  ) throws(ParallelError) {
    let group = Declared.table.path()
    let names = try file.write(Declared.particleName, texts: rows.map(\.name), in: group)
    var columns: [String] = []
    for column in ResidualSummary.columns {
      columns.append(try file.write(column.dataset, rows.map(column.value), in: group))
    }
    try file.setScales([names], of: columns)
  }

  private static func write(
    _ particle: ResidualStrain, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let image = particle.image
    try StackNames.check(particle: image.name, in: file.path)
    let group = try file.make(
      Declared.particle, in: Declared.particles.path(), named: image.name)
    try file.set(Declared.pixelSize, image.pixelSize, of: group)
    try file.set(ImageFormat.origin, image.origin, of: group)
    try file.set(ImageFormat.role, image.role.rawValue, of: group)
    try file.set(Declared.noiseSource, particle.summary.noiseSource.rawValue, of: group)
    for column in ResidualSummary.columns {
      try file.set(column.attribute, column.value(particle.summary), of: group)
    }
    var maps = [
      (group, Declared.incompatibility, particle.incompatibility),
      (group, Declared.totalIncompatibility, particle.totalIncompatibility),
      (group, Declared.composition, try image.values(.composition)),
    ]
    if let rejected = particle.rejected { maps.append((group, Declared.rejected, rejected)) }
    if let deviation = particle.deviation { maps.append((group, Declared.sigma, deviation)) }
    let axes = try file.writeCoordinates(of: image, in: group)
    for (declared, strain) in [
      (Declared.residual, particle.residual), (Declared.coherency, particle.coherency),
    ] {
      let below = try file.make(declared, in: group)
      maps += [
        (below, Declared.strainAA, strain.aa), (below, Declared.strainCC, strain.cc),
        (below, Declared.strainAC, strain.ac),
      ]
      try file.linkCoordinates(from: group, into: below)
    }
    var images = [
      try file.write(
        ImageMap.mask.dataset, image.mask.map { $0 ? 1 : 0 }, on: image.layout, in: group)
    ]
    for (place, dataset, values) in maps {
      let inside = zip(values, image.mask).map { $1 ? $0 : .nan }
      images.append(try file.write(dataset, inside, on: image.layout, in: place))
    }
    try file.setScales(axes, of: images)
  }
}
