// SPDX-License-Identifier: Apache-2.0

package import Formats
package import Parallel

/// Images and their axes as all formats hold them.
extension OutputFile {
  /// Writes an image, each rank its lines.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - dataset: what is declared, of shape (ny, nx).
  ///   - values: on held cells.
  ///   - layout: how the ranks share the image.
  ///   - group: where it lies.
  /// - Returns: its path.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  @discardableResult
  package func write(
    _ dataset: FileFormat.Dataset, _ values: [Double], on layout: ImageLayout, in group: String
  ) throws(ParallelError) -> String {
    try write(
      dataset, layout.fileOrder(values), in: group,
      sizes: ["ny": layout.rows, "nx": layout.columns],
      window: layout.own.isEmpty ? nil : layout.window(layout.own))
  }

  /// Writes the coordinates of an image's rows and columns.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - shape: rows and columns.
  ///   - pixelSize: the edge of a pixel [nm].
  ///   - origin: (a, c) of the centre of the first one [nm].
  ///   - group: where they lie.
  /// - Returns: their paths, the axes of what has the image's shape.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func writeCoordinates(
    of shape: [Int], pixelSize: Double, origin: [Double], in group: String
  ) throws(ParallelError) -> [String] {
    var axes: [String] = []
    for (axis, (count, first)) in zip(Formats.coordinates, zip(shape, origin.reversed())) {
      axes.append(
        try write(axis, (0..<count).map { first + Double($0) * pixelSize }, in: group))
    }
    return axes
  }

  /// Writes the coordinates of an image's rows and columns.
  ///
  /// Collective.
  ///
  /// - Returns: their paths, the axes of what has the image's shape.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func writeCoordinates(
    of image: ParticleImage, in group: String
  ) throws(ParallelError) -> [String] {
    try writeCoordinates(
      of: [image.layout.rows, image.layout.columns], pixelSize: image.pixelSize,
      origin: image.origin, in: group)
  }

  /// Lets a group have the coordinates of another.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func linkCoordinates(
    from group: String, into other: String
  ) throws(ParallelError) {
    for axis in Formats.coordinates {
      try link(axis.path(in: other), to: axis.path(in: group))
    }
  }
}
