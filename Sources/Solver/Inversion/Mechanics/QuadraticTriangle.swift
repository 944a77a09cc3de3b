// SPDX-License-Identifier: Apache-2.0

/// The six-node triangle: corners 0, 1, 2, then the midpoints of 01, 12 and 20.
///
/// In barycentric coordinates L₀ + L₁ + L₂ = 1 (Zienkiewicz and Taylor, The Finite Element Method):
/// N_i = L_i (2L_i − 1) at corners, 4 L_i L_j at midpoints; each is 1 at its node and 0 at the
/// others.
package enum QuadraticTriangle {
  /// Six points, exact to degree 4: barycentric coordinates and weights that sum to 1.
  ///
  /// Dunavant, Int. J. Numer. Methods Eng. 21 (1985) 1129. The stiffness has degree 2 in its
  /// integrand, the load of a law with a parabola for X a higher one.
  package static let quadrature: [(l0: Double, l1: Double, l2: Double, weight: Double)] = {
    let inner = (0.445948490915965, 0.223381589678011)
    let outer = (0.091576213509771, 0.109951743655322)
    var points: [(l0: Double, l1: Double, l2: Double, weight: Double)] = []
    for (near, weight) in [inner, outer] {
      let far = 1 - 2 * near
      points.append((near, near, far, weight))
      points.append((near, far, near, weight))
      points.append((far, near, near, weight))
    }
    return points
  }()

  /// The shape functions at a point.
  package static func shape(_ l0: Double, _ l1: Double, _ l2: Double) -> [Double] {
    [
      l0 * (2 * l0 - 1), l1 * (2 * l1 - 1), l2 * (2 * l2 - 1),
      4 * l0 * l1, 4 * l1 * l2, 4 * l2 * l0,
    ]
  }

  /// The derivatives of the shape functions along a and c at a point, and the triangle's area.
  ///
  /// By the chain rule from those of L_i, constant in the triangle: for corners p, q, r
  /// ∂L₀/∂a = (q_c − r_c)/2A, ∂L₀/∂c = (r_a − q_a)/2A and so on around, with
  /// 2A = (q − p) × (r − p).
  ///
  /// - Parameter corners: (a, c) of the three corners, counter-clockwise.
  package static func gradient(
    corners: [(a: Double, c: Double)], _ l0: Double, _ l1: Double, _ l2: Double
  ) -> (alongA: [Double], alongC: [Double], area: Double) {
    let (p, q, r) = (corners[0], corners[1], corners[2])
    let twice = (q.a - p.a) * (r.c - p.c) - (r.a - p.a) * (q.c - p.c)
    let slopeA = [(q.c - r.c) / twice, (r.c - p.c) / twice, (p.c - q.c) / twice]
    let slopeC = [(r.a - q.a) / twice, (p.a - r.a) / twice, (q.a - p.a) / twice]
    func along(_ slope: [Double]) -> [Double] {
      [
        (4 * l0 - 1) * slope[0], (4 * l1 - 1) * slope[1], (4 * l2 - 1) * slope[2],
        4 * (l0 * slope[1] + l1 * slope[0]),
        4 * (l1 * slope[2] + l2 * slope[1]),
        4 * (l2 * slope[0] + l0 * slope[2]),
      ]
    }
    return (along(slopeA), along(slopeC), twice / 2)
  }
}
