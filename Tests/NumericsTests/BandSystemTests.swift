// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

@testable import Numerics

final class BandSystemTests: XCTestCase {
  /// Against the dense factors; the diagonal is small, so that rows must change places.
  func testSolutionsAreThoseOfTheDenseMatrix() throws {
    var random = RandomStream(seed: 3, chain: 0)
    for (count, reach) in [(1, 0), (2, 1), (7, 2), (40, 2), (12, 4), (5, 4)] {
      let band = BandSystem(count: count, reach: reach, sides: 2)
      for _ in 0..<2 {
        band.clear()
        var dense = [Double](repeating: 0, count: count * count)
        var sides = [[Double]](repeating: [], count: 2)
        for row in 0..<count {
          for column in max(0, row - reach)...min(count - 1, row + reach) {
            let value = random.normal() * (row == column ? 1e-3 : 1)
            band.add(value, row: row, column: column)
            dense[row * count + column] = value
          }
          for side in 0..<2 {
            sides[side].append(random.normal())
            band[row, side] = sides[side][row]
          }
        }
        XCTAssert(band.solve())
        let factors = try PivotedFactors(dense, count: count)
        for side in 0..<2 {
          let expected = factors.solved(sides[side])
          let scale = expected.map(abs).max() ?? 1
          for row in 0..<count {
            XCTAssertEqual(band[row, side], expected[row], accuracy: 1e-9 * scale)
          }
        }
      }
    }
  }

  func testAMatrixWithoutPivotIsSaid() {
    let band = BandSystem(count: 3, reach: 1, sides: 1)
    band.add(1, row: 0, column: 0)
    band.add(1, row: 2, column: 2)
    XCTAssertFalse(band.solve())
  }

  func testQuantilesAreTheInverseOfTheNormalDistribution() {
    for probability in [1e-300, 1e-12, 1e-3, 0.02425, 0.3, 0.5, 0.75, 0.999] {
      let x = normalQuantile(probability)
      XCTAssertEqual(
        0.5 * erfc(-x / 2.0.squareRoot()), probability, accuracy: 1e-12 * probability)
    }
    XCTAssertEqual(normalQuantile(0.975), 1.959963984540054, accuracy: 1e-14)
    XCTAssertEqual(normalQuantile(0.5), 0)
  }
}

final class BrownianPathTests: XCTestCase {
  /// ⟨B(s)B(t)⟩ = min(s, t): over 20,000 motions to four of its standard errors.
  func testMotionsHaveTheCovarianceOfBrownianOnes() {
    let path = BrownianPath(seed: 5, resolution: 0.25)
    let times = [0.25, 0.5, 0.75, 1, 2.25, 5, 5.25, 64, 100]
    var sums = [Double](repeating: 0, count: times.count * times.count)
    let count = 20_000
    for motion in 0..<count {
      let values = times.map { path.value(motion, at: $0) }
      for (i, first) in values.enumerated() {
        for (j, second) in values.enumerated() { sums[i * times.count + j] += first * second }
      }
    }
    for (i, s) in times.enumerated() {
      for (j, t) in times.enumerated() {
        let error = 4 * ((s * t + pow(min(s, t), 2)) / Double(count)).squareRoot()
        XCTAssertEqual(
          sums[i * times.count + j] / Double(count), min(s, t), accuracy: error, "\(s), \(t)")
      }
    }
  }

  /// The same motion whatever was asked before, a straight line within the resolution, from 0 on.
  func testAMotionIsAFunctionOfTime() {
    let path = BrownianPath(seed: 1, resolution: 2)
    XCTAssertEqual(path.value(7, at: 0), 0)
    for begin in [0.0, 6, 8, 62, 64] {
      let (low, high) = (path.value(7, at: begin), path.value(7, at: begin + 2))
      XCTAssertEqual(path.value(7, at: begin + 0.5), low + 0.25 * (high - low), accuracy: 1e-12)
      XCTAssertEqual(path.value(7, at: begin + 2 - 1e-9), high, accuracy: 1e-8)
    }
  }
}
