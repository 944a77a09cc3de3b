// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Physics

/// The basis that is freed of noise.
struct DeconvolvedBasisTests {
  /// Nodes and weights of the mean over N(0, 1) for polynomials up to degree 9 (Gauss–Hermite, 5).
  private let nodes: [(x: Double, weight: Double)] = [
    (-2.856970013872806, 0.011257411327721), (-1.355626179974266, 0.222075922005613),
    (0, 0.533333333333333), (1.355626179974266, 0.222075922005613),
    (2.856970013872806, 0.011257411327721),
  ]

  @Test func itsMeanOverTheNoiseIsTheBasis() {
    var basis = DeconvolvedBasis(terms: 6, reference: 1)
    for (x, sigma) in [(0.02, 0.07), (0.5, 0.1), (1.1, 0.03)] {
      for term in 1...6 {
        var mean = 0.0
        for node in nodes {
          basis.evaluate(at: x + sigma * node.x, variance: sigma * sigma)
          mean += node.weight * basis[term, 0]
        }
        #expect(abs(mean - AnchoredLegendre.value(term, at: x)) < 1e-10)
      }
    }
  }

  @Test func withoutNoiseItIsTheBasisAndItsDerivatives() {
    var basis = DeconvolvedBasis(terms: 5, reference: 1)
    let (x, step) = (0.3, 1e-4)
    basis.evaluate(at: x, variance: 0)
    var before = DeconvolvedBasis(terms: 5, reference: 1)
    var after = before
    before.evaluate(at: x - step, variance: 0)
    after.evaluate(at: x + step, variance: 0)
    for term in 1...5 {
      #expect(abs(basis[term, 0] - AnchoredLegendre.value(term, at: x)) < 1e-13)
      #expect(abs(basis[term, 1] - AnchoredLegendre.derivative(term, at: x)) < 1e-12)
      for order in 0..<5 {
        let slope = (after[term, order] - before[term, order]) / (2 * step)
        #expect(abs(slope - basis[term, order + 1]) < 1e-3 * (1 + abs(slope)))
      }
    }
  }

  @Test func theReferenceTakesAConstantOff() {
    var one = DeconvolvedBasis(terms: 6, reference: 1)
    var other = DeconvolvedBasis(terms: 6, reference: 0.2)
    one.evaluate(at: 0.7, variance: 0.01)
    other.evaluate(at: 0.7, variance: 0.01)
    for term in 1...6 {
      let constant = AnchoredLegendre.value(term, at: 0.2)
      #expect(abs(one[term, 0] - constant - other[term, 0]) < 1e-13)
      for order in 1...6 { #expect(one[term, order] == other[term, order]) }
    }
  }
}
