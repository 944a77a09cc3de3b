/// The element operator of orthotropic elasticity in the modes of ``Octet``.
///
/// Strains of trilinear displacements are exact in the modes: ε_xx has 1, η, ζ, ηζ and so on; the
/// products of different modes vanish, so that the 24 × 24 element matrix becomes some fifty
/// multiplications. Stiffness per site, in eV; forces in eV/nm times nm³.
struct ElasticKernel {
  let layout: FieldLayout
  // Stiffness times 4/(h_i h_j)/64, which carries both transforms.
  private let cxx, cyy, czz, cxy, cxz, cyz: Double
  private let gxyX, gxyY, gxyM, gxzX, gxzZ, gxzM, gyzY, gyzZ, gyzM: Double
  /// Diagonal of the element matrix for x, y, z.
  let diagonal: Directions<Double>
  private let stiffness: GridStiffness
  /// 2/h over eight, from nodal sums to strain modes.
  private let strainX, strainY, strainZ: Double

  init(_ stiffness: GridStiffness, _ grid: StructuredGrid) {
    layout = grid.layout
    self.stiffness = stiffness
    let isPlane = grid.dimension == 2
    let (dx, dy) = (2 / grid.spacing.x, 2 / grid.spacing.y)
    let dz = isPlane ? 0 : 2 / grid.spacing.z
    func scaled(_ modulus: Double, _ a: Double, _ b: Double) -> Double { modulus * a * b / 64 }
    cxx = scaled(stiffness.xx, dx, dx)
    cyy = scaled(stiffness.yy, dy, dy)
    czz = scaled(stiffness.zz, dz, dz)
    cxy = scaled(stiffness.xy, dx, dy)
    cxz = scaled(stiffness.xz, dx, dz)
    cyz = scaled(stiffness.yz, dy, dz)
    gxyX = scaled(stiffness.shearXY, dx, dx)
    gxyY = scaled(stiffness.shearXY, dy, dy)
    gxyM = scaled(stiffness.shearXY, dx, dy)
    gxzX = scaled(stiffness.shearXZ, dx, dx)
    gxzZ = scaled(stiffness.shearXZ, dz, dz)
    gxzM = scaled(stiffness.shearXZ, dx, dz)
    gyzY = scaled(stiffness.shearYZ, dy, dy)
    gyzZ = scaled(stiffness.shearYZ, dz, dz)
    gyzM = scaled(stiffness.shearYZ, dy, dz)
    let spread = 1 + 1.0 / 3 + 1.0 / 3 + 1.0 / 9
    diagonal = Directions(
      spread * (cxx + gxyY + gxzZ), spread * (cyy + gxyX + gyzZ), spread * (czz + gxzX + gyzY))
    (strainX, strainY, strainZ) = (dx / 8, dy / 8, dz / 8)
  }

  /// Adds K u to three fields of `product` from `first` on; ghosts of `values` are filled.
  func apply(_ values: Fields, from first: Int, weights: Lane, into product: Fields, at target: Int)
  {
    let (ux, uy, uz) = (values[first], values[first + 1], values[first + 2])
    let (rx, ry, rz) = (product[target], product[target + 1], product[target + 2])
    for k in 0..<layout.elementLayers {
      for j in -1..<layout.y {
        for i in stride(from: -1, to: layout.x, by: 8) {
          let place = layout.index(i, j, k)
          let weight = weights.load(place)
          let x = Octet(ux, place, layout).analysed * weight
          let y = Octet(uy, place, layout).analysed * weight
          let z = Octet(uz, place, layout).analysed * weight
          forceX(x, y, z).synthesised.add(to: rx, place, layout)
          forceY(x, y, z).synthesised.add(to: ry, place, layout)
          forceZ(x, y, z).synthesised.add(to: rz, place, layout)
        }
      }
    }
  }

  private static let third = 1.0 / 3
  private static let ninth = 1.0 / 9

  @inline(__always)
  private func forceX(_ x: Octet, _ y: Octet, _ z: Octet) -> Octet {
    let (t, n) = (1.0 / 3, 1.0 / 9)
    let one = x.v1 * cxx + y.v2 * cxy + z.v4 * cxz
    let two = x.v2 * gxyY + y.v1 * gxyM
    let four = x.v4 * gxzZ + z.v1 * gxzM
    let three = (x.v3 * (cxx + gxyY) + z.v6 * cxz) * t
    let five = (x.v5 * (cxx + gxzZ) + y.v6 * cxy) * t
    let six = (x.v6 * (gxyY + gxzZ) + y.v5 * gxyM + z.v3 * gxzM) * t
    let seven = x.v7 * ((cxx + gxyY + gxzZ) * n)
    return Octet(.zero, one, two, three, four, five, six, seven)
  }

  @inline(__always)
  private func forceY(_ x: Octet, _ y: Octet, _ z: Octet) -> Octet {
    let (t, n) = (1.0 / 3, 1.0 / 9)
    let one = y.v1 * gxyX + x.v2 * gxyM
    let two = x.v1 * cxy + y.v2 * cyy + z.v4 * cyz
    let four = y.v4 * gyzZ + z.v2 * gyzM
    let three = (y.v3 * (cyy + gxyX) + z.v5 * cyz) * t
    let five = (y.v5 * (gxyX + gyzZ) + x.v6 * gxyM + z.v3 * gyzM) * t
    let six = (y.v6 * (cyy + gyzZ) + x.v5 * cxy) * t
    let seven = y.v7 * ((cyy + gxyX + gyzZ) * n)
    return Octet(.zero, one, two, three, four, five, six, seven)
  }

  @inline(__always)
  private func forceZ(_ x: Octet, _ y: Octet, _ z: Octet) -> Octet {
    let (t, n) = (1.0 / 3, 1.0 / 9)
    let one = z.v1 * gxzX + x.v4 * gxzM
    let two = z.v2 * gyzY + y.v4 * gyzM
    let four = x.v1 * cxz + y.v2 * cyz + z.v4 * czz
    let three = (z.v3 * (gxzX + gyzY) + x.v6 * gxzM + y.v5 * gyzM) * t
    let five = (z.v5 * (czz + gxzX) + y.v3 * cyz) * t
    let six = (z.v6 * (czz + gyzY) + x.v3 * cxz) * t
    let seven = z.v7 * ((czz + gxzX + gyzY) * n)
    return Octet(.zero, one, two, three, four, five, six, seven)
  }

  /// Modes of the normal strains along x, y and z.
  @inline(__always)
  func normalStrains(_ x: Octet, _ y: Octet, _ z: Octet) -> (Octet, Octet, Octet) {
    (
      Octet(x.v1, .zero, x.v3, .zero, x.v5, .zero, x.v7, .zero) * Eight(repeating: strainX),
      Octet(y.v2, y.v3, .zero, .zero, y.v6, y.v7, .zero, .zero) * Eight(repeating: strainY),
      Octet(z.v4, z.v5, z.v6, z.v7, .zero, .zero, .zero, .zero) * Eight(repeating: strainZ)
    )
  }

  /// The normal stresses of normal strains.
  @inline(__always)
  func normalStress(_ x: Octet, _ y: Octet, _ z: Octet) -> (Octet, Octet, Octet) {
    let s = stiffness
    let first = x * Eight(repeating: s.xx) + y * Eight(repeating: s.xy)
    let second = x * Eight(repeating: s.xy) + y * Eight(repeating: s.yy)
    let third = x * Eight(repeating: s.xz) + y * Eight(repeating: s.yz)
    return (
      first + z * Eight(repeating: s.xz), second + z * Eight(repeating: s.yz),
      third + z * Eight(repeating: s.zz)
    )
  }

  /// The forces of normal stresses given at the Gauss points and weighted by α V/8: what the
  /// eigenstrain does.
  ///
  /// Adds `-B σ` to three fields.
  @inline(__always)
  func subtractForces(
    _ sx: Octet, _ sy: Octet, _ sz: Octet, from product: Fields, at target: Int, _ place: Int
  ) {
    // The modes a test strain has, at the Gauss points, are those of `normalStrains`, transposed.
    let x = sx.analysed.atGaussScale * Eight(repeating: -strainX)
    let y = sy.analysed.atGaussScale * Eight(repeating: -strainY)
    let z = sz.analysed.atGaussScale * Eight(repeating: -strainZ)
    Octet(.zero, x.v0, .zero, x.v2, .zero, x.v4, .zero, x.v6).synthesised.add(
      to: product[target], place, layout)
    Octet(.zero, .zero, y.v0, y.v1, .zero, .zero, y.v4, y.v5).synthesised.add(
      to: product[target + 1], place, layout)
    Octet(.zero, .zero, .zero, .zero, z.v0, z.v1, z.v2, z.v3).synthesised.add(
      to: product[target + 2], place, layout)
  }

  /// The shear energy density of eight elements per α V, ½ G γ².
  @inline(__always)
  func energy(_ x: Octet, _ y: Octet, _ z: Octet) -> Eight {
    let ex = (x * forceX(x, y, z)).sum
    let ey = (y * forceY(x, y, z)).sum
    let ez = (z * forceZ(x, y, z)).sum
    return (ex + ey + ez) * 0.5
  }
}
