// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel
import PhaseField
import Physics

/// Row E16, grids of every shape.
extension PhaseFieldStudies {
  /// The most iterations that the table allows.
  private static let limit = 15.0

  /// Elements along x, y and z of the box of problem R, from cubes to plates and needles 60 times
  /// as long as thin, and whether there is a void.
  private static func shapes(_ quick: Bool) -> [(elements: (Int, Int, Int), void: Bool)] {
    if quick { return [((96, 8, 8), true), ((8, 96, 8), false), ((8, 8, 96), true)] }
    let flat = [(256, 16, 8), (16, 256, 8), (16, 8, 256), (512, 16, 8), (64, 512, 16)]
    let large = [(200, 52, 40), (256, 64, 48)]
    return (flat + large).flatMap { [($0, true), ($0, false)] }
  }

  @Sendable static func gridShapes(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results = try eigenvalueBounds(communicator)
    for (shape, hasVoid) in shapes(options.quick) {
      let name = "\(shape.0)×\(shape.1)×\(shape.2)\(hasVoid ? ", void" : "")"
      let (system, state) = try problemR(shape, void: hasVoid ? centreVoid : nil, communicator)
      guard let outcome = try system.elastic?.equilibrate(state, tolerance: 1e-10) else { continue }
      let isThere = outcome.relativeResidual <= 1e-10
      results.append(
        StudyResult(
          "\(name): iterations to the elastic equilibrium",
          isThere ? Double(outcome.iterations) : .infinity, atMost: limit))
      let stepper = try TimeStepper(system, state: state, options: StepOptions())
      var (newton, krylov, worst) = (0, 0, 0.0)
      while stepper.steps < 3 {
        try stepper.advance(to: .infinity)
        let (more, iterations) = (stepper.newton - newton, stepper.krylov - krylov)
        worst = max(worst, Double(iterations) / Double(max(1, more)))
        (newton, krylov) = (stepper.newton, stepper.krylov)
      }
      log.note(
        "\(name): \(outcome.iterations) iterations to the equilibrium; three steps: \(newton) "
          + "Newton, \(krylov) Krylov iterations, \(stepper.rejected) steps rejected")
      results.append(
        StudyResult(
          "\(name): Krylov iterations per Newton step, the worst of three steps", worst,
          atMost: limit))
    }
    return results
  }

  /// What the smoother takes for the largest eigenvalue of D⁻¹K, over that of the assembled matrix.
  private static func eigenvalueBounds(
    _ communicator: Communicator
  ) throws(ParallelError) -> [StudyResult] {
    typealias Box = (name: String, elements: (Int, Int, Int), size: Directions<Double>)
    let boxes: [Box] = [
      ("cubes", (16, 16, 16), Directions(160, 160, 160)),
      ("plates normal to x", (64, 8, 8), Directions(32, 160, 160)),
      ("plates normal to y", (8, 64, 8), Directions(160, 32, 160)),
      ("plates normal to z", (8, 8, 64), Directions(160, 160, 32)),
      ("rods along x", (12, 24, 24), Directions(480, 96, 96)),
    ]
    var results: [StudyResult] = []
    for box in boxes {
      let grid = StructuredGrid(
        elements: box.elements, size: box.size, communicator: communicator)
      // A corner is cut off.
      let solid = VolumeFractions(grid) { place in
        place.x / box.size.x + place.y / box.size.y + place.z / box.size.z - 0.7
      }
      let stiffness = GridStiffness(Material.lithiumIronPhosphate.stiffness, sitesPerVolume: 13.76)
      let operation = DampedStiffness(grid, stiffness, weights: solid.weights)
      let largest = try operation.largestEigenvalue(steps: 60)
      results.append(
        StudyResult(
          "\(box.name): bound of the largest eigenvalue over itself",
          operation.kernel.largestEigenvalue / largest, within: 1...1.6))
    }
    return results
  }
}

/// D^(−½) K D^(−½), the symmetric form of what the smoother damps: D⁻¹K has the same eigenvalues.
private struct DampedStiffness {
  let kernel: ElasticKernel
  private let grid: StructuredGrid
  private let weights: Fields
  private let scales: Fields
  private let ring: LayerRing

  init(_ grid: StructuredGrid, _ stiffness: GridStiffness, weights: Fields) {
    self.grid = grid
    self.weights = weights
    kernel = ElasticKernel(stiffness, grid)
    ring = LayerRing(grid.layout, components: 3)
    scales = Fields(grid.layout, count: 3)
    let mass = Fields(grid.layout, count: 1)
    LumpedMass.assemble(weights[0], into: mass[0], grid.layout)
    let diagonal = [kernel.diagonal.x, kernel.diagonal.y, kernel.diagonal.z]
    for component in 0..<3 {
      for place in 0..<grid.layout.size where mass[0][place] > 0 {
        scales[component][place] = 1 / (8 * diagonal[component] * mass[0][place]).squareRoot()
      }
    }
  }

  /// Collective.
  private func apply(_ source: Fields, into target: Fields) throws(ParallelError) {
    let scaled = Fields(grid.layout, count: 3)
    multiply(source, into: scaled)
    try scaled.fillGhosts(grid.halo)
    kernel.apply(scaled, from: 0, weights: weights[0], ring: ring, into: target, at: 0)
    multiply(target, into: target)
  }

  private func multiply(_ source: Fields, into target: Fields) {
    for component in 0..<3 {
      let (from, to, scale) = (source[component], target[component], scales[component])
      for place in 0..<grid.layout.size { to[place] = from[place] * scale[place] }
    }
  }

  /// The largest Ritz value of Lanczos' method, from below.
  ///
  /// β_{j+1} q_{j+1} = A q_j − α_j q_j − β_j q_{j−1} with α_j = q_j·A q_j: A becomes the
  /// tridiagonal matrix of α and β. Without reorthogonalisation copies of eigenvalues appear, never
  /// larger ones (Paige, 1972), which is all that is asked.
  ///
  /// Collective.
  func largestEigenvalue(steps: Int) throws(ParallelError) -> Double {
    let layout = grid.layout
    var (vector, before) = (Fields(layout, count: 3), Fields(layout, count: 3))
    for component in 0..<3 {
      for place in 0..<layout.size where scales[component][place] > 0 {
        vector[component][place] = Double((place * 7919 + component * 31) % 1009) / 1009 - 0.5
      }
    }
    func norm(_ fields: Fields) throws(ParallelError) -> Double {
      try grid.communicator.sum(VectorKernels.dot(fields, fields)).squareRoot()
    }
    VectorKernels.scaleAll(vector, by: 1 / (try norm(vector)))
    var diagonal: [Double] = []
    var squares: [Double] = []
    var last = 0.0
    while diagonal.count < steps {
      let product = Fields(layout, count: 3)
      try apply(vector, into: product)
      VectorKernels.add(-last, before, to: product)
      let share = try grid.communicator.sum(VectorKernels.dot(product, vector))
      VectorKernels.add(-share, vector, to: product)
      diagonal.append(share)
      last = try norm(product)
      guard last > 0 else { break }
      squares.append(last * last)
      VectorKernels.scaleAll(product, by: 1 / last)
      (before, vector) = (vector, product)
    }
    return DampedStiffness.largest(diagonal, squares)
  }

  /// The largest eigenvalue of a symmetric tridiagonal matrix by bisection: above it all leading
  /// pivots of T − λ are negative (Sylvester's law of inertia), d_i = α_i − λ − β²_{i−1}/d_{i−1}.
  private static func largest(_ diagonal: [Double], _ squares: [Double]) -> Double {
    var (low, high) = (0.0, 100.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      var pivot = -1.0
      var isAbove = true
      for (index, entry) in diagonal.enumerated() where isAbove {
        pivot = entry - middle - (index == 0 ? 0 : squares[index - 1] / pivot)
        isAbove = pivot < 0
      }
      if isAbove { high = middle } else { low = middle }
    }
    return low
  }
}
