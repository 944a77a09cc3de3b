// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// The discrete equations of one time step and their solution by Newton's method.
///
/// Unknown fields: X, μ and, with elasticity, the displacement along x, y and z. Rows are scaled so
/// that a residual of ε means an error of about ε in X, at a node that a void leaves little mass
/// too: r/√(m V) weighs the error r/m by the root of the node's share m/V.
public final class PhaseFieldSystem {
  /// The grid.
  public let grid: StructuredGrid
  /// The physics.
  public let model: PhaseFieldModel
  /// α_e times the volume of an element, ghosts included.
  package let weights: Fields
  /// The lumped mass of each node.
  package let mass: Fields
  /// √(V/m) of each node in field 0 and its inverse in field 1; zero without material.
  private let nodeScales: Fields
  /// The fields per node.
  let components: Int
  let kernel: CompositionKernel
  private let linearisation: Fields
  let multigrid: CompositionMultigrid
  private let krylov: FlexibleKrylov
  private let ring: LayerRing
  package let residual: Fields
  private let change: Fields
  private let scratch: Fields
  package var rate = 1.0
  /// What the rows, unscaled, must equal instead of zero: manufactured solutions set it.
  package var source: Fields?
  let barrier: BoundBarrier?
  /// The barrier's curvature at each node, in eV.
  private let bound: Fields
  private let solidMass: Double
  package let elastic: ElasticBlock?
  /// Where lithium enters; nil for a closed body.
  package let surface: SurfaceFlux?

  /// How Newton's method is stopped.
  public struct Options: Sendable {
    /// The largest root mean square of the scaled residual.
    public var tolerance = 1e-8
    /// Reduction asked of each linear solve.
    public var linearTolerance = 1e-4
    /// The most Newton steps.
    public var newtonLimit = 12

    /// The defaults.
    public init() {}
  }
  /// How Newton's method is stopped.
  public var options = Options()

  /// A system on a grid with volume fractions, closed or with parts of its surface open to lithium.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public convenience init(
    grid: StructuredGrid, model: PhaseFieldModel, fractions: VolumeFractions
  ) throws(ParallelError) {
    try self.init(grid: grid, model: model, fractions: fractions, surface: nil)
  }

  /// The same with what enters through the surface.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package init(
    grid: StructuredGrid, model: PhaseFieldModel, fractions: VolumeFractions, surface: SurfaceFlux?
  ) throws(ParallelError) {
    self.grid = grid
    self.surface = surface
    self.model = model
    weights = fractions.weights
    components = PhaseFieldUnknown.all(isElastic: model.elasticity != nil).count
    kernel = CompositionKernel(model.terms, grid)
    linearisation = Fields(grid.layout, count: 10)
    multigrid = try CompositionMultigrid(grid, model.terms)
    let (layout, components) = (grid.layout, components)
    krylov = FlexibleKrylov(limit: 40, communicator: grid.communicator) {
      Fields(layout, count: components)
    }
    ring = LayerRing(layout, components: 2)
    residual = Fields(layout, count: components)
    change = Fields(layout, count: components)
    scratch = Fields(layout, count: components)
    mass = Fields(layout, count: 1)
    LumpedMass.assemble(weights[0], into: mass[0], layout)
    barrier = BoundBarrier(model.energy)
    bound = Fields(layout, count: 1)
    nodeScales = Fields(layout, count: 2)
    for place in 0..<layout.size where mass[0][place] > 0 {
      nodeScales[0][place] = (grid.elementVolume / mass[0][place]).squareRoot()
      nodeScales[1][place] = 1 / nodeScales[0][place]
    }
    solidMass = try grid.communicator.sum(mass[0].sum(layout))
    elastic =
      if let elasticity = model.elasticity {
        try ElasticBlock(grid: grid, model: elasticity, weights: weights, mass: mass)
      } else { nil }
  }

  /// The volume of the solid in nm³.
  public var solidVolume: Double { solidMass }

  /// α of the elements from `place` on.
  func volumeFraction(_ place: Int) -> Eight { weights[0].load(place) * (1 / grid.elementVolume) }

  /// Σ m X.
  ///
  /// Collective.
  func content(_ state: Fields) throws(ParallelError) -> Double {
    try grid.communicator.sum(VectorKernels.dot(mass[0], state[.composition], grid.layout))
  }

  /// The free energy of a state in eV nm³ per site density, μ and displacement as they are.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func energy(_ state: Fields) throws(ParallelError) -> Energy {
    try state.fillGhosts(grid.halo)
    scratch.fill()
    return try total(try spatialTerms(state, into: scratch))
  }

  /// Adds what is not a rate to the rows: flow, ∂F/∂X and forces.
  ///
  /// - Returns: this rank's energy.
  private func spatialTerms(
    _ state: Fields, into rows: Fields
  ) throws(ParallelError) -> Energy {
    var chemical = kernel.residual(
      state, weights: weights[0], into: rows, linearisation: linearisation)
    if let barrier {
      chemical += barrier.residual(
        state[.composition], mass: mass[0], into: rows[.potential], curvature: bound[0], grid.layout
      )
    }
    let stored = try elastic?.residual(state, into: rows, linearisation: linearisation)
    return (chemical, stored ?? 0)
  }

  private func total(
    _ energy: Energy
  ) throws(ParallelError) -> Energy {
    var sums = [energy.chemical, energy.elastic]
    try grid.communicator.reduce(&sums, .sum)
    return (sums[0], sums[1])
  }

  /// Sets μ to ∂F/∂X over the lumped mass, a guess of its value for a composition.
  ///
  /// Collective.
  func derivePotential(_ state: Fields) throws(ParallelError) {
    try state.fillGhosts(grid.halo)
    scratch.fill()
    _ = try spatialTerms(state, into: scratch)
    scratch.clearGhosts()
    let (potential, row) = (state[.potential], scratch[.potential])
    forSolid { place, m in potential[place] = -row[place] / m }
  }

  /// Visits the own nodes that touch material.
  @inline(__always)
  package func forSolid(_ body: (Int, Double) -> Void) {
    let lane = mass[0]
    for place in 0..<grid.layout.size where lane[place] > 0 { body(place, lane[place]) }
  }

  /// Solves for the displacement of a composition.
  ///
  /// Collective.
  ///
  /// - Returns: the Krylov iterations it took.
  /// - Throws: ``ParallelError`` of kind `notConverged` when the equilibrium is not found.
  @discardableResult
  package func equilibrateStress(_ state: Fields) throws(ParallelError) -> Int {
    guard let elastic else { return 0 }
    let outcome = try elastic.equilibrate(state, tolerance: 1e-10)
    guard outcome.relativeResidual <= 1e-8 else {
      throw ParallelError(
        .notConverged,
        "the elastic equilibrium keeps a relative residual of \(outcome.relativeResidual) after "
          + "\(outcome.iterations) iterations, expected at most 1e-8")
    }
    return outcome.iterations
  }

  /// How a step's equations were solved.
  public typealias Outcome = StepOutcome<Energy>

  /// Solves M (a₀ X + h) + K_M μ = 0, M μ = ∂F/∂X and the equilibrium of the stress.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - state: the starting guess, of the right lithium content; the solution afterwards.
  ///   - rate: a₀ in 1/s.
  ///   - history: field 0 holds the older levels' part of ∂X/∂t.
  /// - Returns: whether and how it converged.
  /// - Throws: ``ParallelError`` when a message fails.
  package func solve(_ state: Fields, rate: Double, history: Fields) throws(ParallelError)
    -> Outcome
  {
    self.rate = rate
    var outcome = Outcome(energy: (0, 0))
    var isSettled = false
    guard try takeContent(state, history) else {
      outcome.reason = "the current would take the composition out of (0, 1)"
      return outcome
    }
    let nodes = Double(grid.nodes.x * grid.nodes.y * grid.nodes.z)
    for iteration in 0...options.newtonLimit {
      outcome.energy = try evaluate(state, history: history)
      let (rateRow, potentialRow) = (residual[.composition], residual[.potential])
      let first = VectorKernels.dot(rateRow, rateRow, grid.layout)
      let potential = VectorKernels.dot(potentialRow, potentialRow, grid.layout)
      let forces = VectorKernels.dot(residual, residual) - first - potential
      var squares = [first, potential, forces]
      try grid.communicator.reduce(&squares, .sum)
      let norms = squares.map { $0 < 0 ? 0 : ($0 / nodes).squareRoot() }
      guard norms.allSatisfy(\.isFinite) else {
        outcome.reason = "the residual is not finite"
        return outcome
      }
      // The first row is that of a rate: times a very long step its rounding is no small error, and
      // the change of X tells whether X is right.
      let limit = options.tolerance
      if isSettled || norms[0] <= limit, norms[1] <= max(limit, model.rounding(grid)),
        norms[2] <= limit
      {
        try takeCharge(state, history)
        outcome.converged = true
        return outcome
      }
      if iteration == options.newtonLimit { break }
      try setUpPreconditioner()
      let linear = try krylov.solve(
        residual, into: change, tolerance: options.linearTolerance,
        precondition: { (source, target) throws(ParallelError) in
          try self.precondition(source, target, state: state)
        },
        apply: { (source, target) throws(ParallelError) in
          try self.applyDerivative(source, target, state: state)
        })
      outcome.newton += 1
      outcome.krylov += linear.iterations
      guard linear.relativeResidual < 0.1 else {
        outcome.reason = "the linear solver stalled at \(linear.relativeResidual)"
        return outcome
      }
      let length = try stepLength(state, change)
      guard length > 1e-3 else {
        outcome.reason = "the composition would leave (0, 1)"
        return outcome
      }
      VectorKernels.add(-length, change, to: state)
      let moved = try rootMeanSquare(change[.composition])
      isSettled = length == 1 && moved <= options.tolerance
      try elastic?.removeRigid(state)
    }
    outcome.reason = "Newton's method did not converge in \(options.newtonLimit) steps"
    return outcome
  }

  /// What the rows are multiplied by.
  var scales: [Double] {
    let volume = grid.elementVolume
    let first = [1 / (rate * volume), 1 / (model.energyScale * volume)]
    return first + (elastic.map { [Double](repeating: $0.residualScale, count: 3) } ?? [])
  }

  /// Sets ``residual`` and gives the energy.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func evaluate(
    _ state: Fields, history: Fields
  ) throws(ParallelError) -> Energy {
    try state.fillGhosts(grid.halo)
    residual.fill()
    let energy = try spatialTerms(state, into: residual)
    let (rates, x, h) = (scratch[0], state[.composition], history[.composition])
    for place in stride(from: 0, to: grid.layout.size, by: 8) {
      rates.store(place, x.load(place) * rate + h.load(place))
    }
    kernel.addMass(rates, state, weights: weights[0], into: residual)
    subtractNoise(state, history: history)
    try surface?.subtract(state, from: residual[.composition])
    if let source { VectorKernels.add(-1, source, to: residual) }
    finish(residual)
    return try total(energy)
  }

  /// Scales the rows; ghosts and padding become zero.
  private func finish(_ target: Fields) {
    scale(target, by: scales, nodeScales[0])
  }

  /// Undoes the scaling of rows.
  package func unscale(_ rows: Fields) { scale(rows, by: scales.map { 1 / $0 }, nodeScales[1]) }

  private func scale(_ target: Fields, by factors: [Double], _ nodes: Lane) {
    for (component, factor) in factors.enumerated() {
      let lane = target[component]
      for place in stride(from: 0, to: grid.layout.size, by: 8) {
        lane.store(place, lane.load(place) * nodes.load(place) * factor)
      }
    }
  }

  /// The derivative of ``residual`` at the state last evaluated.
  ///
  /// Collective.
  func applyDerivative(
    _ source: Fields, _ target: Fields, state: Fields
  ) throws(ParallelError) {
    try source.fillGhosts(grid.halo)
    kernel.derivative(
      source, rate: rate, state: state, weights: weights[0], linearisation: linearisation,
      ring: ring, into: target)
    try elastic?.derivative(source, state: state, into: target)
    if barrier != nil {
      let (row, x, m, curvature) = (
        target[.potential], source[.composition], mass[0], bound[0]
      )
      for place in stride(from: 0, to: grid.layout.size, by: 8) {
        row.store(place, row.load(place) - m.load(place) * curvature.load(place) * x.load(place))
      }
    }
    try surface?.subtractDerivative(source, from: target[.composition])
    finish(target)
  }

  /// Takes over the state last evaluated.
  ///
  /// Collective.
  func setUpPreconditioner() throws(ParallelError) {
    let (weights, linearisation) = (weights[0], linearisation)
    var held: [(place: Int, stiffness: Double)] = []
    if barrier != nil {
      forSolid { place, m in
        if bound[0][place] > 0 { held.append((place, m * bound[0][place])) }
      }
    }
    try multigrid.setUp(rate: rate, held: held) { coefficients in
      for place in stride(from: 0, to: grid.layout.size, by: 8) {
        coefficients[0].store(place, weights.load(place))
        coefficients[1].store(place, linearisation[0].load(place))
        let curvature = Octet(stored: linearisation, from: 2, place).sum
        // The preconditioner is kept definite; unstable directions are few and left to Krylov.
        coefficients[2].store(place, curvature.replacing(with: 0, where: curvature .< 0))
      }
    }
  }

  /// An approximate solution of the equations linearised at `state`.
  ///
  /// Collective.
  func precondition(
    _ source: Fields, _ target: Fields, state: Fields
  ) throws(ParallelError) {
    target.fill()
    scratch.copy(source)
    unscale(scratch)
    try multigrid.solve(scratch, into: target)
    try conserve(target, scratch)
    try elastic?.precondition(scratch, target, state: state)
  }

  /// Shifts X so that the first row is met in its sum: the diffusion matrix has none, a₀ Σ m X is
  /// all of it.
  ///
  /// Every Newton step then keeps the lithium content to rounding, however roughly the
  /// linear system is solved. Collective.
  private func conserve(_ values: Fields, _ rightSide: Fields) throws(ParallelError) {
    var sums = [
      rightSide[.composition].sum(grid.layout),
      VectorKernels.dot(mass[0], values[.composition], grid.layout),
    ]
    try grid.communicator.reduce(&sums, .sum)
    let shift = (sums[0] / rate - sums[1]) / solidMass
    let x = values[.composition]
    forSolid { place, _ in x[place] += shift }
  }
}
