// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// A field mean + A cos(k·x + φ − ωt), with its derivatives.
struct PlaneWave: Sendable {
  var mean = 0.0
  var amplitude: Double
  var wave: Directions<Double>
  var phase = 0.0
  var frequency = 0.0

  private func argument(_ at: Directions<Double>, _ time: Double) -> Double {
    let along = wave.x * at.x + wave.y * at.y + wave.z * at.z
    return along + phase - frequency * time
  }

  func value(_ at: Directions<Double>, _ time: Double) -> Double {
    mean + amplitude * cos(argument(at, time))
  }

  func slope(_ at: Directions<Double>, _ time: Double) -> Directions<Double> {
    let factor = -amplitude * sin(argument(at, time))
    return Directions(factor * wave.x, factor * wave.y, factor * wave.z)
  }

  func rate(_ at: Directions<Double>, _ time: Double) -> Double {
    frequency * amplitude * sin(argument(at, time))
  }
}

/// Chosen fields for X, μ and the displacement, which sources make a solution of the equations.
struct ManufacturedSolution {
  package let grid: StructuredGrid
  package let model: PhaseFieldModel
  /// X, μ, u_x, u_y, u_z.
  let fields: [PlaneWave]

  /// Waves across a box of 60 × 40 × 30 nm, orthotropic stiffness, anisotropic κ and mobility and a
  /// cubic eigenstrain law; in two dimensions a plate.
  ///
  /// Another energy may stand for LiFePO4's.
  init(
    _ elements: (Int, Int, Int), energy: BulkEnergy? = nil, _ communicator: Communicator
  ) {
    let isPlane = elements.2 == 0
    grid = StructuredGrid(
      elements: elements, size: Directions(60, 40, isPlane ? 1 : 30), communicator: communicator)
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: true)
    if let energy { model.energy = energy }
    model.kappa = Directions(13.4, 26.8, 134)
    model.diffusivity = Directions(1, 3, 20)
    let material = Material.lithiumIronPhosphate
    model.elasticity = ElasticModel(
      stiffness: isPlane
        ? GridStiffness(material.stiffness.planeStress, sitesPerVolume: 13.76)
        : GridStiffness(material.stiffness, sitesPerVolume: 13.76),
      eigenstrain: Directions(
        [0.0505, 0.02, -0.01], [-0.019, 0.01, 0.02], isPlane ? [] : [0.0346, -0.015, 0.01]))
    self.model = model
    func wave(_ mean: Double, _ amplitude: Double, _ x: Double, _ y: Double, _ z: Double)
      -> PlaneWave
    {
      PlaneWave(
        mean: mean, amplitude: amplitude, wave: Directions(x / 60, y / 40, isPlane ? 0 : z / 30),
        phase: x, frequency: 2)
    }
    fields = [
      wave(0.6, 0.25, 3, 2, 1), wave(0.01, 0.03, 2, -2, 1.5), wave(0, 0.4, 2, 1, -1),
      wave(0, 0.3, -1, 2, 1), isPlane ? wave(0, 0, 0, 0, 0) : wave(0, 0.2, 1, -1, 2),
    ]
  }

  /// A system for it whose Newton iteration goes to rounding.
  ///
  /// Collective.
  func system() throws(ParallelError) -> PhaseFieldSystem {
    let system = try PhaseFieldSystem(grid: grid, model: model, fractions: VolumeFractions(grid))
    // Ten times what rounding leaves.
    system.options.tolerance = 1e-11
    system.options.linearTolerance = 1e-6
    return system
  }

  /// Sets the own nodes of as many fields as there are.
  func set(_ target: Fields, _ field: (PlaneWave, Directions<Double>) -> Double) {
    for component in 0..<target.count {
      for k in 0..<grid.layout.z {
        for j in 0..<grid.layout.y {
          for i in 0..<grid.layout.x {
            target[component][grid.layout.index(i, j, k)] = field(
              fields[component], grid.position(i, j, k))
          }
        }
      }
    }
  }

  /// The source that makes the nodal values a solution of the discrete equations at all times, so
  /// that only the time integration errs.
  ///
  /// Collective.
  func discreteSource(
    _ system: PhaseFieldSystem, _ time: Double
  ) throws(ParallelError) -> Fields {
    let state = system.makeState()
    set(state) { $0.value($1, time) }
    let history = Fields(grid.layout, count: 1)
    set(history) { $0.rate($1, time) - system.rate * $0.value($1, time) }
    // Rates are formed in ghosts, too.
    try history.fillGhosts(grid.halo)
    system.source = nil
    _ = try system.evaluate(state, history: history)
    let source = system.makeState()
    source.copy(system.residual)
    system.unscale(source)
    return source
  }

  /// The weak form of the exact fields by four Gauss points along each direction, with rate·X in
  /// the place of ∂X/∂t: what the discrete equations must equal.
  func exactSource(rate: Double) -> Fields {
    let quadrature = ElementQuadrature(grid, points: 4)
    let balance = PointwiseBalance(model: model)
    let solid = VolumeFractions(grid)
    // A lane does not keep its fields.
    defer { withExtendedLifetime(solid) {} }
    return quadrature.assemble(weights: solid.weights[0], rows: 5) {
      place, corner, point in
      let at = quadrature.position(corner, point)
      var exact = PointwiseBalance.Point()
      exact.composition = fields[0].value(at, 0)
      exact.rate = rate * exact.composition
      exact.potential = fields[1].value(at, 0)
      exact.compositionSlope = fields[0].slope(at, 0)
      exact.potentialSlope = fields[1].slope(at, 0)
      exact.displacement = Directions(
        fields[2].slope(at, 0), fields[3].slope(at, 0), fields[4].slope(at, 0))
      return balance.fluxes(exact, mobile: exact.composition)
    }
  }

  /// Root mean square errors of X, μ and the displacement, its rigid part removed.
  ///
  /// Collective.
  func errors(
    _ system: PhaseFieldSystem, _ state: Fields, _ time: Double
  ) throws(ParallelError) -> [Double] {
    let error = system.makeState()
    set(error) { -$0.value($1, time) }
    VectorKernels.add(1, state, to: error)
    error.clearGhosts()
    try system.elastic?.removeRigid(error)
    var sums = [0.0, 0, 0]
    system.forSolid { place, mass in
      for component in 0..<error.count {
        sums[min(component, 2)] += mass * error[component][place] * error[component][place]
      }
    }
    try grid.communicator.reduce(&sums, .sum)
    return sums.map { ($0 / system.solidVolume).squareRoot() }
  }
}
