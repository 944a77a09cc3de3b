// SPDX-License-Identifier: Apache-2.0

/// How composition and strain act on each other where the eigenstrain is linear in the composition.
///
/// In the modes of ``Octet`` the products of strain and composition are diagonal, so that a few
/// multiplications do what a law of any shape needs Gauss points for.
struct LinearCoupling {
  /// C ∂ε⁰/∂X along each direction, times what brings nodal sums to strains.
  let x, y, z: Double
  private let third = 1.0 / 3
  private let ninth = 1.0 / 9

  init(x: Double, y: Double, z: Double) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// Subtracts the forces of a composition, weighted by α V.
  @inline(__always)
  func subtractForces(
    of content: Octet, from forceX: inout Octet, _ forceY: inout Octet, _ forceZ: inout Octet
  ) {
    forceX.v1 -= content.v0 * x
    forceX.v3 -= content.v2 * (x * third)
    forceX.v5 -= content.v4 * (x * third)
    forceX.v7 -= content.v6 * (x * ninth)
    forceY.v2 -= content.v0 * y
    forceY.v3 -= content.v1 * (y * third)
    forceY.v6 -= content.v4 * (y * third)
    forceY.v7 -= content.v5 * (y * ninth)
    forceZ.v4 -= content.v0 * z
    forceZ.v5 -= content.v1 * (z * third)
    forceZ.v6 -= content.v2 * (z * third)
    forceZ.v7 -= content.v3 * (z * ninth)
  }

  /// σ : ∂ε⁰/∂X of a displacement, weighted by α V: the transpose.
  @inline(__always)
  func work(_ ux: Octet, _ uy: Octet, _ uz: Octet) -> Octet {
    let (x3, y3, z3) = (x * third, y * third, z * third)
    return Octet(
      (ux.v1 * x).addingProduct(uy.v2, y).addingProduct(uz.v4, z),
      (uy.v3 * y3).addingProduct(uz.v5, z3), (ux.v3 * x3).addingProduct(uz.v6, z3),
      uz.v7 * (z * ninth), (ux.v5 * x3).addingProduct(uy.v6, y3), uy.v7 * (y * ninth),
      ux.v7 * (x * ninth), .zero)
  }
}

extension LinearCoupling {
  /// The forces −B C ∂ε⁰/∂X of a composition layer by layer, as ``ElasticKernel`` collects them.
  @inline(__always)
  func sweep(
    _ composition: Lane, weights: Lane, _ layout: FieldLayout, ring: LayerRing,
    finish: (Int) -> Void
  ) {
    ring.run(
      layer: { k in
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          column(i, k, composition, weights, layout, ring)
        }
      }, finish: finish)
  }

  @inline(never)
  private func column(
    _ i: Int, _ k: Int, _ composition: Lane, _ weights: Lane, _ layout: FieldLayout,
    _ ring: LayerRing
  ) {
    let top = layout.up == 0 ? k : k + 1
    var place = layout.index(i, layout.elementsY.lowerBound, k)
    var values = LineModes(composition, place, up: layout.up)
    var (rowX, rowY, rowZ) = (LineModes.zero, LineModes.zero, LineModes.zero)
    for _ in 0..<layout.elementsY.count {
      let next = LineModes(composition, place + layout.line, up: layout.up)
      var (alongX, alongY, alongZ) = (Octet.zero, Octet.zero, Octet.zero)
      subtractForces(
        of: values.joined(next) * weights.load(place), from: &alongX, &alongY, &alongZ)
      rowX.addLower(alongX)
      rowX.give(to: ring.sums(0, k), ring.sums(0, top), place, up: layout.up)
      rowX = LineModes(upper: alongX)
      rowY.addLower(alongY)
      rowY.give(to: ring.sums(1, k), ring.sums(1, top), place, up: layout.up)
      rowY = LineModes(upper: alongY)
      rowZ.addLower(alongZ)
      rowZ.give(to: ring.sums(2, k), ring.sums(2, top), place, up: layout.up)
      rowZ = LineModes(upper: alongZ)
      values = next
      place += layout.line
    }
    rowX.give(to: ring.sums(0, k), ring.sums(0, top), place, up: layout.up)
    rowY.give(to: ring.sums(1, k), ring.sums(1, top), place, up: layout.up)
    rowZ.give(to: ring.sums(2, k), ring.sums(2, top), place, up: layout.up)
  }
}
