// SPDX-License-Identifier: Apache-2.0

import Physics
import TestSupport
import Testing

struct EigenstrainLawTests {
  let cubic = EigenstrainLaw(a: [0.02, -0.003, 0.001], c: [-0.01, 0.002, 0.0005])

  /// The law behind the virtual platelets: f = p1 (1 − X) + p2 X (1 − X).
  let quadratic = EigenstrainLaw(
    quadraticA: (linear: -0.0494, bowing: 0.006), c: (linear: 0.0213, bowing: -0.003))

  @Test func quadraticLawIsItsPolynomialEverywhere() {
    for composition in [-0.2, 0, 0.25, 0.5, 0.8, 1, 1.1] {
      let rest = 1 - composition
      let strain = quadratic.strain(at: composition)
      #expect(abs(strain.aa - (-0.0494 * rest + 0.006 * composition * rest)) < 1e-16)
      #expect(abs(strain.cc - (0.0213 * rest - 0.003 * composition * rest)) < 1e-16)
      let slope = quadratic.derivative(at: composition)
      #expect(abs(slope.aa - (0.0494 + 0.006 * (1 - 2 * composition))) < 1e-15)
      #expect(abs(slope.cc - (-0.0213 - 0.003 * (1 - 2 * composition))) < 1e-15)
    }
  }

  @Test func lawHasNoStrainAtFullLithiationAndNoShear() {
    #expect(cubic.strain(at: 1) == .zero)
    for composition in [0, 0.4, 1] {
      #expect(cubic.strain(at: composition).ac == 0)
      #expect(cubic.derivative(at: composition).ac == 0)
    }
  }

  @Test func derivativeIsTheLimitOfDifferences() {
    for composition in [0, 0.31, 0.77, 1] {
      let step = 1e-4
      let slope =
        (1 / (2 * step))
        * (cubic.strain(at: composition + step) - cubic.strain(at: composition - step))
      // Truncation step² f''' / 6 with f''' = 120 a_3: 2e-10.
      #expect((slope - cubic.derivative(at: composition)).frobeniusNorm < 1e-9)
    }
  }

  @Test func unknownsAreOrderedAlongAThenAlongC() {
    #expect(cubic.unknowns == [0.02, -0.003, 0.001, -0.01, 0.002, 0.0005])
    #expect(EigenstrainLaw(unknowns: cubic.unknowns, reference: 1) == cubic)
    #expect(cubic.terms == 3)
  }

  @Test func linearDefaultIsTheFirstTerm() {
    let linear = LinearEigenstrain(a: 0.0505, b: 0.0346, c: -0.019)
    for composition in [0, 0.3, 1, 1.05] {
      let difference = linear.law.strain(at: composition) - linear.strain(at: composition)
      #expect(difference.frobeniusNorm < 1e-17)
    }
  }

  @Test func varianceOfOneTermIsTheBasisSquared() {
    let law = EigenstrainLaw(a: [0.02], c: [-0.01])
    let variance = law.variance(at: 0.25, covariance: [4, 1, 1, 9])
    // φ_1(¼) = −3/2 and φ'_1 = 2.
    #expect(agree(variance.a, 9, within: 1e-15))
    #expect(agree(variance.c, 81.0 / 4, within: 1e-15))
    #expect(agree(variance.derivativeA, 16, within: 1e-15))
    #expect(agree(variance.derivativeC, 36, within: 1e-15))
  }

  @Test func varianceReadsTheOrderAThenC() {
    // Only Cov(c_1, c_2) and Var(c_2) are not zero besides Var(a_1).
    let covariance: [Double] = [
      2, 0, 0, 0,
      0, 0, 0, 0,
      0, 0, 1, 0.5,
      0, 0, 0.5, 3,
    ]
    let law = EigenstrainLaw(a: [0, 0], c: [0, 0])
    let first = AnchoredLegendre.value(1, at: 0.3)
    let second = AnchoredLegendre.value(2, at: 0.3)
    let firstSlope = AnchoredLegendre.derivative(1, at: 0.3)
    let secondSlope = AnchoredLegendre.derivative(2, at: 0.3)
    let variance = law.variance(at: 0.3, covariance: covariance)
    #expect(agree(variance.a, 2 * first * first, within: 1e-14))
    #expect(
      agree(variance.c, first * first + first * second + 3 * second * second, within: 1e-14))
    #expect(agree(variance.derivativeA, 2 * firstSlope * firstSlope, within: 1e-14))
    let expected =
      firstSlope * firstSlope + firstSlope * secondSlope + 3 * secondSlope * secondSlope
    #expect(agree(variance.derivativeC, expected, within: 1e-14))
  }

  @Test func varianceIsThatOfSampledLaws() {
    // Coefficients x = M z with z of unit variance have covariance M Mᵀ; the sum over the columns
    // of M of the squared response is the variance, whatever the distribution of z.
    var random = TestRandom(seed: 7)
    let size = 6
    let mixing = (0..<size * size).map { _ in random.next() - 0.5 }
    var covariance = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0..<size {
        for inner in 0..<size {
          covariance[row * size + column] +=
            mixing[row * size + inner] * mixing[column * size + inner]
        }
      }
    }
    var expected = PointwiseVariance(a: 0, c: 0, derivativeA: 0, derivativeC: 0)
    for inner in 0..<size {
      let response = EigenstrainLaw(
        unknowns: (0..<size).map { mixing[$0 * size + inner] }, reference: 1)
      let value = response.strain(at: 0.15)
      let slope = response.derivative(at: 0.15)
      expected.a += value.aa * value.aa
      expected.c += value.cc * value.cc
      expected.derivativeA += slope.aa * slope.aa
      expected.derivativeC += slope.cc * slope.cc
    }
    let variance = cubic.variance(at: 0.15, covariance: covariance)
    #expect(agree(variance.a, expected.a, within: 1e-12))
    #expect(agree(variance.c, expected.c, within: 1e-12))
    #expect(agree(variance.derivativeA, expected.derivativeA, within: 1e-12))
    #expect(agree(variance.derivativeC, expected.derivativeC, within: 1e-12))
  }

  @Test func varianceIsNeverNegativeAndNeverHidesNaN() {
    let law = EigenstrainLaw(a: [0], c: [0])
    let variance = law.variance(at: 0, covariance: [-1e-30, 0, 0, .nan])
    #expect(variance.a == 0)
    #expect(variance.c.isNaN)
  }
}

struct MaterialTests {
  let material = Material.lithiumIronPhosphate

  @Test func stiffnessIsTheMeanOfTheEndMembersOfTableS4() {
    let ironPhosphate = OrthotropicStiffness(
      in: gigapascal, c11: 175.9, c22: 153.6, c33: 135.0, c44: 38.8, c55: 47.5, c66: 55.6,
      c12: 29.6, c13: 54.0, c23: 19.6)
    let lithiated = OrthotropicStiffness(
      in: gigapascal, c11: 138.9, c22: 198.0, c33: 173.0, c44: 36.8, c55: 50.6, c66: 47.6,
      c12: 72.8, c13: 52.5, c23: 45.8)
    let constants: [KeyPath<OrthotropicStiffness, Double>] = [
      \.c11, \.c22, \.c33, \.c44, \.c55, \.c66, \.c12, \.c13, \.c23,
    ]
    for constant in constants {
      let mean = 0.5 * (ironPhosphate[keyPath: constant] + lithiated[keyPath: constant])
      #expect(agree(material.stiffness[keyPath: constant], mean, within: 1e-13))
    }
  }

  @Test func delithiationShrinksAAndBAndStretchesC() {
    let empty = material.eigenstrain.strain(at: 0)
    #expect(agree(empty.aa, -0.0505, within: 1e-15))
    #expect(agree(empty.cc, 0.019, within: 1e-15))
    #expect(agree(material.eigenstrain.depthStrain(at: 0), -0.0346, within: 1e-15))
    #expect(material.eigenstrain.depthStrain(at: 1) == 0)
  }

  @Test func referenceLatticeIsTheLithiatedOneInNanometres() {
    #expect(agree(material.referenceLattice.a, 1.045, within: 1e-15))
    #expect(agree(material.referenceLattice.b, 0.605, within: 1e-15))
    #expect(agree(material.referenceLattice.c, 0.474, within: 1e-15))
  }

  @Test(arguments: [0, 0.25, 1])
  func powersAreThoseOfTheDistanceFromTheReference(reference: Double) {
    let law = EigenstrainLaw(
      a: (1...12).map { 0.01 / Double($0 * $0) }, c: (1...12).map { -0.02 / Double($0 * $0) },
      reference: reference)
    let powers = law.powers
    for x in [0, 0.1, 0.5, 0.9, 1] {
      func sum(_ list: [Double]) -> Double {
        list.reversed().reduce(0) { ($0 + $1) * (x - reference) }
      }
      // Twelve terms have coefficients up to 1e7, which cancel at the far end.
      #expect(abs(sum(powers.a) - law.strain(at: x).aa) < 1e-8)
      #expect(abs(sum(powers.c) - law.strain(at: x).cc) < 1e-8)
    }
    let linear = LinearEigenstrain(a: 0.05, b: 0.03, c: -0.02, reference: reference)
    #expect(abs(linear.strain(at: 0.6).aa - linear.law.strain(at: 0.6).aa) < 1e-16)
    #expect(linear.depthStrain(at: reference) == 0)
  }
}
