// SPDX-License-Identifier: Apache-2.0

/// The composition–eigenstrain law f(X) of the ac plane, the thing that is learned.
///
/// f_i(X) = Σ_n p_in φ_n(X) with i = a, c and n = 1…N in the basis of ``AnchoredLegendre``; f vanishes
/// at the composition of the lattice that strains are relative to, and there is no chemical shear.
@frozen
public struct EigenstrainLaw: Equatable, Sendable {
  /// Coefficients a_1…a_N of the strain along a.
  public let a: [Double]
  /// Coefficients c_1…c_N of the strain along c, the same count.
  public let c: [Double]
  /// The composition of the reference lattice, at which f = 0.
  public let reference: Double

  /// A law from its coefficients along a and c, of one count.
  @inlinable
  public init(a: [Double], c: [Double], reference: Double = 1) {
    precondition(a.count == c.count, "a law has as many terms along a as along c")
    self.a = a
    self.c = c
    self.reference = reference
  }

  /// A law from one vector of unknowns in the order a_1…a_N, c_1…c_N.
  ///
  /// - Parameters:
  ///   - unknowns: shape (2N), as the least-squares problem orders them.
  ///   - reference: the composition at which f = 0.
  @inlinable
  public init(unknowns: [Double], reference: Double) {
    precondition(unknowns.count.isMultiple(of: 2), "unknowns come as a_1…a_N, c_1…c_N")
    let count = unknowns.count / 2
    self.init(
      a: Array(unknowns[..<count]), c: Array(unknowns[count...]), reference: reference)
  }

  /// The quadratic law f = p1 (1 − X) + p2 X (1 − X), exact in two terms.
  ///
  /// φ_1 = −2(1 − X) and φ_2 = −6X(1 − X), anchored at X = 1.
  ///
  /// - Parameters:
  ///   - a: p1 and p2 of the strain along a.
  ///   - c: p1 and p2 of the strain along c.
  @inlinable
  public init(
    quadraticA a: (linear: Double, bowing: Double), c: (linear: Double, bowing: Double)
  ) {
    self.init(a: [-a.linear / 2, -a.bowing / 6], c: [-c.linear / 2, -c.bowing / 6])
  }

  /// The number of terms N in each direction.
  @inlinable public var terms: Int { a.count }

  /// The coefficients in the order a_1…a_N, c_1…c_N.
  @inlinable public var unknowns: [Double] { a + c }

  /// The eigenstrain f(X); its shear is zero.
  @inlinable
  public func strain(at composition: Double) -> SymmetricTensor2 {
    var basis = AnchoredLegendre.Recurrence(at: composition, reference: reference)
    var sum = SymmetricTensor2.zero
    for index in 0..<a.count {
      basis.advance()
      sum.aa += a[index] * basis.value
      sum.cc += c[index] * basis.value
    }
    return sum
  }

  /// The chemical expansion coefficient df/dX; its shear is zero.
  @inlinable
  public func derivative(at composition: Double) -> SymmetricTensor2 {
    var basis = AnchoredLegendre.Recurrence(at: composition, reference: reference)
    var sum = SymmetricTensor2.zero
    for index in 0..<a.count {
      basis.advance()
      sum.aa += a[index] * basis.derivative
      sum.cc += c[index] * basis.derivative
    }
    return sum
  }

  /// The variance of the law and of its derivative at one composition.
  ///
  /// f is linear in the coefficients, so the propagation is exact: Var f_a = Σ φ_m φ_n Cov(a_m, a_n).
  /// Allocates its basis values; meant for the hundred points of a band, not for pixels.
  ///
  /// - Parameters:
  ///   - composition: X.
  ///   - covariance: shape (2N, 2N), row-major, in the order a_1…a_N, c_1…c_N.
  /// - Returns: the pointwise variances, without the sign errors of rounding.
  public func variance(at composition: Double, covariance: [Double]) -> PointwiseVariance {
    let count = terms
    precondition(
      covariance.count == 4 * count * count, "the covariance of N terms has shape (2N, 2N)")
    var values: [Double] = []
    var slopes: [Double] = []
    var basis = AnchoredLegendre.Recurrence(at: composition, reference: reference)
    for _ in 0..<count {
      basis.advance()
      values.append(basis.value)
      slopes.append(basis.derivative)
    }
    func form(_ weights: [Double], block: Int) -> Double {
      var sum = 0.0
      for row in 0..<count {
        for column in 0..<count {
          let entry = covariance[(block + row) * 2 * count + block + column]
          sum += weights[row] * entry * weights[column]
        }
      }
      // In this order a NaN survives.
      return max(sum, 0)
    }
    return PointwiseVariance(
      a: form(values, block: 0), c: form(values, block: count),
      derivativeA: form(slopes, block: 0), derivativeC: form(slopes, block: count))
  }
}

/// The variances of a law and of its chemical expansion coefficient at one composition.
@frozen
public struct PointwiseVariance: Equatable, Sendable {
  /// Variance of f_a.
  public var a: Double
  /// Variance of f_c.
  public var c: Double
  /// Variance of df_a/dX.
  public var derivativeA: Double
  /// Variance of df_c/dX.
  public var derivativeC: Double

  /// Variances from their four values.
  @inlinable
  public init(a: Double, c: Double, derivativeA: Double, derivativeC: Double) {
    self.a = a
    self.c = c
    self.derivativeA = derivativeA
    self.derivativeC = derivativeC
  }
}
