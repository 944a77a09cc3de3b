// SPDX-License-Identifier: Apache-2.0

/// The basis of a law at a noisy composition, its noise taken out in the mean.
///
/// φ̃_n = exp(−v/2 d²/dX²) φ_n, anchored where φ_n is, is a polynomial with ⟨φ̃_n(X + e)⟩ = φ_n(X) for normal e of variance v.
/// Derivatives come from the recurrence of Legendre's polynomials, whose k-th derivatives obey
/// (n+1) P_{n+1}^{(k)} = (2n+1) (u P_n^{(k)} + k P_n^{(k−1)}) − n P_{n−1}^{(k)}, u = 2X − 1.
public struct DeconvolvedBasis: Sendable {
  /// The number of terms N.
  public let terms: Int
  /// φ̃_n^{(k)}, n = 1…N fastest, k = 0…N.
  public private(set) var values: [Double]
  /// P_n^{(k)}(u), n = 0…N fastest.
  private var legendre: [Double]
  /// L_n(2X_r − 1) at the reference composition, n = 1…N.
  private let anchors: [Double]

  /// A basis of N terms that vanish at X_r without noise, not yet evaluated.
  public init(terms: Int, reference: Double) {
    self.terms = terms
    // φ_n anchored at 1 is L_n − 1.
    anchors = (0..<terms).map { 1 + AnchoredLegendre.value($0 + 1, at: reference) }
    values = [Double](repeating: 0, count: terms * (terms + 1))
    legendre = [Double](repeating: 0, count: (terms + 1) * (terms + 1))
  }

  /// The k-th derivative of φ̃_n by composition.
  public subscript(term: Int, order: Int) -> Double { values[order * terms + term - 1] }

  /// Evaluates at a composition whose noise has the variance `variance`.
  ///
  /// - Parameter orders: how many derivatives, the function itself counted; all where nil. Others keep
  ///   what they were.
  public mutating func evaluate(at composition: Double, variance: Double, orders: Int? = nil) {
    let width = terms + 1
    let u = 2 * composition - 1
    for order in 0...terms {
      let row = order * width
      legendre[row] = order == 0 ? 1 : 0
      legendre[row + 1] = order == 0 ? u : order == 1 ? 1 : 0
      for degree in 1..<terms {
        let n = Double(degree)
        let lower = order > 0 ? Double(order) * legendre[row - width + degree] : 0
        legendre[row + degree + 1] =
          ((2 * n + 1) * (u * legendre[row + degree] + lower)
            - n * legendre[row + degree - 1]) / (n + 1)
      }
    }
    var chain = 1.0
    for order in 0..<min(orders ?? width, width) {
      for term in 1...terms {
        // exp(−v/2 ∂²) with ∂ = 2 d/du.
        var sum = 0.0
        var factor = chain
        var step = 0
        while order + 2 * step <= term {
          sum += factor * legendre[(order + 2 * step) * width + term]
          step += 1
          factor *= -2 * variance / Double(step)
        }
        values[order * terms + term - 1] = order == 0 ? sum - anchors[term - 1] : sum
      }
      chain *= 2
    }
  }
}
