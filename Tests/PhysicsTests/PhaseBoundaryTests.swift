// SPDX-License-Identifier: Apache-2.0

import Physics
import Testing

struct PhaseBoundaryTests {
  @Test func boundaryOfTableS1IsThatOfTheVerification() throws {
    let boundary = try #require(PhaseBoundary(.regularSolution(.lithiumIronPhosphate)))
    // Row E2: 13.329 nm at 13.4 eV nm2, binodals .01366 and .98634.
    #expect(abs(boundary.width(kappa: 13.4) - 13.329) < 2e-3)
    #expect(abs(boundary.phases.low - 0.01366) < 1e-5)
    #expect(abs(boundary.phases.high - 0.98634) < 1e-5)
  }

  @Test func boundaryOfADoubleWellIsAHyperbolicTangent() throws {
    let well = PolynomialEnergy(height: 5, wells: (low: 0.3, high: 0.7))
    let boundary = try #require(PhaseBoundary(.polynomial(well)))
    #expect(abs(boundary.phases.low - 0.3) < 1e-9)
    #expect(abs(boundary.phases.high - 0.7) < 1e-9)
    // X = 0.5 + 0.2 tanh(x/w), w = √(2κ/ρ)/0.4; its quarters lie 2 w artanh(1/2) = w ln 3 apart.
    let width = (2 * 2 / 5.0).squareRoot() / 0.4 * 1.098_612_288_668_11
    #expect(abs(boundary.width(kappa: 2) - width) < 1e-6 * width)
  }

  @Test func aTiltedDoubleWellHasTheSamePhases() throws {
    let well = PolynomialEnergy(height: 5, wells: (low: 0.3, high: 0.7))
    var tilted = well.coefficients
    tilted[0] += 0.7
    tilted[1] -= 0.4
    let boundary = try #require(PhaseBoundary(.polynomial(PolynomialEnergy(tilted))))
    #expect(abs(boundary.phases.low - 0.3) < 1e-7)
    #expect(abs(boundary.phases.high - 0.7) < 1e-7)
  }

  @Test func aConvexEnergyHasNoBoundary() {
    #expect(
      PhaseBoundary(.regularSolution(RegularSolution(omega: 0.03, thermalEnergy: 0.0257))) == nil)
    #expect(PhaseBoundary(.polynomial(PolynomialEnergy([0, 0, 1]))) == nil)
  }

  @Test func powersOfALawAreTheLaw() {
    let law = EigenstrainLaw(
      a: [0.021, -0.004, 0.0013, 0.0005, -0.0007], c: [-0.01, 0.002, -0.0008, 0.0004, 0.0001])
    let powers = law.powers
    func value(_ coefficients: [Double], _ s: Double) -> Double {
      coefficients.reversed().reduce(0) { ($0 + $1) * s }
    }
    for x in [0.0, 0.013, 0.3, 0.5, 0.77, 0.999, 1, 1.1] {
      let strain = law.strain(at: x)
      // Five terms whose binomials reach 630.
      #expect(abs(value(powers.a, x - 1) - strain.aa) < 1e-15)
      #expect(abs(value(powers.c, x - 1) - strain.cc) < 1e-15)
    }
    let linear = LinearEigenstrain(a: 0.0505, b: 0.0346, c: -0.019).law.powers
    #expect(linear.a == [0.0505] && linear.c == [-0.019])
  }
}
