// SPDX-License-Identifier: Apache-2.0

import Numerics
import Physics

/// What the mixed form of the Cahn–Hilliard equation is made of on one grid.
///
///     α ∂X/∂t = ∇·(α M ∇μ),   α μ = α f'(X) − ∇·(α κ ∇X) − …
///
/// Weak and with the gradient flow kept: ∂X/∂t and μ have the same, consistent mass matrix (lumping
/// it slows PFHub 1b's growth by 7 % at h = 1), the energy is integrated at the Gauss points, the
/// mobility is taken at the element's centre.
package struct CompositionTerms {
  let energy: BulkEnergy
  let mobility: MobilityLaw
  /// D of the mobility law along x, y, z.
  let diffusivity: Directions<Double>
  /// κ in eV nm² along x, y, z.
  let kappa: Directions<Double>
}

/// The element loops of the mixed form on the finest grid.
struct CompositionKernel {
  let terms: CompositionTerms
  let layout: FieldLayout
  let flux: GradientModes
  let penalty: GradientModes
  private let energy: EnergyLaw
  private let mobility: MobilityKernel

  init(_ terms: CompositionTerms, _ grid: StructuredGrid) {
    self.terms = terms
    layout = grid.layout
    flux = GradientModes(terms.diffusivity, grid.spacing)
    penalty = GradientModes(terms.kappa, grid.spacing)
    energy = EnergyLaw(terms.energy)
    mobility = MobilityKernel(terms.mobility)
  }

  /// The spatial terms of the residual and what their derivative needs.
  ///
  /// - Parameters:
  ///   - state: X, μ with ghosts.
  ///   - weights: α_e times the volume.
  ///   - residual: ∫ M ∇μ·∇φ is added to field 0, −∂F/∂X to field 1.
  ///   - linearisation: mobility α V M_e in field 0, its derivative in 1, α V f'' at the Gauss
  ///     points (over eight) in 2…9.
  /// - Returns: this rank's share of the energy; elements belong to the owner of their lowest node.
  func residual(
    _ state: Fields, weights: Lane, into residual: Fields, linearisation: Fields
  ) -> Double {
    let (composition, potential) = (state[.composition], state[.potential])
    let (rateRow, potentialRow) = (residual[.composition], residual[.potential])
    let (mobility, slope) = (linearisation[0], linearisation[1])
    let (bulk, law) = (self.energy, self.mobility)
    var energy = Eight.zero
    for k in 0..<layout.elementLayers {
      for j in -1..<layout.y {
        for i in stride(from: -1, to: layout.x, by: 8) {
          let place = layout.index(i, j, k)
          let weight = weights.load(place)
          let x = Octet(composition, place, layout).analysed
          let mu = Octet(potential, place, layout).analysed
          let points = (x * Eight(repeating: 0.125)).atGaussScale.synthesised
          let centre = x.v0 * 0.125
          let (factor, factorSlope) = law.factor(centre)
          mobility.store(place, weight * factor)
          slope.store(place, weight * factorSlope)
          (mu * flux.octet * (weight * factor)).synthesised.add(to: rateRow, place, layout)
          // Energy, its gradient and curvature, point by point.
          let eighth = weight * 0.125
          let (f0, g0, h0) = bulk.evaluate(points.v0)
          let (f1, g1, h1) = bulk.evaluate(points.v1)
          let (f2, g2, h2) = bulk.evaluate(points.v2)
          let (f3, g3, h3) = bulk.evaluate(points.v3)
          let (f4, g4, h4) = bulk.evaluate(points.v4)
          let (f5, g5, h5) = bulk.evaluate(points.v5)
          let (f6, g6, h6) = bulk.evaluate(points.v6)
          let (f7, g7, h7) = bulk.evaluate(points.v7)
          (Octet(h0, h1, h2, h3, h4, h5, h6, h7) * eighth).store(in: linearisation, from: 2, place)
          let slopes = (Octet(g0, g1, g2, g3, g4, g5, g6, g7) * (weight * (1.0 / 64))).analysed
            .atGaussScale
          let gradient = x * penalty.octet * weight
          let row = slopes + gradient
          (row * Eight(repeating: -1)).synthesised.add(to: potentialRow, place, layout)
          if j >= 0 {
            let density = Octet(f0, f1, f2, f3, f4, f5, f6, f7).sum * eighth
            let bent = (x * gradient).sum * 0.5
            energy += layout.owned(density + bent, i)
          }
        }
      }
    }
    return energy.sum()
  }

  /// Adds the products with the mass matrix of `rates` to row 0 and of μ to row 1.
  func addMass(_ rates: Lane, _ state: Fields, weights: Lane, into residual: Fields) {
    let (potential, rateRow, potentialRow) = (
      state[.potential], residual[.composition], residual[.potential]
    )
    for k in 0..<layout.elementLayers {
      for j in -1..<layout.y {
        for i in stride(from: -1, to: layout.x, by: 8) {
          let place = layout.index(i, j, k)
          let weight = weights.load(place)
          (Octet(rates, place, layout).analysed * Octet.mass * weight).synthesised.add(
            to: rateRow, place, layout)
          (Octet(potential, place, layout).analysed * Octet.mass * weight).synthesised.add(
            to: potentialRow, place, layout)
        }
      }
    }
  }

  /// Writes the derivative of the whole residual along `change`, with a₀ = `rate`, to rows 0 and 1
  /// of `product`; its ghosts are left as they fall.
  func derivative(
    _ change: Fields, rate: Double, state: Fields, weights: Lane, linearisation: Fields,
    ring: LayerRing, into product: Fields
  ) {
    ring.run(
      layer: { k in
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          column(i, k, change, rate, state[.potential], weights, linearisation, ring)
        }
      },
      finish: { k in
        for row in 0..<2 {
          let (sums, target) = (ring.sums(row, k), product[row])
          layout.forOwn(layer: k) { place, _ in target.store(place, sums.load(place)) }
        }
      })
  }

  /// The elements i…i+7 of layer k, line after line along y.
  @inline(never)
  private func column(
    _ i: Int, _ k: Int, _ change: Fields, _ rate: Double, _ statePotential: Lane, _ weights: Lane,
    _ linearisation: Fields, _ ring: LayerRing
  ) {
    let (line, up) = (layout.line, layout.up)
    let top = up == 0 ? k : k + 1
    let low = (ring.sums(0, k), ring.sums(1, k))
    let high = (ring.sums(0, top), ring.sums(1, top))
    let (mobility, slope) = (linearisation[0], linearisation[1])
    let isConstant = self.mobility.isConstant
    var place = layout.index(i, layout.elementsY.lowerBound, k)
    var composition = LineModes(change[.composition], place, up: up)
    var potential = LineModes(change[.potential], place, up: up)
    var drive = LineModes(statePotential, place, up: up)
    var (rateRow, potentialRow) = (LineModes.zero, LineModes.zero)
    for _ in 0..<layout.elementsY.count {
      let nextComposition = LineModes(change[.composition], place + line, up: up)
      let nextPotential = LineModes(change[.potential], place + line, up: up)
      let x = composition.joined(nextComposition)
      let mu = potential.joined(nextPotential)
      let weight = weights.load(place)
      var flow = mu * mobility.load(place)
      if !isConstant {
        let next = LineModes(statePotential, place + line, up: up)
        flow = flow + drive.joined(next) * (slope.load(place) * x.v0 * 0.125)
        drive = next
      }
      let first = flow * flux.octet + x * Octet.mass * (weight * rate)
      rateRow.addLower(first)
      rateRow.give(to: low.0, high.0, place, up: up)
      rateRow = LineModes(upper: first)
      let points = (x * Eight(repeating: -1.0 / 64)).atGaussScale.synthesised
      let bulk = (points * Octet(stored: linearisation, from: 2, place)).analysed.atGaussScale
      let second = bulk - x * penalty.octet * weight + mu * Octet.mass * weight
      potentialRow.addLower(second)
      potentialRow.give(to: low.1, high.1, place, up: up)
      potentialRow = LineModes(upper: second)
      (composition, potential) = (nextComposition, nextPotential)
      place += line
    }
    rateRow.give(to: low.0, high.0, place, up: up)
    potentialRow.give(to: low.1, high.1, place, up: up)
  }
}
