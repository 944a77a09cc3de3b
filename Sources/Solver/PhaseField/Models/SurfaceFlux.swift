// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Parallel
public import Physics

/// How lithium passes a surface.
public enum FluxLaw: Equatable, Sendable {
  /// The current, spread evenly; V is V₀ less the mean μ of the surface over e, in V.
  case prescribed(referenceVoltage: Double)
  /// R of the reaction at each place of the surface, on a layer of a depth in nm.
  ///
  /// The flux is depth · R in nm/s; nil is the depth V/A of the solid over its surface, with which a
  /// uniform particle takes up R, as one in one dimension does.
  case reaction(SurfaceReaction, depth: Double?)
}

/// The lithium that enters through a particle's surface: the part of a drive in the equations.
///
/// At node i, which has the area A_i of the surface, nm³/s enter,
///
///     J_i = −A_i ℓ k₀ g(X_i) sinh[(eΔφ + μ_i)/2kT],   g = X^½ (1 − X)^{3/2},
///
/// Δφ the same all over. A voltage gives Δφ; of a current, Σ J_i = C V is a quadratic in
/// exp(eΔφ/2kT), so that Δφ is a function of X and μ and no unknown of Newton's method: its
/// derivative dΔφ = −Σ (∂J/∂X dX + ∂J/∂μ dμ)/Σ ∂J/∂μ borders the linear equations, whose sums so stay
/// those of a closed body.
package final class SurfaceFlux {
  /// How lithium passes.
  package let law: FluxLaw
  /// What drives it now.
  package var drive = Drive.current(0)
  /// A_i in nm², zero elsewhere.
  private let areas: Fields
  /// Σ A_i in nm².
  package let area: Double
  /// The volume of the solid in nm³.
  private let volume: Double
  /// ℓ in nm.
  package let depth: Double
  private let layout: FieldLayout
  private let communicator: Communicator
  /// A_i ℓ k₀ g and exp(μ/2kT) of each node.
  private let exchange: Fields
  /// ∂J/∂X and ∂J/∂μ at the state last evaluated.
  private let slopes: Fields
  /// Σ ∂J/∂μ over all ranks.
  private var stiffness = 0.0

  /// The flux through a surface.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - areas: of the nodes, in nm².
  ///   - volume: of the solid in nm³.
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package init(
    _ law: FluxLaw, _ areas: SurfaceAreas, volume: Double, _ grid: StructuredGrid
  ) throws(ParallelError) {
    self.law = law
    self.areas = areas.areas
    self.volume = volume
    (layout, communicator) = (grid.layout, grid.communicator)
    area = areas.totals.reduce(0, +)
    var given: Double?
    if case .reaction(_, let depth) = law { given = depth }
    depth = given ?? volume / area
    exchange = Fields(layout, count: 2)
    slopes = Fields(layout, count: 2)
  }

  /// V₀ in V.
  package var referenceVoltage: Double {
    switch law {
    case .prescribed(let voltage): voltage
    case .reaction(let reaction, _): reaction.referenceVoltage
    }
  }

  /// Visits the nodes of the surface with their areas.
  @inline(__always)
  private func forSurface(_ body: (_ place: Int, _ area: Double) -> Void) {
    let lane = areas[0]
    for place in 0..<layout.size where lane[place] > 0 { body(place, lane[place]) }
  }

  /// Sets Δφ of a state: what the voltage says, or exactly what the current asks for.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func findOverpotential(_ state: Fields) throws(ParallelError) {
    let (x, mu) = (state[.composition], state[.potential])
    switch law {
    case .prescribed:
      let sum = try communicator.sum(VectorKernels.dot(areas[0], mu, layout))
      state.overpotential = -sum / area
    case .reaction(let reaction, _):
      let (amount, factor) = (exchange[0], exchange[1])
      let scale = 0.5 / reaction.thermalEnergy
      let constant = depth * reaction.rateConstant
      var sums = [0.0, 0.0]
      forSurface { place, area in
        amount[place] = area * constant * SurfaceReaction.exchange(at: x[place])
        factor[place] = exp(scale * mu[place])
        sums[0] += amount[place] * factor[place]
        sums[1] += amount[place] / factor[place]
      }
      switch drive {
      case .voltage(let voltage): state.overpotential = voltage - reaction.referenceVoltage
      case .current(let current):
        try communicator.reduce(&sums, .sum)
        state.overpotential = reaction.overpotential(
          rate: current, rising: sums[0] / volume, falling: sums[1] / volume)
      }
    }
  }

  /// Subtracts J_i from the row of X, and keeps what its derivative needs.
  ///
  /// Collective. Sets Δφ.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func subtract(_ state: Fields, from row: Lane) throws(ParallelError) {
    try findOverpotential(state)
    guard case .reaction(let reaction, _) = law else {
      let flux = currentDensity
      forSurface { place, area in row[place] -= area * flux }
      return
    }
    let (x, amount, factor) = (state[.composition], exchange[0], exchange[1])
    let (byComposition, byPotential) = (slopes[0], slopes[1])
    let scale = 0.5 / reaction.thermalEnergy
    let drop = exp(scale * state.overpotential)
    var sum = 0.0
    forSurface { place, _ in
      let up = drop * factor[place]
      let flux = -0.5 * amount[place] * (up - 1 / up)
      row[place] -= flux
      byComposition[place] = flux * SurfaceReaction.relativeSlope(at: x[place])
      byPotential[place] = -0.5 * amount[place] * scale * (up + 1 / up)
      sum += byPotential[place]
    }
    if case .current = drive { stiffness = try communicator.sum(sum) }
  }

  /// Subtracts the derivative of J_i along a change whose ghosts may be anything finite.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func subtractDerivative(_ change: Fields, from row: Lane) throws(ParallelError) {
    guard case .reaction = law else { return }
    let (dx, dmu) = (change[.composition], change[.potential])
    let (byComposition, byPotential) = (slopes[0], slopes[1])
    var shift = 0.0
    if case .current = drive {
      let sum = try communicator.sum(
        VectorKernels.dot(byComposition, dx, layout) + VectorKernels.dot(byPotential, dmu, layout))
      shift = -sum / stiffness
    }
    for place in stride(from: 0, to: layout.size, by: 8) {
      let flux =
        byComposition.load(place) * dx.load(place)
        + byPotential.load(place) * (dmu.load(place) + shift)
      row.store(place, row.load(place) - flux)
    }
  }

  /// Σ J_i and Σ ∂J_i/∂X in nm³/s at a state's X, μ and Δφ.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func total(_ state: Fields) throws(ParallelError) -> (flux: Double, slope: Double) {
    if case .current(let current) = drive { return (current * volume, 0) }
    guard case .reaction(let reaction, _) = law else { return (0, 0) }
    let (x, mu) = (state[.composition], state[.potential])
    let scale = 0.5 / reaction.thermalEnergy
    let constant = depth * reaction.rateConstant
    var sums = [0.0, 0.0]
    forSurface { place, area in
      let flux =
        -area * constant * SurfaceReaction.exchange(at: x[place])
        * sinh(scale * (state.overpotential + mu[place]))
      sums[0] += flux
      sums[1] += flux * SurfaceReaction.relativeSlope(at: x[place])
    }
    try communicator.reduce(&sums, .sum)
    return (sums[0], sums[1])
  }

  /// The current over the surface, of a prescribed one, in nm/s.
  private var currentDensity: Double {
    guard case .current(let current) = drive else { return 0 }
    return current * volume / area
  }

  /// Whether X of the surface's nodes must lie inside (0, 1).
  private var hasBounds: Bool {
    if case .reaction = law { true } else { false }
  }

  /// The distance of the surface's nodes on this rank from 0 and 1, negative outside; at most 1.
  func leastRoom(_ composition: Lane) -> Double {
    guard hasBounds else { return 1 }
    var least = 1.0
    forSurface { place, _ in least = min(least, composition[place], 1 - composition[place]) }
    return least
  }

  /// How much of nine tenths of the way to 0 or 1 the step −change of the surface's nodes takes, the
  /// most on this rank.
  func usedRoom(_ composition: Lane, _ change: Lane) -> Double {
    guard hasBounds else { return 0 }
    var most = 0.0
    forSurface { place, _ in
      let (x, dx) = (composition[place], change[place])
      most = max(most, abs(dx) / (0.9 * (dx < 0 ? 1 - x : x)))
    }
    return most
  }
}

extension Fields {
  /// Δφ in V of a driven state.
  package var overpotential: Double {
    get { scalars.x }
    set { scalars.x = newValue }
  }

  /// The lithium that a driven state has taken up since the start, as a change of the mean of X.
  package var charge: Double {
    get { scalars.y }
    set { scalars.y = newValue }
  }
}
