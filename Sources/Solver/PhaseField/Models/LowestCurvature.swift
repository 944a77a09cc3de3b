// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// The lowest curvature of the free energy about a state, and the direction that has it.
///
/// The least λ of H v = λ m v, with H the second derivative of the free energy in X, the
/// displacement in equilibrium with it, over the v that keep the lithium content and, in a periodic
/// box, do not merely shift the pattern. Found by the locally optimal preconditioned method of
/// conjugate gradients: the preconditioner is the multigrid of the time steps, for a long step.
struct LowestCurvature {
  /// λ in eV.
  let value: Double
  /// The direction, Σ m v² = 1.
  let direction: Fields
  /// The products with H that it took.
  let iterations: Int
  /// Whether λ is below what counts as none.
  let isUnstable: Bool

  /// The share of the largest |f″| below which a negative curvature counts as none: rounding, and
  /// shifts of a pattern against the grid.
  static let threshold = 1e-5
  private static let limit = 80

  /// The lowest curvature of a state.
  ///
  /// Collective. What the system has linearised is the state's afterwards.
  ///
  /// - Parameters:
  ///   - state: in equilibrium of the stress.
  ///   - seed: draws the first guess, by the nodes' global numbers.
  init(_ system: PhaseFieldSystem, _ state: Fields, seed: Int) throws(ParallelError) {
    let problem = try CurvatureProblem(system, state)
    let least = LowestCurvature.threshold * (try system.curvatureScale(state))
    let (x, hx) = (problem.makeVector(), problem.makeVector())
    let (p, hp) = (problem.makeVector(), problem.makeVector())
    let (w, hw) = (problem.makeVector(), problem.makeVector())
    problem.draw(x, seed: seed)
    _ = try problem.normalise(x)
    try problem.apply(x, hx)
    var value = try problem.dot([(x, hx)])[0]
    var (iterations, hasDirection) = (1, false)
    while iterations < LowestCurvature.limit {
      let rest = try problem.rest(hx, x, value, into: w)
      // The residual bounds the distance of λ from an eigenvalue.
      if rest <= 0.1 * abs(value + least) { break }
      try problem.precondition(w)
      try problem.orthogonalise(w, to: [x])
      guard try problem.normalise(w) else { break }
      try problem.apply(w, hw)
      iterations += 1
      var pairs = [(x, hx), (w, hw)]
      if hasDirection { pairs.append((p, hp)) }
      guard let (lowest, weights) = try problem.ritz(pairs) else { break }
      // The new direction is the step without its part along x, which keeps the recurrence stable.
      for (target, step, own) in [(x, w, p), (hx, hw, hp)] {
        let last = hasDirection ? weights[2] : 0
        VectorKernels.scaleAll(own, by: last)
        VectorKernels.add(weights[1], step, to: own)
        VectorKernels.scaleAll(target, by: weights[0])
        VectorKernels.add(1, own, to: target)
      }
      hasDirection = try problem.normalise(p, with: hp)
      _ = try problem.normalise(x, with: hx)
      value = lowest
    }
    self.value = value
    direction = x
    self.iterations = iterations
    isUnstable = value < -least
  }
}

extension PhaseFieldSystem {
  /// The largest |f″| of the bulk over the compositions of a state, in eV; those beyond a hundredth
  /// from the bounds of an entropy, whose curvature has no limit.
  ///
  /// Collective.
  func curvatureScale(_ state: Fields) throws(ParallelError) -> Double {
    var (low, high) = try compositionRange(state)
    if model.energy.hasBounds {
      (low, high) = (min(max(low, 0.01), 0.99), min(max(high, 0.01), 0.99))
    }
    return (0...64).reduce(0) { most, step in
      max(most, abs(model.energy.curvature(at: low + (high - low) * Double(step) / 64)))
    }
  }
}
