// SPDX-License-Identifier: Apache-2.0

import Glibc
import Numerics

/// The tensors S and L that fix a dislocation's field and energy, of Barnett and Lothe.
///
///     S = (1/π) ∫ −(n n)⁻¹ (n m) dθ,   L = (1/π) ∫ [(m m) − (m n)(n n)⁻¹(n m)] dθ,   θ = 0 … π
///
/// With p = −cot θ these become integrals over the real axis of
/// M⁻¹(R + pT) and T − (Rᵀ + pT) M⁻¹ (R + pT), hence sums of residues at the Stroh roots.
struct BarnettLothe {
  /// S, dimensionless.
  var s: Matrix3
  /// L in eV/nm3; the line energy per ln(R/r0) is b·L·b/4π.
  var l: Matrix3

  /// How the integrals were done.
  enum Method: Equatable {
    /// Residues at the Stroh roots: exact where the roots are apart, however near the real axis.
    case residues
    /// The trapezoidal rule, of the given number of points: exact where roots coincide.
    case quadrature(points: Int)
  }

  /// Roots nearer than this, relative to their size, are left to the integrals.
  ///
  /// The residues lose the inverse square of the distance, 400 units of rounding here, and the
  /// integrals nothing: across the switch the two agree to 1e-12.
  static let switchDistance = 0.05

  /// S and L by the way that suits the roots.
  static func of(_ problem: StrohProblem, roots: [Complex]) -> (BarnettLothe, Method) {
    if StrohProblem.separation(roots) > switchDistance {
      let sums = byResidues(problem, roots: roots)
      if sums.s.largest.isFinite && sums.l.largest.isFinite { return (sums, .residues) }
    }
    let (tensors, points) = byQuadrature(problem)
    return (tensors, .quadrature(points: points))
  }

  /// S = Re 2i Σ Res M⁻¹(R + pT) and L = −Re 2i Σ Res (Rᵀ + pT) M⁻¹ (R + pT).
  ///
  /// At a simple root Res M⁻¹ = adj M / tr(adj M · M'). The arc at infinity adds −i to S, which the
  /// real part removes, and nothing to L.
  static func byResidues(_ problem: StrohProblem, roots: [Complex]) -> BarnettLothe {
    var s = Matrix3.zero
    var l = Matrix3.zero
    for root in roots {
      let adjugate = problem.matrix(root).adjugate.matrix
      let slope = (adjugate * problem.slope(root)).trace
      let inverse = (Complex(0, 2) / slope) * adjugate
      let traction = ComplexMatrix3(
        real: problem.r + root.real * problem.t, imaginary: root.imaginary * problem.t)
      let first = inverse * traction
      s = s + first.real
      l = l - (traction.transpose * first).real
    }
    return BarnettLothe(s: s, l: l.symmetricPart)
  }

  /// The integrals by the trapezoidal rule, whose error falls exponentially for periodic functions.
  ///
  /// Points are doubled until nothing moves. A root at a distance d of the real axis needs about
  /// 20/d points.
  static func byQuadrature(_ problem: StrohProblem) -> (BarnettLothe, points: Int) {
    var points = 16
    var sum = partialSum(problem, points: points, offset: 0)
    var mean = sum.scaled(by: 1 / Double(points))
    while points < 1 << 20 {
      sum = sum.adding(partialSum(problem, points: points, offset: 0.5))
      points *= 2
      let next = sum.scaled(by: 1 / Double(points))
      let change = max(
        (next.s - mean.s).largest, (next.l - mean.l).largest / problem.t.largest)
      mean = next
      // The next doubling squares the error, so this one has already reached rounding.
      if change < 1e-10 { break }
    }
    mean.l = mean.l.symmetricPart
    return (mean, points)
  }

  private static func partialSum(
    _ problem: StrohProblem, points: Int, offset: Double
  ) -> BarnettLothe {
    var sum = BarnettLothe(s: .zero, l: .zero)
    for point in 0..<points {
      let angle = (Double(point) + offset) * Double.pi / Double(points)
      let (cosine, sine) = (cos(angle), sin(angle))
      let (nn, nm) = problem.acoustic(cosine: cosine, sine: sine)
      let mm = problem.acoustic(cosine: sine, sine: -cosine).nn
      let first = nn.inverse * nm
      sum.s = sum.s - first
      sum.l = sum.l + mm - nm.transpose * first
    }
    return sum
  }

  private func adding(_ other: BarnettLothe) -> BarnettLothe {
    BarnettLothe(s: s + other.s, l: l + other.l)
  }

  private func scaled(by factor: Double) -> BarnettLothe {
    BarnettLothe(s: factor * s, l: factor * l)
  }
}
