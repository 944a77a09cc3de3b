// SPDX-License-Identifier: Apache-2.0

/// The element operator of elasticity whose stiffness follows the composition.
///
/// All is taken at the Gauss points of ``Octet``, where the elastic strain is e = ε − ε⁰(X):
///
///     F = ½ e:C(X):e,   σ = C e,   ∂F/∂X = −σ:ε⁰′ + ½ h′ e:ΔC:e.
///
/// A plate has no stress along z: there e_zz = −(t_x e_xx + t_y e_yy), t = (C_xz, C_yz)/C_zz, makes F
/// least, so that ∂F/∂X keeps its form and second derivatives get the response of e_zz. Elsewhere t = 0.
struct VariableStiffness {
  /// Six strains, with engineering shear, or six stresses.
  struct Tensor {
    var xx, yy, zz, xy, xz, yz: Octet
  }

  /// t, and 1/C_zz; zeros where there is no plate.
  typealias Thinning = (x: Octet, y: Octet, softness: Octet)

  /// What a state is at the Gauss points of eight elements.
  struct State {
    var share: Octet
    var stress: Tensor
    /// e.
    var strain: Tensor
    /// −∂F/∂X.
    var work: Octet
    /// ∂²F/∂X².
    var curvature: Octet
    /// −∂²F/∂X∂ε = C:ε⁰′ − h′ ΔC:e.
    var coupling: Tensor
  }

  private let layout: FieldLayout
  private let empty: GridStiffness
  private let difference: GridStiffness
  private let share: ShareKernel
  private let law: Directions<ExpansionLaw>
  /// X_r, where no eigenstrain is.
  private let reference: Double
  private let isPlate: Bool
  private let hasDepth: Bool
  /// 2/h over eight, from nodal sums to strain modes.
  private let strainX, strainY, strainZ: Double

  init(
    _ stiffness: StiffnessLaw, _ law: Directions<ExpansionLaw>, reference: Double,
    _ grid: StructuredGrid
  ) {
    layout = grid.layout
    (empty, difference) = (stiffness.empty, stiffness.difference)
    share = ShareKernel(stiffness.share)
    (self.law, self.reference) = (law, reference)
    isPlate = stiffness.isPlate
    hasDepth = grid.dimension == 3
    (strainX, strainY) = (0.25 / grid.spacing.x, 0.25 / grid.spacing.y)
    strainZ = hasDepth ? 0.25 / grid.spacing.z : 0
  }

  /// X at the Gauss points, or a change of it.
  @inline(__always)
  func composition(_ lane: Lane, _ place: Int) -> Octet {
    (Octet(lane, place, layout).analysed * Eight(repeating: 0.125)).atGaussScale.synthesised
  }

  /// The strains of a displacement in three fields from `first` on, and of the whole box: along x and y,
  /// the shear, along z.
  @inline(__always)
  func strain(
    _ fields: Fields, _ first: Int, _ place: Int, mean: SIMD4<Double>
  ) -> Tensor {
    let x = Octet(fields[first], place, layout).analysed
    let y = Octet(fields[first + 1], place, layout).analysed
    var xx = alongX(x)
    var yy = alongY(y)
    var xy = alongY(x) + alongX(y)
    xx.v0 += Eight(repeating: mean.x)
    yy.v0 += Eight(repeating: mean.y)
    xy.v0 += Eight(repeating: mean.z)
    var strain = Tensor(
      xx: xx.atGaussScale.synthesised, yy: yy.atGaussScale.synthesised,
      zz: Octet(each: Eight(repeating: mean.w)), xy: xy.atGaussScale.synthesised, xz: .zero,
      yz: .zero)
    guard hasDepth else { return strain }
    let z = Octet(fields[first + 2], place, layout).analysed
    var zz = alongZ(z)
    zz.v0 += Eight(repeating: mean.w)
    strain.zz = zz.atGaussScale.synthesised
    strain.xz = (alongZ(x) + alongX(z)).atGaussScale.synthesised
    strain.yz = (alongZ(y) + alongY(z)).atGaussScale.synthesised
    return strain
  }

  // The modes of a derivative; ElasticKernel.normalStrains has them too.
  @inline(__always)
  private func alongX(_ u: Octet) -> Octet {
    Octet(u.v1, .zero, u.v3, .zero, u.v5, .zero, u.v7, .zero) * Eight(repeating: strainX)
  }

  @inline(__always)
  private func alongY(_ u: Octet) -> Octet {
    Octet(u.v2, u.v3, .zero, .zero, u.v6, u.v7, .zero, .zero) * Eight(repeating: strainY)
  }

  @inline(__always)
  private func alongZ(_ u: Octet) -> Octet {
    Octet(u.v4, u.v5, u.v6, u.v7, .zero, .zero, .zero, .zero) * Eight(repeating: strainZ)
  }

  /// Adds the forces of stresses that are weighted by α V/8 to three fields.
  @inline(__always)
  func addForces(of stress: Tensor, to rows: Fields, at first: Int, _ place: Int) {
    let (xx, yy) = (stress.xx.analysed.atGaussScale, stress.yy.analysed.atGaussScale)
    let xy = stress.xy.analysed.atGaussScale
    var x = fromX(xx) + fromY(xy)
    var y = fromX(xy) + fromY(yy)
    if hasDepth {
      let zz = stress.zz.analysed.atGaussScale
      let (xz, yz) = (stress.xz.analysed.atGaussScale, stress.yz.analysed.atGaussScale)
      x = x + fromZ(xz)
      y = y + fromZ(yz)
      (fromX(xz) + fromY(yz) + fromZ(zz)).synthesised.add(to: rows[first + 2], place, layout)
    }
    x.synthesised.add(to: rows[first], place, layout)
    y.synthesised.add(to: rows[first + 1], place, layout)
  }

  // The transposes of the derivatives.
  @inline(__always)
  private func fromX(_ s: Octet) -> Octet {
    Octet(.zero, s.v0, .zero, s.v2, .zero, s.v4, .zero, s.v6) * Eight(repeating: strainX)
  }

  @inline(__always)
  private func fromY(_ s: Octet) -> Octet {
    Octet(.zero, .zero, s.v0, s.v1, .zero, .zero, s.v4, s.v5) * Eight(repeating: strainY)
  }

  @inline(__always)
  private func fromZ(_ s: Octet) -> Octet {
    Octet(.zero, .zero, .zero, .zero, s.v0, s.v1, s.v2, s.v3) * Eight(repeating: strainZ)
  }

  /// Adds a scalar at the Gauss points, weighted by α V/8, to the nodes of a field.
  @inline(__always)
  func add(_ points: Octet, to row: Lane, _ place: Int) {
    (points * Eight(repeating: 0.125)).analysed.atGaussScale.synthesised.add(to: row, place, layout)
  }

  /// t and 1/C_zz where h is `share`.
  @inline(__always)
  func thinning(_ share: Octet) -> Thinning {
    guard isPlate else { return (.zero, .zero, .zero) }
    let softness = modulus(empty.zz, difference.zz, share).map { 1 / $0 }
    return (
      modulus(empty.xz, difference.xz, share) * softness,
      modulus(empty.yz, difference.yz, share) * softness, softness
    )
  }

  @inline(__always)
  private func modulus(_ empty: Double, _ difference: Double, _ share: Octet) -> Octet {
    share * Eight(repeating: difference) + Octet(each: Eight(repeating: empty))
  }

  /// A strain with what zero stress along z makes of it in a plate.
  @inline(__always)
  private func settled(_ strain: Tensor, _ thinning: Thinning) -> Tensor {
    guard isPlate else { return strain }
    var settled = strain
    settled.zz =
      (thinning.x * strain.xx + thinning.y * strain.yy) * Eight(repeating: -1)
    return settled
  }

  /// C:ε where h is `share`, ε settled in a plate.
  @inline(__always)
  func stress(_ strain: Tensor, _ share: Octet) -> Tensor {
    let settled = settled(strain, thinning(share))
    return sum(product(empty, settled), product(difference, settled), share)
  }

  /// The sum with a share.
  @inline(__always)
  private func sum(_ base: Tensor, _ more: Tensor, _ share: Octet) -> Tensor {
    Tensor(
      xx: base.xx.addingProduct(more.xx, share), yy: base.yy.addingProduct(more.yy, share),
      zz: base.zz.addingProduct(more.zz, share), xy: base.xy.addingProduct(more.xy, share),
      xz: base.xz.addingProduct(more.xz, share), yz: base.yz.addingProduct(more.yz, share))
  }

  @inline(__always)
  private func product(_ c: GridStiffness, _ e: Tensor) -> Tensor {
    func row(_ x: Double, _ y: Double, _ z: Double) -> Octet {
      (e.xx * Eight(repeating: x)).addingProduct(e.yy, Eight(repeating: y))
        .addingProduct(e.zz, Eight(repeating: z))
    }
    return Tensor(
      xx: row(c.xx, c.xy, c.xz), yy: row(c.xy, c.yy, c.yz), zz: row(c.xz, c.yz, c.zz),
      xy: e.xy * Eight(repeating: c.shearXY), xz: e.xz * Eight(repeating: c.shearXZ),
      yz: e.yz * Eight(repeating: c.shearYZ))
  }

  /// σ:ε.
  @inline(__always)
  func contracted(_ stress: Tensor, _ strain: Tensor) -> Octet {
    let normal = (stress.xx * strain.xx).addingProduct(stress.yy, strain.yy)
      .addingProduct(stress.zz, strain.zz)
    let plane = normal.addingProduct(stress.xy, strain.xy)
    return hasDepth
      ? plane.addingProduct(stress.xz, strain.xz).addingProduct(stress.yz, strain.yz) : plane
  }

  /// A tensor times a number at each point.
  @inline(__always)
  func scaled(_ tensor: Tensor, _ factor: Octet) -> Tensor {
    Tensor(
      xx: tensor.xx * factor, yy: tensor.yy * factor, zz: tensor.zz * factor,
      xy: tensor.xy * factor, xz: tensor.xz * factor, yz: tensor.yz * factor)
  }

  /// h at the Gauss points.
  @inline(__always)
  func shares(_ lane: Lane, _ place: Int) -> Octet {
    composition(lane, place).map { share.evaluate($0).0 }
  }

  /// A state, its composition in field 0 and its displacement from field `first` on; `mean` is the strain
  /// of the whole box.
  @inline(__always)
  func state(_ fields: Fields, _ first: Int, _ place: Int, mean: SIMD4<Double>) -> State {
    let x = composition(fields[0], place)
    let (h0, a0, b0) = share.evaluate(x.v0)
    let (h1, a1, b1) = share.evaluate(x.v1)
    let (h2, a2, b2) = share.evaluate(x.v2)
    let (h3, a3, b3) = share.evaluate(x.v3)
    let (h4, a4, b4) = share.evaluate(x.v4)
    let (h5, a5, b5) = share.evaluate(x.v5)
    let (h6, a6, b6) = share.evaluate(x.v6)
    let (h7, a7, b7) = share.evaluate(x.v7)
    let h = Octet(h0, h1, h2, h3, h4, h5, h6, h7)
    let slope = Octet(a0, a1, a2, a3, a4, a5, a6, a7)
    let bend = Octet(b0, b1, b2, b3, b4, b5, b6, b7)
    let s = x - Octet(each: Eight(repeating: reference))
    let (lawX, lawY, lawZ) = (law.x.points(s), law.y.points(s), law.z.points(s))
    let thin = thinning(h)
    var strain = self.strain(fields, first, place, mean: mean)
    strain.xx = strain.xx - lawX.value
    strain.yy = strain.yy - lawY.value
    strain.zz = strain.zz - lawZ.value
    strain = settled(strain, thin)
    let expansion = settled(
      Tensor(xx: lawX.slope, yy: lawY.slope, zz: lawZ.slope, xy: .zero, xz: .zero, yz: .zero), thin)
    let (base, more) = (product(empty, strain), product(difference, strain))
    let stress = sum(base, more, h)
    let swelling = sum(product(empty, expansion), product(difference, expansion), h)
    let stored = contracted(more, strain)
    let work = contracted(stress, expansion) - slope * stored * Eight(repeating: 0.5)
    // ε⁰′:C:ε⁰′ − 2h′ ε⁰′:ΔC:e − σ:ε⁰″ + ½ h″ e:ΔC:e − (h′ (ΔC e)_zz)²/C_zz.
    var curvature =
      contracted(swelling, expansion)
      - slope * contracted(more, expansion) * Eight(repeating: 2)
    curvature = curvature - stress.xx * lawX.bend - stress.yy * lawY.bend - stress.zz * lawZ.bend
    curvature = curvature + bend * stored * Eight(repeating: 0.5)
    let answer = slope * more.zz
    curvature = curvature - answer * answer * thin.softness
    let coupling = Tensor(
      xx: swelling.xx - slope * (more.xx - thin.x * more.zz),
      yy: swelling.yy - slope * (more.yy - thin.y * more.zz),
      zz: isPlate ? .zero : swelling.zz - answer, xy: (slope * more.xy) * Eight(repeating: -1),
      xz: (slope * more.xz) * Eight(repeating: -1), yz: (slope * more.yz) * Eight(repeating: -1))
    return State(
      share: h, stress: stress, strain: strain, work: work, curvature: curvature,
      coupling: coupling)
  }

  /// The constants that the elements' shares average to: Σ over elements of weight times
  /// ``planeSums(_:)``, divided by the volume.
  func average(_ sums: [Double]) -> GridStiffness {
    var average = empty.adding(sums[0], difference)
    guard isPlate else { return average }
    average.xx -= sums[1]
    average.xy -= sums[2]
    average.yy -= sums[3]
    (average.zz, average.xz, average.yz) = (0, 0, 0)
    return average
  }

  /// Means over the Gauss points of h and, in a plate, of what zero stress along z takes off C_xx, C_xy
  /// and C_yy.
  @inline(__always)
  func planeSums(_ share: Octet) -> (Eight, Eight, Eight, Eight) {
    let thin = thinning(share)
    let (xz, yz) = (
      modulus(empty.xz, difference.xz, share), modulus(empty.yz, difference.yz, share)
    )
    return (
      share.sum * 0.125, (xz * thin.x).sum * 0.125, (xz * thin.y).sum * 0.125,
      (yz * thin.y).sum * 0.125
    )
  }
}
