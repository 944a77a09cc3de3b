// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Parallel
import Physics

/// Newton's method on X of all cells and Δφ.
///
/// Each particle's equations are a band of five (μ contains X″, the flux another derivative), bordered
/// by two columns: its own mean X̄, in μ by the coherency, and Δφ, which all particles share. So a
/// particle is solved for three right sides, and what ties the particles together is one number.
extension EnsembleSystem {
  /// Most iterations of a step.
  private static let limit = 25

  /// Solves a₀ X + h = −∇J + R + noise with the Δφ that the drive asks for.
  ///
  /// Collective. Of a current the mean of X is exact at each iteration: linear equations hold it.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func solve(
    _ state: EnsembleState, at time: Double, rate: Double, history: EnsembleState
  ) throws(ParallelError) -> StepOutcome<Void> {
    var outcome = StepOutcome(energy: ())
    let noise = try findForcing(state, rate: rate, history)
    var last = Double.infinity
    while outcome.newton < EnsembleSystem.limit {
      outcome.newton += 1
      findPotential(state)
      try findOverpotential(state, noise: noise)
      let isSolved = linearise(state, rate, history)
      guard try communicator.minimum(isSolved ? 1 : 0) > 0 else {
        outcome.reason = "the equations of a particle are singular"
        return outcome
      }
      let shift = try overpotentialChange(state, rate, history)
      let (size, isWhole) = try update(state, shift)
      guard size.isFinite else { break }
      // What is left after this change, from how fast changes become smaller.
      let contraction = last.isFinite ? min(1, size / last) : 1
      if isWhole && (size <= 1e-3 * tolerance || size * contraction <= tolerance) {
        findPotential(state)
        try findOverpotential(state, noise: noise)
        // The integral of the current, by the same formula as X.
        state.charge = (try current(state, noise: noise) - history.charge) / rate
        outcome.converged = true
        return outcome
      }
      last = size
    }
    outcome.reason = "Newton's method left a change of X of \(last) in \(outcome.newton) iterations"
    return outcome
  }

  /// Writes each particle's equations at a state and solves them: ``change`` and ``response``.
  private func linearise(
    _ state: EnsembleState, _ rate: Double, _ history: EnsembleState
  ) -> Bool {
    let cells = model.cells
    var isSolved = true
    for (own, particle) in particles.enumerated() {
      band.clear()
      let first = own * cells
      writeDiffusion(state, rate, history, first)
      if model.isOpen { writeReaction(state, first, model.factors[particle]) }
      isSolved = band.solve() && isSolved
      // dx = y₀ − y_u dX̄ − y_v dΔφ, and dX̄ is the mean of dx.
      var means = (0.0, 0.0, 0.0)
      for place in 0..<cells {
        means.0 += band[place, 0]
        means.1 += band[place, 1]
        means.2 += band[place, 2]
      }
      let whole = 1 + means.1 / Double(cells)
      let (fixed, shifted) = (means.0 / Double(cells) / whole, means.2 / Double(cells) / whole)
      let (dx, dv) = (change.lane, response.lane)
      for cell in 0..<cells {
        let place = places[cell]
        dx[first + cell] = band[place, 0] - band[place, 1] * fixed
        dv[first + cell] = band[place, 1] * shifted - band[place, 2]
      }
    }
    return isSolved
  }

  /// a₀ X + h − noise − (1/h²)[M₊(μ₊ − μ) − M₋(μ − μ₋)] of one particle and its derivatives by X.
  private func writeDiffusion(
    _ state: EnsembleState, _ rate: Double, _ history: EnsembleState, _ first: Int
  ) {
    let (cells, isRing) = (model.cells, model.ends == .periodic)
    let x = state.composition.lane.advanced(by: first)
    let mu = potential.lane.advanced(by: first)
    let bend = curvature.lane.advanced(by: first)
    let h = history.composition.lane.advanced(by: first)
    let square = model.spacing * model.spacing
    let stiffness = model.kappa / square
    for cell in 0..<cells {
      let place = places[cell]
      band.add(rate, row: place, column: place)
      band[place, 0] = -(rate * x[cell] + h[cell])
    }
    if forcing.count > 0 {
      let extra = forcing.lane.advanced(by: first)
      for cell in 0..<cells { band[places[cell], 0] += extra[cell] }
    }
    let mobility = model.diffusivity / model.reaction.thermalEnergy / square
    for face in 0..<(isRing ? cells : cells - 1) {
      let (left, right) = (face, face + 1 < cells ? face + 1 : 0)
      let (rowL, rowR) = (places[left], places[right])
      let middle = 0.5 * (x[left] + x[right])
      let (m, slope) = (mobility * middle * (1 - middle), 0.5 * mobility * (1 - 2 * middle))
      let difference = mu[right] - mu[left]
      // What flows from right to left.
      let flow = m * difference
      band[rowL, 0] += flow
      band[rowR, 0] -= flow
      func derive(_ cell: Int, _ value: Double) {
        let column = places[cell]
        band.add(-value, row: rowL, column: column)
        band.add(value, row: rowR, column: column)
      }
      derive(left, slope * difference)
      derive(right, slope * difference)
      derivePotential(left, bend[left], stiffness) { cell, value in derive(cell, -m * value) }
      derivePotential(right, bend[right], stiffness) { cell, value in derive(cell, m * value) }
    }
  }

  /// ∂μ/∂X of a cell by the cells near it, X̄ apart.
  @inline(__always)
  private func derivePotential(
    _ cell: Int, _ bend: Double, _ stiffness: Double, _ use: (Int, Double) -> Void
  ) {
    let last = model.cells - 1
    var own = bend + model.coherency
    for near in [cell - 1, cell + 1] {
      if near >= 0 && near <= last {
        own += stiffness
        use(near, -stiffness)
      } else {
        switch model.ends {
        case .neutral: break
        case .composition: own += 2 * stiffness
        case .periodic:
          own += stiffness
          use(near < 0 ? last : 0, -stiffness)
        }
      }
    }
    use(cell, own)
  }

  /// The reaction of one particle: its part of the right side, and its derivatives by X, X̄ and Δφ.
  private func writeReaction(_ state: EnsembleState, _ first: Int, _ factor: Double) {
    let x = state.composition.lane.advanced(by: first)
    let mu = potential.lane.advanced(by: first)
    let bend = curvature.lane.advanced(by: first)
    let stiffness = model.kappa / (model.spacing * model.spacing)
    let constant = model.reaction.rateConstant * factor
    let scale = 0.5 / model.reaction.thermalEnergy
    for cell in 0..<model.cells {
      let place = places[cell]
      let exchange = constant * SurfaceReaction.exchange(at: x[cell])
      let up = exp(scale * (state.overpotential + mu[cell]))
      let current = -0.5 * exchange * (up - 1 / up)
      let byPotential = -0.5 * exchange * scale * (up + 1 / up)
      band[place, 0] += current
      // F contains −R, and μ contains −(B/c_max) X̄.
      band[place, 1] = byPotential * model.coherency
      band[place, 2] = -byPotential
      band.add(
        -current * SurfaceReaction.relativeSlope(at: x[cell]), row: place, column: place)
      derivePotential(cell, bend[cell], stiffness) { near, value in
        band.add(-byPotential * value, row: place, column: places[near])
      }
    }
  }

  /// The change of Δφ with which the mean of X becomes what the current makes it.
  ///
  /// Collective.
  private func overpotentialChange(
    _ state: EnsembleState, _ rate: Double, _ history: EnsembleState
  ) throws(ParallelError) -> Double {
    guard case .current(let current) = drive, model.isOpen else { return 0 }
    let (x, h) = (state.composition.lane, history.composition.lane)
    let (dx, dv) = (change.lane, response.lane)
    var (fixed, shifted, content) = (0.0, 0.0, 0.0)
    for index in 0..<ownCells {
      fixed += dx[index]
      shifted += dv[index]
      content += rate * x[index] + h[index]
    }
    let sums = try sums([fixed, shifted, content])
    return ((current * allCells - sums[2]) / rate - sums[0]) / sums[1]
  }

  /// Takes the change, a particle's no farther than nine tenths of the way to a bound.
  ///
  /// Collective.
  ///
  /// - Returns: the root mean square of the change, and whether it was taken as a whole.
  private func update(
    _ state: EnsembleState, _ shift: Double
  ) throws(ParallelError) -> (size: Double, isWhole: Bool) {
    let (x, dx, dv) = (state.composition.lane, change.lane, response.lane)
    let hasBounds = model.energy.hasBounds || model.isOpen
    var (sum, cut) = (0.0, 0.0)
    for own in 0..<particles.count {
      let range = own * model.cells..<(own + 1) * model.cells
      var share = 1.0
      for index in range {
        let step = dx[index] + shift * dv[index]
        dx[index] = step
        sum += step * step
        let room = step > 0 ? 1 - x[index] : x[index]
        if hasBounds && abs(step) * share > 0.9 * room { share = 0.9 * room / abs(step) }
      }
      if share < 1 { cut += 1 }
      for index in range { x[index] += share * dx[index] }
    }
    let sums = try sums([sum, cut])
    return ((sums[0] / allCells).squareRoot(), sums[1] == 0)
  }
}
