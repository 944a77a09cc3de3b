// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Testing

@testable import Physics

/// The law that is averaged over its prior, against closed forms.
struct AveragedLawTests {
  /// Independent equations: M and B diagonal.
  private func equations(
    _ information: [Double], _ unknowns: [Double], noise: Double, observations: Double = 1000
  ) -> ResidualEquations {
    let width = unknowns.count
    var matrix = [Double](repeating: 0, count: width * width)
    for index in 0..<width { matrix[index * (width + 1)] = information[index] }
    let spread = matrix.map { noise * noise * $0 }
    return ResidualEquations(
      terms: width / 2, matrix: matrix, rightSide: zip(information, unknowns).map { $0 * $1 },
      observations: observations
    ) { _ in spread }
  }

  @Test func whiteNoiseGivesTheCovarianceOfLeastSquares() throws {
    let matrix = [4.0, 1, 0.5, 0, 1, 3, 0, 0.2, 0.5, 0, 2, 0.1, 0, 0.2, 0.1, 1]
    let equations = ResidualEquations(
      terms: 2, matrix: matrix, rightSide: [1, 2, 3, 4], observations: 10
    ) { _ in matrix.map { 0.09 * $0 } }
    let (_, inverse) = try NormalEquations(matrix: matrix, rightSide: [1, 2, 3, 4]).solve()
    let (unknowns, covariance) = try equations.fit(2)
    for (found, expected) in zip(covariance, inverse) {
      #expect(abs(found - 0.09 * expected) < 1e-14)
    }
    // The first terms alone: rows 0 and 2.
    let (alone, own) = try equations.fit(1)
    let determinant = 4.0 * 2 - 0.5 * 0.5
    #expect(abs(alone[0] - (2 * 1 - 0.5 * 3) / determinant) < 1e-14)
    #expect(abs(own[0] - 0.09 * 2 / determinant) < 1e-14)
    #expect(unknowns.count == 4)
  }

  @Test func criteriaCountTwoAndTheLogarithmForEachUnknown() throws {
    // What N terms leave is the sum of b²/B over the unknowns beyond.
    let unknowns = [0.02, 0.003, 0.0002, -0.01, 0.001, -0.0001]
    let equations = equations(
      [500, 400, 300, 500, 400, 300], unknowns, noise: 0.01, observations: 700)
    let found = try equations.criteria([1, 2, 3], at: unknowns)
    func left(_ count: Int) -> Double {
      (count..<3).reduce(0) { sum, term in
        let weight = [500.0, 400, 300][term] / 1e-4
        return sum + weight * (pow(unknowns[term], 2) + pow(unknowns[3 + term], 2))
      }
    }
    for criterion in found {
      let count = criterion.terms
      #expect(abs(criterion.remainder - left(count)) < 1e-9 * left(1))
      #expect(abs(criterion.aic - left(count) - 4 * Double(count)) < 1e-9 * left(1))
      #expect(abs(criterion.bic - left(count) - 2 * Double(count) * log(700)) < 1e-9 * left(1))
    }
    // Two terms of four standard deviations each are taken; the third, of 0.5, is not.
    #expect(found.min { $0.bic < $1.bic }?.terms == 2)
    #expect((found.max { $0.logEvidence < $1.logEvidence })?.terms == 2)
  }

  @Test func oneTermIsTheMeanOverThePriorsGrid() throws {
    // One unknown in each direction: the evidence of a prior is the normal density of the estimate
    // with the variances of noise and prior added.
    let (estimate, sd) = ([0.02, -0.01], 0.004)
    let equations = equations([1, 1], estimate, noise: sd)
    let average = try AveragedLaw(equations)
    var total = 0.0
    var moments = [0.0, 0, 0, 0]
    for alongA in [0.25, 0.5, 1.0] {
      for alongC in [0.25, 0.5, 1.0] {
        var weight = 1.0
        var values: [Double] = []
        for (value, strength) in zip(estimate, [alongA, alongC]) {
          let prior = pow(0.03 * strength, 2)
          weight *= exp(-value * value / 2 / (prior + sd * sd)) / (prior + sd * sd).squareRoot()
          let mean = value * prior / (prior + sd * sd)
          values += [mean, prior * sd * sd / (prior + sd * sd) + mean * mean]
        }
        total += weight
        for index in 0..<4 { moments[index] += weight * values[index] }
      }
    }
    let (a, c) = (moments[0] / total, moments[2] / total)
    #expect(abs(average.unknowns[0] / a - 1) < 1e-10)
    #expect(abs(average.unknowns[1] / c - 1) < 1e-10)
    #expect(abs(average.covariance[0] / (moments[1] / total - a * a) - 1) < 1e-9)
    #expect(abs(average.covariance[3] / (moments[3] / total - c * c) - 1) < 1e-9)
  }

  @Test func dataThatKnowAllNeedNoPrior() throws {
    let unknowns = [0.02, 0.002, 0.001, -0.01, 0.001, -0.0005]
    let average = try AveragedLaw(
      equations([9, 8, 7, 6, 5, 4], unknowns, noise: 1e-8))
    for (found, expected) in zip(average.unknowns, unknowns) {
      #expect(abs(found - expected) < 1e-9)
    }
    #expect(average.dataShare.allSatisfy { $0 > 0.999 })
  }

  @Test func termsWithoutDataKeepTheirPriorsSpread() throws {
    let average = try AveragedLaw(
      equations([100, 0, 0, 100, 0, 0], [0.02, 0, 0, -0.01, 0, 0], noise: 1e-4))
    for term in [1, 2, 4, 5] {
      #expect(abs(average.unknowns[term]) < 1e-15)
      #expect(abs(average.dataShare[term]) < 1e-9)
    }
    // The mean of (s q)² over the grid, to the spread of its weights.
    let sd = average.covariance[1 * 7].squareRoot()
    #expect(sd > 0.03 * 0.25 * 0.2 && sd < 0.03 * 0.65)
    #expect(average.covariance[2 * 7].squareRoot() < 0.65 * sd)
  }

  @Test func theLawScalesWithTheStrains() throws {
    let unknowns = [0.02, 0.002, 0.001, -0.01, 0.001, -0.0005]
    let information = [900.0, 80, 70, 600, 50, 40]
    let one = try AveragedLaw(equations(information, unknowns, noise: 0.003))
    // A power of two scales without rounding.
    let other = try AveragedLaw(
      equations(information, unknowns.map { 4 * $0 }, noise: 4 * 0.003))
    #expect(other.unknowns == one.unknowns.map { 4 * $0 })
    #expect(other.covariance == one.covariance.map { 16 * $0 })
    #expect(other.dataShare == one.dataShare)
  }

  @Test func exactDataAndNoDataDoNotTrap() throws {
    let exact = try AveragedLaw(equations([1, 1, 1, 1], [0.02, 0.001, -0.01, 0], noise: 0))
    #expect(abs(exact.unknowns[0] - 0.02) < 1e-9)
    #expect(throws: SingularDesign.self) {
      _ = try AveragedLaw(equations([0, 0, 0, 0], [0, 0, 0, 0], noise: 0))
    }
  }

  @Test func exactDataStillWeighThePriors() throws {
    // Two unknowns known to ten digits, two that only the prior knows: their variance (s q)² tells the
    // weight of each strength, the prior's normal density at the known ones. With y of 1e10, misfits
    // hold 1e-11.
    let average = try AveragedLaw(equations([1, 0, 1, 0], [0.02, 0, -0.01, 0], noise: 0))
    for (place, value) in [(1, 0.02), (3, -0.01)] {
      let deviations = AveragedLaw.strengths.map { 0.03 * $0 }
      let weights = deviations.map { exp(-value * value / 2 / ($0 * $0)) / $0 }
      let square = zip(weights, deviations).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      let decay = AveragedLaw.decays.reduce(0) { $0 + $1 * $1 } / Double(AveragedLaw.decays.count)
      let expected = square / weights.reduce(0, +) * decay
      #expect(abs(average.covariance[place * 5] / expected - 1) < 1e-10)
    }
  }

  @Test func aCovarianceIsRaisedWhereItFallsBelowAnother() {
    let floor = [4.0, 1, 1, 2]
    // 3 times the floor in one direction, nothing in another that is orthogonal in its metric.
    let (first, second) = ([1.0, 0], [-0.25, 1.0])
    func outer(_ vector: [Double], _ factor: Double) -> [Double] {
      // floor·v (floor·v)ᵀ / (v·floor·v).
      let image = [
        floor[0] * vector[0] + floor[1] * vector[1], floor[2] * vector[0] + floor[3] * vector[1],
      ]
      let size = vector[0] * image[0] + vector[1] * image[1]
      return [0, 1, 2, 3].map { factor * image[$0 / 2] * image[$0 % 2] / size }
    }
    let spread = zip(outer(first, 3), outer(second, -0.2)).map { $0 + $1 }
    let raised = ResidualEquations.raised(spread, above: floor, count: 2)
    let expected = zip(outer(first, 3), outer(second, 1)).map { $0 + $1 }
    for (one, other) in zip(raised, expected) { #expect(abs(one - other) < 1e-12) }
  }

  @Test func aLessenedCovarianceIsADifferenceWhereLittleIsTakenOffAndNeverNegative() {
    let spread = [2.0, 0.5, 0.5, 1]
    let excess = [0.6, -0.2, -0.2, 0.9]
    // A (A + B)⁻¹ A by the inverse of two rows.
    func expected(_ factor: Double) -> [Double] {
      let sum = zip(spread, excess).map { $0 + factor * $1 }
      let determinant = sum[0] * sum[3] - sum[1] * sum[2]
      let inverse = [sum[3], -sum[1], -sum[2], sum[0]].map { $0 / determinant }
      return [0, 1, 2, 3].map { index in
        var value = 0.0
        for inner in 0..<4 {
          value +=
            spread[index / 2 * 2 + inner / 2] * inverse[inner] * spread[inner % 2 * 2 + index % 2]
        }
        return value
      }
    }
    for factor in [0, 1e-6, 1, 50] {
      let found = ResidualEquations.lessened(spread, by: excess.map { factor * $0 }, count: 2)
      for (one, other) in zip(found, expected(factor)) { #expect(abs(one - other) < 1e-12) }
      #expect(found[0] > 0 && found[0] * found[3] > found[1] * found[2])
    }
    let little = ResidualEquations.lessened(spread, by: excess.map { 1e-6 * $0 }, count: 2)
    for index in 0..<4 {
      #expect(abs(little[index] - spread[index] + 1e-6 * excess[index]) < 1e-11)
    }
    // Unknowns without noise stay without.
    #expect(ResidualEquations.lessened([1, 0, 0, 0], by: [0, 0, 0, 0], count: 2) == [1, 0, 0, 0])
  }
}
