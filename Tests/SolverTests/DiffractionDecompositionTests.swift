// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel
import TestSupport
import XCTest

@testable import Diffraction

/// Densities of slip systems: the fit, what else would fit, and the samples.
final class DiffractionDecompositionTests: XCTestCase {
  private static func random(_ count: Int, seed: Int) -> [Double] {
    var generator = RandomStream(seed: seed, chain: 0)
    return (0..<count).map { _ in generator.uniform() }
  }

  private static func problem(
    _ rows: Int, _ columns: Int, seed: Int, effective: [Double]? = nil, tolerance: Double = 0.15
  ) throws -> DecompositionProblem {
    let numbers = random(rows * columns + rows, seed: seed)
    let factors = (0..<rows).map { Array(numbers[$0 * columns..<($0 + 1) * columns]) }
    return try DecompositionProblem(
      labels: (0..<columns).map { "s\($0)" }, factors: factors,
      effective: effective ?? Array(numbers.suffix(rows)), tolerance: tolerance)
  }

  /// The smallest residual over all sets of systems whose free fit has no negative density.
  private static func exhaustive(_ matrix: [Double], _ columns: Int, _ right: [Double]) -> Double {
    var best = norm(right)
    for set in 1..<(1 << columns) {
      let chosen = (0..<columns).filter { set >> $0 & 1 == 1 }
      guard chosen.count <= right.count else { continue }
      let entries = right.indices.flatMap { row in chosen.map { matrix[row * columns + $0] } }
      let factors = OrthogonalFactors(entries, rows: right.count, columns: chosen.count)
      let x = factors.solve(right)
      guard factors.rank == chosen.count, x.allSatisfy({ $0 >= 0 }) else { continue }
      let residual = right.indices.map { row in
        right[row] - chosen.indices.reduce(0) { $0 + entries[row * chosen.count + $1] * x[$1] }
      }
      best = min(best, norm(residual))
    }
    return best
  }

  func testFitIsTheBestOfAllSets() {
    for seed in 1...40 {
      let (rows, columns) = (4 + seed % 3, 7)
      let numbers = Self.random(rows * (columns + 1), seed: seed)
      let matrix = Array(numbers.prefix(rows * columns))
      let right = numbers.suffix(rows).map { $0 - (seed % 2 == 0 ? 0.3 : 0) }
      let fit = NonNegativeFit(matrix, columns: columns, right: right)
      XCTAssertEqual(
        fit.residualNorm, Self.exhaustive(matrix, columns, right), accuracy: 1e-12, "\(seed)")
      XCTAssertLessThan(fit.violation, 1e-12)
      XCTAssert(fit.solution.allSatisfy { $0 >= 0 })
    }
  }

  func testDependentSystemsAreNotUniqueAndTheShortestSharesThem() throws {
    // The second system is twice the first, the third is another.
    let problem = try DecompositionProblem(
      labels: ["a", "b", "c"], factors: [[1, 2, 0.2], [2, 4, 1], [1, 2, 3]],
      effective: [1, 2.2, 1.3])
    let found = Decomposition(problem)
    XCTAssertEqual(found.rank, 2)
    XCTAssertFalse(found.isUnique)
    XCTAssertFalse(found.isExact)
    // Of x + 2 y = s the shortest has y = 2 x.
    let shortest = found.systems.map(\.shortest)
    XCTAssertEqual(shortest[1], 2 * shortest[0], accuracy: 1e-9)
    XCTAssertEqual(
      shortest[0] + 2 * shortest[1], found.densities[0] + 2 * found.densities[1], accuracy: 1e-9)
    XCTAssertEqual(problem.residual(of: shortest), found.residual, accuracy: 1e-12)
  }

  func testShortestOfAnExactFitIsShorterThanAllAcceptableOnes() throws {
    let labels = 9
    let truth = Self.random(labels, seed: 5)
    let plain = try Self.problem(4, labels, seed: 11)
    let made = plain.factors.map { row in zip(row, truth).reduce(0) { $0 + $1.0 * $1.1 } }
    let problem = try Self.problem(4, labels, seed: 11, effective: made, tolerance: 1e-7)
    let found = Decomposition(problem)
    XCTAssert(found.isExact)
    XCTAssertFalse(found.isUnique)
    let shortest = found.systems.map(\.shortest)
    XCTAssertLessThan(problem.residual(of: shortest), 1e-12)
    XCTAssertLessThanOrEqual(norm(shortest), norm(truth))
    XCTAssertLessThanOrEqual(norm(shortest), norm(found.densities) + 1e-12)
    for vertex in found.vertices {
      // Optimal: no acceptable point lies beyond the plane through it, x·(y − x) ≥ 0.
      let product = zip(shortest, vertex).reduce(0) { $0 + $1.0 * ($1.1 - $1.0) }
      XCTAssertGreaterThan(product, -1e-5)
    }
  }

  func testAWellPosedFitIsUniqueAndDroppingHurts() throws {
    let problem = try Self.problem(6, 3, seed: 2)
    let found = Decomposition(problem)
    XCTAssert(found.isUnique)
    XCTAssertEqual(found.rank, 3)
    for system in found.systems where system.density > 0 {
      XCTAssertGreaterThan(try XCTUnwrap(system.residualWithout), found.residual)
    }
    let first = try XCTUnwrap(found.systems.first { $0.density > 0 })
    let more = try XCTUnwrap(found.sensitivity(adding: 0.3, to: first.label))
    XCTAssertGreaterThan(more.kept, more.refitted)
    XCTAssertGreaterThan(more.refitted, found.residual)
    XCTAssertNil(found.sensitivity(adding: 1, to: "unknown"))
  }

  func testFixedDensitiesAreTakenOff() throws {
    let labels = ["a", "b", "c"]
    let factors: [[Double]] = [[1, 0.3, 0.2], [0.1, 2, 0.4], [0.5, 0.2, 1], [1, 1, 0.3]]
    let truth = [2.0, 3, 1]
    let made = factors.map { row in zip(row, truth).reduce(0) { $0 + $1.0 * $1.1 } }
    let problem = try DecompositionProblem(
      labels: labels, factors: factors, effective: made, candidates: ["a", "c"],
      fixed: ["b": 3])
    let found = Decomposition(problem)
    XCTAssertEqual(found.systems.map(\.label), ["a", "c"])
    XCTAssertEqual(found.densities[0], 2, accuracy: 1e-12)
    XCTAssertEqual(found.densities[1], 1, accuracy: 1e-12)
    XCTAssertEqual(found.fitted[1], made[1], accuracy: 1e-12)
  }

  func testIntervalsEndWhereTheToleranceDoes() throws {
    let problem = try Self.problem(5, 4, seed: 8, tolerance: 0.4)
    let found = Decomposition(problem)
    XCTAssertLessThan(found.residual, 0.4)
    for (column, system) in found.systems.enumerated() {
      let interval = try XCTUnwrap(system.interval)
      XCTAssert(interval.contains(system.density))
      XCTAssertEqual(
        problem.best(holding: [column: interval.upperBound]).residual, 0.4, accuracy: 1e-6)
      if interval.lowerBound > 0 {
        XCTAssertEqual(
          problem.best(holding: [column: interval.lowerBound]).residual, 0.4, accuracy: 1e-6)
      }
    }
  }

  func testSamplesAreUniform() throws {
    // Against points drawn in the box and kept where acceptable.
    let problem = try DecompositionProblem(
      labels: ["a", "b", "c"], factors: [[1, 0.5, 0.1], [0.2, 1, 0.4], [0.3, 0.3, 1]],
      effective: [1, 1, 0.6], tolerance: 0.3)
    let found = Decomposition(problem)
    let set = try XCTUnwrap(
      try AcceptableSet(
        found, .init(samples: 40_000, chains: 4, thinning: 10, seed: 4),
        communicator: TestSession.communicator))
    XCTAssertLessThan(set.largestReduction, 1.01)
    var generator = RandomStream(seed: 9, chain: 0)
    var sums = [Double](repeating: 0, count: 3)
    var squares = sums
    var kept = 0.0
    let intervals = try found.systems.map { try XCTUnwrap($0.interval) }
    while kept < 40_000 {
      let point = intervals.map {
        $0.lowerBound + ($0.upperBound - $0.lowerBound) * generator.uniform()
      }
      guard problem.residual(of: point) <= 0.3 else { continue }
      kept += 1
      for index in 0..<3 {
        sums[index] += point[index]
        squares[index] += point[index] * point[index]
      }
    }
    for index in 0..<3 {
      let mean = sums[index] / kept
      let deviation = (squares[index] / kept - mean * mean).squareRoot()
      // 40,000 points tell a mean to half a per cent of the deviation.
      XCTAssertEqual(set.means[index], mean, accuracy: 0.03 * deviation)
      XCTAssertEqual(set.deviations[index] / deviation, 1, accuracy: 0.03)
    }
  }

  func testSamplesDoNotDependOnTheRanks() throws {
    let communicator = TestSession.communicator
    let found = Decomposition(try Self.problem(5, 8, seed: 21))
    let options = AcceptableSet.Options(samples: 700, chains: 7, thinning: 5, seed: 2)
    let together = try XCTUnwrap(
      try AcceptableSet(found, options, communicator: communicator))
    let single = try communicator.split(color: communicator.rank)
    defer { single.release() }
    let alone = try XCTUnwrap(try AcceptableSet(found, options, communicator: single))
    XCTAssertEqual(together.count, 700)
    XCTAssertEqual(together.means, alone.means)
    XCTAssertEqual(together.deviations, alone.deviations)
    let part = together.range.lowerBound * 8..<together.range.upperBound * 8
    XCTAssertEqual(together.samples, Array(alone.samples[part]))
    for sample in 0..<alone.count {
      let point = Array(alone.samples[sample * 8..<(sample + 1) * 8])
      XCTAssertLessThanOrEqual(found.problem.residual(of: point), 0.15 + 1e-9)
    }
  }

  func testChainsThatDisagreeAreFound() {
    // Two chains in two places: their halves differ by ten deviations.
    let apart = ChainStatistics(
      sums: [0, 0, 1000, 1000], squares: [100, 100, 10100, 10100], counts: [100, 100, 100, 100])
    XCTAssertGreaterThan(apart.reduction, 1.1)
    let alike = ChainStatistics(
      sums: [0.5, -0.5, 0.2, -0.2], squares: [100, 100, 100, 100], counts: [100, 100, 100, 100])
    XCTAssertLessThan(alike.reduction, 1.01)
    let stuck = ChainStatistics(
      sums: [100, 100, 200, 200], squares: [100, 100, 400, 400], counts: [100, 100, 100, 100])
    XCTAssertEqual(stuck.reduction, .infinity)
    let fixed = ChainStatistics(
      sums: [100, 100, 100, 100], squares: [100, 100, 100, 100], counts: [100, 100, 100, 100])
    XCTAssertEqual(fixed.reduction, 1)
  }

  func testNothingIsAcceptableBelowTheBestResidual() throws {
    // One system cannot make two lines that it broadens alike.
    let problem = try DecompositionProblem(
      labels: ["a"], factors: [[1], [1]], effective: [1, 0.1], tolerance: 0.1)
    let found = Decomposition(problem)
    XCTAssertNil(found.systems[0].interval)
    XCTAssertNil(
      try AcceptableSet(found, .init(), communicator: TestSession.communicator))
  }

  func testWrongQuestionsAreRefused() throws {
    func message(_ body: () throws -> DecompositionProblem) -> String {
      TestSession.message { _ = try body() }
    }
    let factors = [[1.0, 0], [2, 0]]
    XCTAssert(
      message {
        try DecompositionProblem(labels: ["a", "b"], factors: factors, effective: [1, 1])
      }.contains("b broadens none"))
    XCTAssert(
      message {
        try DecompositionProblem(
          labels: ["a", "b"], factors: factors, effective: [1, 1], candidates: ["c"])
      }.contains("\"c\""))
    XCTAssert(
      message {
        try DecompositionProblem(
          labels: ["a"], factors: [[1], [2]], effective: [1, 1], weighting: .errors)
      }.contains("standard deviation"))
    XCTAssert(
      message {
        try DecompositionProblem(
          labels: ["a"], factors: [[1]], effective: [1], fixed: ["a": 1])
      }.contains("no system is left"))
  }
}
