import Parallel

/// The elastic part of the equations: fields 2, 3, 4 are the displacement along x, y and z in nm.
///
///     ∂F/∂u: ∇·α C (ε − ε⁰(X)) = 0,   −∂F/∂X gains α σ : ∂ε⁰/∂X
///
/// Any law is taken at the Gauss points, where eight values and eight modes are the same thing.
final class ElasticBlock {
  /// Brings a force to the size of the strain it balances.
  let residualScale: Double
  private let grid: StructuredGrid
  private let layout: FieldLayout
  private let model: ElasticModel
  private let kernel: ElasticKernel
  private let weights: Fields
  private let multigrid: ElasticMultigrid
  private let rigid: RigidModes
  private var current: Fields?

  init(
    grid: StructuredGrid, model: ElasticModel, weights: Fields, mass: Fields
  ) throws(ParallelError) {
    self.grid = grid
    self.model = model
    self.weights = weights
    layout = grid.layout
    kernel = ElasticKernel(model.stiffness, grid)
    multigrid = try ElasticMultigrid(grid, model.stiffness, weights: weights)
    rigid = try RigidModes(grid, mass: mass)
    let edge = grid.elementVolume / max(grid.spacing.x, grid.spacing.y)
    residualScale = 1 / (model.stiffness.xx * 0.03 * edge)
  }

  /// ε⁰, its first and second derivative at eight points by X − 1.
  @inline(__always)
  private func law(_ coefficients: [Double], _ s: Eight) -> (Eight, Eight, Eight) {
    var value = Eight.zero
    var slope = Eight.zero
    var bend = Eight.zero
    for index in stride(from: coefficients.count - 1, through: -1, by: -1) {
      bend = bend * s + slope
      slope = slope * s + value
      value = value * s + (index >= 0 ? coefficients[index] : 0)
    }
    return (value, slope, bend * 2)
  }

  private struct Points {
    var value, slope, bend: Octet
  }

  @inline(__always)
  private func points(_ coefficients: [Double], _ s: Octet) -> Points {
    let (a0, b0, c0) = law(coefficients, s.v0)
    let (a1, b1, c1) = law(coefficients, s.v1)
    let (a2, b2, c2) = law(coefficients, s.v2)
    let (a3, b3, c3) = law(coefficients, s.v3)
    let (a4, b4, c4) = law(coefficients, s.v4)
    let (a5, b5, c5) = law(coefficients, s.v5)
    let (a6, b6, c6) = law(coefficients, s.v6)
    let (a7, b7, c7) = law(coefficients, s.v7)
    return Points(
      value: Octet(a0, a1, a2, a3, a4, a5, a6, a7), slope: Octet(b0, b1, b2, b3, b4, b5, b6, b7),
      bend: Octet(c0, c1, c2, c3, c4, c5, c6, c7))
  }

  /// X − 1 at the Gauss points.
  @inline(__always)
  private func composition(_ lane: Lane, _ place: Int) -> Octet {
    let x = Octet(lane, place, layout).analysed * Eight(repeating: 0.125)
    let one = Eight(repeating: 1)
    return x.atGaussScale.synthesised - Octet(one, one, one, one, one, one, one, one)
  }

  /// Adds forces and the stress part of μ's row, and the curvature to the linearisation; gives this
  /// rank's share of the elastic energy.
  func residual(_ state: Fields, into residual: Fields, linearisation: Fields) -> Double {
    current = state
    kernel.apply(state, from: 2, weights: weights[0], into: residual, at: 2)
    var energy = Eight.zero
    for k in 0..<layout.elementLayers {
      for j in -1..<layout.y {
        for i in stride(from: -1, to: layout.x, by: 8) {
          let place = layout.index(i, j, k)
          let eighth = weights[0].load(place) * 0.125
          let s = composition(state[0], place)
          let lawX = points(model.eigenstrain.x, s)
          let lawY = points(model.eigenstrain.y, s)
          let lawZ = points(model.eigenstrain.z, s)
          let ux = Octet(state[2], place, layout).analysed
          let uy = Octet(state[3], place, layout).analysed
          let uz = Octet(state[4], place, layout).analysed
          let strain = kernel.normalStrains(ux, uy, uz)
          let x = strain.0.atGaussScale.synthesised
          let y = strain.1.atGaussScale.synthesised
          let z = strain.2.atGaussScale.synthesised
          let free = kernel.normalStress(lawX.value, lawY.value, lawZ.value)
          kernel.subtractForces(
            free.0 * eighth, free.1 * eighth, free.2 * eighth, from: residual, at: 2, place)
          let stress = kernel.normalStress(x - lawX.value, y - lawY.value, z - lawZ.value)
          let work = stress.0 * lawX.slope + stress.1 * lawY.slope + stress.2 * lawZ.slope
          (work * (eighth * 0.125)).analysed.atGaussScale.synthesised.add(
            to: residual[1], place, layout)
          let slopes = kernel.normalStress(lawX.slope, lawY.slope, lawZ.slope)
          let stiff = slopes.0 * lawX.slope + slopes.1 * lawY.slope + slopes.2 * lawZ.slope
          let bent = stress.0 * lawX.bend + stress.1 * lawY.bend + stress.2 * lawZ.bend
          (Octet(stored: linearisation, from: 2, place) + (stiff - bent) * eighth).store(
            in: linearisation, from: 2, place)
          if j >= 0 {
            let total = kernel.normalStress(x, y, z)
            let mixed = total.0 * lawX.value + total.1 * lawY.value + total.2 * lawZ.value
            let own = free.0 * lawX.value + free.1 * lawY.value + free.2 * lawZ.value
            let points = (own * Eight(repeating: 0.5) - mixed).sum * eighth
            energy += owned(points + kernel.energy(ux, uy, uz) * (eighth * 8), i)
          }
        }
      }
    }
    return energy.sum()
  }

  @inline(__always)
  private func owned(_ values: Eight, _ i: Int) -> Eight {
    var kept = values
    if i < 0 { kept[0] = 0 }
    if i + 8 > layout.x { for lane in (layout.x - i)..<8 { kept[lane] = 0 } }
    return kept
  }

  /// The derivative of ``residual(_:into:linearisation:)``, its part in the linearisation left out.
  func derivative(_ change: Fields, state: Fields, into product: Fields) {
    kernel.apply(change, from: 2, weights: weights[0], into: product, at: 2)
    for k in 0..<layout.elementLayers {
      for j in -1..<layout.y {
        for i in stride(from: -1, to: layout.x, by: 8) {
          let place = layout.index(i, j, k)
          let eighth = weights[0].load(place) * 0.125
          let slopes = lawStress(state, place)
          addComposition(change, slopes, eighth, to: product, at: 2, place)
          let ux = Octet(change[2], place, layout).analysed
          let uy = Octet(change[3], place, layout).analysed
          let uz = Octet(change[4], place, layout).analysed
          let strain = kernel.normalStrains(ux, uy, uz)
          let x = strain.0.atGaussScale.synthesised
          let y = strain.1.atGaussScale.synthesised
          let z = strain.2.atGaussScale.synthesised
          let work = slopes.0 * x + slopes.1 * y + slopes.2 * z
          (work * (eighth * 0.125)).analysed.atGaussScale.synthesised.add(
            to: product[1], place, layout)
        }
      }
    }
  }

  /// C ∂ε⁰/∂X at the Gauss points.
  @inline(__always)
  private func lawStress(_ state: Fields, _ place: Int) -> (Octet, Octet, Octet) {
    let s = composition(state[0], place)
    return kernel.normalStress(
      points(model.eigenstrain.x, s).slope, points(model.eigenstrain.y, s).slope,
      points(model.eigenstrain.z, s).slope)
  }

  @inline(__always)
  private func addComposition(
    _ change: Fields, _ slopes: (Octet, Octet, Octet), _ eighth: Eight, to product: Fields,
    at target: Int, _ place: Int
  ) {
    let x =
      (Octet(change[0], place, layout).analysed * Eight(repeating: 0.125)).atGaussScale
      .synthesised * eighth
    kernel.subtractForces(
      slopes.0 * x, slopes.1 * x, slopes.2 * x, from: product, at: target, place)
  }

  /// The displacement's block of the preconditioner, after the composition's.
  ///
  /// Collective.
  ///
  /// `source` loses the forces of the composition's change.
  func precondition(_ source: Fields, _ target: Fields) throws(ParallelError) {
    if let state = current {
      try target.fillGhosts(grid.halo, of: 0..<1)
      for k in 0..<layout.elementLayers {
        for j in -1..<layout.y {
          for i in stride(from: -1, to: layout.x, by: 8) {
            let place = layout.index(i, j, k)
            addComposition(
              target, lawStress(state, place), weights[0].load(place) * -0.125, to: source, at: 2,
              place)
          }
        }
      }
      source.clearGhosts(of: 2..<5)
    }
    try multigrid.solve(source, target, at: 2)
  }

  /// Solves for the displacement of the state's composition.
  ///
  /// Collective.
  ///
  /// - Returns: iterations and the relative residual.
  func equilibrate(
    _ state: Fields, tolerance: Double, scratch: Fields, linearisation: Fields
  ) throws(ParallelError) -> FlexibleKrylov.Outcome {
    let (layout, halo) = (layout, grid.halo)
    try state.fillGhosts(halo)
    scratch.fill()
    _ = residual(state, into: scratch, linearisation: linearisation)
    scratch.clearGhosts()
    let rightSide = Fields(layout, count: 3)
    let solution = Fields(layout, count: 3)
    for field in 0..<3 { rightSide[field].copy(scratch[2 + field], layout) }
    let krylov = FlexibleKrylov(limit: 60, communicator: grid.communicator) {
      Fields(layout, count: 3)
    }
    let outcome = try krylov.solve(
      rightSide, into: solution, tolerance: tolerance,
      precondition: { (source, target) throws(ParallelError) in
        try self.multigrid.solve(source, target, at: 0)
      },
      apply: { (source, target) throws(ParallelError) in
        try source.fillGhosts(halo)
        target.fill()
        self.kernel.apply(source, from: 0, weights: self.weights[0], into: target, at: 0)
        target.clearGhosts()
      })
    for field in 0..<3 {
      let (u, change) = (state[2 + field], solution[field])
      for place in 0..<layout.size { u[place] -= change[place] }
    }
    try rigid.remove(from: state, at: 2)
    return outcome
  }

  /// Removes rigid motions of the displacement.
  ///
  /// Collective.
  func removeRigid(_ state: Fields) throws(ParallelError) { try rigid.remove(from: state, at: 2) }
}
