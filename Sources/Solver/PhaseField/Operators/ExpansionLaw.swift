// SPDX-License-Identifier: Apache-2.0

/// The eigenstrain along one direction as the kernels evaluate it: Σ e_n (X − X_r)^n, n from 1.
struct ExpansionLaw {
  private let coefficients: SIMD16<Double>
  /// Terms that count.
  let count: Int

  /// A law of at most sixteen terms.
  init(_ list: [Double]) {
    precondition(list.count <= ElasticModel.termLimit, "a law has at most sixteen terms")
    var lanes = SIMD16<Double>.zero
    for (index, coefficient) in list.enumerated() { lanes[index] = coefficient }
    coefficients = lanes
    count = list.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
  }

  /// The slope of a law that is linear; nil of any other.
  var constantSlope: Double? { count <= 1 ? coefficients[0] : nil }

  /// ε⁰ and its first and second derivative at X = X_r + s.
  @inline(__always)
  private func evaluate(_ s: Eight) -> (Eight, Eight, Eight) {
    var (value, slope, bend) = (Eight.zero, Eight.zero, Eight.zero)
    var index = count
    while index > 0 {
      index -= 1
      // The sum without its last factor s, which makes it vanish at X_r.
      bend = bend * s + slope
      slope = slope * s + value
      value = value * s + Eight(repeating: coefficients[index])
    }
    return (value * s, slope * s + value, (bend * s + slope) * 2)
  }

  /// ε⁰ at X = X_r + s.
  func value(_ s: Eight) -> Eight { evaluate(s).0 }

  /// The law at eight points, each with eight values.
  struct Points {
    var value, slope, bend: Octet
  }

  /// The law where X − X_r is `s`.
  @inline(__always)
  func points(_ s: Octet) -> Points {
    let (a0, b0, c0) = evaluate(s.v0)
    let (a1, b1, c1) = evaluate(s.v1)
    let (a2, b2, c2) = evaluate(s.v2)
    let (a3, b3, c3) = evaluate(s.v3)
    let (a4, b4, c4) = evaluate(s.v4)
    let (a5, b5, c5) = evaluate(s.v5)
    let (a6, b6, c6) = evaluate(s.v6)
    let (a7, b7, c7) = evaluate(s.v7)
    return Points(
      value: Octet(a0, a1, a2, a3, a4, a5, a6, a7), slope: Octet(b0, b1, b2, b3, b4, b5, b6, b7),
      bend: Octet(c0, c1, c2, c3, c4, c5, c6, c7))
  }
}
