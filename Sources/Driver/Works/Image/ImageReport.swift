// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// What `image` says on stdout.
enum ImageReport {
  /// Fills the console.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  static func show(_ particles: [ParticleImage], on console: Console) throws(ParallelError) {
    var table = Table(
      "particle", "rows", "columns", "pixel [nm]", "pixels", "without data", "mean X",
      "thickness", "role")
    var objects: [String: JSONValue] = [:]
    for particle in particles {
      let layout = particle.layout
      let (pixels, missing) = (particle.numbering.globalCount, try particle.missing().any)
      let (composition, thickness) = try means(particle)
      table.add(
        particle.name, String(layout.rows), String(layout.columns),
        Table.number(particle.pixelSize), String(pixels), String(missing),
        Table.number(composition, digits: 4), Table.number(thickness, digits: 4),
        particle.role.rawValue)
      objects[particle.name] = [
        "shape": [.integer(layout.rows), .integer(layout.columns)],
        "pixel_size_nm": .number(particle.pixelSize), "pixels": .integer(pixels),
        "masked": .integer(missing), "mean_composition": .number(composition),
        "mean_thickness": .number(thickness), "role": .text(particle.role.rawValue),
      ]
    }
    console.table(table)
    console.result(["particles": .object(objects)])
  }

  /// The mean composition by the thickness, over pixels with data, and the mean relative thickness.
  ///
  /// Collective.
  private static func means(
    _ particle: ParticleImage
  ) throws(ParallelError) -> (composition: Double, thickness: Double) {
    var sums = [0.0, 0, 0]
    let values = try particle.values(.composition)
    for cell in particle.numbering.ownCells {
      let depth = particle.thickness?[cell] ?? 1
      sums[2] += depth
      guard values[cell].isFinite else { continue }
      sums[0] += depth * values[cell]
      sums[1] += depth
    }
    try particle.communicator.reduce(&sums, .sum)
    return (sums[0] / sums[1], sums[2] / Double(particle.numbering.globalCount))
  }
}
