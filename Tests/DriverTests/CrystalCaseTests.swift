// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics
import Testing

@testable import Driver

/// Crystals of cases in their axes and units.
struct CrystalCaseTests {
  private func crystal(_ text: String) throws -> Crystal {
    try CaseReading.decode(
      DislocationCase.self,
      from: "crystal: \(text)\nburgers: [1, 0, 0]\nline: [0, 0, 1]\n", path: "c.yaml"
    ).crystal
  }

  private func message(_ text: String, _ rest: String = "burgers: [1, 0, 0]\nline: [0, 0, 1]")
    -> String
  {
    do throws(ParallelError) {
      _ = try CaseReading.decode(
        DislocationCase.self, from: "crystal: \(text)\n\(rest)\n", path: "c.yaml")
      return "accepted"
    } catch {
      return error.kind == .input ? error.message : "of another kind: \(error)"
    }
  }

  private static let bismuth =
    "stiffness: {c11: 63.4, c12: 24.4, c13: 24.5, c14: 7.2, c33: 38.1, c44: 11.3}"

  @Test func constantsHoldInTheirAxesOnly() throws {
    let rhombohedral = message(
      "{cell: [4.746, 4.746, 4.746, 57.23, 57.23, 57.23], \(Self.bismuth)}",
      "burgers: [1, -1, 0]\nline: [1, 1, 1]")
    for word in ["trigonal axes", "gamma = 120", "57.23"] {
      #expect(rhombohedral.contains(word), "\(rhombohedral)")
    }
    let hexagonal = try CaseReading.decode(
      DislocationCase.self,
      from: "crystal: {cell: [4.546, 4.546, 11.862, 90, 90, 120], \(Self.bismuth)}\n"
        + "burgers: [1, 0, 0]\nline: [0, 0, 1]\n", path: "c.yaml")
    #expect(abs(hexagonal.dislocation.energyFactor / gigapascal - 24.5192) < 1e-4)
    #expect(hexagonal.crystal.group.symbol == "-3m")
    let cubic = "stiffness: {c11: 168.4, c12: 121.4, c44: 75.4}"
    let ninth =
      "c11: 168.4, c22: 168.4, c33: 168.4, c12: 121.4, c13: 121.4, c23: 121.4, "
      + "c44: 75.4, c55: 75.4, c66: 75.4"
    for (text, word) in [
      ("{cell: [4, 4, 5, 90, 90, 90], \(cubic)}", "cubic axes"),
      ("{cell: [4, 4, 4, 60, 60, 60], \(cubic)}", "cubic axes"),
      ("{cell: [4, 4, 5, 90, 90, 120], stiffness: {\(ninth)}}", "orthorhombic axes"),
      (
        "{cell: [4, 5, 6, 90, 90, 100], stiffness: {\(ninth), c15: 1, c25: 1, c35: 1, c46: 1}}",
        "monoclinic axes"
      ),
      ("{cell: [4, 4, 5, 90, 90, 90], \(Self.bismuth)}", "trigonal axes"),
    ] {
      let found = message(text)
      #expect(found.contains(word), "\(found)")
    }
    // The system that the names say, though the numbers are cubic.
    let named = try crystal("{cell: [4, 4, 4, 90, 90, 90], stiffness: {\(ninth)}}")
    #expect(named.group.symbol == "mmm")
    #expect(named.equivalents(of: Reflection(1, 2, 3)).count == 4)
    // A matrix is what it is in any axes.
    let matrix = try crystal(
      "{cell: [4, 4, 4, 90, 90, 90], stiffness: [[168.4, 121.4, 121.4, 0, 0, 0], "
        + "[121.4, 168.4, 121.4, 0, 0, 0], [121.4, 121.4, 168.4, 0, 0, 0], "
        + "[0, 0, 0, 75.4, 0, 0], [0, 0, 0, 0, 75.4, 0], [0, 0, 0, 0, 0, 75.4]]}")
    #expect(matrix.group.symbol == "m-3m")
  }

  @Test func unitsThatNoCrystalHasAreRefused() {
    let cubic = "stiffness: {c11: 168.4, c12: 121.4, c44: 75.4}"
    for (text, word) in [
      ("{cell: [0.3615, 0.3615, 0.3615, 90, 90, 90], \(cubic)}", "is it in nm?"),
      ("{cell: [361.5, 361.5, 361.5, 90, 90, 90], \(cubic)}", "is it in pm?"),
      ("{cell: [3.6, 3.6, 3.6, 1.5708, 1.5708, 1.5708], \(cubic)}", "radians"),
      (
        "{cell: [3.6, 3.6, 3.6, 90, 90, 90], stiffness: {c11: 168400, c12: 121400, c44: 75400}}",
        "is it in MPa?"
      ),
      (
        "{cell: [3.6, 3.6, 3.6, 90, 90, 90], stiffness: {c11: 1.7e11, c12: 1.2e11, c44: 7e10}}",
        "is it in Pa?"
      ),
    ] {
      let found = message(text)
      #expect(found.contains(word), "\(found)")
    }
  }

  @Test func fourIndicesAreTranslated() {
    let titanium =
      "{cell: [2.95, 2.95, 4.68, 90, 90, 120], "
      + "stiffness: {c11: 135.6, c12: 71.1, c13: 24.1, c33: 145.7, c44: 45.7}}"
    let direction = message(titanium, "burgers: [2, -1, -1, 0]\nline: [0, 0, 1]")
    #expect(direction.contains("[U - T, V - T, W]"), "\(direction)")
    let plane = message(
      titanium, "burgers: [1, 0, 0]\nline: [0, 0, 1]\nplane: [0, 1, -1, 0]")
    #expect(plane.contains("leave i out"), "\(plane)")
  }
}
