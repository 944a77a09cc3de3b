// SPDX-License-Identifier: Apache-2.0

import Parallel

/// A measured field of material: the voxels of a tomogram, or the mask of a particle's image.
public enum MaterialMap: Sendable, Equatable {
  /// Voxels over the whole box.
  case tomogram(Tomogram)
  /// The mask of a particle of a stack in the middle of the box, drawn out along b.
  case mask(file: String, particle: String)

  /// Multiplies volume fractions by the map's share of each element: the mean of its fractions, or
  /// the quadrature of its level set.
  ///
  /// Collective. Each rank reads the voxels of its own elements only, some layers of elements at once.
  ///
  /// - Parameters:
  ///   - fractions: what is multiplied.
  ///   - grid: theirs.
  ///   - limit: voxels that a rank holds at once, unless one layer has more.
  /// - Throws: ``ParallelError`` of kind `input` for a map that is missing, of the wrong shape, not
  ///   between 0 and 1 where it has no threshold, or on one side of the threshold.
  func multiply(
    _ fractions: VolumeFractions, _ grid: StructuredGrid,
    holding limit: Int = MaterialMap.usualLimit
  ) throws(ParallelError) {
    let field = try field(grid)
    if case .tomogram(let tomogram) = self, let surface = tomogram.surface {
      try VoxelSurface(field, surface, grid).multiply(fractions, limit)
    } else {
      try VoxelMeans(field, grid).multiply(fractions, limit)
    }
    try fractions.weights.fillGhosts(grid.halo)
  }

  /// Voxels that a rank holds at once, unless one layer of elements has more.
  static let usualLimit = 1 << 23

  /// Its voxels.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` where they are missing or do not fit the box.
  func field(_ grid: StructuredGrid) throws(ParallelError) -> VoxelField {
    switch self {
    case .mask(let file, let particle): try VoxelField(mask: particle, of: file, grid)
    case .tomogram(let tomogram): try VoxelField(tomogram, grid)
    }
  }

  /// The file that holds it.
  public var file: String {
    switch self {
    case .tomogram(let tomogram): tomogram.file
    case .mask(let file, _): file
    }
  }
}

/// Runs of layers of elements whose voxels fit in memory together.
struct VoxelLayers {
  let runs: [Range<Int>]

  /// Collective: reading is, so that all ranks take the same steps.
  ///
  /// - Parameters:
  ///   - voxels: those of this rank's window in each plane of voxels.
  ///   - field: the voxels.
  ///   - grid: its layers are shared out.
  ///   - limit: voxels that a rank holds at once.
  init(
    plane voxels: Int, of field: VoxelField, _ grid: StructuredGrid, _ limit: Int
  ) throws(ParallelError) {
    let deep = max(1, Int((grid.spacing.z / field.voxel[2]).rounded(.up)))
    let most = Int(try grid.communicator.maximum(Double(voxels * deep)))
    let count = grid.layout.elementLayers
    let step = max(1, min(count, limit / max(1, most)))
    runs = stride(from: 0, to: count, by: step).map { $0..<min(count, $0 + step) }
  }
}

/// The means over elements of voxels that are fractions of material.
private struct VoxelMeans {
  let field: VoxelField
  let grid: StructuredGrid

  init(_ field: VoxelField, _ grid: StructuredGrid) { (self.field, self.grid) = (field, grid) }

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

  private func axis(_ direction: Int, _ elements: Range<Int>, _ edge: Double) -> Axis {
    Axis(
      elements: elements, edge: edge, origin: field.origin[direction],
      voxel: field.voxel[direction], count: field.counts[direction])
  }

  /// Collective.
  func multiply(_ fractions: VolumeFractions, _ limit: Int) throws(ParallelError) {
    let (h, own) = (grid.spacing, grid.ownElements)
    let (x, y) = (axis(0, own.x, h.x), axis(1, own.y, h.y))
    let lane = fractions.weights[0]
    let layers = try VoxelLayers(plane: x.window.count * y.window.count, of: field, grid, limit)
    for run in layers.runs {
      let z = axis(2, run, h.z)
      let values = try field.numbers([x.window, y.window, z.window], grid.communicator)
      let isValid = values.allSatisfy { $0 >= 0 && $0 <= 1 }
      try grid.communicator.agree(
        isValid
          ? nil
          : ParallelError(
            .input,
            "\(field.name) holds a number outside 0 to 1, expected fractions of material, or a "
              + "threshold"))
      for (k, alongZ) in z.shares.enumerated() {
        for (j, alongY) in y.shares.enumerated() {
          for (i, alongX) in x.shares.enumerated() {
            var mean = 0.0
            for (c, weightZ) in alongZ {
              for (b, weightY) in alongY {
                let row = (c * y.window.count + b) * x.window.count
                for (a, weightX) in alongX {
                  mean += values[row + a] * weightX * weightY * weightZ
                }
              }
            }
            let place = grid.layout.index(i, j, run.lowerBound + k)
            lane[place] *= mean > 1e-6 ? min(mean, 1) : 0
          }
        }
      }
    }
  }
}
