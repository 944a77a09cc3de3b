// SPDX-License-Identifier: Apache-2.0

import Physics
import Testing

struct PhaseFieldEnergyTests {
  @Test func curvatureOfTheRegularSolutionVanishesAtTheSpinodal() {
    // X(1−X) = kT/2Ω: the table's 0.1307 and 0.8693.
    let law = RegularSolution.lithiumIronPhosphate
    #expect(abs(law.curvature(at: 0.130726)) < 1e-6)
    #expect(abs(law.curvature(at: 0.869274)) < 1e-6)
  }

  @Test func doubleWellVanishesInItsWells() {
    let well = PolynomialEnergy(height: 5, wells: (low: 0.3, high: 0.7))
    func value(_ x: Double) -> Double {
      well.coefficients.reversed().reduce(0) { $0 * x + $1 }
    }
    #expect(abs(value(0.3)) < 1e-15)
    #expect(abs(value(0.7)) < 1e-15)
    #expect(abs(value(0.5) - 5 * 0.04 * 0.04) < 1e-15)
  }

  @Test func slopeOfTheMobilityIsItsDerivative() {
    let law = MobilityLaw.degenerate(thermalEnergy: 0.0257)
    let (x, h) = (0.3, 1e-6)
    let difference = (law.factor(at: x + h) - law.factor(at: x - h)) / (2 * h)
    #expect(abs(law.slope(at: x) - difference) < 1e-6)
  }
}
