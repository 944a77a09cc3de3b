// SPDX-License-Identifier: Apache-2.0

import Physics
import TestSupport
import Testing

struct AnchoredLegendreTests {
  /// Legendre polynomials in t = 2X − 1, from the tables.
  let closedForms: [@Sendable (Double) -> Double] = [
    { _ in 1 },
    { $0 },
    { (3 * $0 * $0 - 1) / 2 },
    { (5 * $0 * $0 - 3) * $0 / 2 },
    { t in
      let square = t * t
      return ((35 * square - 30) * square + 3) / 8
    },
    { t in
      let square = t * t
      return ((63 * square - 70) * square + 15) * t / 8
    },
    { t in
      let square = t * t
      return (((231 * square - 315) * square + 105) * square - 5) / 16
    },
  ]

  /// Integral over [0, 1]: five-point Gauss on 64 panels, exact for these degrees up to rounding.
  func integral(_ integrand: (Double) -> Double) -> Double {
    let root = (10.0 / 7).squareRoot()
    let inner = (5 - 2 * root).squareRoot() / 3
    let outer = (5 + 2 * root).squareRoot() / 3
    let innerWeight = (322 + 13 * 70.0.squareRoot()) / 900
    let outerWeight = (322 - 13 * 70.0.squareRoot()) / 900
    let rule = [
      (0, 128.0 / 225), (inner, innerWeight), (-inner, innerWeight), (outer, outerWeight),
      (-outer, outerWeight),
    ]
    var sum = 0.0
    for panel in 0..<64 {
      for (node, weight) in rule {
        sum += weight / 128 * integrand((Double(panel) + (1 + node) / 2) / 64)
      }
    }
    return sum
  }

  @Test(arguments: 1...6)
  func valuesAreTheClosedFormsInsideAndOutsideTheInterval(degree: Int) {
    for composition in [-0.3, 0, 0.1, 0.37, 0.5, 0.93, 1, 1.2] {
      let expected = closedForms[degree](2 * composition - 1) - 1
      let value = AnchoredLegendre.value(degree, at: composition)
      // The table's alternating sums lose two digits; the values reach 200 outside the interval.
      #expect(abs(value - expected) < 1e-14 * max(1, abs(expected)) * 10)
    }
  }

  @Test(arguments: 1...12)
  func everyFunctionVanishesExactlyAtFullLithiation(degree: Int) {
    #expect(AnchoredLegendre.value(degree, at: 1) == 0)
  }

  @Test(arguments: 1...12)
  func functionsAtZeroAreZeroOrMinusTwo(degree: Int) {
    // L_n(−1) = (−1)ⁿ.
    let expected = degree.isMultiple(of: 2) ? 0.0 : -2
    #expect(abs(AnchoredLegendre.value(degree, at: 0) - expected) < 1e-13)
  }

  @Test(arguments: 2...6)
  func noDigitsAreLostNearTheAnchor(degree: Int) {
    // Not a power of two: there even the form that loses digits would be exact. The difference
    // from 1 is exact, so the distance is the one that the recurrence sees.
    let composition = 1 - 1e-12 / 3
    let distance = 1 - composition
    let order = Double(degree * (degree + 1))
    // The series at X = 1, φ = −n(n+1) δ + O(δ²) with δ² terms of relative size 10 n² δ < 1e-9;
    // L_n − 1 in plain arithmetic is wrong by 5e-5 and more from n = 3.
    let value = AnchoredLegendre.value(degree, at: composition)
    #expect(agree(value, -order * distance, within: 1e-9))
  }

  @Test func functionsWithoutTheirAnchorAreOrthogonal() {
    for first in 1...6 {
      for second in 1...6 {
        let product = integral { composition in
          (AnchoredLegendre.value(first, at: composition) + 1)
            * (AnchoredLegendre.value(second, at: composition) + 1)
        }
        let expected = first == second ? 1 / Double(2 * first + 1) : 0
        #expect(abs(product - expected) < 1e-14)
      }
    }
  }

  @Test(arguments: 1...8)
  func derivativeIsTheLimitOfDifferences(degree: Int) {
    for composition in [-0.2, 0, 0.3, 0.71, 1, 1.1] {
      let step = 1e-5
      let forward = AnchoredLegendre.value(degree, at: composition + step)
      let backward = AnchoredLegendre.value(degree, at: composition - step)
      let slope = (forward - backward) / (2 * step)
      let derivative = AnchoredLegendre.derivative(degree, at: composition)
      // Truncation step² f''' / 6 relative to f' reaches 1e-7 at n = 8.
      #expect(abs(slope - derivative) < 1e-6 * max(1, abs(derivative)))
    }
  }

  @Test(arguments: 1...12)
  func derivativesAtTheEndsAreTheKnownOnes(degree: Int) {
    // L'_n(±1) = (±1)ⁿ⁺¹ n(n+1)/2, twice that per unit of composition.
    let order = Double(degree * (degree + 1))
    let sign = degree.isMultiple(of: 2) ? -1.0 : 1
    #expect(agree(AnchoredLegendre.derivative(degree, at: 1), order, within: 1e-14))
    #expect(agree(AnchoredLegendre.derivative(degree, at: 0), sign * order, within: 1e-11))
  }

  @Test func allAtOnceEqualsOneByOne() {
    var values = [Double](repeating: .nan, count: 7)
    var slopes = [Double](repeating: .nan, count: 7)
    for composition in [-0.1, 0.42, 1, 1.3] {
      var valueSpan = values.mutableSpan
      var slopeSpan = slopes.mutableSpan
      AnchoredLegendre.evaluate(
        at: composition, values: &valueSpan, derivatives: &slopeSpan)
      for degree in 1...7 {
        #expect(values[degree - 1] == AnchoredLegendre.value(degree, at: composition))
        #expect(slopes[degree - 1] == AnchoredLegendre.derivative(degree, at: composition))
      }
    }
  }

  @Test func recurrenceStaysBoundedAtHighDegree() {
    for composition in [0.001, 0.2, 0.5, 0.999] {
      // |L_n| ≤ 1 on the interval.
      let legendre = AnchoredLegendre.value(60, at: composition) + 1
      #expect(abs(legendre) <= 1)
    }
  }

  @Test(arguments: [0, 0.3, 0.5, 1])
  func everyReferenceTakesItsConstantOff(reference: Double) {
    for degree in 1...12 {
      #expect(AnchoredLegendre.value(degree, at: reference, reference: reference) == 0)
      for composition in [-0.1, 0, 0.2, 0.7, 1] {
        let value = AnchoredLegendre.value(degree, at: composition, reference: reference)
        let expected =
          AnchoredLegendre.value(degree, at: composition)
          - AnchoredLegendre.value(degree, at: reference)
        #expect(abs(value - expected) < 1e-13 * max(1, abs(expected)) * Double(degree))
        var state = AnchoredLegendre.Recurrence(at: composition, reference: reference)
        for _ in 0..<degree { state.advance() }
        let slope = AnchoredLegendre.derivative(degree, at: composition)
        #expect(abs(state.derivative - slope) < 1e-12 * max(1, abs(slope)))
      }
      // No digits are lost beside the reference.
      let slope = AnchoredLegendre.derivative(degree, at: reference)
      guard abs(slope) > 0.1 else { continue }
      let beside = reference - 0x1p-30
      let value = AnchoredLegendre.value(degree, at: beside, reference: reference)
      #expect(agree(value, slope * (beside - reference), within: 1e-6))
    }
  }
}
