// SPDX-License-Identifier: Apache-2.0

/// The element operator of orthotropic elasticity in the modes of ``Octet``.
///
/// Strains of trilinear displacements are exact in the modes: ε_xx has 1, η, ζ, ηζ and so on; the
/// products of different modes vanish, so that the 24 × 24 element matrix becomes some fifty
/// multiplications. Stiffness per site, in eV; forces in eV/nm times nm³.
package struct ElasticKernel {
  let layout: FieldLayout
  // Stiffness times 4/(h_i h_j)/64, which carries both transforms.
  private let cxx, cyy, czz, cxy, cxz, cyz: Double
  private let gxyX, gxyY, gxyM, gxzX, gxzZ, gxzM, gyzY, gyzZ, gyzM: Double
  /// Diagonal of the element matrix for x, y, z, per α V; of a plane element two thirds of it.
  package let diagonal: Directions<Double>
  /// The largest eigenvalue of D⁻¹K of one element, which no assembled D⁻¹K exceeds: uᵀKu is a sum
  /// over elements, and each is at most this times its share of uᵀDu, whatever its volume fraction.
  package let largestEigenvalue: Double
  private let stiffness: GridStiffness
  private let third = 1.0 / 3
  private let ninth = 1.0 / 9
  /// 2/h over eight, from nodal sums to strain modes.
  private let strainX, strainY, strainZ: Double

  package init(_ stiffness: GridStiffness, _ grid: StructuredGrid) {
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
    // In the modes the element matrix falls into these blocks, one for each function below that
    // mixes the three displacements; both transforms together are eight times a rotation.
    let scale = [diagonal.x, diagonal.y, diagonal.z].map { $0 > 0 ? (8 / $0).squareRoot() : 0 }
    func block(_ diagonal: [Double], _ xy: Double, _ xz: Double, _ yz: Double) -> Double {
      ElasticKernel.largestEigenvalue(
        diagonal: SIMD3((0..<3).map { diagonal[$0] * scale[$0] * scale[$0] }),
        xy * scale[0] * scale[1], xz * scale[0] * scale[2], yz * scale[1] * scale[2])
    }
    largestEigenvalue =
      [
        block([cxx, cyy, czz], cxy, cxz, cyz),
        block([gxyY, gxyX, 0], gxyM, 0, 0),
        block([gxzZ, 0, gxzX], 0, gxzM, 0),
        block([0, gyzZ, gyzY], 0, 0, gyzM),
        block([cxx + gxyY, 0, czz + gyzY], 0, cxz, 0) / 3,
        block([cxx + gxzZ, cyy + gyzZ, 0], cxy, 0, 0) / 3,
        block([0, cyy + gxyX, czz + gxzX], 0, 0, cyz) / 3,
        block([gxyY + gxzZ, gxyX + gyzZ, gxzX + gyzY], gxyM, gxzM, gyzM) / 3,
      ].max() ?? 1
  }

  /// The largest eigenvalue of a symmetric 3 × 3 matrix, never below it.
  ///
  /// Newton's method on the characteristic polynomial falls towards the largest root from above.
  private static func largestEigenvalue(
    diagonal: SIMD3<Double>, _ xy: Double, _ xz: Double, _ yz: Double
  ) -> Double {
    let squares = (diagonal * diagonal).sum() + 2 * (xy * xy + xz * xz + yz * yz)
    var value = squares.squareRoot()
    for _ in 0..<100 {
      let (a, b, c) = (value - diagonal.x, value - diagonal.y, value - diagonal.z)
      let determinant =
        a * (b * c - yz * yz) - xy * (xy * c + yz * xz) - xz * (xy * yz + b * xz)
      let slope = a * b + a * c + b * c - xy * xy - xz * xz - yz * yz
      guard determinant > 0, slope > 0 else { break }
      value -= determinant / slope
    }
    return value
  }

  /// K u layer by layer: `finish(k)` finds the forces on the nodes of layer k complete in `ring`, by
  /// ``LayerRing/sums(_:_:)``; ghosts of `values` are filled.
  @inline(__always)
  func sweep(
    _ values: Fields, from first: Int, weights: Lane, ring: LayerRing, finish: (Int) -> Void
  ) {
    let u = (values[first], values[first + 1], values[first + 2])
    ring.run(
      layer: { k in
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          plainColumn(i, k, u, weights, ring)
        }
      }, finish: finish)
  }

  /// The same for a state's composition and displacement, coupled; `ring` collects the row of μ as
  /// its fourth component.
  @inline(__always)
  func sweep(
    _ values: Fields, coupled coupling: LinearCoupling, weights: Lane, ring: LayerRing,
    finish: (Int) -> Void
  ) {
    let u = (
      values[.displacementX], values[.displacementY], values[.displacementZ]
    )
    ring.run(
      layer: { k in
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          coupledColumn(i, k, u, weights, ring, (coupling, values[.composition]))
        }
      }, finish: finish)
  }

  // Two functions of their own: each is one loop whose values the compiler can keep in registers.
  @inline(never)
  private func plainColumn(
    _ i: Int, _ k: Int, _ u: (Lane, Lane, Lane), _ weights: Lane, _ ring: LayerRing
  ) {
    column(i, k, u, weights, ring, nil)
  }

  @inline(never)
  private func coupledColumn(
    _ i: Int, _ k: Int, _ u: (Lane, Lane, Lane), _ weights: Lane, _ ring: LayerRing,
    _ coupled: (coupling: LinearCoupling, composition: Lane)
  ) {
    column(i, k, u, weights, ring, coupled)
  }

  /// The elements i…i+7 of layer k, line after line along y.
  @inline(__always)
  private func column(
    _ i: Int, _ k: Int, _ u: (Lane, Lane, Lane), _ weights: Lane, _ ring: LayerRing,
    _ coupled: (coupling: LinearCoupling, composition: Lane)?
  ) {
    let (line, up) = (layout.line, layout.up)
    let top = up == 0 ? k : k + 1
    let low = (ring.sums(0, k), ring.sums(1, k), ring.sums(2, k))
    let high = (ring.sums(0, top), ring.sums(1, top), ring.sums(2, top))
    var place = layout.index(i, layout.elementsY.lowerBound, k)
    var x = LineModes(u.0, place, up: up)
    var y = LineModes(u.1, place, up: up)
    var z = LineModes(u.2, place, up: up)
    var composition = LineModes.zero
    if let coupled { composition = LineModes(coupled.composition, place, up: up) }
    var (rowX, rowY, rowZ, row) = (
      LineModes.zero, LineModes.zero, LineModes.zero, LineModes.zero
    )
    for _ in 0..<layout.elementsY.count {
      let weight = weights.load(place)
      let nextX = LineModes(u.0, place + line, up: up)
      let nextY = LineModes(u.1, place + line, up: up)
      let nextZ = LineModes(u.2, place + line, up: up)
      let modes = (
        x.joined(nextX) * weight, y.joined(nextY) * weight, z.joined(nextZ) * weight
      )
      var alongX = forceX(modes.0, modes.1, modes.2)
      var alongY = forceY(modes.0, modes.1, modes.2)
      var alongZ = forceZ(modes.0, modes.1, modes.2)
      if let coupled {
        let next = LineModes(coupled.composition, place + line, up: up)
        let content = composition.joined(next) * weight
        coupled.coupling.subtractForces(of: content, from: &alongX, &alongY, &alongZ)
        composition = next
        let work = coupled.coupling.work(modes.0, modes.1, modes.2)
        row.addLower(work)
        row.give(to: ring.sums(3, k), ring.sums(3, top), place, up: up)
        row = LineModes(upper: work)
      }
      rowX.addLower(alongX)
      rowX.give(to: low.0, high.0, place, up: up)
      rowX = LineModes(upper: alongX)
      rowY.addLower(alongY)
      rowY.give(to: low.1, high.1, place, up: up)
      rowY = LineModes(upper: alongY)
      rowZ.addLower(alongZ)
      rowZ.give(to: low.2, high.2, place, up: up)
      rowZ = LineModes(upper: alongZ)
      (x, y, z) = (nextX, nextY, nextZ)
      place += line
    }
    rowX.give(to: low.0, high.0, place, up: up)
    rowY.give(to: low.1, high.1, place, up: up)
    rowZ.give(to: low.2, high.2, place, up: up)
    if coupled != nil { row.give(to: ring.sums(3, k), ring.sums(3, top), place, up: up) }
  }

  /// Writes K u to the own nodes of three fields of `product` from `target` on.
  package func apply(
    _ values: Fields, from first: Int, weights: Lane, ring: LayerRing, into product: Fields,
    at target: Int
  ) {
    sweep(values, from: first, weights: weights, ring: ring) { k in
      for component in 0..<3 {
        let (force, lane) = (ring.sums(component, k), product[target + component])
        layout.forOwn(layer: k) { place, isOwn in
          lane.store(place, isOwn(force.load(place)))
        }
      }
    }
  }

  @inline(__always)
  private func forceX(_ x: Octet, _ y: Octet, _ z: Octet) -> Octet {
    let one = (x.v1 * cxx).addingProduct(y.v2, cxy).addingProduct(z.v4, cxz)
    let two = (x.v2 * gxyY).addingProduct(y.v1, gxyM)
    let four = (x.v4 * gxzZ).addingProduct(z.v1, gxzM)
    let three = (x.v3 * ((cxx + gxyY) * third)).addingProduct(z.v6, cxz * third)
    let five = (x.v5 * ((cxx + gxzZ) * third)).addingProduct(y.v6, cxy * third)
    let own = x.v6 * ((gxyY + gxzZ) * third)
    let six = own.addingProduct(y.v5, gxyM * third).addingProduct(z.v3, gxzM * third)
    let seven = x.v7 * ((cxx + gxyY + gxzZ) * ninth)
    return Octet(.zero, one, two, three, four, five, six, seven)
  }

  @inline(__always)
  private func forceY(_ x: Octet, _ y: Octet, _ z: Octet) -> Octet {
    let one = (y.v1 * gxyX).addingProduct(x.v2, gxyM)
    let two = (x.v1 * cxy).addingProduct(y.v2, cyy).addingProduct(z.v4, cyz)
    let four = (y.v4 * gyzZ).addingProduct(z.v2, gyzM)
    let three = (y.v3 * ((cyy + gxyX) * third)).addingProduct(z.v5, cyz * third)
    let own = y.v5 * ((gxyX + gyzZ) * third)
    let five = own.addingProduct(x.v6, gxyM * third).addingProduct(z.v3, gyzM * third)
    let six = (y.v6 * ((cyy + gyzZ) * third)).addingProduct(x.v5, cxy * third)
    let seven = y.v7 * ((cyy + gxyX + gyzZ) * ninth)
    return Octet(.zero, one, two, three, four, five, six, seven)
  }

  @inline(__always)
  private func forceZ(_ x: Octet, _ y: Octet, _ z: Octet) -> Octet {
    let one = (z.v1 * gxzX).addingProduct(x.v4, gxzM)
    let two = (z.v2 * gyzY).addingProduct(y.v4, gyzM)
    let four = (x.v1 * cxz).addingProduct(y.v2, cyz).addingProduct(z.v4, czz)
    let own = z.v3 * ((gxzX + gyzY) * third)
    let three = own.addingProduct(x.v6, gxzM * third).addingProduct(y.v5, gyzM * third)
    let five = (z.v5 * ((czz + gxzX) * third)).addingProduct(y.v3, cyz * third)
    let six = (z.v6 * ((czz + gyzY) * third)).addingProduct(x.v3, cxz * third)
    let seven = z.v7 * ((czz + gxzX + gyzY) * ninth)
    return Octet(.zero, one, two, three, four, five, six, seven)
  }

  /// The coupling to a composition whose eigenstrain has the slopes `expansion` along x, y, z.
  func coupling(_ expansion: Directions<Double>) -> LinearCoupling {
    let (x, y, z) = (expansion.x, expansion.y, expansion.z)
    let s = stiffness
    return LinearCoupling(
      x: (s.xx * x + s.xy * y + s.xz * z) * strainX / 8,
      y: (s.xy * x + s.yy * y + s.yz * z) * strainY / 8,
      z: (s.xz * x + s.yz * y + s.zz * z) * strainZ / 8)
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

  /// The mean stress in the xy plane of eight elements.
  @inline(__always)
  func shearStress(_ x: Octet, _ y: Octet) -> Eight {
    (x.v2 * strainY + y.v1 * strainX) * stiffness.shearXY
  }

  /// Adds the forces of a uniform stress in the xy plane, weighted by α V.
  @inline(__always)
  func addShearForces(_ stress: Eight, to product: Fields, at target: Int, _ place: Int) {
    var (x, y) = (Octet.zero, Octet.zero)
    x.v2 = stress * strainY
    y.v1 = stress * strainX
    x.synthesised.add(to: product[target], place, layout)
    y.synthesised.add(to: product[target + 1], place, layout)
  }

  /// The energy density of eight elements per α V, ½ ε C ε.
  @inline(__always)
  func energy(_ x: Octet, _ y: Octet, _ z: Octet) -> Eight {
    let ex = (x * forceX(x, y, z)).sum
    let ey = (y * forceY(x, y, z)).sum
    let ez = (z * forceZ(x, y, z)).sum
    return (ex + ey + ez) * 0.5
  }
}
