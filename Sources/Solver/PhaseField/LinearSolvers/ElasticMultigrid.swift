// SPDX-License-Identifier: Apache-2.0

import Parallel

/// One V-cycle for the displacement: Chebyshev–Jacobi smoothing, volume fractions averaged on coarse
/// grids.
final class ElasticMultigrid {
  private let levels: [Level]
  private let transfers: [Transfer]
  private var dense: DenseBlock?
  /// Steps of each smoothing.
  var sweeps = 3

  private final class Level {
    let grid: StructuredGrid
    let kernel: ElasticKernel
    let ring: LayerRing
    let weights: Fields
    /// One over the lumped mass; zero where there is no material, at ghosts and in padding.
    let inverse: Fields
    let values: Fields
    let rightSide: Fields
    let residual: Fields
    let direction: Fields
    /// From the lumped mass to the diagonal (two thirds of it in two dimensions), inverted, for each
    /// direction.
    let scales: [Double]

    init(_ grid: StructuredGrid, _ stiffness: GridStiffness) {
      self.grid = grid
      kernel = ElasticKernel(stiffness, grid)
      ring = LayerRing(grid.layout, components: 3)
      weights = Fields(grid.layout, count: 1)
      inverse = Fields(grid.layout, count: 1)
      values = Fields(grid.layout, count: 3)
      rightSide = Fields(grid.layout, count: 3)
      residual = Fields(grid.layout, count: 3)
      direction = Fields(grid.layout, count: 3)
      let diagonal = kernel.diagonal
      // Without stiffness along z, in two dimensions, nothing moves there.
      scales = [diagonal.x, diagonal.y, diagonal.z].map { $0 > 0 ? 1 / (8 * $0) : 0 }
    }

    func takeInverse() {
      LumpedMass.assemble(weights[0], into: inverse[0], grid.layout)
      let lane = inverse[0]
      for place in 0..<grid.layout.size where lane[place] > 0 { lane[place] = 1 / lane[place] }
    }

    /// `finish` for each complete layer of K values.
    ///
    /// Collective.
    @inline(__always)
    func sweep(_ finish: (Int) -> Void) throws(ParallelError) {
      try values.fillGhosts(grid.halo)
      kernel.sweep(values, from: 0, weights: weights[0], ring: ring, finish: finish)
    }
  }

  /// The hierarchy over `grid`.
  ///
  /// Collective.
  init(
    _ grid: StructuredGrid, _ stiffness: GridStiffness, weights: Fields
  ) throws(ParallelError) {
    var levels = [Level(grid, stiffness)]
    var transfers: [Transfer] = []
    levels[0].weights.copy(weights)
    while let coarse = try levels[levels.count - 1].grid.coarsened() {
      let fine = levels[levels.count - 1]
      let transfer = Transfer(from: fine.grid, to: coarse)
      let level = Level(coarse, stiffness)
      try transfer.sumElements(fine.weights, into: level.weights)
      transfers.append(transfer)
      levels.append(level)
    }
    self.levels = levels
    self.transfers = transfers
    for level in levels { level.takeInverse() }
    let last = levels[levels.count - 1]
    // The shift holds the rigid motions, which no load in balance excites.
    dense = try DenseBlock(
      last.grid, components: grid.dimension, active: last.inverse[0], shift: 1e-8
    ) { (unit, product) throws(ParallelError) in
      for component in 0..<unit.count { last.values[component].copy(unit[component], unit.layout) }
      try last.values.fillGhosts(last.grid.halo)
      last.kernel.apply(
        last.values, from: 0, weights: last.weights[0], ring: last.ring, into: last.residual, at: 0)
      for component in 0..<product.count {
        product[component].copy(last.residual[component], unit.layout)
      }
    }
  }

  /// solution[at…] = V-cycle(right side[at…]), three fields each; ghosts are left as they were.
  ///
  /// Collective.
  func solve(_ rightSide: Fields, _ solution: Fields, at first: Int) throws(ParallelError) {
    let level = levels[0]
    for field in 0..<3 { level.rightSide[field].copy(rightSide[first + field], level.grid.layout) }
    try cycle(0)
    for field in 0..<3 {
      solution[first + field].copyOwn(level.values[field], level.grid.layout)
    }
  }

  private func cycle(_ index: Int) throws(ParallelError) {
    let level = levels[index]
    guard index < levels.count - 1 else {
      try dense?.solve(level.rightSide, into: level.values)
      return
    }
    try smooth(level, fromZero: true)
    try takeResidual(level)
    let coarse = levels[index + 1]
    try transfers[index].restrict(level.residual, into: coarse.rightSide)
    try cycle(index + 1)
    try coarse.values.fillGhosts(coarse.grid.halo)
    transfers[index].prolong(coarse.values, addingTo: level.values)
    try smooth(level, fromZero: false)
  }

  private func takeResidual(_ level: Level) throws(ParallelError) {
    try level.sweep { k in
      for component in 0..<3 {
        let force = level.ring.sums(component, k)
        let (rightSide, residual) = (level.rightSide[component], level.residual[component])
        level.grid.layout.forOwn(layer: k) { place, _ in
          residual.store(place, rightSide.load(place) - force.load(place))
        }
      }
    }
  }

  /// Chebyshev's iteration on D⁻¹K over [λ/8, λ], each step in one pass over memory.
  ///
  /// Collective.
  private func smooth(_ level: Level, fromZero: Bool) throws(ParallelError) {
    let (high, low) = (level.kernel.largestEigenvalue, level.kernel.largestEigenvalue / 8)
    let (middle, half) = ((high + low) / 2, (high - low) / 2)
    var rho = half / middle
    for sweep in 0..<sweeps {
      let next = sweep == 0 ? rho : 1 / (2 * middle / half - rho)
      let keep = sweep == 0 ? 0 : next * rho
      let step = sweep == 0 ? 1 / middle : 2 * next / half
      rho = next
      if fromZero && sweep == 0 {
        for k in 0..<level.grid.layout.z { begin(level, k, step: step) }
      } else {
        try level.sweep { k in advance(level, k, keep: keep, step: step) }
      }
    }
  }

  /// direction = values = step D⁻¹ b on one layer.
  private func begin(_ level: Level, _ k: Int, step: Double) {
    let inverse = level.inverse[0]
    for component in 0..<3 {
      let scale = step * level.scales[component]
      let rightSide = level.rightSide[component]
      let (direction, values) = (level.direction[component], level.values[component])
      level.grid.layout.forOwn(layer: k) { place, _ in
        let move = rightSide.load(place) * inverse.load(place) * scale
        direction.store(place, move)
        values.store(place, move)
      }
    }
  }

  /// direction = keep direction + step D⁻¹ (b − K v), values += direction on one layer.
  @inline(__always)
  private func advance(_ level: Level, _ k: Int, keep: Double, step: Double) {
    let inverse = level.inverse[0]
    for component in 0..<3 {
      let scale = step * level.scales[component]
      let (rightSide, force) = (level.rightSide[component], level.ring.sums(component, k))
      let (direction, values) = (level.direction[component], level.values[component])
      level.grid.layout.forOwn(layer: k) { place, _ in
        let residual = rightSide.load(place) - force.load(place)
        let move = direction.load(place) * keep + residual * inverse.load(place) * scale
        direction.store(place, move)
        values.add(place, move)
      }
    }
  }
}
