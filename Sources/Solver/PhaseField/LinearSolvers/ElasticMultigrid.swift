// SPDX-License-Identifier: Apache-2.0

import Parallel

/// One V-cycle for the displacement: Chebyshev–Jacobi smoothing, volume fractions averaged on coarse
/// grids.
typealias ElasticMultigrid = Multigrid<ElasticLevel>

extension Multigrid where Level == ElasticLevel {
  /// The hierarchy over `grid`, whose elements weigh α_e times their volume.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when the coarsest matrix is singular.
  convenience init(
    _ grid: StructuredGrid, _ stiffness: GridStiffness, weights: Fields
  ) throws(ParallelError) {
    let finest = ElasticLevel(grid, stiffness)
    finest.weights.copy(weights)
    try self.init(finest) { (fine, coarse, transfer) throws(ParallelError) in
      let level = ElasticLevel(coarse, stiffness)
      try transfer.sumElements(fine.weights, into: level.weights)
      return level
    }
    for level in levels { level.takeInverse() }
    try factoriseCoarsest()
  }
}

/// A grid of the displacement.
final class ElasticLevel: MultigridLevel {
  /// Steps of each smoothing.
  private static let sweeps = 3
  /// Holds the rigid motions, which no load in balance excites.
  static let shift = 1e-8

  let grid: StructuredGrid
  let values: Fields
  let rightSide: Fields
  let residual: Fields
  /// α_e times the volume of an element.
  let weights: Fields
  private let kernel: ElasticKernel
  private let ring: LayerRing
  /// One over the lumped mass; zero where there is no material, at ghosts and in padding.
  private let inverse: Fields
  private let direction: Fields
  /// From the lumped mass to the diagonal (two thirds of it in two dimensions), inverted, for each
  /// direction.
  private let scales: [Double]

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

  var components: Int { grid.dimension }
  var active: Lane { inverse[0] }

  /// Takes over ``weights``.
  func takeInverse() {
    LumpedMass.assemble(weights[0], into: inverse[0], grid.layout)
    let lane = inverse[0]
    for place in 0..<grid.layout.size where lane[place] > 0 { lane[place] = 1 / lane[place] }
  }

  func multiply(_ source: Fields, into product: Fields) throws(ParallelError) {
    for component in 0..<source.count { values[component].copy(source[component], grid.layout) }
    try values.fillGhosts(grid.halo)
    kernel.apply(values, from: 0, weights: weights[0], ring: ring, into: residual, at: 0)
    for component in 0..<product.count {
      product[component].copy(residual[component], grid.layout)
    }
  }

  func takeResidual() throws(ParallelError) {
    try sweep { k in
      for component in 0..<3 {
        let force = ring.sums(component, k)
        let (rightSide, residual) = (rightSide[component], residual[component])
        grid.layout.forOwn(layer: k) { place, _ in
          residual.store(place, rightSide.load(place) - force.load(place))
        }
      }
    }
  }

  /// Chebyshev's iteration on D⁻¹K over [λ/8, λ], each step in one pass over memory.
  ///
  /// Collective.
  func smooth(fromZero: Bool) throws(ParallelError) {
    let (high, low) = (kernel.largestEigenvalue, kernel.largestEigenvalue / 8)
    let (middle, half) = ((high + low) / 2, (high - low) / 2)
    var rho = half / middle
    for step in 0..<ElasticLevel.sweeps {
      let next = step == 0 ? rho : 1 / (2 * middle / half - rho)
      let keep = step == 0 ? 0 : next * rho
      let size = step == 0 ? 1 / middle : 2 * next / half
      rho = next
      if fromZero && step == 0 {
        for k in 0..<grid.layout.z { begin(k, step: size) }
      } else {
        try sweep { k in advance(k, keep: keep, step: size) }
      }
    }
  }

  /// `finish` for each complete layer of K values.
  ///
  /// Collective.
  @inline(__always)
  private func sweep(_ finish: (Int) -> Void) throws(ParallelError) {
    try values.fillGhosts(grid.halo)
    kernel.sweep(values, from: 0, weights: weights[0], ring: ring, finish: finish)
  }

  /// direction = values = step D⁻¹ b on one layer.
  private func begin(_ k: Int, step: Double) {
    let inverse = inverse[0]
    for component in 0..<3 {
      let scale = step * scales[component]
      let rightSide = rightSide[component]
      let (direction, values) = (direction[component], values[component])
      grid.layout.forOwn(layer: k) { place, _ in
        let move = rightSide.load(place) * inverse.load(place) * scale
        direction.store(place, move)
        values.store(place, move)
      }
    }
  }

  /// direction = keep direction + step D⁻¹ (b − K v), values += direction on one layer.
  @inline(__always)
  private func advance(_ k: Int, keep: Double, step: Double) {
    let inverse = inverse[0]
    for component in 0..<3 {
      let scale = step * scales[component]
      let (rightSide, force) = (rightSide[component], ring.sums(component, k))
      let (direction, values) = (direction[component], values[component])
      grid.layout.forOwn(layer: k) { place, _ in
        let residual = rightSide.load(place) - force.load(place)
        let move = direction.load(place) * keep + residual * inverse.load(place) * scale
        direction.store(place, move)
        values.add(place, move)
      }
    }
  }
}
