// SPDX-License-Identifier: Apache-2.0

import Foundation
import PhaseField
import Physics

/// The phase field's equations at one point, term by term and without vectors of eight.
///
///     row X:  Ẋ φ + M ∇μ·∇φ,   row μ:  (μ − f' + σ:∂ε⁰/∂X − ½ e:∂C/∂X:e) φ − κ∇X·∇φ,   rows u:  σ·∇φ
struct PointwiseBalance {
  /// The fields at a point; `displacement.x.y` is ∂u_x/∂y.
  struct Point {
    var rate = 0.0
    var composition = 0.0
    var potential = 0.0
    var compositionSlope = Directions(0.0, 0, 0)
    var potentialSlope = Directions(0.0, 0, 0)
    var displacement = Directions(
      Directions(0.0, 0, 0), Directions(0.0, 0, 0), Directions(0.0, 0, 0))
  }

  /// What multiplies a test function and its gradient, for each of the five rows.
  struct Fluxes {
    var value: [Double]
    var slope: [Directions<Double>]
  }

  let model: PhaseFieldModel

  /// f' in eV.
  func energySlope(_ x: Double) -> Double {
    switch model.energy {
    case .regularSolution(let law):
      return law.omega * (1 - 2 * x) + law.thermalEnergy * log(x / (1 - x))
    case .redlichKister(let law):
      let (n, m) = law.entropy.chainLengths
      let entropy = law.entropy.thermalEnergy * ((log(x) + 1) / n - (log(1 - x) + 1) / m)
      return law.coefficients.enumerated().reduce(entropy) { sum, term in
        let (y, k) = (2 * x - 1, Double(term.offset))
        let bend = k == 0 ? 0 : 2 * k * x * (1 - x) * pow(y, k - 1)
        return sum + term.element * ((1 - 2 * x) * pow(y, k) + bend)
      }
    case .tabulated: return model.energy.slope(at: x)
    case .polynomial(let law):
      return law.coefficients.enumerated().dropFirst().reduce(0) {
        $0 + Double($1.offset) * $1.element * pow(x, Double($1.offset - 1))
      }
    }
  }

  /// The eigenstrain and its derivative along one axis.
  private func law(_ coefficients: [Double], _ x: Double) -> (value: Double, slope: Double) {
    coefficients.enumerated().reduce((0, 0)) {
      let power = Double($1.offset + 1)
      return (
        $0.0 + $1.element * pow(x - 1, power), $0.1 + $1.element * power * pow(x - 1, power - 1)
      )
    }
  }

  /// h(X) and its slope.
  private func share(_ law: StiffnessLaw, _ x: Double) -> (value: Double, slope: Double) {
    switch law.share {
    case .linear: return (x, 1)
    case .smooth: return (pow(x, 3) * (6 * x * x - 15 * x + 10), 30 * x * x * (1 - x) * (1 - x))
    case .tabulated(let table):
      let found = table.derivatives(at: x)
      return (found.value, found.slope)
    }
  }

  /// C, what h adds to it, and h′; a plate's strain along z follows from its stress.
  private func stiffness(
    _ elasticity: ElasticModel, _ x: Double
  ) -> (c: GridStiffness, change: GridStiffness?, slope: Double, isPlate: Bool) {
    guard let law = elasticity.stiffnessLaw else { return (elasticity.stiffness, nil, 0, false) }
    let share = share(law, x)
    return (law.empty.adding(share.value, law.difference), law.difference, share.slope, law.isPlate)
  }

  /// σ in eV per site, rows x, y, z, and −∂/∂X of the elastic energy.
  func stress(_ point: Point) -> (Directions<Directions<Double>>, work: Double) {
    let zero = Directions(0.0, 0, 0)
    guard let elasticity = model.elasticity else { return (Directions(zero, zero, zero), 0) }
    let (c, change, slope, isPlate) = stiffness(elasticity, point.composition)
    let lawX = law(elasticity.eigenstrain.x, point.composition)
    let lawY = law(elasticity.eigenstrain.y, point.composition)
    let lawZ = law(elasticity.eigenstrain.z, point.composition)
    let u = point.displacement
    let (x, y) = (u.x.x - lawX.value, u.y.y - lawY.value)
    let z = isPlate ? -(c.xz * x + c.yz * y) / c.zz : u.z.z - lawZ.value
    let xx = c.xx * x + c.xy * y + c.xz * z
    let yy = c.xy * x + c.yy * y + c.yz * z
    let zz = c.xz * x + c.yz * y + c.zz * z
    let xy = c.shearXY * (u.x.y + u.y.x)
    let xz = c.shearXZ * (u.x.z + u.z.x)
    let yz = c.shearYZ * (u.y.z + u.z.y)
    var work = xx * lawX.slope + yy * lawY.slope + zz * lawZ.slope
    if let d = change {
      let normal = d.xx * x * x + d.yy * y * y + d.zz * z * z
      let mixed = 2 * (d.xy * x * y + d.xz * x * z + d.yz * y * z)
      let (gxy, gxz, gyz) = (u.x.y + u.y.x, u.x.z + u.z.x, u.y.z + u.z.y)
      let shear = d.shearXY * gxy * gxy + d.shearXZ * gxz * gxz + d.shearYZ * gyz * gyz
      work -= 0.5 * slope * (normal + mixed + shear)
    }
    return (
      Directions(Directions(xx, xy, xz), Directions(xy, yy, yz), Directions(xz, yz, zz)), work
    )
  }

  /// The fluxes of a point whose mobility is that of the composition `mobile`.
  func fluxes(_ point: Point, mobile: Double) -> Fluxes {
    let factor = model.mobility.factor(at: mobile)
    let (d, kappa) = (model.diffusivity, model.kappa)
    let (x, mu) = (point.compositionSlope, point.potentialSlope)
    let (stress, work) = stress(point)
    let flux = Directions(
      factor * d.x * mu.x, factor * d.y * mu.y, factor * d.z * mu.z)
    let bent = Directions(-kappa.x * x.x, -kappa.y * x.y, -kappa.z * x.z)
    return Fluxes(
      value: [point.rate, point.potential - energySlope(point.composition) + work, 0, 0, 0],
      slope: [flux, bent, stress.x, stress.y, stress.z])
  }
}

extension ElementQuadrature {
  /// The rows of the residual from fluxes given at every point; ghosts are cleared.
  ///
  /// - Parameters:
  ///   - weights: α_e times the volume.
  ///   - rows: two or five.
  ///   - fluxes: by place, position of the element's lowest node and point.
  func assemble(
    weights: Lane, rows: Int,
    _ fluxes: (Int, Directions<Double>, Point) -> PointwiseBalance.Fluxes
  ) -> Fields {
    let result = Fields(grid.layout, count: rows)
    forElements { place, corner, _ in
      for point in points {
        let flux = fluxes(place, corner, point)
        let weight = weights[place] * point.weight
        for row in 0..<rows {
          let (value, along) = (flux.value[row], flux.slope[row])
          for node in 0..<8 {
            let slope = point.slope[node]
            let work = along.x * slope.x + along.y * slope.y + along.z * slope.z
            result[row][place + nodes[node]] += weight * (value * point.shape[node] + work)
          }
        }
      }
    }
    result.clearGhosts()
    return result
  }

  /// The residual of a state with filled ghosts, `rates` being ∂X/∂t; the mobility is taken at the
  /// element's centre, as the kernel does.
  func residual(_ model: PhaseFieldModel, _ state: Fields, rates: Lane, weights: Lane) -> Fields {
    let balance = PointwiseBalance(model: model)
    return assemble(weights: weights, rows: state.count) { place, _, point in
      var at = PointwiseBalance.Point()
      at.rate = value(rates, place, point)
      at.composition = value(state[.composition], place, point)
      at.potential = value(state[.potential], place, point)
      at.compositionSlope = gradient(state[.composition], place, point)
      at.potentialSlope = gradient(state[.potential], place, point)
      if state.count == 5 {
        at.displacement = Directions(
          gradient(state[.displacementX], place, point),
          gradient(state[.displacementY], place, point),
          gradient(state[.displacementZ], place, point))
      }
      var mean = 0.0
      for node in 0..<8 { mean += state[.composition][place + nodes[node]] / 8 }
      return balance.fluxes(at, mobile: mean)
    }
  }
}
