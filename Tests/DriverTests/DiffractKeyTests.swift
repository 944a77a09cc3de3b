// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import Testing

@testable import Diffraction
@testable import Driver

/// Keys of diffraction cases: columns, abscissae, averages, crystals in their axes.
struct DiffractKeyTests {
  private static let copper =
    "crystal: {cell: [3.615, 3.615, 3.615, 90, 90, 90], "
    + "stiffness: {c11: 168.4, c12: 121.4, c44: 75.4}}\n"

  private func read(_ text: String) throws -> DiffractCase {
    try CaseReading.decode(DiffractCase.self, from: text, path: "c.yaml")
  }

  private func message<Case: Decodable>(_ type: Case.Type, _ text: String) -> String {
    do throws(ParallelError) {
      _ = try CaseReading.decode(type, from: text, path: "c.yaml")
      return "accepted"
    } catch {
      return error.kind == .input ? error.message : "of another kind: \(error)"
    }
  }

  private func line(_ found: DiffractCase) throws -> LineRequest {
    guard case .line(let line) = found.peaks[0].source else {
      throw ParallelError(.input, "no line")
    }
    return line
  }

  @Test(arguments: [
    "[position, intensity, skip, sigma]", "[1, 2, 4]", "{position: 1, intensity: 2, sigma: 4}",
    "[two_theta, counts, \"-\", esd]",
  ])
  func columnsAreNamedOrNumbered(_ columns: String) throws {
    let text =
      Self.copper + "abscissa: q_per_angstrom\ncolumns: \(columns)\nsystems: none\n"
      + "peaks: [{file: p.xy, hkl: [1, 1, 1]}]\n"
    let found = try read(text)
    let expected = PatternColumns(position: 0, intensity: 1, deviation: 3)
    #expect(try line(found).line.columns == expected)
    #expect(try line(found).line.abscissa == .scatteringVectorPerAngstrom)
    let again = try read(found.effective)
    #expect(again.effective == found.effective)
    #expect(!found.effective.contains("monochromatic"))
    let angles = try read(
      Self.copper + "wavelength: 1.5 A\npeaks: [{file: p.xy, hkl: [1, 1, 1]}]\nsystems: none")
    #expect(angles.effective.contains("monochromatic: false"))
    #expect(try line(again).line.columns == expected)
    // A line's own key wins.
    let own = try read(
      text.replacing("hkl:", with: "columns: [intensity, position], abscissa: d_angstrom, hkl:"))
    #expect(try line(own).line.columns == PatternColumns(position: 1, intensity: 0))
    #expect(try line(own).line.abscissa == .spacing)
  }

  @Test(arguments: [
    ("columns: [position, sigma]", ["columns", "no intensity"]),
    ("columns: [position, position]", ["columns", "twice"]),
    ("columns: [position, intensty]", ["columns", "did you mean \"intensity\""]),
    ("columns: [1, 1]", ["columns", "different"]), ("columns: [0, 1]", ["columns", "from 1"]),
    ("columns: {position: 1}", ["columns", "no intensity"]),
    ("abscissa: q_per_angstorm", ["abscissa", "did you mean \"q_per_angstrom\""]),
  ])
  func wrongKeysAreRefused(_ key: String, _ words: [String]) {
    let text = Self.copper + key + "\nsystems: none\npeaks: [{file: p.xy, hkl: [1, 1, 1]}]\n"
    let found = message(DiffractCase.self, text)
    for word in words { #expect(found.contains(word), "\(found)") }
  }

  @Test func oldNamesAndFractionsAreRead() throws {
    let found = try read(
      Self.copper + "abscissa: scattering_vector\npeaks:\n"
        + "  - {file: p.xy, hkl: [1, 1, 1], background: flat}\n"
        + "systems:\n  - {label: e, burgers: [1/2, -1/2, 0], line: [1, 1, -2], plane: [1, 1, 1]}\n")
    #expect(try line(found).line.abscissa == .scatteringVector)
    #expect(try line(found).options.background == .flat)
    #expect(found.systems[0].burgers == SIMD3(0.5, -0.5, 0))
    #expect(try read(found.effective).effective == found.effective)
  }

  @Test func powdersOfEveryLaueGroupAreAveraged() throws {
    let peaks = "systems: none\npeaks: [{hkl: [1, 1, 1], effective_density: 1 1/um2}]\n"
    #expect(try read(Self.copper + peaks).isAveraged)
    #expect(try !read(Self.copper + "average: none\n" + peaks).isAveraged)
    // ρ* made with averaged contrast factors: edge 600, screw 400.
    let found = try read(
      Self.copper
        + """
        peaks:
          - {hkl: [1, 1, 1], effective_density: 253.226930 1/um2}
          - {hkl: [2, 0, 0], effective_density: 949.136243 1/um2}
          - {hkl: [2, 2, 0], effective_density: 981.021982 1/um2}
          - {hkl: [3, 1, 1], effective_density: 1817.953779 1/um2}
        systems:
          - {label: edge, burgers: [0.5, -0.5, 0], line: [1, 1, -2], plane: [1, 1, 1]}
          - {label: screw, burgers: [0.5, -0.5, 0], line: [1, -1, 0], plane: [1, 1, 1]}

        """)
    let factors = try GeometricFactors.matrix(
      systems: found.systems, reflections: found.peaks.map(\.reflection),
      crystals: found.crystals, averaged: found.isAveraged)
    for (row, expected) in zip(factors, [253.226930, 949.136243, 981.021982, 1817.953779]) {
      #expect(abs(600 * row[0] + 400 * row[1] - expected) < 1e-4 * expected)
    }
  }
}
