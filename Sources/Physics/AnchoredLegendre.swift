// SPDX-License-Identifier: Apache-2.0

/// The basis of every learned law: Legendre polynomials on [0, 1], anchored to vanish at the
/// composition X_r of the reference lattice.
///
/// φ_n(X) = L_n(2X − 1) − L_n(2X_r − 1) with n = 1…N. For LiFePO4 the state without eigenstrain is
/// X_r = 1, where L_n(1) = 1. The functions are polynomials, valid outside [0, 1] too, where noise puts
/// some compositions.
///
/// The recurrence runs on φ itself and on its increments, with s = 2(X − X_r), r = 2(X_r − 1) and
/// L_n = φ_n + L_n(2X_r − 1):
///
///     φ_{n+1} = φ_n + [(2n + 1) (s L_n + r φ_n) + n (φ_n − φ_{n−1})] / (n + 1)
///
/// Subtracting L_n(2X_r − 1) afterwards would lose all digits near X_r, where φ_n is proportional to
/// X − X_r; this form is exact there.
public enum AnchoredLegendre {
  /// The value of one basis function.
  ///
  /// - Parameters:
  ///   - degree: n, from 1 (0 gives the zero function).
  ///   - composition: X.
  ///   - reference: X_r.
  /// - Returns: L_n(2X − 1) − L_n(2X_r − 1).
  @inlinable
  public static func value(
    _ degree: Int, at composition: Double, reference: Double = 1
  ) -> Double {
    var state = Recurrence(at: composition, reference: reference)
    for _ in 0..<degree { state.advance() }
    return state.value
  }

  /// The derivative of one basis function with respect to composition.
  ///
  /// - Parameters:
  ///   - degree: n, from 1 (0 gives the zero function).
  ///   - composition: X.
  /// - Returns: dφ_n/dX = 2 L'_n(2X − 1).
  @inlinable
  public static func derivative(_ degree: Int, at composition: Double) -> Double {
    var state = Recurrence(at: composition, reference: 1)
    for _ in 0..<degree { state.advance() }
    return state.derivative
  }

  /// All basis functions and their derivatives at one composition, without allocation.
  ///
  /// - Parameters:
  ///   - composition: X.
  ///   - reference: X_r.
  ///   - values: receives φ_1…φ_N; its count is N.
  ///   - derivatives: receives dφ_1/dX…dφ_N/dX; the same count.
  @inlinable
  public static func evaluate(
    at composition: Double,
    reference: Double = 1,
    values: inout MutableSpan<Double>,
    derivatives: inout MutableSpan<Double>
  ) {
    precondition(values.count == derivatives.count, "values and derivatives differ in count")
    var state = Recurrence(at: composition, reference: reference)
    for index in 0..<values.count {
      state.advance()
      values[index] = state.value
      derivatives[index] = state.derivative
    }
  }

  /// The three-term recurrence at one composition, standing at one degree.
  @frozen
  public struct Recurrence: Sendable {
    /// The degree n the recurrence stands at.
    public var degree: Int
    /// φ_n(X).
    public var value: Double
    /// dφ_n/dX.
    public var derivative: Double
    @usableFromInline var previousValue: Double
    @usableFromInline var previousDerivative: Double
    /// L_n(2X_r − 1), 1 of every degree where X_r = 1.
    @usableFromInline var anchor: Double
    @usableFromInline var previousAnchor: Double
    /// s.
    @usableFromInline let offset: Double
    /// r.
    @usableFromInline let shift: Double

    /// The recurrence at degree 0, where the anchored function is zero.
    @inlinable
    public init(at composition: Double, reference: Double) {
      degree = 0
      value = 0
      derivative = 0
      previousValue = 0
      previousDerivative = 0
      anchor = 1
      previousAnchor = 0
      offset = 2 * (composition - reference)
      shift = 2 * (reference - 1)
    }

    /// Moves from degree n to n + 1.
    @inlinable
    public mutating func advance() {
      let current = Double(degree)
      let odd = 2 * current + 1
      let legendre = value + anchor
      let growth =
        odd * (offset * legendre + shift * value) + current * (value - previousValue)
      // L'_{n+1} = L'_{n−1} + (2n + 1) L_n, and d/dX is twice d/d(2X − 1).
      let nextDerivative = previousDerivative + 2 * odd * legendre
      previousValue = value
      previousDerivative = derivative
      value += growth / (current + 1)
      // At X_r = 1 it is 1 of every degree, and a second division would be felt in a learning.
      if shift != 0 {
        let anchorGrowth = odd * shift * anchor + current * (anchor - previousAnchor)
        previousAnchor = anchor
        anchor += anchorGrowth / (current + 1)
      }
      derivative = nextDerivative
      degree += 1
    }
  }
}
