// SPDX-License-Identifier: Apache-2.0

import Parallel

/// One V-cycle for the (X, μ) block: line smoothing along z, coefficients averaged on coarse grids.
final class CompositionMultigrid {
  private let levels: [Level]
  private let transfers: [Transfer]
  private var dense: DenseBlock?
  /// Sweeps before and after the coarse correction.
  var sweeps = 2
  private var rate = 1.0
  /// Nodes whose X is held, with ∂²F/∂X² of what holds them, which no coarse grid can hold.
  private var held: [(place: Int, stiffness: Double)] = []

  private final class Level {
    let grid: StructuredGrid
    let smoother: CompositionSmoother
    let coefficients: Fields
    let mass: Fields
    let factors: Fields
    let values: Fields
    let rightSide: Fields
    let residual: Fields
    let work: Fields
    let ring: LayerRing
    /// Damping of the line Jacobi sweeps.
    let damping: Double

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

    /// `finish(row, k, product)` for each row of each complete layer of the product with `values`.
    ///
    /// Collective.
    @inline(__always)
    func sweep(
      _ values: Fields, rate: Double, _ finish: (Int, Int, LayerSums) -> Void
    ) throws(ParallelError) {
      try values.fillGhosts(grid.halo)
      smoother.sweep(values, coefficients: coefficients, rate: rate, ring: ring) { k in
        for row in 0..<2 { finish(row, k, ring.sums(row, k)) }
      }
    }
  }

  /// The hierarchy over `grid`.
  ///
  /// Collective.
  init(_ grid: StructuredGrid, _ terms: CompositionTerms) throws(ParallelError) {
    var levels = [Level(grid, terms)]
    var transfers: [Transfer] = []
    while let coarse = try levels[levels.count - 1].grid.coarsened() {
      transfers.append(Transfer(from: levels[levels.count - 1].grid, to: coarse))
      levels.append(Level(coarse, terms))
    }
    self.levels = levels
    self.transfers = transfers
  }

  /// Takes the coefficients of the operator: `coefficients` as ``CompositionSmoother`` has them.
  ///
  /// Collective. X of `held` own nodes is smoothed only, coarse grids do not move it.
  func setUp(
    rate: Double, held: [(place: Int, stiffness: Double)] = [],
    fill: (_ coefficients: Fields) -> Void
  ) throws(ParallelError) {
    self.rate = rate
    self.held = held
    fill(levels[0].coefficients)
    for (index, level) in levels.enumerated() {
      if index > 0 {
        try transfers[index - 1].sumElements(
          levels[index - 1].coefficients, into: level.coefficients)
      }
      LumpedMass.assemble(level.coefficients[0], into: level.mass[0], level.grid.layout)
      level.smoother.factorise(
        coefficients: level.coefficients, mass: level.mass[0], rate: rate,
        held: index == 0 ? held : [], into: level.factors)
    }
    let last = levels[levels.count - 1]
    dense = try DenseBlock(last.grid, components: 2, active: last.mass[0]) {
      (unit, product) throws(ParallelError) in
      try unit.fillGhosts(last.grid.halo)
      last.smoother.multiply(
        unit, coefficients: last.coefficients, rate: rate, ring: last.ring, into: product)
    }
  }

  /// solution = V-cycle(right side); both two fields.
  ///
  /// Collective.
  func solve(_ rightSide: Fields, from component: Int = 0, into solution: Fields)
    throws(ParallelError)
  {
    let first = levels[0]
    for field in 0..<2 {
      first.rightSide[field].copy(rightSide[component + field], first.grid.layout)
    }
    try cycle(0)
    for field in 0..<2 { solution[component + field].copy(first.values[field], first.grid.layout) }
  }

  private func cycle(_ index: Int) throws(ParallelError) {
    let level = levels[index]
    level.values.fill()
    guard index < levels.count - 1 else {
      try dense?.solve(level.rightSide, into: level.values)
      return
    }
    for sweep in 0..<sweeps { try smooth(level, isFirst: sweep == 0) }
    try takeResidual(level)
    let held = index == 0 ? held : []
    for node in held { level.residual[1][node.place] = 0 }
    try transfers[index].restrict(level.residual, into: levels[index + 1].rightSide)
    try cycle(index + 1)
    try levels[index + 1].values.fillGhosts(levels[index + 1].grid.halo)
    let kept = held.map { level.values[0][$0.place] }
    transfers[index].prolong(levels[index + 1].values, addingTo: level.values)
    for (node, value) in zip(held, kept) { level.values[0][node.place] = value }
    for _ in 0..<sweeps { try smooth(level, isFirst: false) }
  }

  private func smooth(_ level: Level, isFirst: Bool) throws(ParallelError) {
    if !isFirst { try takeResidual(level) }
    level.smoother.relax(
      level.values, residual: isFirst ? level.rightSide : level.residual, factors: level.factors,
      work: level.work, rate: rate, damping: level.damping)
  }

  private func takeResidual(_ level: Level) throws(ParallelError) {
    let layout = level.grid.layout
    try level.sweep(level.values, rate: rate) { row, k, sums in
      let (rightSide, residual) = (level.rightSide[row], level.residual[row])
      layout.forOwn(layer: k) { place, _ in
        residual.store(place, rightSide.load(place) - sums.load(place))
      }
    }
    guard level === levels[0] else { return }
    for node in held {
      level.residual[1][node.place] += node.stiffness * level.values[0][node.place]
    }
  }
}
