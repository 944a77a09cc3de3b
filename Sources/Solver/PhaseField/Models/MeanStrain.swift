// SPDX-License-Identifier: Apache-2.0

import Parallel

/// The strain of a periodic box as a whole: the stress has no mean along periodic directions.
///
/// The displacement is u = ε̄ x + ũ with ũ periodic. ε̄ follows from the mean stress that ũ and the
/// eigenstrain leave, so it is eliminated where it is needed and is no unknown of the equations.
/// Along x and y only; a shear belongs to it where both are periodic; else ũ holds it, for γ y is
/// periodic in x.
struct MeanStrain {
  /// Strain along x and y, and engineering shear.
  typealias Plane = SIMD3<Double>

  private let isFree: (x: Bool, y: Bool)
  private let stiffness: GridStiffness
  private let volume: Double

  /// nil where nothing is periodic or there is no material; `volume` is Σ α V over all ranks.
  init?(_ grid: StructuredGrid, _ stiffness: GridStiffness, volume: Double) {
    guard grid.periodic.x || grid.periodic.y, volume > 0 else { return nil }
    isFree = grid.periodic
    self.stiffness = stiffness
    self.volume = volume
  }

  /// What balances the summed stress (xx, yy, xy times α V) of everything else.
  ///
  /// Solves ⟨C (ε̄ + ∇ũ − ε⁰)⟩ = 0 along the periodic directions: C ε̄ Σ α V = −S with the sum S =
  /// Σ α V C (∇ũ − ε⁰), since C is the same everywhere. Where both directions are periodic that is
  ///
  ///     [xx xy; xy yy] (ε̄_x, ε̄_y) = −(S_x, S_y)/ΣαV,     G γ̄ = −S_xy/ΣαV,
  ///
  /// inverted by Cramer's rule.
  func balancing(_ sum: Plane) -> Plane {
    let (x, y) = (-sum.x / volume, -sum.y / volume)
    let s = stiffness
    switch isFree {
    case (true, true):
      let determinant = s.xx * s.yy - s.xy * s.xy
      return Plane(
        (s.yy * x - s.xy * y) / determinant, (s.xx * y - s.xy * x) / determinant,
        -sum.z / volume / s.shearXY)
    case (true, false): return Plane(x / s.xx, 0, 0)
    default: return Plane(0, y / s.yy, 0)
    }
  }

  /// Its stress along x, y and z, and in the xy plane.
  package func stress(_ strain: Plane) -> (x: Double, y: Double, z: Double, xy: Double) {
    let s = stiffness
    return (
      s.xx * strain.x + s.xy * strain.y, s.xy * strain.x + s.yy * strain.y,
      s.xz * strain.x + s.yz * strain.y, s.shearXY * strain.z
    )
  }
}

extension ElasticBlock {
  /// The mean strain of a displacement from field `first` on and of a change of the composition in
  /// field 0, or of the whole composition where there is no `state`.
  ///
  /// Collective; ghosts are filled. Zero where the box is not periodic.
  func meanStrain(
    of values: Fields, from first: Int, hasComposition: Bool, state: Fields?
  ) throws(ParallelError) -> MeanStrain.Plane {
    guard let mean else { return .zero }
    var (sumX, sumY, sumXY) = (Eight.zero, Eight.zero, Eight.zero)
    for k in 0..<layout.elementLayers {
      for j in 0..<max(0, layout.elementsY.upperBound) {
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          let place = layout.index(i, j, k)
          let weight = layout.owned(weights[0].load(place), i)
          let ux = Octet(values[first], place, layout).analysed
          let uy = Octet(values[first + 1], place, layout).analysed
          let uz = Octet(values[first + 2], place, layout).analysed
          let strain = kernel.normalStrains(ux, uy, uz)
          let normal = kernel.normalStress(strain.0, strain.1, strain.2)
          var (x, y) = (normal.0.v0, normal.1.v0)
          if hasComposition {
            let free = freeStress(values, place, state)
            x -= free.0
            y -= free.1
          }
          sumX += weight * x
          sumY += weight * y
          sumXY += weight * kernel.shearStress(ux, uy)
        }
      }
    }
    var sums = [sumX.sum(), sumY.sum(), sumXY.sum()]
    try grid.communicator.reduce(&sums, .sum)
    return mean.balancing(MeanStrain.Plane(sums[0], sums[1], sums[2]))
  }

  /// The mean over an element of C ε⁰ of a composition, or of C ∂ε⁰/∂X δX of its change.
  @inline(__always)
  private func freeStress(_ values: Fields, _ place: Int, _ state: Fields?) -> (Eight, Eight) {
    let change = (Octet(values[.composition], place, layout).analysed * Eight(repeating: 0.125))
      .atGaussScale
      .synthesised
    if let state {
      let slopes = lawStress(state, place)
      return ((slopes.0 * change).sum * 0.125, (slopes.1 * change).sum * 0.125)
    }
    let one = Eight(repeating: 1)
    let less = change - Octet(one, one, one, one, one, one, one, one)
    let free = kernel.normalStress(
      law.x.points(less).value, law.y.points(less).value, law.z.points(less).value)
    return (free.0.sum * 0.125, free.1.sum * 0.125)
  }

  /// Adds what a mean strain does: forces to three fields from `first` on and, with a state, work to
  /// row 1.
  func addMean(
    _ strain: MeanStrain.Plane, to rows: Fields, at first: Int, state: Fields?
  ) {
    guard let mean, strain != .zero else { return }
    let stress = mean.stress(strain)
    let normal = (
      Octet(each: Eight(repeating: -stress.x)), Octet(each: Eight(repeating: -stress.y)),
      Octet(each: Eight(repeating: -stress.z))
    )
    forElements { place in
      let eighth = weights[0].load(place) * 0.125
      kernel.subtractForces(
        normal.0 * eighth, normal.1 * eighth, normal.2 * eighth, from: rows, at: first, place)
      kernel.addShearForces(eighth * (8 * stress.xy), to: rows, at: first, place)
      guard let state else { return }
      let slopes = lawStress(state, place)
      let work =
        slopes.0 * Eight(repeating: strain.x) + slopes.1 * Eight(repeating: strain.y)
      (work * (eighth * 0.125)).analysed.atGaussScale.synthesised.add(
        to: rows[.potential], place, layout)
    }
  }
}
