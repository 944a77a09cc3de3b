// SPDX-License-Identifier: Apache-2.0

import Parallel

/// A stiffness that follows the composition, at the state last evaluated.
final class ComposedStiffness {
  let kernel: VariableStiffness
  /// h at the Gauss points.
  let shares: Fields
  /// ⟨C⟩ over the material; the mean of the ends until it is needed.
  var average: GridStiffness

  init(_ kernel: VariableStiffness, _ mean: GridStiffness, _ layout: FieldLayout) {
    self.kernel = kernel
    average = mean
    shares = Fields(layout, count: 8)
  }
}

extension ElasticBlock {
  /// ``residual(_:into:linearisation:)`` where the stiffness follows the composition.
  func residual(
    _ composed: ComposedStiffness, _ state: Fields, into residual: Fields, linearisation: Fields
  ) throws(ParallelError) -> Double {
    meanStrain = try meanStrain(of: state, from: Self.first, hasComposition: true, state: nil)
    let (kernel, whole, work) = (composed.kernel, meanStrain, mean?.work(meanStrain) ?? 0)
    var energy = Eight.zero
    for k in 0..<layout.elementLayers {
      for j in layout.elementsY {
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          let place = layout.index(i, j, k)
          let eighth = weights[0].load(place) * 0.125
          let weight = Octet(each: eighth)
          let here = kernel.state(state, Self.first, place, mean: whole)
          here.share.store(in: composed.shares, from: 0, place)
          kernel.addForces(
            of: kernel.scaled(here.stress, weight), to: residual, at: Self.first, place)
          kernel.add(here.work * eighth, to: residual[.potential], place)
          (Octet(stored: linearisation, from: 2, place) + here.curvature * eighth).store(
            in: linearisation, from: 2, place)
          if j >= 0 {
            let density = kernel.contracted(here.stress, here.strain).sum * 0.5
            energy += layout.owned((density - Eight(repeating: 8 * work)) * eighth, i)
          }
        }
      }
    }
    return energy.sum()
  }

  /// ``derivative(_:state:into:)`` where the stiffness follows the composition.
  func derivative(
    _ composed: ComposedStiffness, _ change: Fields, state: Fields, into product: Fields
  ) throws(ParallelError) {
    let moved = try meanStrain(of: change, from: Self.first, hasComposition: true, state: state)
    let (kernel, whole) = (composed.kernel, meanStrain)
    for component in 0..<3 { product[Self.first + component].clear(layout.size) }
    forElements { place in
      let weight = Octet(each: weights[0].load(place) * 0.125)
      let here = kernel.state(state, Self.first, place, mean: whole)
      let strain = kernel.strain(change, Self.first, place, mean: moved)
      kernel.addForces(
        of: kernel.scaled(response(kernel, here, strain, change, place), weight), to: product,
        at: Self.first, place)
      kernel.add(kernel.contracted(here.coupling, strain) * weight, to: product[.potential], place)
    }
  }

  /// δσ = C:δε − (C:ε⁰′ − h′ ΔC:e) δX.
  @inline(__always)
  private func response(
    _ kernel: VariableStiffness, _ here: VariableStiffness.State,
    _ strain: VariableStiffness.Tensor,
    _ change: Fields, _ place: Int
  ) -> VariableStiffness.Tensor {
    let stress = kernel.stress(strain, here.share)
    let less = kernel.scaled(here.coupling, kernel.composition(change[.composition], place))
    return VariableStiffness.Tensor(
      xx: stress.xx - less.xx, yy: stress.yy - less.yy, zz: stress.zz - less.zz,
      xy: stress.xy - less.xy, xz: stress.xz - less.xz, yz: stress.yz - less.yz)
  }

  /// Subtracts the forces of a change of the composition from the displacement's rows.
  func subtractForces(
    _ composed: ComposedStiffness, of change: Fields, state: Fields, from rows: Fields
  ) {
    let (kernel, whole) = (composed.kernel, meanStrain)
    forElements { place in
      let here = kernel.state(state, Self.first, place, mean: whole)
      let eighth = weights[0].load(place) * 0.125
      // The change's forces are those of −g δX.
      let amount = kernel.composition(change[.composition], place) * eighth
      kernel.addForces(of: kernel.scaled(here.coupling, amount), to: rows, at: Self.first, place)
    }
  }

  /// Writes K u of three fields to three others, ghosts zero, with the stiffness of the state last
  /// evaluated.
  ///
  /// Collective in a periodic box.
  func apply(
    _ composed: ComposedStiffness, _ values: Fields, into product: Fields
  ) throws(ParallelError) {
    let whole = try meanStrain(of: values, from: 0, hasComposition: false, state: nil)
    let kernel = composed.kernel
    product.fill()
    forElements { place in
      let weight = Octet(each: weights[0].load(place) * 0.125)
      let strain = kernel.strain(values, 0, place, mean: whole)
      let stress = kernel.stress(strain, Octet(stored: composed.shares, from: 0, place))
      kernel.addForces(of: kernel.scaled(stress, weight), to: product, at: 0, place)
    }
    product.clearGhosts()
  }

  /// ``meanStrain(of:from:hasComposition:state:)`` where the stiffness follows the composition; of a whole
  /// state it takes over ⟨C⟩.
  ///
  /// Collective.
  func meanStrain(
    _ composed: ComposedStiffness, _ mean: MeanStrain, of values: Fields, from first: Int,
    hasComposition: Bool, state: Fields?
  ) throws(ParallelError) -> MeanStrain.Plane {
    let (kernel, whole) = (composed.kernel, meanStrain)
    let isState = hasComposition && state == nil
    var (x, y, xy, z) = (Eight.zero, Eight.zero, Eight.zero, Eight.zero)
    var (share, xx, cross, yy) = (Eight.zero, Eight.zero, Eight.zero, Eight.zero)
    for k in 0..<layout.elementLayers {
      for j in 0..<max(0, layout.elementsY.upperBound) {
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          let place = layout.index(i, j, k)
          let weight = layout.owned(weights[0].load(place), i)
          var stress: VariableStiffness.Tensor
          if isState {
            let here = kernel.state(values, first, place, mean: .zero)
            stress = here.stress
            let sums = kernel.planeSums(here.share)
            share += weight * sums.0
            xx += weight * sums.1
            cross += weight * sums.2
            yy += weight * sums.3
          } else {
            let strain = kernel.strain(values, first, place, mean: .zero)
            if let state {
              let here = kernel.state(state, first, place, mean: whole)
              stress = response(kernel, here, strain, values, place)
            } else {
              stress = kernel.stress(strain, Octet(stored: composed.shares, from: 0, place))
            }
          }
          x += weight * (stress.xx.sum * 0.125)
          y += weight * (stress.yy.sum * 0.125)
          xy += weight * (stress.xy.sum * 0.125)
          z += weight * (stress.zz.sum * 0.125)
        }
      }
    }
    var sums = [x.sum(), y.sum(), xy.sum(), z.sum()]
    if isState { sums += [share.sum(), xx.sum(), cross.sum(), yy.sum()] }
    try grid.communicator.reduce(&sums, .sum)
    if isState { composed.average = kernel.average(sums[4...].map { $0 / mean.volume }) }
    return mean.balancing(
      MeanStrain.Plane(sums[0], sums[1], sums[2], sums[3]), isChange: !isState,
      average: composed.average)
  }
}
