// SPDX-License-Identifier: Apache-2.0

import Foundation
import PhaseField

/// A spherical cavity in an infinite isotropic body under a far stress of 1 along z.
///
/// The far field, and beside it the three solutions of Navier's equations that decay and have its
/// symmetry, in spherical coordinates about z:
///
///     u_r = −A/r² − 3B/r⁴ + [(5−4ν)/(1−2ν) C/r² − 9B/r⁴] cos 2θ,   u_θ = −[2C/r² + 6B/r⁴] sin 2θ
///
/// A, B and C are such that no traction acts on the cavity, which ``traction(towards:)`` and the
/// tests check (Goodier 1933).
struct SphericalCavity {
  /// R in nm.
  let radius: Double
  /// E, the unit of stress being the far stress.
  let young: Double
  /// ν.
  let poisson: Double
  private let a, b, c: Double

  init(radius: Double, young: Double, poisson: Double) {
    (self.radius, self.young, self.poisson) = (radius, young, poisson)
    let shear = young / (2 * (1 + poisson))
    let common = 1 / (8 * shear * (7 - 5 * poisson))
    let cube = radius * radius * radius
    a = -common * (13 - 10 * poisson) * cube
    b = common * cube * radius * radius
    c = common * 5 * (1 - 2 * poisson) * cube
  }

  /// Six components of a symmetric tensor.
  struct Tensor {
    var xx, yy, zz, xy, xz, yz: Double

    /// The product of two tensors' components, shear counted twice.
    static func * (left: Tensor, right: Tensor) -> Double {
      let normal = left.xx * right.xx + left.yy * right.yy + left.zz * right.zz
      return normal + 2 * (left.xy * right.xy + left.xz * right.xz + left.yz * right.yz)
    }

    /// The product with a vector.
    func along(_ n: Directions<Double>) -> Directions<Double> {
      Directions(
        xx * n.x + xy * n.y + xz * n.z, xy * n.x + yy * n.y + yz * n.z,
        xz * n.x + yz * n.y + zz * n.z)
    }
  }

  /// r, sin θ, cos θ and the unit vector from the axis.
  private struct Place {
    let r, sine, cosine, x, y: Double

    init(_ at: Directions<Double>) {
      let axial = (at.x * at.x + at.y * at.y).squareRoot()
      r = (axial * axial + at.z * at.z).squareRoot()
      (sine, cosine) = (axial / r, at.z / r)
      (x, y) = axial > 0 ? (at.x / axial, at.y / axial) : (1, 0)
    }
  }

  private var twist: Double { (5 - 4 * poisson) / (1 - 2 * poisson) * c }

  /// The displacement in nm.
  func displacement(_ at: Directions<Double>) -> Directions<Double> {
    let p = Place(at)
    let (r2, r4) = (p.r * p.r, p.r * p.r * p.r * p.r)
    let double = p.cosine * p.cosine - p.sine * p.sine
    let radial = -a / r2 - 3 * b / r4 + (twist / r2 - 9 * b / r4) * double
    let polar = -(2 * c / r2 + 6 * b / r4) * 2 * p.sine * p.cosine
    let out = radial * p.sine + polar * p.cosine
    let up = radial * p.cosine - polar * p.sine
    return Directions(
      out * p.x - poisson / young * at.x, out * p.y - poisson / young * at.y,
      up + at.z / young)
  }

  /// The strain.
  func strain(_ at: Directions<Double>) -> Tensor {
    let p = Place(at)
    let (s, k) = (p.sine, p.cosine)
    let r3 = p.r * p.r * p.r
    let r5 = r3 * p.r * p.r
    let double = k * k - s * s
    let radial = -a / r3 - 3 * b / r5 + (twist / r3 - 9 * b / r5) * double
    let polar = -(2 * c / r3 + 6 * b / r5)
    let rr = 2 * a / r3 + 12 * b / r5 + (-2 * twist / r3 + 36 * b / r5) * double
    let tt = radial + polar * 2 * double
    let pp = radial + polar * 2 * k * k
    // ½ (∂u_r/∂θ / r + ∂u_θ/∂r − u_θ/r), each part with sin 2θ.
    let slope = -2 * (twist / r3 - 9 * b / r5) + (4 * c / r3 + 24 * b / r5) - polar
    let rt = 0.5 * slope * 2 * s * k
    let out = rr * s * s + tt * k * k + 2 * rt * s * k
    let up = rr * k * k + tt * s * s - 2 * rt * s * k
    let mixed = (rr - tt) * s * k + rt * (k * k - s * s)
    let side = -poisson / young
    return Tensor(
      xx: out * p.x * p.x + pp * p.y * p.y + side, yy: out * p.y * p.y + pp * p.x * p.x + side,
      zz: up + 1 / young, xy: (out - pp) * p.x * p.y, xz: mixed * p.x, yz: mixed * p.y)
  }

  /// The stress of a strain, in far stresses.
  func stress(of e: Tensor) -> Tensor {
    let shear = young / (2 * (1 + poisson))
    let volume = (e.xx + e.yy + e.zz) * young * poisson / ((1 + poisson) * (1 - 2 * poisson))
    return Tensor(
      xx: volume + 2 * shear * e.xx, yy: volume + 2 * shear * e.yy, zz: volume + 2 * shear * e.zz,
      xy: 2 * shear * e.xy, xz: 2 * shear * e.xz, yz: 2 * shear * e.yz)
  }

  /// The stress in far stresses.
  func stress(_ at: Directions<Double>) -> Tensor { stress(of: strain(at)) }
}
