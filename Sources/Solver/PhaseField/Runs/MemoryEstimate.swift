// SPDX-License-Identifier: Apache-2.0

import Parallel

/// How much memory a run takes, counted from the fields that it keeps.
public struct MemoryEstimate: Sendable {
  /// Bytes of the rank with the most nodes, libraries included.
  public let largestRank: Double
  /// Bytes of all ranks.
  public let total: Double

  /// What the program, MPI and HDF5 hold in a rank before a field exists, in bytes.
  ///
  /// Measured on one to three ranks: 50 to 53 MiB. PETSc is not opened.
  public static let libraries = 52.0 * 1_048_576
  /// Krylov iterations whose vectors are kept: what the peak of relaxed runs comes to.
  ///
  /// Most solves take half of them, the limit is 40.
  public static let iterations = 24

  /// The estimate for a setup on a number of ranks.
  ///
  /// Without communication. Voxels go before the fields of the run come.
  ///
  /// - Parameters:
  ///   - setup: the case.
  ///   - voxels: those of its maps, from ``SimulationSetup/voxels(_:)``.
  ///   - ranks: how many share it.
  public init(_ setup: SimulationSetup, voxels: [VoxelExtent] = [], ranks: Int) {
    let nodes = setup.nodes
    var sum = 0.0
    var largest = 0.0
    for rank in 0..<ranks {
      let split = RankSplit(
        rank: rank, size: ranks, nodes: (nodes.x, nodes.y), periodic: setup.periodic)
      let (x, y) = (split.range(x: nodes.x).count, split.range(y: nodes.y).count)
      let geometry = voxels.map { $0.bytes(setup, x, y) }.max() ?? 0
      let bytes = max(
        MemoryEstimate.bytes(setup, x, y), MemoryEstimate.libraries + geometry)
      sum += bytes
      largest = max(largest, bytes)
    }
    largestRank = largest
    total = sum
  }

  /// The estimate for particles in one dimension.
  ///
  /// Without communication. Eight states (two older levels and what a step tries), five numbers of a
  /// cell beside them, and what stands in a file before it is written.
  public init(_ model: EnsembleModel, ranks: Int) {
    let (count, cells) = (model.factors.count, Double(model.cells))
    let (parts, band) = (model.noise == nil ? 1.0 : 2.0, 40 * cells)
    let cell = 8 * (8 * parts + 5 + 3)
    // All ranks hold the speeds of all particles.
    let own = MemoryEstimate.libraries + 8 * (Double(count) + band)
    largestRank = own + cell * cells * Double((count + ranks - 1) / ranks)
    total = Double(ranks) * own + cell * cells * Double(count)
  }

  /// Bytes of a rank with `x` × `y` columns of nodes.
  private static func bytes(_ setup: SimulationSetup, _ x: Int, _ y: Int) -> Double {
    let isPlane = setup.elements.z == 0
    let components = setup.components
    let isElastic = setup.model.elasticity != nil
    // State, trial and two older levels; residual, change and scratch.
    let states = 7 * components + (setup.model.noise == nil ? 0 : 6)
    // Weights, mass, linearisation; history, error and first rate of the time integration.
    let single = 1 + 1 + 10 + 3 + (setup.opening == nil ? 0 : 5)
    let krylov = 2 * components * (iterations + 1)
    let shares = setup.model.elasticity?.stiffnessLaw == nil ? 0 : 8
    let rigid = isElastic ? 3 * (isPlane ? 3 : 6) : 0
    // Coefficients 3, mass 1, factors 7, four pairs; weights 1 and five times three displacements.
    let multigrid = 19 + (isElastic ? 16 : 0)
    let finest = FieldLayout(x: x, y: y, z: isPlane ? 1 : setup.nodes.z, isPlane: isPlane).size
    var doubles = Double(finest * (states + single + krylov + rigid + shares))
    var (nx, ny, nz) = (x, y, setup.nodes.z)
    while true {
      let size = FieldLayout(x: nx, y: ny, z: isPlane ? 1 : nz, isPlane: isPlane).size
      doubles += Double(size * multigrid)
      guard nx > 4 || ny > 4 || (!isPlane && nz > 3) else { break }
      (nx, ny, nz) = (max(2, (nx + 1) / 2), max(2, (ny + 1) / 2), max(3, (nz + 1) / 2))
      if nx <= 2 && ny <= 2 { break }
    }
    return 8 * doubles + libraries
  }
}
