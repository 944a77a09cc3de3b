import Parallel

/// One V-cycle for the displacement: Chebyshev–Jacobi smoothing, volume fractions averaged on coarse
/// grids.
final class ElasticMultigrid {
  private let levels: [Level]
  private let transfers: [Transfer]
  /// Applications of the operator in each smoothing.
  var sweeps = 3
  /// The same on the coarsest grid, whose rigid motions no direct solver likes.
  var coarsestSweeps = 40

  private final class Level {
    let grid: StructuredGrid
    let kernel: ElasticKernel
    let weights: Fields
    let inverse: Fields
    let values: Fields
    let rightSide: Fields
    let residual: Fields
    let direction: Fields
    var largest = 1.0

    init(_ grid: StructuredGrid, _ stiffness: GridStiffness) {
      self.grid = grid
      kernel = ElasticKernel(stiffness, grid)
      weights = Fields(grid.layout, count: 1)
      inverse = Fields(grid.layout, count: 3)
      values = Fields(grid.layout, count: 3)
      rightSide = Fields(grid.layout, count: 3)
      residual = Fields(grid.layout, count: 3)
      direction = Fields(grid.layout, count: 3)
    }

    /// One over the diagonal; zero where there is no material.
    func takeDiagonal() {
      let layout = grid.layout
      LumpedMass.assemble(weights[0], into: residual[0], layout)
      let diagonal = [kernel.diagonal.x, kernel.diagonal.y, kernel.diagonal.z]
      for component in 0..<3 {
        let lane = inverse[component]
        for place in 0..<layout.size {
          let entry = residual[0][place] * 8 * diagonal[component]
          lane[place] = entry > 0 ? 1 / entry : 0
        }
      }
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
    for level in levels {
      level.takeDiagonal()
      level.largest = try estimateLargest(level)
    }
  }

  /// The largest eigenvalue of D⁻¹K by the power method, with a margin.
  ///
  /// Collective.
  private func estimateLargest(_ level: Level) throws(ParallelError) -> Double {
    let layout = level.grid.layout
    for component in 0..<3 {
      let (lane, inverse) = (level.values[component], level.inverse[component])
      for k in 0..<layout.z {
        for j in 0..<layout.y {
          for i in 0..<layout.x {
            let place = layout.index(i, j, k)
            let number =
              level.grid.own.x.lowerBound + i + 3 * (level.grid.own.y.lowerBound + j) + 5 * k
            lane[place] = inverse[place] > 0 ? Double((number * 7 + component * 3) % 11) - 5 : 0
          }
        }
      }
    }
    var largest = 1.0
    for _ in 0..<12 {
      // Before the product fills the ghosts, which would count twice.
      let before = try level.grid.communicator.sum(VectorKernels.dot(level.values, level.values))
      try product(level)
      scaleByDiagonal(level.residual, level)
      let square = try level.grid.communicator.sum(
        VectorKernels.dot(level.residual, level.residual))
      guard square > 0, before > 0 else { break }
      largest = (square / before).squareRoot()
      level.values.copy(level.residual)
      VectorKernels.scaleAll(level.values, by: 1 / square.squareRoot())
    }
    return 1.1 * largest
  }

  private func scaleByDiagonal(_ fields: Fields, _ level: Level) {
    let (r, d) = (fields.all, level.inverse.all)
    for place in stride(from: 0, to: fields.total, by: 8) {
      r.store(place, r.load(place) * d.load(place))
    }
  }

  /// residual = K values.
  ///
  /// Collective.
  private func product(_ level: Level) throws(ParallelError) {
    try level.values.fillGhosts(level.grid.halo)
    level.residual.fill()
    level.kernel.apply(
      level.values, from: 0, weights: level.weights[0], into: level.residual, at: 0)
    level.residual.clearGhosts()
  }

  private func takeResidual(_ level: Level) throws(ParallelError) {
    try product(level)
    let (r, b) = (level.residual.all, level.rightSide.all)
    for place in stride(from: 0, to: level.residual.total, by: 8) {
      r.store(place, b.load(place) - r.load(place))
    }
  }

  /// solution[at…] = V-cycle(right side[at…]), three fields each.
  ///
  /// Collective.
  func solve(_ rightSide: Fields, _ solution: Fields, at first: Int) throws(ParallelError) {
    let level = levels[0]
    for field in 0..<3 { level.rightSide[field].copy(rightSide[first + field], level.grid.layout) }
    try cycle(0)
    level.values.clearGhosts()
    for field in 0..<3 { solution[first + field].copy(level.values[field], level.grid.layout) }
  }

  private func cycle(_ index: Int) throws(ParallelError) {
    let level = levels[index]
    level.values.fill()
    guard index < levels.count - 1 else {
      try smooth(level, sweeps: coarsestSweeps, ratio: 400, fromZero: true)
      return
    }
    try smooth(level, sweeps: sweeps, ratio: 8, fromZero: true)
    try takeResidual(level)
    let coarse = levels[index + 1]
    try transfers[index].restrict(level.residual, into: coarse.rightSide)
    try cycle(index + 1)
    try coarse.values.fillGhosts(coarse.grid.halo)
    transfers[index].prolong(coarse.values, addingTo: level.values)
    try smooth(level, sweeps: sweeps, ratio: 8, fromZero: false)
  }

  /// Chebyshev's iteration on D⁻¹K over [λ/ratio, λ].
  ///
  /// Collective.
  private func smooth(
    _ level: Level, sweeps: Int, ratio: Double, fromZero: Bool
  ) throws(ParallelError) {
    let (high, low) = (level.largest, level.largest / ratio)
    let (middle, half) = ((high + low) / 2, (high - low) / 2)
    var rho = half / middle
    for sweep in 0..<sweeps {
      if fromZero && sweep == 0 {
        level.residual.copy(level.rightSide)
      } else {
        try takeResidual(level)
      }
      let next = sweep == 0 ? rho : 1 / (2 * middle / half - rho)
      let keep = sweep == 0 ? 0 : next * rho
      let step = sweep == 0 ? 1 / middle : 2 * next / half
      rho = next
      let (r, d, p, v) = (
        level.residual.all, level.inverse.all, level.direction.all, level.values.all
      )
      for place in stride(from: 0, to: level.values.total, by: 8) {
        let old = keep == 0 ? Eight.zero : p.load(place) * keep
        let move = old + r.load(place) * d.load(place) * step
        p.store(place, move)
        v.add(place, move)
      }
    }
  }
}
