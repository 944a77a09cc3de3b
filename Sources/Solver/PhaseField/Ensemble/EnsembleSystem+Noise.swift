// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
public import Parallel
import Physics

/// Langevin noise: of the flux through each face, and of the reaction of each cell.
///
/// ∂X/∂t contains ∂_x[√(2D₀X(1 − X)/(c_max A)) η]: together with the mobility it lets X fluctuate as
/// equilibrium asks, ⟨|X_k|²⟩ = kT/[c_max A L (f″ + κk̂²)]. The factor is taken at the beginning of a
/// step (Itô), the motion B of each face is a ``BrownianPath``. What noise has made of X is part of a
/// state, so that BDF2's formula is that of Buckwar and Winkler: it acts on X less the noise.
extension EnsembleSystem {
  /// Gives the state at the end of a step its noise.
  public func prepare(
    _ trial: EnsembleState, from state: EnsembleState, at time: Double, to end: Double
  ) {
    guard let noise = model.noise else { return }
    let path = BrownianPath(seed: noise.seed, resolution: noise.resolution)
    let (cells, h) = (model.cells, model.spacing)
    let (x, before, after) = (state.composition.lane, state.noise.lane, trial.noise.lane)
    for index in 0..<ownCells { after[index] = before[index] }
    // Sites in a cell.
    let sites = model.siteDensity * model.crossSection * h
    if noise.isReactive { findPotential(state) }
    // Faces and cells have motions of their own, by their numbers among all.
    func increment(_ index: Int) -> Double {
      path.value(index, at: end) - path.value(index, at: time)
    }
    for (own, particle) in particles.enumerated() {
      let first = own * cells
      if noise.isConserved {
        for face in 0..<(model.ends == .periodic ? cells : cells - 1) {
          let (left, right) = (first + face, first + (face + 1 < cells ? face + 1 : 0))
          let middle = 0.5 * (x[left] + x[right])
          let strength = 2 * model.diffusivity * max(0, middle * (1 - middle)) / sites
          let moved = strength.squareRoot() / h * increment(2 * (particle * cells + face))
          after[left] += moved
          after[right] -= moved
        }
      }
      if noise.isReactive {
        let scale = 0.5 / model.reaction.thermalEnergy
        let constant = model.reaction.rateConstant * model.factors[particle]
        let mu = potential.lane
        for index in first..<first + cells {
          let strength =
            constant * SurfaceReaction.exchange(at: x[index])
            * cosh(scale * (state.overpotential + mu[index])) / sites
          let motion = 2 * (particle * cells + index - first) + 1
          after[index] += strength.squareRoot() * increment(motion)
        }
      }
    }
  }

  /// A fifth of the time in which a wave grows e-fold at most, while a particle is nearly uniform.
  ///
  /// What grows from noise is no larger than noise at first, which the error of a step must allow: so
  /// the error does not see that fluctuations, or their growth, are skipped.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func longestStep(_ state: EnsembleState) throws(ParallelError) -> Double {
    guard model.noise != nil, fastestGrowth > 0 else { return .infinity }
    let (x, cells) = (state.composition.lane, model.cells)
    var isUniform = false
    for own in 0..<particles.count {
      var (sum, squares) = (0.0, 0.0)
      for index in own * cells..<(own + 1) * cells {
        sum += x[index]
        squares += x[index] * x[index]
      }
      let mean = sum / Double(cells)
      if squares / Double(cells) - mean * mean < 0.01 { isUniform = true }
    }
    return try communicator.maximum(isUniform ? 1 : 0) > 0 ? 0.2 / fastestGrowth : .infinity
  }

  /// What noise adds to dX/dt in a step, in each cell and, as returned, in the mean.
  ///
  /// Collective.
  func findForcing(
    _ state: EnsembleState, rate: Double, _ history: EnsembleState
  ) throws(ParallelError) -> Double {
    guard let noise = model.noise else { return 0 }
    let (target, now, before) = (forcing.lane, state.noise.lane, history.noise.lane)
    var sum = 0.0
    for index in 0..<ownCells {
      target[index] = rate * now[index] + before[index]
      sum += target[index]
    }
    // Fluxes between cells have no mean but rounding.
    return noise.isReactive ? try communicator.sum(sum) / allCells : 0
  }
}
