// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import PhaseField
@testable import Verification

/// The equations against themselves: quadrature, differences, transposes.
///
/// Collective.
final class PhaseFieldDerivativeTests: XCTestCase {
  func testKernelsEqualQuadraturePointByPoint() throws {
    for isPlane in [false, true] {
      let fixture = try PhaseFieldFixture(isPlane: isPlane)
      let (system, grid) = (fixture.system, fixture.waves.grid)
      let found = try fixture.residual(fixture.state)
      let rates = Fields(grid.layout, count: 1)
      rates.copy(fixture.history)
      for place in 0..<grid.layout.size { rates[0][place] += system.rate * fixture.state[0][place] }
      let right = ElementQuadrature(grid, points: 2).residual(
        fixture.waves.model, fixture.state, rates: rates[0], weights: system.weights[0])
      let size = try (0..<5).map { try fixture.norm(right, $0..<$0 + 1) }
      VectorKernels.add(-1, right, to: found)
      for row in 0..<(isPlane ? 4 : 5) {
        let error = try fixture.norm(found, row..<row + 1)
        XCTAssertLessThan(error, 1e-12 * size[row], "row \(row), plane \(isPlane)")
        XCTAssertGreaterThan(size[row], 0)
      }
    }
  }

  func testDerivativeIsThatOfTheResidualToSecondOrder() throws {
    for isPlane in [false, true] {
      let fixture = try PhaseFieldFixture(isPlane: isPlane)
      let change = fixture.change(0..<5)
      let exact = try fixture.derivative(change)
      for row in [0..<1, 1..<2, 2..<5] {
        var errors: [Double] = []
        for step in [0.16, 0.08, 0.04, 0.02] {
          let difference = try fixture.residual(fixture.moved(change, by: step))
          VectorKernels.add(
            -1, try fixture.residual(fixture.moved(change, by: -step)), to: difference)
          VectorKernels.scaleAll(difference, by: 1 / (2 * step))
          VectorKernels.add(-1, exact, to: difference)
          errors.append(try fixture.norm(difference, row) / (try fixture.norm(exact, row)))
        }
        XCTAssertLessThan(errors[3], 1e-3, "row \(row)")
        for (coarse, fine) in zip(errors, errors.dropFirst()) {
          XCTAssertEqual(log2(coarse / fine), 2, accuracy: 0.1, "row \(row), \(errors)")
        }
      }
    }
  }

  func testHessianIsSymmetricAndCouplingsAreTransposes() throws {
    let fixture = try PhaseFieldFixture()
    func pair(_ columns: Range<Int>, _ rows: Range<Int>, _ sign: Double) throws {
      let (u, v) = (fixture.change(columns), fixture.change(rows, 1.9))
      let forward = try fixture.dot(v, try fixture.derivative(u), rows)
      let back = try fixture.dot(u, try fixture.derivative(v), columns)
      XCTAssertEqual(
        forward, sign * back, accuracy: 1e-11 * abs(forward), "columns \(columns), rows \(rows)")
      XCTAssertGreaterThan(abs(forward), 0)
    }
    // K; ∂μ-row/∂u against ∂u-row/∂X.
    try pair(2..<5, 2..<5, 1)
    // The row of μ holds −∂F/∂X, those of u hold ∂F/∂u.
    let (x, u) = (fixture.change(0..<1), fixture.change(2..<5))
    let forward = try fixture.dot(x, try fixture.derivative(u), 0..<1)
    XCTAssertEqual(forward, 0, accuracy: 1e-300, "the row of X knows no displacement")
    let product = try fixture.derivative(u)
    let shifted = fixture.system.makeState()
    shifted[1].copy(x[0], fixture.waves.grid.layout)
    let potentialRow = try fixture.dot(shifted, product, 1..<2)
    let displacementRow = try fixture.dot(u, try fixture.derivative(x), 2..<5)
    XCTAssertEqual(potentialRow, -displacementRow, accuracy: 1e-11 * abs(potentialRow))
    XCTAssertGreaterThan(abs(potentialRow), 0)
    // ∂²F/∂X².
    let other = fixture.change(0..<1, 1.9)
    let moved = fixture.system.makeState()
    moved[1].copy(other[0], fixture.waves.grid.layout)
    let first = try fixture.dot(moved, try fixture.derivative(x), 1..<2)
    let second = try fixture.dot(shifted, try fixture.derivative(other), 1..<2)
    XCTAssertEqual(first, second, accuracy: 1e-11 * abs(first))
  }

  func testResidualIsTheDerivativeOfTheEnergy() throws {
    for isPlane in [false, true] {
      let fixture = try PhaseFieldFixture(isPlane: isPlane)
      // Without μ its row is −∂F/∂X.
      VectorKernels.scale(fixture.state, 1, by: 0)
      let rows = try fixture.residual(fixture.state)
      for components in [0..<1, 2..<5] {
        let change = fixture.change(components)
        var exact = try fixture.dot(change, rows, components)
        if components.lowerBound == 0 {
          let shifted = fixture.system.makeState()
          shifted[1].copy(change[0], fixture.waves.grid.layout)
          exact = -(try fixture.dot(shifted, rows, 1..<2))
        }
        var errors: [Double] = []
        for step in [0.04, 0.02] {
          let up = try fixture.system.energy(fixture.moved(change, by: step))
          let down = try fixture.system.energy(fixture.moved(change, by: -step))
          let difference = up.chemical + up.elastic - down.chemical - down.elastic
          errors.append(abs(difference / (2 * step) / exact - 1))
        }
        if components.lowerBound == 0 {
          XCTAssertEqual(log2(errors[0] / errors[1]), 2, accuracy: 0.1, "\(errors)")
          XCTAssertLessThan(errors[1], 1e-2)
        } else {
          // The energy is quadratic in the displacement: central differences are exact.
          XCTAssertLessThan(errors[0], 1e-10)
        }
      }
    }
  }
}
