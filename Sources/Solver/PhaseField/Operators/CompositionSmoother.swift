// SPDX-License-Identifier: Apache-2.0

/// The linear (X, μ) operator of one multigrid level with one coefficient per element, and its line
/// solves along z.
///
///     r_X = a₀ M X + K_M μ,   r_μ = M μ − (f''M + K_κ) X
///
/// Coefficient fields: 0 the weight α V, 1 mobility α V M, 2 curvature α V f''; node field: the
/// lumped mass m, which tells nodes without material.
package struct CompositionSmoother {
  let layout: FieldLayout
  private let flux: GradientModes
  private let penalty: GradientModes
  private let mass = Octet.mass
  private let massDiagonal: Double
  private let massEdge: Double

  package init(_ terms: CompositionTerms, _ grid: StructuredGrid) {
    layout = grid.layout
    flux = GradientModes(terms.diffusivity, grid.spacing)
    penalty = GradientModes(terms.kappa, grid.spacing)
    massDiagonal = 1.0 / 27
    massEdge = 1.0 / 54
  }

  /// The product with `values` layer by layer: `finish(k)` finds both rows of layer k complete in
  /// `ring`; ghosts of `values` are filled.
  @inline(__always)
  func sweep(
    _ values: Fields, coefficients: Fields, rate: Double, ring: LayerRing, finish: (Int) -> Void
  ) {
    ring.run(
      layer: { k in
        let top = layout.up == 0 ? k : k + 1
        let low = (ring.sums(0, k), ring.sums(1, k))
        let high = (ring.sums(0, top), ring.sums(1, top))
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          column(i, k, (values[0], values[1]), coefficients, rate, low, high)
        }
      }, finish: finish)
  }

  /// Writes the product with `values`, whose ghosts are filled, into the own nodes of two fields.
  package func multiply(
    _ values: Fields, coefficients: Fields, rate: Double, ring: LayerRing, into target: Fields
  ) {
    sweep(values, coefficients: coefficients, rate: rate, ring: ring) { k in
      for row in 0..<2 {
        let (sums, result) = (ring.sums(row, k), target[row])
        layout.forOwn(layer: k) { place, isOwn in result.store(place, isOwn(sums.load(place))) }
      }
    }
  }

  /// The elements i…i+7 of layer k, line after line along y.
  @inline(never)
  private func column(
    _ i: Int, _ k: Int, _ values: (Lane, Lane), _ coefficients: Fields, _ rate: Double,
    _ low: (LayerSums, LayerSums), _ high: (LayerSums, LayerSums)
  ) {
    let (line, up) = (layout.line, layout.up)
    let (weights, mobility, curvature) = (coefficients[0], coefficients[1], coefficients[2])
    var place = layout.index(i, layout.elementsY.lowerBound, k)
    var composition = LineModes(values.0, place, up: up)
    var potential = LineModes(values.1, place, up: up)
    var (rateRow, potentialRow) = (LineModes.zero, LineModes.zero)
    for _ in 0..<layout.elementsY.count {
      let nextComposition = LineModes(values.0, place + line, up: up)
      let nextPotential = LineModes(values.1, place + line, up: up)
      let x = composition.joined(nextComposition)
      let mu = potential.joined(nextPotential)
      let weight = weights.load(place)
      let first = (x * mass * (weight * rate)).addingProduct(mu * mobility.load(place), flux.octet)
      rateRow.addLower(first)
      rateRow.give(to: low.0, high.0, place, up: up)
      rateRow = LineModes(upper: first)
      let content = (mu * weight).addingProduct(x, .zero - curvature.load(place))
      let second = (x * (.zero - weight) * penalty.octet).addingProduct(content, mass)
      potentialRow.addLower(second)
      potentialRow.give(to: low.1, high.1, place, up: up)
      potentialRow = LineModes(upper: second)
      (composition, potential) = (nextComposition, nextPotential)
      place += line
    }
    rateRow.give(to: low.0, high.0, place, up: up)
    potentialRow.give(to: low.1, high.1, place, up: up)
  }

  /// The sum of an element field over the four elements around a line of nodes, in layer k.
  @inline(__always)
  private func around(_ lane: Lane, _ place: Int) -> Eight {
    let line = layout.line
    return lane.load(place) + lane.load(place - 1) + lane.load(place - line)
      + lane.load(place - line - 1)
  }

  /// Factors the 2 × 2 block tridiagonal matrix of each line along z.
  ///
  /// `held` adds to ∂²F/∂X² at own nodes, given in any order.
  ///
  /// `factors`: 0…3 the inverse pivots [00, 01, 10, 11], 4, 5 and 6 the couplings X–μ, μ–X and
  /// μ–μ to the node above.
  func factorise(
    coefficients: Fields, mass: Lane, rate: Double, held: [(place: Int, stiffness: Double)],
    into factors: Fields
  ) {
    // Where the sum over a line is written before it is needed there.
    let stiffness = factors[3]
    for place in stride(from: 0, to: layout.size, by: 8) { stiffness.store(place, .zero) }
    for node in held { stiffness[node.place] = node.stiffness }
    let (weights, mobility, curvature) = (coefficients[0], coefficients[1], coefficients[2])
    let isPlane = layout.up == 0
    for j in 0..<layout.y {
      for i in stride(from: 0, to: layout.x, by: 8) {
        for k in 0..<layout.z {
          let place = layout.index(i, j, k)
          let hasUpper = isPlane || k < layout.z - 1
          let below = place - layout.plane
          var fluxSum = hasUpper ? around(mobility, place) : .zero
          var bulkSum = hasUpper ? around(curvature, place) : .zero
          var penaltySum = hasUpper ? around(weights, place) : .zero
          var fluxUp = fluxSum * flux.edgeZ
          var bulkUp = -(bulkSum * massEdge + penaltySum * penalty.edgeZ)
          var massUp = penaltySum * massEdge
          if isPlane {
            fluxSum *= 2
            bulkSum *= 2
            penaltySum *= 2
          } else if k > 0 {
            fluxSum += around(mobility, below)
            bulkSum += around(curvature, below)
            penaltySum += around(weights, below)
          }
          let m = mass.load(place)
          var d01 = fluxSum * flux.diagonal
          var d10 = -(bulkSum * massDiagonal + penaltySum * penalty.diagonal)
          d10 -= stiffness.load(place)
          var d11 = penaltySum * massDiagonal
          if isPlane {
            d01 += 2 * fluxUp
            d10 += 2 * bulkUp
            fluxUp = .zero
            bulkUp = .zero
            d11 += 2 * massUp
            massUp = .zero
          }
          var d00 = d11 * rate
          if k > 0 {
            // D −= C P⁻¹ C with C = [a₀s p; q s].
            let (p, q) = (factors[4].load(below), factors[5].load(below))
            let s = factors[6].load(below)
            let s0 = s * rate
            let t00 = factors[0].load(below) * s0 + factors[1].load(below) * q
            let t01 = factors[0].load(below) * p + factors[1].load(below) * s
            let t10 = factors[2].load(below) * s0 + factors[3].load(below) * q
            let t11 = factors[2].load(below) * p + factors[3].load(below) * s
            d00 -= s0 * t00 + p * t10
            d01 -= s0 * t01 + p * t11
            d10 -= q * t00 + s * t10
            d11 -= q * t01 + s * t11
          }
          let determinant = d00 * d11 - d01 * d10
          let isVoid = m .<= 0
          let inverse = (1 / determinant.replacing(with: 1, where: isVoid)).replacing(
            with: 0, where: isVoid)
          factors[0].store(place, d11 * inverse)
          factors[1].store(place, -d01 * inverse)
          factors[2].store(place, -d10 * inverse)
          factors[3].store(place, d00 * inverse)
          factors[4].store(place, fluxUp)
          factors[5].store(place, bulkUp)
          factors[6].store(place, massUp)
        }
      }
    }
  }

  /// values += ω L⁻¹ residual, line by line along z; `work` is overwritten.
  func relax(
    _ values: Fields, residual: Fields, factors: Fields, work: Fields, rate: Double,
    damping: Double
  ) {
    for j in 0..<layout.y {
      for i in stride(from: 0, to: layout.x, by: 8) {
        for k in 0..<layout.z {
          let place = layout.index(i, j, k)
          var r0 = residual[0].load(place)
          var r1 = residual[1].load(place)
          if k > 0 {
            let below = place - layout.plane
            let s = factors[6].load(below)
            r0 -= factors[4].load(below) * work[1].load(below) + s * rate * work[0].load(below)
            r1 -= factors[5].load(below) * work[0].load(below) + s * work[1].load(below)
          }
          work[0].store(place, factors[0].load(place) * r0 + factors[1].load(place) * r1)
          work[1].store(place, factors[2].load(place) * r0 + factors[3].load(place) * r1)
        }
        var above0 = Eight.zero
        var above1 = Eight.zero
        for k in (0..<layout.z).reversed() {
          let place = layout.index(i, j, k)
          let s = factors[6].load(place)
          let t0 = factors[4].load(place) * above1 + s * rate * above0
          let t1 = factors[5].load(place) * above0 + s * above1
          above0 =
            work[0].load(place) - factors[0].load(place) * t0 - factors[1].load(place) * t1
          above1 =
            work[1].load(place) - factors[2].load(place) * t0 - factors[3].load(place) * t1
          values[0].add(place, above0 * damping)
          values[1].add(place, above1 * damping)
        }
      }
    }
  }
}
