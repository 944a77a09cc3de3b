// SPDX-License-Identifier: Apache-2.0

import Parallel

/// One V-cycle for the (X, μ) block: line smoothing along z, coefficients averaged on coarse grids.
typealias CompositionMultigrid = Multigrid<CompositionLevel>

extension Multigrid where Level == CompositionLevel {
  /// The hierarchy over `grid`.
  ///
  /// Collective.
  convenience init(_ grid: StructuredGrid, _ terms: CompositionTerms) throws(ParallelError) {
    try self.init(CompositionLevel(grid, terms)) { _, coarse, _ in CompositionLevel(coarse, terms) }
  }

  /// Takes the coefficients of the operator: `coefficients` as ``CompositionSmoother`` has them.
  ///
  /// Collective. X of `held` own nodes is smoothed only, coarse grids do not move it.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when the coarsest matrix is singular.
  func setUp(
    rate: Double, held: [CompositionLevel.Held] = [], fill: (_ coefficients: Fields) -> Void
  ) throws(ParallelError) {
    fill(levels[0].coefficients)
    levels[0].held = held
    for (index, level) in levels.enumerated() {
      if index > 0 {
        try transfers[index - 1].sumElements(
          levels[index - 1].coefficients, into: level.coefficients)
      }
      level.factorise(rate: rate)
    }
    try factoriseCoarsest()
  }
}

/// A grid of the (X, μ) block.
final class CompositionLevel: MultigridLevel {
  /// A node whose X is held, with ∂²F/∂X² of what holds it, which no coarse grid can hold.
  typealias Held = (place: Int, stiffness: Double)
  /// Sweeps before and after the coarse correction.
  private static let sweeps = 2

  let grid: StructuredGrid
  let values: Fields
  let rightSide: Fields
  let residual: Fields
  /// Three for each element, as ``CompositionSmoother`` has them.
  let coefficients: Fields
  /// On the finest grid only.
  var held: [Held] = []
  private let smoother: CompositionSmoother
  private let mass: Fields
  private let factors: Fields
  private let work: Fields
  private let ring: LayerRing
  /// Damping of the line Jacobi sweeps.
  private let damping: Double
  /// a₀ in 1/s.
  private var rate = 1.0

  init(_ grid: StructuredGrid, _ terms: CompositionTerms) {
    self.grid = grid
    // A line sees the bilinear elements beside it: flat ones multiply up to threefold what the
    // block's own entries say, square ones 1.5-fold; their mass 9/4-fold, hence at most 0.75.
    func largest(_ coefficient: Directions<Double>) -> Double {
      let x = coefficient.x / (grid.spacing.x * grid.spacing.x)
      let y = coefficient.y / (grid.spacing.y * grid.spacing.y)
      return 3 * max(x, y) / (x + y)
    }
    damping = min(0.75, 1.7 / max(largest(terms.diffusivity), largest(terms.kappa)))
    smoother = CompositionSmoother(terms, grid)
    coefficients = Fields(grid.layout, count: 3)
    mass = Fields(grid.layout, count: 1)
    factors = Fields(grid.layout, count: 7)
    values = Fields(grid.layout, count: 2)
    rightSide = Fields(grid.layout, count: 2)
    residual = Fields(grid.layout, count: 2)
    work = Fields(grid.layout, count: 2)
    ring = LayerRing(grid.layout, components: 2)
  }

  var components: Int { 2 }
  var active: Lane { mass[0] }

  /// Takes over ``coefficients``.
  func factorise(rate: Double) {
    self.rate = rate
    LumpedMass.assemble(coefficients[0], into: mass[0], grid.layout)
    smoother.factorise(
      coefficients: coefficients, mass: mass[0], rate: rate, held: held, into: factors)
  }

  func multiply(_ source: Fields, into product: Fields) throws(ParallelError) {
    try source.fillGhosts(grid.halo)
    smoother.multiply(source, coefficients: coefficients, rate: rate, ring: ring, into: product)
  }

  func smooth(fromZero: Bool) throws(ParallelError) {
    if fromZero { values.fill() }
    for sweep in 0..<CompositionLevel.sweeps {
      let isFirst = fromZero && sweep == 0
      if !isFirst { try takeWholeResidual() }
      smoother.relax(
        values, residual: isFirst ? rightSide : residual, factors: factors, work: work, rate: rate,
        damping: damping)
    }
  }

  func takeResidual() throws(ParallelError) {
    try takeWholeResidual()
    for node in held { residual[1][node.place] = 0 }
  }

  func correct(by coarse: Fields, _ transfer: Transfer) {
    let kept = held.map { values[0][$0.place] }
    transfer.prolong(coarse, addingTo: values)
    for (node, value) in zip(held, kept) { values[0][node.place] = value }
  }

  /// The residual with what holds the held nodes.
  ///
  /// Collective.
  private func takeWholeResidual() throws(ParallelError) {
    try values.fillGhosts(grid.halo)
    smoother.sweep(values, coefficients: coefficients, rate: rate, ring: ring) { k in
      for row in 0..<2 {
        let (sums, rightSide, residual) = (ring.sums(row, k), rightSide[row], residual[row])
        grid.layout.forOwn(layer: k) { place, _ in
          residual.store(place, rightSide.load(place) - sums.load(place))
        }
      }
    }
    for node in held { residual[1][node.place] += node.stiffness * values[0][node.place] }
  }
}
