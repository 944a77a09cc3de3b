// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

@testable import Physics

final class SurfaceReactionTests: XCTestCase {
  private let reaction = SurfaceReaction.lithiumIronPhosphate

  /// −k₀ X^½ (1 − X)^{3/2} sinh[(eΔφ + μ)/2kT].
  private func rate(_ x: Double, _ mu: Double, _ phi: Double) -> Double {
    -reaction.rateConstant * pow(x, 0.5) * pow(1 - x, 1.5)
      * sinh((phi + mu) / (2 * reaction.thermalEnergy))
  }

  func testTheOverpotentialOfAPlaceGivesItsRate() {
    for x in [1e-6, 0.02, 0.5, 0.98] {
      for current in [-3e-4, -1e-8, 0, 2e-5, 1e-2] {
        let phi = reaction.overpotential(rate: current, composition: x, potential: 0.031)
        XCTAssertEqual(rate(x, 0.031, phi), current, accuracy: 1e-12 * abs(current) + 1e-22)
      }
    }
  }

  /// The quadratic, for currents from far below the exchange current to far above, both ways.
  func testTheOverpotentialOfManyPlacesGivesTheirMeanRate() {
    let places = [(0.03, -0.08), (0.4, 0.02), (0.6, -0.01), (0.97, 0.09)]
    let scale = 0.5 / reaction.thermalEnergy
    var (rising, falling) = (0.0, 0.0)
    for (x, mu) in places {
      let exchange = reaction.rateConstant * SurfaceReaction.exchange(at: x) / 4
      rising += exchange * exp(scale * mu)
      falling += exchange * exp(-scale * mu)
    }
    for current in [-10.0, -1e-4, -1e-12, 0, 1e-12, 1e-4, 10] {
      let phi = reaction.overpotential(rate: current, rising: rising, falling: falling)
      let mean = places.reduce(0) { $0 + rate($1.0, $1.1, phi) / 4 }
      XCTAssertEqual(mean, current, accuracy: 1e-12 * abs(current) + 1e-18, "\(current)")
    }
  }

  /// Lithium enters where eΔφ + μ is negative, never the other way round.
  func testTheReactionOnlyLowersTheEnergy() {
    for mu in stride(from: -0.2, through: 0.2, by: 0.04) {
      XCTAssertLessThanOrEqual(rate(0.3, mu, 0.01) * (mu + 0.01), 0)
    }
  }

  func testTheSlopeOfTheExchangeCurrent() {
    for x in [0.02, 0.25, 0.9] {
      let h = 1e-6
      let difference =
        (SurfaceReaction.exchange(at: x + h) - SurfaceReaction.exchange(at: x - h)) / (2 * h)
      XCTAssertEqual(
        SurfaceReaction.relativeSlope(at: x) * SurfaceReaction.exchange(at: x), difference,
        accuracy: 1e-8)
    }
  }
}
