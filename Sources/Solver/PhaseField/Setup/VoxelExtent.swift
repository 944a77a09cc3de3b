// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// How many voxels a rank holds of a map.
public struct VoxelExtent: Sendable {
  /// Voxels along x, y, z.
  let counts: [Int]
  /// Their edges in nm.
  let voxel: [Double]
  /// Those that the smoothing needs beyond the elements, along x, y, z.
  let margins: [Int]
  /// Whether they go on beyond the sides.
  let wraps: [Bool]

  /// The voxels of a map, and of the smoothing before its threshold.
  init(_ field: VoxelField, _ surface: Tomogram.Surface?, _ grid: StructuredGrid) {
    (counts, voxel) = (field.counts, field.voxel)
    wraps = [grid.periodic.x, grid.periodic.y, false]
    margins =
      surface.map {
        VoxelSurface.kernels(field, $0, dimension: grid.dimension).map(VoxelSurface.margin)
      } ?? [0, 0, 0]
  }

  /// Bytes that a rank with `x` × `y` columns of nodes takes to read them: twice its window, before and
  /// after what is done to it.
  func bytes(_ setup: SimulationSetup, _ x: Int, _ y: Int) -> Double {
    let layers = max(1, setup.elements.z)
    let edges = [
      setup.size.x / Double(setup.elements.x), setup.size.y / Double(setup.elements.y),
      setup.size.z / Double(layers),
    ]
    func window(_ direction: Int, _ elements: Int) -> Int {
      let across = Double(elements) * edges[direction] / voxel[direction]
      let all = Int(across.rounded(.up)) + 2 + 2 * margins[direction]
      return wraps[direction] ? all : min(counts[direction], all)
    }
    let plane = window(0, x) * window(1, y)
    let deep = max(1, Int((edges[2] / voxel[2]).rounded(.up)))
    let held = max(1, min(layers, MaterialMap.usualLimit / max(1, plane * deep)))
    return 16 * Double(plane * window(2, held))
  }
}

extension SimulationSetup {
  /// The voxels of the maps, which tell what memory reading them takes.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for voxels that do not fit the case.
  public func voxels(_ communicator: Communicator) throws(ParallelError) -> [VoxelExtent] {
    guard !maps.isEmpty else { return [] }
    let grid = grid(communicator)
    var extents: [VoxelExtent] = []
    for map in maps {
      let surface: Tomogram.Surface? =
        if case .tomogram(let tomogram) = map { tomogram.surface } else { nil }
      extents.append(VoxelExtent(try map.field(grid), surface, grid))
    }
    return extents
  }
}
