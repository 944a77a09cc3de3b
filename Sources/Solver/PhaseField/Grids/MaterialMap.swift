// SPDX-License-Identifier: Apache-2.0

import Parallel

/// A measured field of material: the voxels of a tomogram, or the mask of a particle's image.
public enum MaterialMap: Sendable, Equatable {
  /// A dataset (z, y, x), or (y, x) in two dimensions, of fractions from 0 to 1 over the whole box.
  case tomogram(file: String, dataset: String)
  /// The mask of a particle of a stack in the middle of the box, drawn out along b.
  case mask(file: String, particle: String)

  /// The shares of the voxels of one axis in each element, in fractions of the element.
  private struct Axis {
    /// Voxels that this rank needs, at least one.
    let window: Range<Int>
    /// For each element its voxels, counted in the window.
    let shares: [[(voxel: Int, share: Double)]]

    init(elements: Range<Int>, edge: Double, origin: Double, voxel: Double, count: Int) {
      var window: Range<Int>?
      let all = elements.map { element in
        let (low, high) = (Double(element) * edge - origin, Double(element + 1) * edge - origin)
        let first = max(0, Int((low / voxel).rounded(.down)))
        let last = min(count, Int((high / voxel).rounded(.up)))
        guard first < last else { return [] as [(voxel: Int, share: Double)] }
        window = min(window?.lowerBound ?? first, first)..<max(window?.upperBound ?? last, last)
        return (first..<last).map { index in
          let overlap = min(high, Double(index + 1) * voxel) - max(low, Double(index) * voxel)
          return (index, max(0, overlap) / edge)
        }
      }
      let found = window ?? 0..<1
      self.window = found
      shares = all.map { list in list.map { ($0.voxel - found.lowerBound, $0.share) } }
    }
  }

  /// Multiplies volume fractions by the mean of the map over each element.
  ///
  /// Collective. Each rank reads the voxels of its own elements only.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a map that is missing, of the wrong shape, or not
  ///   between 0 and 1.
  func multiply(_ fractions: VolumeFractions, _ grid: StructuredGrid) throws(ParallelError) {
    let (path, dataset) = names
    let file = try InputFile(path, communicator: grid.communicator)
    guard try file.contains(dataset) else {
      throw ParallelError(.input, "\(path): dataset \(dataset) is missing")
    }
    let shape = try file.shape(of: dataset)
    let (size, h) = (grid.size, grid.spacing)
    var dimensions = grid.dimension
    var voxel = Directions(0.0, 0, 0)
    var origin = Directions(0.0, 0, 0)
    if case .mask(_, let particle) = self {
      dimensions = 2
      guard let edge = try file.attribute("pixel_size", of: particle)?.number, edge > 0 else {
        throw ParallelError(.input, "\(path): \(particle): attribute pixel_size is missing")
      }
      voxel = Directions(edge, edge, size.z)
    }
    guard shape.count == dimensions, shape.allSatisfy({ $0 > 0 }) else {
      throw ParallelError(
        .input,
        "\(path): dataset \(dataset) has shape \(shape), expected "
          + (dimensions == 2 ? "(y, x)" : "(z, y, x)"))
    }
    let counts = Directions(
      shape[dimensions - 1], shape[dimensions - 2], dimensions == 2 ? 1 : shape[0])
    if case .tomogram = self {
      voxel = Directions(
        size.x / Double(counts.x), size.y / Double(counts.y), size.z / Double(counts.z))
    } else {
      let extent = (voxel.x * Double(counts.x), voxel.y * Double(counts.y))
      guard extent.0 <= size.x * (1 + 1e-9), extent.1 <= size.y * (1 + 1e-9) else {
        throw ParallelError(
          .input,
          "\(path): \(dataset) spans \(extent.0) × \(extent.1) nm, expected at most the box of "
            + "\(size.x) × \(size.y) nm")
      }
      origin = Directions((size.x - extent.0) / 2, (size.y - extent.1) / 2, 0)
    }
    func own(_ range: Range<Int>, _ count: Int) -> Range<Int> {
      min(range.lowerBound, count)..<min(range.upperBound, count)
    }
    let x = Axis(
      elements: own(grid.own.x, grid.elements.x), edge: h.x, origin: origin.x, voxel: voxel.x,
      count: counts.x)
    let y = Axis(
      elements: own(grid.own.y, grid.elements.y), edge: h.y, origin: origin.y, voxel: voxel.y,
      count: counts.y)
    let z = Axis(
      elements: 0..<grid.elements.z, edge: h.z, origin: 0, voxel: voxel.z, count: counts.z)
    let window =
      dimensions == 2 ? Window(y.window, x.window) : Window(z.window, y.window, x.window)
    let values = try file.numbers(dataset, window: window)
    let isValid = values.allSatisfy { $0 >= 0 && $0 <= 1 }
    try grid.communicator.agree(
      isValid
        ? nil
        : ParallelError(
          .input, "\(path): dataset \(dataset) holds a number outside 0 to 1, expected fractions"))
    let lane = fractions.weights[0]
    for (k, alongZ) in z.shares.enumerated() {
      for (j, alongY) in y.shares.enumerated() {
        for (i, alongX) in x.shares.enumerated() {
          var mean = 0.0
          for (c, weightZ) in alongZ {
            for (b, weightY) in alongY {
              let row = (c * y.window.count + b) * x.window.count
              for (a, weightX) in alongX { mean += values[row + a] * weightX * weightY * weightZ }
            }
          }
          lane[grid.layout.index(i, j, k)] *= mean > 1e-6 ? min(mean, 1) : 0
        }
      }
    }
    try fractions.weights.fillGhosts(grid.halo)
  }

  private var names: (file: String, dataset: String) {
    switch self {
    case .tomogram(let file, let dataset): (file, dataset)
    case .mask(let file, let particle): (file, "\(particle)/mask")
    }
  }

  /// The file that holds it.
  public var file: String { names.file }
}
