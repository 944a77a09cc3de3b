// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField
import Physics

extension Benchmarks {
  /// F1: K u without and with a matrix.
  @Sendable static func operators(
    _ options: BenchmarkOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [BenchmarkRow] {
    var rows: [BenchmarkRow] = []
    for counts in options.grids {
      let particle = try Particle(counts, communicator)
      let grid = particle.grid
      let kernel = ElasticKernel(particle.stiffness, grid)
      let assembled = try AssembledElasticity(
        grid, particle.stiffness, weights: particle.weights)
      let (source, target) = (particle.displacement, Fields(grid.layout, count: 3))
      let ring = LayerRing(grid.layout, components: 3)
      let unknowns = 3 * assembled.places.count
      let columns = try DenseColumns(
        localRows: unknowns, columnCount: 1, communicator: communicator)
      let product = try DenseColumns(
        localRows: unknowns, columnCount: 1, communicator: communicator)
      try assembled.copy(source, into: columns)
      let times = try Stopwatch.compare(
        seconds: options.sampleSeconds, communicator,
        { () throws(ParallelError) in
          try source.fillGhosts(grid.halo)
          kernel.apply(
            source, from: 0, weights: particle.weights[0], ring: ring, into: target, at: 0)
        },
        with: { () throws(ParallelError) in
          try assembled.matrix.multiply(columns, into: product)
        })
      let scale = 1e9 / Double(unknowns)
      rows.append(
        BenchmarkRow(
          "F1", "K u on \(name(counts)), ns per unknown, against assembled AIJ", times.0 * scale,
          reference: times.1 * scale, ratio: times.1 / times.0, atLeast: 25))
    }
    return rows
  }

  /// F2: the operator of the (X, μ) block against memory's speed.
  @Sendable static func streams(
    _ options: BenchmarkOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [BenchmarkRow] {
    let counts = options.quick ? options.grids[0] : (128, 32, 24)
    let particle = try Particle(counts, communicator)
    let (grid, layout) = (particle.grid, particle.grid.layout)
    let kernel = CompositionSmoother(
      PhaseFieldModel.lithiumIronPhosphate(elastic: false).terms, grid)
    let coefficients = Fields(layout, count: 3)
    for field in 0..<3 { coefficients[field].copy(particle.weights[0], layout) }
    let (source, target) = (particle.displacement, Fields(layout, count: 2))
    let ring = LayerRing(layout, components: 2)
    let triad = StreamTriad()
    let times = try Stopwatch.compare(
      seconds: options.sampleSeconds, communicator,
      { () throws(ParallelError) in
        kernel.multiply(
          source, coefficients: coefficients, rate: 1e-3, ring: ring, into: target)
      }, with: { () throws(ParallelError) in triad.pass() })
    let nodes = Double(layout.x * layout.y * layout.z)
    let rate = 2 * 40 * nodes / times.0 / 1e9
    let triadRate = triad.bytes / times.1 / 1e9
    return [
      BenchmarkRow(
        "F2", "(X, μ) operator on \(name(counts)) at 40 B a node and field, GB/s, against triad",
        rate, reference: triadRate, ratio: rate / triadRate, atLeast: 0.6)
    ]
  }

  /// F3: the displacement of the start of problem R.
  @Sendable static func solves(
    _ options: BenchmarkOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [BenchmarkRow] {
    var rows: [BenchmarkRow] = []
    for counts in options.grids {
      let (system, state) = try PhaseFieldStudies.problemR(
        counts, void: Directions(250, 65, 50), communicator)
      guard let elastic = system.elastic, let model = system.model.elasticity else { continue }
      let (grid, halo) = (system.grid, system.grid.halo)
      try state.fillGhosts(halo)
      let rightSide = try elastic.load(state)
      let solution = Fields(grid.layout, count: 3)
      let assembled = try AssembledElasticity(
        grid, model.stiffness, weights: system.weights)
      let unknowns = 3 * assembled.places.count
      func columns(_ count: Int) throws(ParallelError) -> DenseColumns {
        try DenseColumns(localRows: unknowns, columnCount: count, communicator: communicator)
      }
      let load = try columns(1)
      let answer = try columns(1)
      let modes = try columns(6)
      try assembled.copy(rightSide, into: load)
      try assembled.rigidMotions(into: modes)
      try assembled.matrix.setNearNullSpace(modes, isNullSpace: true)
      let solver = try LinearSolver(
        assembled.matrix, method: .multigrid(tolerance: 1e-8), prefix: "bench_")
      var iterations = 0
      let times = try Stopwatch.compare(
        seconds: options.sampleSeconds, communicator,
        { () throws(ParallelError) in
          iterations = try elastic.solve(rightSide, into: solution, tolerance: 1e-8).iterations
        },
        with: { () throws(ParallelError) in
          try solver.solve(assembled.matrix, load, into: answer)
        })
      log.note("F3 \(name(counts)): \(iterations) iterations to 1e-8")
      rows.append(
        BenchmarkRow(
          "F3", "K u = f to 1e-8 on \(name(counts)), s, against assembled CG + GAMG", times.0,
          reference: times.1, ratio: times.1 / times.0, atLeast: 12))
    }
    return rows
  }

  static func name(_ counts: (Int, Int, Int)) -> String { "\(counts.0)×\(counts.1)×\(counts.2)" }

  /// The particle of problem R without a void, and some displacement.
  private struct Particle {
    let grid: StructuredGrid
    let weights: Fields
    let stiffness: GridStiffness
    let displacement: Fields

    init(_ counts: (Int, Int, Int), _ communicator: Communicator) throws(ParallelError) {
      grid = StructuredGrid(
        elements: counts, size: Directions(500, 130, 100), communicator: communicator)
      weights = VolumeFractions(grid).weights
      stiffness = GridStiffness(Material.lithiumIronPhosphate.stiffness, sitesPerVolume: 13.76)
      displacement = Fields(grid.layout, count: 3)
      let layout = grid.layout
      for component in 0..<3 {
        let lane = displacement[component]
        for k in 0..<layout.z {
          for j in 0..<layout.y {
            for i in 0..<layout.x {
              let number: Int = 7 * i + 5 * j + 3 * k + component
              lane[layout.index(i, j, k)] = Double(number % 17) / 17
            }
          }
        }
      }
      try displacement.fillGhosts(grid.halo)
    }
  }
}
