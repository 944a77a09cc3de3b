// SPDX-License-Identifier: Apache-2.0

import Parallel

/// The strain of a box as a whole: along periodic directions the stress has the mean that is imposed,
/// zero if none is, or the strain is imposed; along z that of generalised plane strain.
///
/// The displacement is u = ε̄ x + ũ with ũ periodic. ε̄ follows from the mean stress that ũ and the
/// eigenstrain leave, so it is eliminated where it is needed and is no unknown of the equations.
/// Along x and y only; a shear belongs to it where both are periodic; else ũ holds it, for γ y is
/// periodic in x. Under an imposed stress σ̄ the energy is F − V σ̄:ε̄, which falls in time.
struct MeanStrain {
  /// Along x and y, the engineering shear, and along z.
  typealias Plane = SIMD4<Double>

  private let isFree: (x: Bool, y: Bool, shear: Bool, z: Bool)
  /// The imposed strain, zero where the stress is.
  private let strain: Plane
  /// The imposed stress per site.
  private let traction: Plane
  private let stiffness: GridStiffness
  let volume: Double

  /// nil where nothing may strain as a whole or there is no material; `volume` is Σ α V over all ranks.
  init?(_ grid: StructuredGrid, _ model: ElasticModel, volume: Double) {
    let periodic = grid.periodic
    guard periodic.x || periodic.y || model.isThicknessFree, volume > 0 else { return nil }
    let (strain, stress) = (model.load.strain, model.load.stress)
    isFree = (
      periodic.x && strain.aa == nil, periodic.y && strain.cc == nil,
      periodic.x && periodic.y && strain.ac == nil, model.isThicknessFree
    )
    self.strain = Plane(strain.aa ?? 0, strain.cc ?? 0, 2 * (strain.ac ?? 0), 0)
    let sites = model.stiffness.sitesPerVolume
    traction = Plane(stress.aa ?? 0, stress.cc ?? 0, stress.ac ?? 0, 0) / sites
    stiffness = model.stiffness
    self.volume = volume
  }

  /// What balances the summed stress (xx, yy, xy, zz times α V) of everything else.
  ///
  /// Solves ⟨C (ε̄ + ∇ũ − ε⁰)⟩ = σ̄ along the free directions: ⟨C⟩ ε̄ Σ α V = σ̄ Σ α V − S with the sum S =
  /// Σ α V C (∇ũ − ε⁰); ⟨C⟩ is `average`, or C where it is the same everywhere. Where both directions
  /// are periodic that is
  ///
  ///     [xx xy; xy yy] (ε̄_x, ε̄_y) = σ̄ − (S_x, S_y)/ΣαV,     G γ̄ = σ̄_xy − S_xy/ΣαV,
  ///
  /// inverted by Cramer's rule, after a free z is eliminated. Of a change of the state nothing is
  /// imposed.
  func balancing(_ sum: Plane, isChange: Bool, average: GridStiffness? = nil) -> Plane {
    let s = average ?? stiffness
    let held = stress(strain, s)
    let imposed = traction - Plane(held.x, held.y, held.xy, held.z)
    let t = (isChange ? Plane.zero : imposed) - sum / volume
    // Eliminating a free z leaves a softer plane.
    let (xz, yz) = isFree.z ? (s.xz / s.zz, s.yz / s.zz) : (0, 0)
    let (xx, yy, xy) = (s.xx - xz * s.xz, s.yy - yz * s.yz, s.xy - xz * s.yz)
    let (x, y) = (t.x - xz * t.w, t.y - yz * t.w)
    var found = Plane.zero
    switch (isFree.x, isFree.y) {
    case (true, true):
      let determinant = xx * yy - xy * xy
      (found.x, found.y) = ((yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant)
    case (true, false): found.x = x / xx
    case (false, true): found.y = y / yy
    case (false, false): break
    }
    if isFree.shear { found.z = t.z / s.shearXY }
    if isFree.z { found.w = (t.w - s.xz * found.x - s.yz * found.y) / s.zz }
    return isChange ? found : found + strain
  }

  /// Its stress along x, y and z, and in the xy plane.
  package func stress(_ strain: Plane) -> (x: Double, y: Double, z: Double, xy: Double) {
    stress(strain, stiffness)
  }

  private func stress(
    _ strain: Plane, _ s: GridStiffness
  ) -> (x: Double, y: Double, z: Double, xy: Double) {
    (
      s.xx * strain.x + s.xy * strain.y + s.xz * strain.w,
      s.xy * strain.x + s.yy * strain.y + s.yz * strain.w,
      s.xz * strain.x + s.yz * strain.y + s.zz * strain.w, s.shearXY * strain.z
    )
  }

  /// σ̄:ε̄ per site.
  func work(_ strain: Plane) -> Double { (traction * strain).sum() }
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
    if let composed {
      return try meanStrain(
        composed, mean, of: values, from: first, hasComposition: hasComposition, state: state)
    }
    var (sumX, sumY, sumXY, sumZ) = (Eight.zero, Eight.zero, Eight.zero, Eight.zero)
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
          var (x, y, z) = (normal.0.v0, normal.1.v0, normal.2.v0)
          if hasComposition {
            let free = freeStress(values, place, state)
            x -= free.0
            y -= free.1
            z -= free.2
          }
          sumX += weight * x
          sumY += weight * y
          sumXY += weight * kernel.shearStress(ux, uy)
          sumZ += weight * z
        }
      }
    }
    var sums = [sumX.sum(), sumY.sum(), sumXY.sum(), sumZ.sum()]
    try grid.communicator.reduce(&sums, .sum)
    return mean.balancing(
      MeanStrain.Plane(sums[0], sums[1], sums[2], sums[3]),
      isChange: state != nil || !hasComposition)
  }

  /// The mean over an element of C ε⁰ of a composition, or of C ∂ε⁰/∂X δX of its change.
  @inline(__always)
  private func freeStress(_ values: Fields, _ place: Int, _ state: Fields?) -> (
    Eight, Eight, Eight
  ) {
    if let state {
      let change = (Octet(values[.composition], place, layout).analysed * Eight(repeating: 0.125))
        .atGaussScale
        .synthesised
      let slopes = lawStress(state, place)
      return (
        (slopes.0 * change).sum * 0.125, (slopes.1 * change).sum * 0.125,
        (slopes.2 * change).sum * 0.125
      )
    }
    let less = composition(values[.composition], place)
    let free = kernel.normalStress(
      law.x.points(less).value, law.y.points(less).value, law.z.points(less).value)
    return (free.0.sum * 0.125, free.1.sum * 0.125, free.2.sum * 0.125)
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
        + slopes.2 * Eight(repeating: strain.w)
      (work * (eighth * 0.125)).analysed.atGaussScale.synthesised.add(
        to: rows[.potential], place, layout)
    }
  }
}
