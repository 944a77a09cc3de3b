// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField
@testable import Verification

/// Redlich and Kister's energy and a measured one in the kernels, eight compositions at a time.
///
/// Collective.
final class SolutionEnergyKernelTests: XCTestCase {
  private static let asymmetric = BulkEnergy.redlichKister(
    RedlichKister(
      entropy: MixingEntropy(thermalEnergy: 0.0257, chainLengths: (2, 0.7)),
      coefficients: [0.1, -0.02, 0.013]))

  /// A table of a solution's potential, joined between its phases.
  private func energies() throws -> [(name: String, energy: BulkEnergy)] {
    let solution = BulkEnergy.redlichKister(
      RedlichKister(
        entropy: MixingEntropy(thermalEnergy: 0.0257), coefficients: [0.09, -0.015]))
    let phases = try XCTUnwrap(PhaseBoundary(solution)).phases
    let x =
      (1...40).map { phases.low * Double($0) / 40 }
      + (0..<40).map { phases.high + (1 - phases.high) * Double($0) / 40 }
    let table = try TabulatedEnergy(
      composition: x, potential: x.map { solution.slope(at: $0) }, gap: phases.low...phases.high,
      thermalEnergy: 0.0257)
    return [("Redlich–Kister", Self.asymmetric), ("table", .tabulated(table))]
  }

  func testEightCompositionsHaveTheEnergyOfOne() throws {
    for (name, energy) in try energies() {
      let law = EnergyLaw(energy)
      for lanes in [
        Eight(1e-9, 0.003, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999), Eight(repeating: 0.999_999_999),
      ] {
        let found = law.evaluate(lanes)
        for lane in 0..<8 {
          let x = lanes[lane]
          XCTAssertEqual(found.0[lane], energy.value(at: x), accuracy: 1e-15, name)
          XCTAssertEqual(found.1[lane], energy.slope(at: x), accuracy: 1e-13, name)
          let bend = energy.curvature(at: x)
          XCTAssertEqual(found.2[lane], bend, accuracy: 1e-11 + 1e-13 * abs(bend), name)
        }
      }
      // Padding holds anything; it must stay finite.
      let outside = law.evaluate(Eight(-1, 0, 1, 2, -1e300, 1e300, 0.5, 0.5))
      XCTAssertTrue((0..<8).allSatisfy { outside.0[$0].isFinite && outside.2[$0].isFinite }, name)
    }
  }

  func testKernelsEqualQuadratureAndTheHessianIsItsDerivative() throws {
    for (name, energy) in try energies() {
      for isPlane in [true, false] {
        let fixture = try PhaseFieldFixture(isPlane: isPlane, energy: energy)
        let (system, grid) = (fixture.system, fixture.waves.grid)
        let found = try fixture.residual(fixture.state)
        let rates = Fields(grid.layout, count: 1)
        rates.copy(fixture.history)
        for place in 0..<grid.layout.size {
          rates[0][place] += system.rate * fixture.state[0][place]
        }
        let right = ElementQuadrature(grid, points: 2).residual(
          fixture.waves.model, fixture.state, rates: rates[0], weights: system.weights[0])
        let size = try fixture.norm(right, 1..<2)
        VectorKernels.add(-1, right, to: found)
        XCTAssertLessThan(try fixture.norm(found, 1..<2), 1e-12 * size, name)

        // ∂²F/∂X²: symmetric, and the difference of the residual to second order.
        let change = fixture.change(0..<1)
        let exact = try fixture.derivative(change)
        let (other, shifted) = (fixture.change(0..<1, 1.9), system.makeState())
        shifted[1].copy(other[0], grid.layout)
        let forward = try fixture.dot(shifted, exact, 1..<2)
        shifted[1].copy(change[0], grid.layout)
        let back = try fixture.dot(shifted, try fixture.derivative(other), 1..<2)
        XCTAssertEqual(forward, back, accuracy: 1e-11 * abs(forward), name)
        var errors: [Double] = []
        for step in [0.02, 0.01] {
          let difference = try fixture.residual(fixture.moved(change, by: step))
          VectorKernels.add(
            -1, try fixture.residual(fixture.moved(change, by: -step)), to: difference)
          VectorKernels.scaleAll(difference, by: 1 / (2 * step))
          VectorKernels.add(-1, exact, to: difference)
          errors.append(try fixture.norm(difference, 1..<2) / (try fixture.norm(exact, 1..<2)))
        }
        XCTAssertLessThan(errors[1], 1e-3, name)
        // A table's f″ has kinks where cells meet.
        if case .redlichKister = energy {
          XCTAssertEqual(log2(errors[0] / errors[1]), 2, accuracy: 0.1, "\(errors)")
        }
      }
    }
  }
}
