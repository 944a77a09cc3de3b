// SPDX-License-Identifier: Apache-2.0

extension EigenstrainLaw {
  /// The law's coefficients in powers of (X − X_r), that of the first power first, along a and c.
  ///
  /// L_n(1 + 2s) = Σ_k C(n, k) C(n + k, k) s^k with s = X − 1: exact, because the binomials are whole
  /// numbers far below 2⁵³ for any law that is learned. Another reference than 1 shifts the argument;
  /// the constant that then appears is what the anchor takes off.
  public var powers: (a: [Double], c: [Double]) {
    (powers(a), powers(c))
  }

  private func powers(_ coefficients: [Double]) -> [Double] {
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
    // s = (X − X_r) + (X_r − 1), by repeated synthetic division: the first leaves the constant, which
    // is dropped, each further one a power.
    let shift = reference - 1
    guard shift != 0 else { return result }
    for division in 0...result.count {
      for k in stride(from: result.count - 2, through: max(0, division - 1), by: -1) {
        result[k] += shift * result[k + 1]
      }
    }
    return result
  }
}
