// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// The elastic part of the equations, of the displacement along x, y and z in nm.
///
///     ∂F/∂u: ∇·α C (ε − ε⁰(X)) = 0,   −∂F/∂X gains α σ : ∂ε⁰/∂X
///
/// Any law is taken at the Gauss points, where eight values and eight modes are the same thing; the
/// derivative of a linear one is diagonal in the modes (``LinearCoupling``).
package final class ElasticBlock {
  /// The displacement's first field in a state.
  static let first = PhaseFieldUnknown.displacement
  /// Brings a force to the size of the strain it balances.
  let residualScale: Double
  /// The multigrid of the displacement.
  let multigrid: ElasticMultigrid
  let grid: StructuredGrid
  let layout: FieldLayout
  let kernel: ElasticKernel
  let law: Directions<ExpansionLaw>
  private let linear: LinearCoupling?
  /// X_r, where no eigenstrain is.
  private let reference: Double
  /// nil where nothing is periodic or strains as a whole.
  let mean: MeanStrain?
  /// The strain of the box as a whole, of the state last evaluated.
  var meanStrain = MeanStrain.Plane.zero
  let weights: Fields
  /// Where the stiffness follows the composition.
  let composed: ComposedStiffness?
  private let ring: LayerRing
  private let rigid: RigidModes
  private let krylov: FlexibleKrylov

  init(
    grid: StructuredGrid, model: ElasticModel, weights: Fields, mass: Fields
  ) throws(ParallelError) {
    self.grid = grid
    self.weights = weights
    layout = grid.layout
    kernel = ElasticKernel(model.stiffness, grid)
    let strain = model.eigenstrain
    reference = model.reference
    law = Directions(ExpansionLaw(strain.x), ExpansionLaw(strain.y), ExpansionLaw(strain.z))
    linear =
      if let x = law.x.constantSlope, let y = law.y.constantSlope, let z = law.z.constantSlope {
        kernel.coupling(Directions(x, y, z))
      } else { nil }
    composed =
      if let stiffness = model.stiffnessLaw {
        ComposedStiffness(
          VariableStiffness(stiffness, law, reference: reference, grid), model.stiffness, layout)
      } else { nil }
    let volume = try grid.communicator.sum(mass[0].sum(layout))
    mean = MeanStrain(grid, model, volume: volume)
    multigrid = try ElasticMultigrid(grid, model.stiffness, weights: weights)
    rigid = try RigidModes(grid, mass: mass)
    ring = LayerRing(layout, components: 4)
    let layout = layout
    krylov = FlexibleKrylov(limit: 60, communicator: grid.communicator) {
      Fields(layout, count: 3)
    }
    let edge = grid.elementVolume / max(grid.spacing.x, grid.spacing.y)
    residualScale = 1 / (model.stiffness.xx * 0.03 * edge)
  }

  /// X − X_r at the Gauss points.
  @inline(__always)
  func composition(_ lane: Lane, _ place: Int) -> Octet {
    let x = Octet(lane, place, layout).analysed * Eight(repeating: 0.125)
    let r = Eight(repeating: reference)
    return x.atGaussScale.synthesised - Octet(r, r, r, r, r, r, r, r)
  }

  /// Adds forces and the stress part of μ's row, and the curvature to the linearisation; gives this
  /// rank's share of the elastic energy.
  ///
  /// Collective in a periodic box.
  func residual(
    _ state: Fields, into residual: Fields, linearisation: Fields
  ) throws(ParallelError) -> Double {
    if let composed {
      return try self.residual(composed, state, into: residual, linearisation: linearisation)
    }
    meanStrain = try meanStrain(of: state, from: Self.first, hasComposition: true, state: nil)
    let whole = meanStrain
    let wholeStress = mean?.stress(whole) ?? (x: 0, y: 0, z: 0, xy: 0)
    kernel.apply(
      state, from: Self.first, weights: weights[0], ring: ring, into: residual, at: Self.first)
    var energy = Eight.zero
    for k in 0..<layout.elementLayers {
      for j in layout.elementsY {
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          let place = layout.index(i, j, k)
          let eighth = weights[0].load(place) * 0.125
          let s = composition(state[.composition], place)
          let (lawX, lawY, lawZ) = (law.x.points(s), law.y.points(s), law.z.points(s))
          let ux = Octet(state[.displacementX], place, layout).analysed
          let uy = Octet(state[.displacementY], place, layout).analysed
          let uz = Octet(state[.displacementZ], place, layout).analysed
          var strain = kernel.normalStrains(ux, uy, uz)
          var wholeEnergy = Eight.zero
          if let mean {
            let (meanX, meanY) = (Eight(repeating: whole.x), Eight(repeating: whole.y))
            let meanZ = Eight(repeating: whole.w)
            let shear = kernel.shearStress(ux, uy) * whole.z
            wholeEnergy = (strain.0.v0 + meanX * 0.5) * wholeStress.x + shear
            wholeEnergy += (strain.1.v0 + meanY * 0.5) * wholeStress.y
            wholeEnergy += (strain.2.v0 + meanZ * 0.5) * wholeStress.z
            wholeEnergy += Eight(repeating: 0.5 * wholeStress.xy * whole.z - mean.work(whole))
            strain.0.v0 += meanX
            strain.1.v0 += meanY
            strain.2.v0 += meanZ
          }
          let x = strain.0.atGaussScale.synthesised
          let y = strain.1.atGaussScale.synthesised
          let z = strain.2.atGaussScale.synthesised
          let free = kernel.normalStress(lawX.value, lawY.value, lawZ.value)
          kernel.subtractForces(
            free.0 * eighth, free.1 * eighth, free.2 * eighth, from: residual, at: Self.first, place
          )
          let stress = kernel.normalStress(x - lawX.value, y - lawY.value, z - lawZ.value)
          let work = stress.0 * lawX.slope + stress.1 * lawY.slope + stress.2 * lawZ.slope
          (work * (eighth * 0.125)).analysed.atGaussScale.synthesised.add(
            to: residual[.potential], place, layout)
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
            let density = kernel.energy(ux, uy, uz) + wholeEnergy
            energy += layout.owned(points + density * (eighth * 8), i)
          }
        }
      }
    }
    // μ has the whole strain already.
    addMean(whole, to: residual, at: Self.first, state: nil)
    return energy.sum()
  }

  /// Writes the derivative of ``residual(_:into:linearisation:)`` to the displacement's rows of
  /// `product` and adds that of the potential's, its part in the linearisation left out; ghosts are
  /// left as they fall.
  ///
  /// Collective in a periodic box.
  func derivative(
    _ change: Fields, state: Fields, into product: Fields
  ) throws(ParallelError) {
    if let composed {
      return try derivative(composed, change, state: state, into: product)
    }
    takeDerivative(change, state: state, into: product)
    let whole = try meanStrain(of: change, from: Self.first, hasComposition: true, state: state)
    addMean(whole, to: product, at: Self.first, state: state)
  }

  private func takeDerivative(_ change: Fields, state: Fields, into product: Fields) {
    if let linear {
      kernel.sweep(change, coupled: linear, weights: weights[0], ring: ring) { k in
        for component in 0..<3 {
          let (force, row) = (ring.sums(component, k), product[Self.first + component])
          layout.forOwn(layer: k) { place, _ in row.store(place, force.load(place)) }
        }
        let (work, row) = (ring.sums(3, k), product[.potential])
        layout.forOwn(layer: k) { place, _ in row.add(place, work.load(place)) }
      }
      return
    }
    kernel.apply(
      change, from: Self.first, weights: weights[0], ring: ring, into: product, at: Self.first)
    forElements { place in
      let eighth = weights[0].load(place) * 0.125
      let slopes = lawStress(state, place)
      subtractForces(of: change, slopes, eighth, from: product, place)
      let ux = Octet(change[.displacementX], place, layout).analysed
      let uy = Octet(change[.displacementY], place, layout).analysed
      let uz = Octet(change[.displacementZ], place, layout).analysed
      let strain = kernel.normalStrains(ux, uy, uz)
      let x = strain.0.atGaussScale.synthesised
      let y = strain.1.atGaussScale.synthesised
      let z = strain.2.atGaussScale.synthesised
      let work = slopes.0 * x + slopes.1 * y + slopes.2 * z
      (work * (eighth * 0.125)).analysed.atGaussScale.synthesised.add(
        to: product[.potential], place, layout)
    }
  }

  /// Visits all elements that own nodes touch, eight at a time.
  @inline(__always)
  func forElements(_ body: (_ place: Int) -> Void) {
    for k in 0..<layout.elementLayers {
      for j in layout.elementsY {
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          body(layout.index(i, j, k))
        }
      }
    }
  }

  /// C ∂ε⁰/∂X at the Gauss points.
  @inline(__always)
  func lawStress(_ state: Fields, _ place: Int) -> (Octet, Octet, Octet) {
    let s = composition(state[.composition], place)
    return kernel.normalStress(
      law.x.points(s).slope, law.y.points(s).slope, law.z.points(s).slope)
  }

  /// Subtracts the forces of a change of the composition.
  @inline(__always)
  private func subtractForces(
    of change: Fields, _ slopes: (Octet, Octet, Octet), _ eighth: Eight, from product: Fields,
    _ place: Int
  ) {
    let x =
      (Octet(change[.composition], place, layout).analysed * Eight(repeating: 0.125)).atGaussScale
      .synthesised * eighth
    kernel.subtractForces(
      slopes.0 * x, slopes.1 * x, slopes.2 * x, from: product, at: Self.first, place)
  }

  /// The displacement's block of the preconditioner, after the composition's.
  ///
  /// Collective.
  ///
  /// `source` loses the forces of the composition's change; its ghosts are left as they were.
  func precondition(_ source: Fields, _ target: Fields, state: Fields) throws(ParallelError) {
    try target.fillGhosts(grid.halo, of: 0..<1)
    if let composed {
      subtractForces(composed, of: target, state: state, from: source)
    } else if let linear {
      linear.sweep(target[.composition], weights: weights[0], layout, ring: ring) { k in
        for component in 0..<3 {
          let (force, row) = (ring.sums(component, k), source[Self.first + component])
          layout.forOwn(layer: k) { place, _ in row.add(place, -force.load(place)) }
        }
      }
    } else {
      forElements { place in
        let minusEighth = weights[0].load(place) * -0.125
        subtractForces(
          of: target, lawStress(state, place), minusEighth, from: source, place)
      }
    }
    try multigrid.solve(source, into: target, at: Self.first)
  }

  /// The forces that the displacement of a state leaves unbalanced: three fields, no ghosts.
  ///
  /// The ghosts of the state are filled.
  ///
  /// Collective in a periodic box.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  package func load(_ state: Fields) throws(ParallelError) -> Fields {
    let sums = Fields(layout, count: PhaseFieldUnknown.allCases.count)
    _ = try residual(state, into: sums, linearisation: Fields(layout, count: 10))
    sums.clearGhosts()
    let load = Fields(layout, count: 3)
    for field in 0..<3 { load[field].copy(sums[Self.first + field], layout) }
    return load
  }

  /// Solves K u = f for a load in balance.
  ///
  /// Collective.
  ///
  /// - Returns: iterations and the relative residual.
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  package func solve(
    _ load: Fields, into solution: Fields, tolerance: Double
  ) throws(ParallelError) -> FlexibleKrylov.Outcome {
    let halo = grid.halo
    return try krylov.solve(
      load, into: solution, tolerance: tolerance,
      precondition: { (source, target) throws(ParallelError) in
        try self.multigrid.solve(source, into: target, at: 0)
      },
      apply: { (source, target) throws(ParallelError) in
        try source.fillGhosts(halo)
        if let composed = self.composed {
          return try self.apply(composed, source, into: target)
        }
        self.kernel.apply(
          source, from: 0, weights: self.weights[0], ring: self.ring, into: target, at: 0)
        guard self.mean != nil else { return }
        let whole = try self.meanStrain(
          of: source, from: 0, hasComposition: false, state: nil)
        self.addMean(whole, to: target, at: 0, state: nil)
        target.clearGhosts()
      })
  }

  /// Solves for the displacement of the state's composition.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - state: its displacement is where the solution starts.
  ///   - tolerance: of the unbalanced forces, relative to those without any displacement.
  /// - Returns: iterations and the relative residual.
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  package func equilibrate(
    _ state: Fields, tolerance: Double
  ) throws(ParallelError) -> FlexibleKrylov.Outcome {
    try state.fillGhosts(grid.halo)
    let undeformed = Fields(layout, count: PhaseFieldUnknown.allCases.count)
    undeformed[.composition].copy(state[.composition], layout)
    let (reference, forces) = (try load(undeformed), try load(state))
    let sizes = [
      try grid.communicator.sum(VectorKernels.dot(reference, reference)).squareRoot(),
      try grid.communicator.sum(VectorKernels.dot(forces, forces)).squareRoot(),
    ]
    let nodes = Double(grid.nodes.x * grid.nodes.y * grid.nodes.z).squareRoot()
    // In a periodic box that is uniform both are rounding.
    guard sizes[1] > tolerance * sizes[0], sizes[1] / nodes * residualScale > 1e-13 else {
      return FlexibleKrylov.Outcome(iterations: 0, relativeResidual: 0)
    }
    let share = sizes[1] / sizes[0]
    let solution = Fields(layout, count: 3)
    let outcome = try solve(forces, into: solution, tolerance: tolerance / share)
    for field in 0..<3 {
      let (u, change) = (state[Self.first + field], solution[field])
      for place in 0..<layout.size { u[place] -= change[place] }
    }
    try rigid.remove(from: state, at: Self.first)
    if mean != nil {
      try state.fillGhosts(grid.halo)
      meanStrain = try meanStrain(of: state, from: Self.first, hasComposition: true, state: nil)
    }
    return FlexibleKrylov.Outcome(
      iterations: outcome.iterations, relativeResidual: outcome.relativeResidual * share)
  }

  /// Removes rigid motions of the displacement.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  package func removeRigid(_ state: Fields) throws(ParallelError) {
    try rigid.remove(from: state, at: Self.first)
  }
}
