// SPDX-License-Identifier: Apache-2.0

import Physics
import TestSupport
import Testing

struct UnitsTests {
  // Products and quotients of literals: a few roundings.
  let rounding = 1e-14

  @Test func oneElectronvoltPerCubicNanometreIs160Megapascal() {
    #expect(agree(160.217_663_4 * megapascal, 1, within: rounding))
    #expect(agree(gigapascal, 1000 * megapascal, within: rounding))
    #expect(agree(pascal, 1e-6 * megapascal, within: rounding))
  }

  @Test func pressureIsEnergyPerVolume() {
    #expect(agree(pascal, joule / (metre * metre * metre), within: rounding))
    #expect(agree(joulePerSquareMetre, joule / (metre * metre), within: rounding))
    #expect(agree(nanojoulePerMetre, 1e-9 * joule / metre, within: rounding))
  }

  @Test func thermalEnergyOfTheModelIsThatOfRoomTemperature() {
    // Table S1 prints kT = 25.7 meV: 298.2 K within its last digit.
    let temperature = 25.7 * millielectronvolt / boltzmann
    #expect(abs(temperature - 298.2) < 0.6)
    // CODATA 2018, ten digits.
    #expect(agree(boltzmann, 8.617_333_262e-5, within: 1e-10))
  }

  @Test func diffusivityOfTableS1IsOneSquareNanometrePerSecond() {
    #expect(agree(1e-14 * squareCentimetrePerSecond, 1, within: rounding))
    #expect(agree(squareMetrePerSecond, metre * metre / second, within: rounding))
    #expect(agree(squareCentimetrePerSecond, centimetre * centimetre, within: rounding))
  }

  @Test func oneCFillsTheParticleInAnHour() {
    #expect(agree(cRate * hour, 1, within: rounding))
  }

  @Test func lengthsAndAnglesScaleAsTheirNamesSay() {
    #expect(agree(10 * angstrom, nanometre, within: rounding))
    #expect(agree(1000 * picometre, nanometre, within: rounding))
    #expect(agree(micrometre, 1e-6 * metre, within: rounding))
    #expect(agree(millimetre, 1e-3 * metre, within: rounding))
    #expect(agree(180 * degree, Double.pi * radian, within: rounding))
    #expect(agree(perSquareMicrometre * micrometre * micrometre, 1, within: rounding))
    #expect(agree(100 * percent, 1, within: rounding))
    #expect(agree(day, 24 * 60 * minute, within: rounding))
  }
}
