// SPDX-License-Identifier: Apache-2.0

import Physics
import TestSupport
import Testing

struct QuantityTests {
  /// Texts as people write them; a typed list, which the type checker needs.
  static let readings: [(String, Dimension, Double)] = [
    ("49.5 nm", .length, 49.5),
    ("1.3 um", .length, 1300),
    ("1.3 \u{B5}m", .length, 1300),
    ("1.3 \u{3BC}m", .length, 1300),
    ("10.45 \u{C5}", .length, 1.045),
    ("49.5nm", .length, 49.5),
    ("  49.5   nm ", .length, 49.5),
    (".5 nm", .length, 0.5),
    ("5. nm", .length, 5),
    ("+1e2 nm", .length, 100),
    ("1E-2nm", .length, 0.01),
    ("160.2176634 MPa", .stress, 1),
    ("49.05 GPa", .stress, 49_050 / 160.217_663_4),
    ("0.19 GPa", .stress, 190 / 160.217_663_4),
    ("25.7 meV", .energy, 0.0257),
    ("5 eV", .energy, 5),
    ("5eV", .energy, 5),
    ("13.4 eV nm2", .gradientPenalty, 13.4),
    ("13.4 eV\u{B7}nm\u{B2}", .gradientPenalty, 13.4),
    ("13.4 eV*nm^2", .gradientPenalty, 13.4),
    ("3.42 V", .potential, 3.42),
    ("2 h", .time, 7200),
    ("0.4 1/h", .rate, 0.4 / 3600),
    ("300 K", .temperature, 300),
    ("-55 degree", .angle, -55 * Double.pi / 180),
    ("-55 deg", .angle, -55 * Double.pi / 180),
    ("\u{2212}55\u{B0}", .angle, -55 * Double.pi / 180),
    ("0.1 rad", .angle, 0.1),
    ("1e-14 cm2/s", .diffusivity, 1),
    ("1e5 nm2/s", .diffusivity, 1e5),
    ("1e-18 m\u{B2}/s", .diffusivity, 1),
    ("13.76 nm-3", .concentration, 13.76),
    ("1.376e22 1/cm3", .concentration, 13.76),
    ("282 um-2", .dislocationDensity, 282e-6),
    ("2.82e14 m\u{207B}\u{B2}", .dislocationDensity, 282e-6),
    ("0.5 C", .currentRate, 0.5 / 3600),
    ("3 %", .ratio, 0.03),
    ("3%", .ratio, 0.03),
    ("3 percent", .ratio, 0.03),
    ("0.03", .ratio, 0.03),
  ]

  @Test(arguments: readings)
  func quantityIsReadInInsideUnits(text: String, dimension: Dimension, value: Double) throws {
    let read = try Quantity.parse(text, as: dimension)
    // Two roundings: the decimal and the unit.
    #expect(agree(read, value, within: 1e-14), "\(text) was read as \(read)")
  }

  @Test(arguments: Dimension.allCases)
  func everyAcceptedUnitIsAcceptedAndItsSizePositive(dimension: Dimension) throws {
    for unit in dimension.units {
      let read = try Quantity.parse("2 \(unit.name)", as: dimension)
      #expect(read > 0)
      #expect(agree(read, 2 * unit.size, within: 1e-15))
      #expect(dimension.unitList.contains(unit.name))
    }
  }

  @Test func aUnitNameBelongsToOneDimensionOnly() {
    var owners: [String: Dimension] = [:]
    for dimension in Dimension.allCases {
      for unit in dimension.units {
        #expect(owners[unit.name] == nil, "\(unit.name) is in two dimensions")
        owners[unit.name] = dimension
      }
    }
  }

  @Test(arguments: Dimension.allCases.filter { $0 != .ratio })
  func bareNumberIsRefusedNamingTheAcceptedUnits(dimension: Dimension) {
    let expected = QuantityError.missingUnit(text: "3.3", dimension: dimension)
    #expect(throws: expected) { try Quantity.parse("3.3", as: dimension) }
    for unit in dimension.units {
      #expect(expected.description.contains(unit.name))
    }
  }

  @Test func unitOfAnotherDimensionIsRefusedNamingBoth() {
    let expected = QuantityError.wrongDimension(
      text: "3.3 GPa", unit: "GPa", found: .stress, dimension: .length)
    #expect(throws: expected) { try Quantity.parse("3.3 GPa", as: .length) }
    #expect(expected.description.contains("GPa is a unit of stress"))
    #expect(expected.description.contains("nm, um, angstrom"))
  }

  @Test func unknownUnitIsRefusedWithTheNearestName() {
    let expected = QuantityError.unknownUnit(
      text: "130 nanometers", unit: "nanometers", dimension: .length, suggestion: nil)
    #expect(throws: expected) { try Quantity.parse("130 nanometers", as: .length) }
    let misspelt = QuantityError.unknownUnit(
      text: "130 angstroem", unit: "angstroem", dimension: .length, suggestion: "angstrom")
    #expect(throws: misspelt) { try Quantity.parse("130 angstroem", as: .length) }
    #expect(misspelt.description.contains("did you mean angstrom?"))
  }

  @Test func unitsAreCaseSensitive() {
    let expected = QuantityError.unknownUnit(
      text: "25.7 MeV", unit: "MeV", dimension: .energy, suggestion: "meV")
    #expect(throws: expected) { try Quantity.parse("25.7 MeV", as: .energy) }
  }

  @Test(arguments: [
    "", "nm", "-", ".", "nan nm", "inf nm", "infinity", "0x10 nm", "3,5 nm", "1.2.3 nm", "e5 nm",
    "--3 nm", "three nm",
  ])
  func textWithoutADecimalNumberIsRefused(text: String) {
    #expect(throws: QuantityError.self) { try Quantity.parse(text, as: .length) }
    #expect(throws: QuantityError.self) { try Quantity.parse(text, as: .ratio) }
  }

  @Test(arguments: ["1e999 nm", "-1e999 nm", "1e300 m"])
  func valueThatIsNotFiniteIsRefused(text: String) {
    #expect(throws: QuantityError.notFinite(text: text)) {
      try Quantity.parse(text, as: .length)
    }
  }
}

struct NearestNameTests {
  let keys = ["pixel_size", "composition", "kappa", "kappa_b", "until"]

  @Test(arguments: [
    ("pixelsize", "pixel_size"), ("pixel_szie", "pixel_size"), ("Kappa", "kappa"),
    ("kapa", "kappa"), ("kappab", "kappa_b"), ("untli", "until"), ("compositon", "composition"),
  ])
  func mistypedNameFindsTheOneMeant(written: String, meant: String) {
    #expect(nearestName(to: written, among: keys) == meant)
  }

  @Test(arguments: ["temperature", "x", ""])
  func farFetchedNameFindsNothing(written: String) {
    #expect(nearestName(to: written, among: keys) == nil)
  }

  @Test func firstOfEquallyNearNamesWins() {
    #expect(nearestName(to: "sigma_q", among: ["sigma_a", "sigma_c"]) == "sigma_a")
    #expect(nearestName(to: "sigma_q", among: ["sigma_c", "sigma_a"]) == "sigma_c")
  }

  @Test func nothingIsNearestAmongNothing() {
    #expect(nearestName(to: "kappa", among: []) == nil)
  }
}
