// SPDX-License-Identifier: Apache-2.0

import Glibc
import Numerics

/// The eigenvalue problem of plane anisotropic elasticity, Stroh's sextic.
///
/// For fields that depend on x1 and x2 only, with Q = (e1 e1), R = (e1 e2), T = (e2 e2) and the
/// contraction (m n)_jk = m_i C_ijkl n_l, the roots p of
///
///     det M(p) = 0,   M(p) = Q + p (R + Rᵀ) + p² T
///
/// come in three conjugate pairs, none real in a stable crystal.
struct StrohProblem {
  /// (e1 e1), eV/nm3.
  let q: Matrix3
  /// (e1 e2), eV/nm3.
  let r: Matrix3
  /// (e2 e2), eV/nm3.
  let t: Matrix3

  init(stiffness: StiffnessTensor, e1: SIMD3<Double>, e2: SIMD3<Double>) {
    q = stiffness.contracted(e1, e1)
    r = stiffness.contracted(e1, e2)
    t = stiffness.contracted(e2, e2)
  }

  /// M(p) = Q + p (R + Rᵀ) + p² T.
  func matrix(_ root: Complex) -> ComplexMatrix3 {
    let square = root * root
    let mixed = r + r.transpose
    return ComplexMatrix3(
      real: q + root.real * mixed + square.real * t,
      imaginary: root.imaginary * mixed + square.imaginary * t)
  }

  /// dM/dp = R + Rᵀ + 2 p T.
  func slope(_ root: Complex) -> ComplexMatrix3 {
    ComplexMatrix3(
      real: r + r.transpose + (2 * root.real) * t, imaginary: (2 * root.imaginary) * t)
  }

  /// The acoustic tensors (n n) and (n m) at an angle from e1.
  ///
  /// m = cos θ e1 + sin θ e2 points outwards, n = −sin θ e1 + cos θ e2 is a quarter turn ahead.
  func acoustic(cosine: Double, sine: Double) -> (nn: Matrix3, nm: Matrix3) {
    let product = sine * cosine
    let nn = (sine * sine) * q - product * (r + r.transpose) + (cosine * cosine) * t
    let diagonal = product * (t - q)
    let nm = diagonal - (sine * sine) * r + (cosine * cosine) * r.transpose
    return (nn, nm)
  }

  /// The three roots in the upper half plane, by ascending imaginary, then real part.
  ///
  /// Aberth's iteration on the determinant itself, whose logarithmic derivative is
  /// tr(adj M · M')/det M: no polynomial coefficients, which would cost digits. Roots that coincide
  /// to rounding are returned as their mean, which is known better than any of them.
  func roots() -> [Complex] {
    let scale = pow(q.determinant / t.determinant, 1.0 / 6)
    // Unequal angles: a symmetric start would keep its symmetry.
    var roots = [58.0, 97, 131].map {
      Complex(scale * cos($0 * degree), scale * sin($0 * degree))
    }
    for _ in 0..<100 {
      var moved = false
      for index in roots.indices {
        let (adjugate, determinant) = matrix(roots[index]).adjugate
        let (first, second, third) = matrix(roots[index]).rows
        let rounding = 2e-16 * first.modulus * second.modulus * third.modulus
        if determinant.modulus <= rounding { continue }
        let newton = determinant / (adjugate * slope(roots[index])).trace
        var repulsion = Complex(0, 0)
        for other in roots.indices {
          // Two estimates that meet exactly would repel without bound.
          let distance = roots[index] - roots[other]
          if other != index && distance.modulus > 0 {
            repulsion = repulsion + Complex(1, 0) / distance
          }
          repulsion = repulsion + Complex(1, 0) / (roots[index] - roots[other].conjugate)
        }
        let step = newton / (Complex(1, 0) - newton * repulsion)
        guard step.modulus.isFinite else { continue }
        var next = roots[index] - step
        if next.imaginary < 0 { next = next.conjugate }
        roots[index] = next
        if step.modulus > 4e-16 * next.modulus { moved = true }
      }
      if !moved { break }
    }
    return Self.sorted(merged(roots))
  }

  /// The smallest distance of two roots, relative to their size.
  static func separation(_ roots: [Complex]) -> Double {
    var smallest = Double.infinity
    for (index, first) in roots.enumerated() {
      for second in roots[..<index] {
        smallest = min(smallest, (first - second).modulus / max(first.modulus, second.modulus))
      }
    }
    return smallest
  }

  /// Roots that rounding alone may have parted, replaced by their mean.
  private func merged(_ roots: [Complex]) -> [Complex] {
    let centre = Complex(1.0 / 3, 0) * roots.reduce(Complex(0, 0), +)
    // The cube root of the rounding unit is 6e-6, its square root 1.5e-8.
    if roots.allSatisfy({ ($0 - centre).modulus < 2e-5 * centre.modulus }) {
      let mean = meanRoot(around: centre, radius: 0.3 * centre.imaginary)
      return [mean, mean, mean]
    }
    var result = roots
    for first in roots.indices {
      for second in 0..<first
      where (roots[first] - roots[second]).modulus < 1e-7 * roots[first].modulus {
        let centre = Complex(0.5, 0) * (roots[first] + roots[second])
        let other = roots[3 - first - second]
        let mean = meanRoot(
          around: centre, radius: 0.3 * min(centre.imaginary, (centre - other).modulus))
        (result[first], result[second]) = (mean, mean)
      }
    }
    return result
  }

  /// The mean of the roots in a circle, ∮ p P'/P dp / ∮ P'/P dp with P = det M.
  ///
  /// The trapezoidal rule on the circle is exact to rounding where no root is near it. A root of
  /// multiplicity m that is sought by itself is known to the m-th root of rounding only.
  private func meanRoot(around centre: Complex, radius: Double) -> Complex {
    // On a smaller circle the determinant itself would be rounding.
    guard radius > 1e-3 * centre.modulus else { return centre }
    var (count, moment) = (Complex(0, 0), Complex(0, 0))
    for point in 0..<32 {
      let angle = 2 * Double.pi * (Double(point) + 0.5) / 32
      let offset = Complex(radius * cos(angle), radius * sin(angle))
      let (adjugate, determinant) = matrix(centre + offset).adjugate
      let term = offset * ((adjugate * slope(centre + offset)).trace / determinant)
      count = count + term
      moment = moment + offset * term
    }
    return centre + moment / count
  }

  private static func sorted(_ roots: [Complex]) -> [Complex] {
    roots.sorted { first, second in
      // Equal imaginary parts differ by rounding, which must not decide the order.
      abs(first.imaginary - second.imaginary) > 1e-9 * first.modulus
        ? first.imaginary < second.imaginary : first.real < second.real
    }
  }
}
