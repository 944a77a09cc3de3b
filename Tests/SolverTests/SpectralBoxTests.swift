// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import PhaseField

/// Transforms between points and modes of a box.
///
/// Collective.
final class SpectralBoxTests: XCTestCase {
  private let world = TestSession.communicator

  private func box(
    _ x: Int, _ y: Int, _ z: Int, _ sides: (BoxSides, BoxSides, BoxSides)
  ) -> SpectralBox {
    SpectralBox(
      points: Directions(x, y, z), size: Directions(3, 2, 1.5),
      sides: Directions(sides.0, sides.1, sides.2), communicator: world)
  }

  /// Powers of two, of three and five, primes, numbers that no group of lanes divides.
  private var boxes: [SpectralBox] {
    [
      box(16, 12, 1, (.closed, .periodic, .closed)), box(15, 7, 1, (.periodic, .closed, .closed)),
      box(11, 26, 1, (.closed, .closed, .closed)), box(50, 9, 1, (.periodic, .periodic, .closed)),
      box(1, 2, 1, (.closed, .periodic, .closed)), box(8, 6, 10, (.periodic, .closed, .periodic)),
      box(9, 5, 4, (.closed, .periodic, .closed)),
    ]
  }

  /// A mode along one axis by its definition, scaled to a sum of squares of one.
  private func mode(_ k: Int, _ point: Int, _ count: Int, _ sides: BoxSides) -> Double {
    let n = Double(count)
    switch sides {
    case .closed:
      let scale = k == 0 ? 1 / n : 2 / n
      return scale.squareRoot() * cos(Double.pi * Double(k * (2 * point + 1)) / (2 * n))
    case .periodic:
      let scale = k == 0 || 2 * k == count ? 1 / n : 2 / n
      let angle = 2 * Double.pi * Double(min(k, count - k) * point) / n
      return scale.squareRoot() * (2 * k <= count ? cos(angle) : sin(angle))
    }
  }

  func testModesAreSumsOverPoints() throws {
    for box in boxes {
      let (values, modes) = (Fields(box.layout, count: 1), Fields(box.modeLayout, count: 1))
      func value(_ i: Int, _ j: Int, _ k: Int) -> Double {
        sin(Double(7 * i + 3 * j * j + 11 * k)) + 0.1 * Double(i)
      }
      for k in 0..<box.points.z {
        for j in box.rows {
          for i in 0..<box.points.x {
            values[0][box.layout.index(i, j - box.rows.lowerBound, k)] = value(i, j, k)
          }
        }
      }
      try box.forwards(values[0], into: modes[0])
      for column in box.columns where column % 3 == 1 || column < 2 {
        for row in 0..<box.points.y {
          for up in 0..<box.points.z {
            var sum = 0.0
            for i in 0..<box.points.x {
              for j in 0..<box.points.y {
                for k in 0..<box.points.z {
                  sum +=
                    value(i, j, k) * mode(column, i, box.points.x, box.sides.x)
                    * mode(row, j, box.points.y, box.sides.y)
                    * mode(up, k, box.points.z, box.sides.z)
                }
              }
            }
            let found = modes[0][box.modeLayout.index(column - box.columns.lowerBound, row, up)]
            XCTAssertEqual(found, sum, accuracy: 1e-11, "\(box.points), \(column) \(row) \(up)")
          }
        }
      }
    }
  }

  func testBackAgainIsWhatItWas() throws {
    for box in boxes {
      let (values, modes) = (Fields(box.layout, count: 2), Fields(box.modeLayout, count: 1))
      box.sample(into: values[0]) { sin(3 * $0.x) + cos(5 * $0.y * $0.x) - $0.z }
      try box.forwards(values[0], into: modes[0])
      try box.backwards(modes[0], into: values[1])
      var (largest, square) = (0.0, 0.0)
      for k in 0..<box.points.z {
        for j in 0..<box.rows.count {
          for i in 0..<box.points.x {
            let place = box.layout.index(i, j, k)
            largest = max(largest, abs(values[0][place] - values[1][place]))
            square += values[0][place] * values[0][place]
          }
        }
      }
      XCTAssertLessThan(try world.maximum(largest), 1e-13)
      let sums = [square, VectorKernels.dot(modes, modes)]
      let (points, waves) = (try world.sum(sums[0]), try world.sum(sums[1]))
      XCTAssertEqual(points, waves, accuracy: 1e-12 * points, "the padding of modes is zero")
    }
  }

  /// A jump from one end of a periodic axis to the other: the modes of x are sines, (−1)^m-free, of
  /// amplitude L/πm.
  func testAStartThatJumpsIsProjected() throws {
    let box = box(12, 10, 1, (.periodic, .closed, .closed))
    let modes = Fields(box.modeLayout, count: 1)
    try box.project(16, into: modes[0]) { $0.x }
    let norm = Double(box.count).squareRoot()
    for column in box.columns where column > 6 {
      let found = modes[0][box.modeLayout.index(column - box.columns.lowerBound, 0, 0)]
      let exact = -3 / (Double.pi * Double(12 - column)) * norm / 2.0.squareRoot()
      XCTAssertEqual(found, exact, accuracy: 3e-3 * abs(exact))
    }
  }
}
