// SPDX-License-Identifier: Apache-2.0

extension EigenstrainLaw {
  /// The law's coefficients in powers of (X − 1), that of the first power first, along a and c.
  ///
  /// L_n(1 + 2s) = Σ_k C(n, k) C(n + k, k) s^k with s = X − 1: exact, because the binomials are whole
  /// numbers far below 2⁵³ for any law that is learned.
  public var powers: (a: [Double], c: [Double]) {
    (EigenstrainLaw.powers(a), EigenstrainLaw.powers(c))
  }

  private static func powers(_ coefficients: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: coefficients.count)
    for (index, coefficient) in coefficients.enumerated() {
      let n = index + 1
      var binomials = 1.0
      for k in 1...n {
        // C(n, k) C(n + k, k) from that of k − 1.
        binomials *= Double((n - k + 1) * (n + k)) / Double(k * k)
        result[k - 1] += coefficient * binomials.rounded()
      }
    }
    return result
  }
}
