// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// A phase field in time.
public typealias PhaseFieldStepper = TimeStepper<PhaseFieldSystem>

extension PhaseFieldUnknown: Unknown {}

/// The equations as a time stepper sees them: X is differential, μ and the displacement are
/// algebraic, the free energy of a closed box only falls.
extension PhaseFieldSystem: ImplicitSystem {
  /// The chemical and the elastic energy in eV nm³ per site density.
  public typealias Energy = (chemical: Double, elastic: Double)

  /// Those of a node.
  public var unknowns: [PhaseFieldUnknown] {
    PhaseFieldUnknown.all(isElastic: model.elasticity != nil)
  }

  /// Of diffusion between neighbouring nodes and along the box.
  public var timeScales: TimeScales { TimeScales(grid, model) }

  /// What Newton's method may leave: ``Options/tolerance``.
  public var tolerance: Double {
    get { options.tolerance }
    set { options.tolerance = newValue }
  }

  /// A state of zeros; what noise has made stands beside the unknowns.
  public func makeState() -> Fields {
    let beside = model.noise == nil ? 0 : 1
    return Fields(grid.layout, count: components + beside, beside: beside)
  }

  /// Zeros for the composition, and for its noise.
  public func makeDifferential() -> Fields {
    let beside = model.noise == nil ? 0 : 1
    return Fields(
      grid.layout, count: unknowns.count(where: \.isDifferential) + beside, beside: beside)
  }

  /// Solves for the displacement of a composition and derives μ from both.
  ///
  /// Collective.
  ///
  /// - Returns: the Krylov iterations of the displacement.
  /// - Throws: ``ParallelError`` of kind `notConverged` when the stress finds no equilibrium.
  public func makeConsistent(_ state: Fields, at time: Double) throws(ParallelError) -> Int {
    let iterations = try equilibrateStress(state)
    try derivePotential(state)
    try surface?.findOverpotential(state)
    return iterations
  }

  /// Solves the equations of a step, in which time itself does not stand.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` when a message fails.
  public func solve(
    _ state: Fields, at time: Double, rate: Double, history: Fields
  ) throws(ParallelError) -> Outcome {
    try solve(state, rate: rate, history: history)
  }

  /// The root mean square of a change of the composition over the solid.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func norm(_ differential: Fields) throws(ParallelError) -> Double {
    try rootMeanSquare(differential[.composition])
  }

  /// ``deviation(_:)``: what grows from little noise is resolved while it is little; infinite where
  /// noise makes all deviations, and where a driven body is uniform.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func errorScale(_ state: Fields) throws(ParallelError) -> Double {
    guard model.noise == nil else { return .infinity }
    let deviation = try deviation(state)
    return surface == nil || deviation > 1e-12 ? deviation : .infinity
  }

  /// A closed system only falls; one with a source or a drive is open, and noise brings energy in.
  public func refusal(of energy: Energy, after former: Energy, allowedError: Double) -> String? {
    guard source == nil, surface == nil, model.noise == nil else { return nil }
    let rise = energy.chemical + energy.elastic - former.chemical - former.elastic
    let limit = energyTolerance(allowedError)
    return rise <= limit ? nil : "the energy rose by \(rise) eV nm3, allowed \(limit)"
  }

  /// The lithium content, of a driven body less what the current has brought.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func invariants(_ state: Fields) throws(ParallelError) -> [Double] {
    let content = try content(state)
    return [surface == nil ? content : content - state.charge * solidVolume]
  }

  /// Whether the potential is uniform and nothing drives it.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func isInEquilibrium(
    _ state: Fields, allowedError: Double
  ) throws(ParallelError) -> Bool {
    guard source == nil, model.noise == nil, drive == .current(0) else { return false }
    return try potentialSpread(state) <= 1e-2 * allowedError * model.energyScale
  }
}

extension PhaseFieldStepper {
  /// The change of the mean composition since the start that no current explains: of the lithium
  /// content over the volume, which stays a measure where the content is zero.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func massDrift() throws(ParallelError) -> Double {
    try drift()[0] / system.solidVolume
  }

  /// The spread of the potential over the solid, in eV.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func potentialSpread() throws(ParallelError) -> Double {
    try system.potentialSpread(state)
  }

  /// Takes a composition for the present one, as if the run began with it; time and counters stay.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when the stress finds no equilibrium.
  func begin(from composition: Lane) throws(ParallelError) {
    let begun = system.makeState()
    begun.copy(state)
    begun[.composition].copy(composition, system.grid.layout)
    try begin(from: begun)
  }
}

extension TimeScales {
  /// Diffusion between neighbouring nodes, driven by κ too, and along the box.
  init(_ grid: StructuredGrid, _ model: PhaseFieldModel) {
    // D of a small deviation in a phase: M times the scale of f″ where M is given.
    let factor = model.mobility.untabulated == .constant ? model.energyScale : 1
    func rate(_ diffusivity: Double, _ kappa: Double, _ length: Double) -> Double {
      let square = length * length
      return diffusivity * factor / square * (1 + kappa / (model.energyScale * square))
    }
    let (d, kappa, h, box) = (model.diffusivity, model.kappa, grid.spacing, grid.size)
    var fast = [rate(d.x, kappa.x, h.x), rate(d.y, kappa.y, h.y)]
    var slow = [rate(d.x, 0, box.x), rate(d.y, 0, box.y)]
    if grid.dimension == 3 {
      fast.append(rate(d.z, kappa.z, h.z))
      slow.append(rate(d.z, 0, box.z))
    }
    let shares = model.mobility.diffusivityRange
    self.init(
      shortest: 1 / ((fast.max() ?? 1) * shares.upperBound),
      longest: 1 / ((slow.min() ?? 1) * shares.lowerBound))
  }
}

extension PhaseFieldSystem {
  /// The root mean square of a nodal field over the solid.
  ///
  /// Collective.
  func rootMeanSquare(_ field: Lane) throws(ParallelError) -> Double {
    var sum = 0.0
    forSolid { place, m in sum += m * field[place] * field[place] }
    return (try grid.communicator.sum(sum) / solidVolume).squareRoot()
  }

  /// The root mean square deviation of the composition from its mean.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func deviation(_ state: Fields) throws(ParallelError) -> Double {
    let (mean, x) = (try content(state) / solidVolume, state[.composition])
    var sum = 0.0
    forSolid { place, m in sum += m * (x[place] - mean) * (x[place] - mean) }
    return (try grid.communicator.sum(sum) / solidVolume).squareRoot()
  }

  /// What an error of the composition may add to the energy, in eV nm³ over the site density.
  ///
  /// In equilibrium the energy is stationary, so that this is second order in the error. Sums round
  /// at 1e-12 of the energy's scale.
  package func energyTolerance(_ error: Double) -> Double {
    solidVolume * model.energyScale * max(error * error, 1e-12)
  }
}
