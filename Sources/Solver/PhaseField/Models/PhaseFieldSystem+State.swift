// SPDX-License-Identifier: Apache-2.0

package import Parallel
import Physics

extension PhaseFieldSystem {
  /// Sets the composition at each own node by its position in nm; empty nodes get one half.
  package func setComposition(_ state: Fields, _ composition: (Directions<Double>) -> Double) {
    let lane = state[.composition]
    for k in 0..<grid.layout.z {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          let place = grid.layout.index(i, j, k)
          lane[place] = mass[0][place] > 0 ? composition(grid.position(i, j, k)) : 0.5
        }
      }
    }
  }

  /// The smallest and largest composition of the solid.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func compositionRange(_ state: Fields) throws(ParallelError) -> (
    lowest: Double, highest: Double
  ) {
    var lowest = Double.infinity
    var highest = -Double.infinity
    let lane = state[.composition]
    forSolid { place, _ in
      lowest = min(lowest, lane[place])
      highest = max(highest, lane[place])
    }
    var pair = [lowest, -highest]
    try grid.communicator.reduce(&pair, .minimum)
    return (pair[0], -pair[1])
  }

  /// The spread of μ over the solid in eV, zero in equilibrium.
  ///
  /// Collective.
  func potentialSpread(_ state: Fields) throws(ParallelError) -> Double {
    var lowest = Double.infinity
    var highest = -Double.infinity
    let lane = state[.potential]
    forSolid { place, _ in
      lowest = min(lowest, lane[place])
      highest = max(highest, lane[place])
    }
    var pair = [lowest, -highest]
    try grid.communicator.reduce(&pair, .minimum)
    return -pair[1] - pair[0]
  }
}

extension PhaseFieldModel {
  /// Table S1: LiFePO4 in grid axes x = a, y = c, z = b, with κ_b = 100 κ and D_b = 1e5 D.
  public static func lithiumIronPhosphate(
    elastic: Bool, depthPenalty: Double = 100
  ) -> PhaseFieldModel {
    let solution = RegularSolution.lithiumIronPhosphate
    let material = Material.lithiumIronPhosphate
    let strain = material.eigenstrain
    return PhaseFieldModel(
      energy: .regularSolution(solution), kappa: Directions(13.4, 13.4, 13.4 * depthPenalty),
      mobility: .degenerate(thermalEnergy: solution.thermalEnergy),
      diffusivity: Directions(1, 1, 1e5), energyScale: solution.thermalEnergy,
      elasticity: elastic
        ? ElasticModel(
          stiffness: GridStiffness(material.stiffness, sitesPerVolume: 13.76),
          eigenstrain: Directions([strain.a], [strain.c], [strain.b])) : nil)
  }
}

extension PhaseFieldSystem {
  /// Prepares the preconditioner for a step so long that only the energy's curvature counts, at the
  /// state last evaluated.
  ///
  /// Collective.
  func prepareStaticPreconditioner() throws(ParallelError) {
    let size = grid.size
    let flow = model.diffusivity
    let slowest = min(
      flow.x / (size.x * size.x), flow.y / (size.y * size.y),
      grid.dimension == 2 ? .infinity : flow.z / (size.z * size.z))
    let mobility = model.mobility.factor(at: 0.5)
    rate = 1e-2 * slowest * mobility * model.energyScale
    try setUpPreconditioner()
  }
}
