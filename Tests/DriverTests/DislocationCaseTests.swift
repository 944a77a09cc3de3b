// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import Testing

@testable import Diffraction
@testable import Driver
@testable import Formats
@testable import Verification

struct DislocationCaseTests {
  private func read(_ text: String) throws -> DislocationCases {
    try CaseReading.decode(DislocationCases.self, from: text, path: "case.yaml")
  }

  private func message(_ text: String) -> String {
    do throws(ParallelError) {
      _ = try CaseReading.decode(DislocationCases.self, from: text, path: "case.yaml")
      return "accepted"
    } catch {
      return error.kind == .input ? error.message : "of another kind: \(error)"
    }
  }

  /// The text of an example.
  private func example(_ name: String) throws -> String {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../examples/\(name).yaml")
    return try String(contentsOf: file, encoding: .utf8)
  }

  private static let typeD = "crystal: lfp\nburgers: [0, 0, 1]\nline: [0, 1, 0]\n"

  private static func crystal(_ stiffness: String, cell: String = "[4, 4, 4, 90, 90, 90]") -> String
  {
    "crystal: {cell: \(cell), stiffness: \(stiffness)}\nburgers: [0, 0, 1]\nline: [0, 1, 0]\n"
  }

  @Test func exampleOfTypeDIsTheBundledCrystalsDislocation() throws {
    let cases = try read(example("dislocation-lfp"))
    #expect(!cases.isList && cases.cases.count == 1)
    let value = cases.cases[0]
    #expect(value.crystal == Crystal.lithiumIronPhosphate)
    #expect(value.average == .equivalent && value.glides)
    #expect(value.reflections.count == 5 && value.points.count == 4)
    #expect(abs(value.dislocation.energyFactor / gigapascal - 72.175373) < 1e-6)
    let bundled = try read(Self.typeD).cases[0]
    #expect(bundled.dislocation.energyFactor.isEqual(to: value.dislocation.energyFactor))
  }

  @Test func printedObjectsAreTheDeclaredOnes() throws {
    let single = try DislocationReport(read(example("dislocation-lfp")).cases[0])
    let text = JSONValue.object(single.json).encoded
    #expect(Formats.dislocationResult.differences(in: text) == [])
    guard case .object(let contrast) = single.json["contrast"] else {
      Issue.record("contrast is no object")
      return
    }
    #expect(contrast.keys.sorted() == ["1 0 1", "1 1 1", "2 1 0", "3 0 1", "3 1 1"])
    let bare = try DislocationReport(read(Self.typeD).cases[0])
    let short = JSONValue.object(bare.json).encoded
    #expect(Formats.dislocationResult.differences(in: short) == [])
    let cases = try read(example("dislocation-metals"))
    let reports = try cases.cases.map { JSONValue.object(try DislocationReport($0).json) }
    let list = JSONValue.object(["cases": .list(reports)]).encoded
    #expect(cases.isList && reports.count == 4)
    #expect(Formats.dislocationListResult.differences(in: list) == [])
  }

  @Test func signsOfReflectionsAreKept() throws {
    let text = Self.typeD + "reflections: [[-1, 0, 1]]\naverage: none\n"
    let report = try DislocationReport(read(text).cases[0])
    #expect(report.json["average"] == .text("none"))
    guard case .object(let contrast) = report.json["contrast"] else {
      Issue.record("contrast is no object")
      return
    }
    #expect(Array(contrast.keys) == ["-1 0 1"])
  }

  @Test func averageIsOverEquivalentsForOrthorhombicCrystalsOnly() throws {
    #expect(try read(Self.typeD).cases[0].average == .equivalent)
    let cubic = Self.crystal("{c11: 168.4, c12: 121.4, c44: 75.4}")
    #expect(try read(cubic).cases[0].average == .none)
    #expect(try read(cubic + "average: equivalent").cases[0].average == .equivalent)
  }

  @Test func symmetryMayBeClaimed() throws {
    let crystal = """
      crystal:
        cell: [4, 4, 4, 90, 90, 90]
        symmetry: isotropic
        stiffness: {c11: 140, c12: 60}
      burgers: [1/2, -1/2, 0]
      line: [1, 1, 0]
      """
    let value = try read(crystal).cases[0]
    #expect(abs(value.dislocation.energyFactor / gigapascal - 40 / (1 - 0.3)) < 1e-9)
    #expect(abs(length(value.dislocation.burgers) - 0.4 * 0.5.squareRoot()) < 1e-12)
    #expect(value.crystal.group.symbol == "m-3m")
  }

  @Test func sixBySixMatrixIsTheNamedConstants() throws {
    let matrix = """
      [[138.9, 72.8, 52.5, 0, 0, 0], [72.8, 198, 45.8, 0, 0, 0], [52.5, 45.8, 173, 0, 0, 0],
       [0, 0, 0, 36.8, 0, 0], [0, 0, 0, 0, 50.6, 0], [0, 0, 0, 0, 0, 47.6]]
      """
    let value = try read(
      Self.crystal(matrix, cell: "[10.45, 6.05, 4.74, 90, 90, 90]")
    ).cases[0]
    let lfp = Crystal.lithiumIronPhosphate.stiffness
    #expect(value.crystal.stiffness.agrees(with: lfp, within: 1e-15))
    #expect(value.crystal.group.system == .orthorhombic)
  }

  @Test(arguments: [
    ("crystal: lfp\nburgers: [0, 0, 0]\nline: [0, 1, 0]", ["line 2", "burgers", "not zero"]),
    ("crystal: lfp\nburgers: [0, 0, 1]\nline: [0, 0, 0]", ["line 3", "line", "not zero"]),
    (typeD + "plane: [1, 1, 0]", ["line 4", "plane", "h u + k v + l w is 1.0"]),
    (typeD + "plane: [0, 0, 0]", ["plane", "not all zero"]),
    (typeD + "planes: [1, 0, 0]", ["unknown key \"planes\"", "\"plane\""]),
    (typeD + "average: all", ["average", "none, equivalent"]),
    (typeD + "reflections: [[0, 0, 0]]", ["line 4", "reflections", "0 0 0"]),
    (typeD + "reflections: [[1, 0.5, 0]]", ["reflections", "whole numbers"]),
    (typeD + "reflections: [1, 0, 1]", ["reflections", "list of numbers"]),
    (typeD + "points: [[0, 3, 0]]", ["points", "point 1", "on the dislocation line"]),
    (typeD + "points: [[0, 3]]", ["points", "found 2 numbers", "[x, y, z]"]),
    ("crystal: LiFeP04\nburgers: [0, 0, 1]\nline: [0, 1, 0]", ["did you mean LiFePO4"]),
    ("burgers: [0, 0, 1]\nline: [0, 1, 0]", ["crystal", "found nothing"]),
    ("crystal: lfp\nline: [0, 1, 0]", ["burgers", "found nothing"]),
    ("crystal: lfp\nburgers: [0, 0]\nline: [0, 1, 0]", ["found 2 numbers", "[u, v, w]"]),
    ("crystal: lfp\nburgers: [0, 0, x]\nline: [0, 1, 0]", ["burgers", "\"x\"", "number"]),
    ("crystal: lfp\nburgers: [0, 0, 1/0]\nline: [0, 1, 0]", ["burgers", "1/0"]),
    (crystal("{c11: 100, c12: 120, c44: 50}"), ["stiffness", "eigenvalue 1 of 6", "-20.0 GPa"]),
    (crystal("{c11: 100, c12: 20}"), ["stiffness", "c44 is missing"]),
    (crystal("{c11: 100, c12: 20, c45: 50}"), ["c45", "did you mean c44"]),
    (crystal("{c11: 100, c12: .nan, c44: 50}"), ["stiffness.c12", "number"]),
    (crystal("[[1, 2], [3, 4]]"), ["stiffness", "six rows of six"]),
    (crystal("100"), ["stiffness", "6 by 6 matrix or constants"]),
    (
      crystal("{c11: 9, c12: 2, c44: 3}", cell: "[4, 4, 0, 90, 90, 90]"),
      ["cell", "edge c is 0.0 Å"]
    ),
    (crystal("{c11: 9, c12: 2, c44: 3}", cell: "[4, 4, 4, 90, 90, 190]"), ["cell", "angles"]),
    (crystal("{c11: 9, c12: 2, c44: 3}", cell: "[4, 4, 4]"), ["cell", "found 3 numbers"]),
    (
      "crystal: {cell: [4, 4, 5, 90, 90, 90], symmetry: cubic, stiffness: {c11: 9, c12: 2, "
        + "c44: 3}}\nburgers: [0, 0, 1]\nline: [0, 1, 0]",
      ["symmetry", "theirs is tetragonal (4/mmm)"]
    ),
    ("cases: []", ["cases", "at least one"]),
    ("cases: [{crystal: lfp, burgers: [0, 0, 1], line: [0, 1, 0]}]\nline: [0, 1, 0]", ["beside"]),
    ("cases: [{cases: []}]", ["single case"]),
    ("just a text", ["expected crystal"]),
  ])
  func badCasesSayWhereAndWhat(text: String, words: [String]) {
    let message = message(text)
    for word in words { #expect(message.contains(word), "\(message)") }
  }
}

struct DislocationStudyTests {
  @Test(arguments: DislocationStudies.rows.map(\.id))
  func everyRowIsWithinItsTolerance(id: String) throws {
    for row in DislocationStudies.rows where row.id == id {
      let results = try row.compute()
      #expect(!results.isEmpty)
      for result in results {
        #expect(result.passed, "\(id) \(result.quantity): \(result.value), not \(result.target)")
      }
    }
  }

  @Test func committedTablesAreTheComputedOnes() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/tables-s2-s3.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    #expect(
      text == (try DislocationTables.markdown()) + "\n",
      "run: vegard dislocation --paper-tables > docs/tables-s2-s3.md")
  }

  @Test func misprintsAreMarked() throws {
    let text = try DislocationTables.markdown()
    // Six energy factors with their energies; 5 + 5 + 1 + 5 + 4 + 1 contrast factors.
    #expect(text.components(separatedBy: "**").count == 2 * (12 + 21 + 1) + 1)
    #expect(text.contains("| B | mixed | **58.59** (59.11) | **21.4** (21.6) |"))
  }

  @Test func adjointOfTheConvolutionIsItsTranspose() {
    let (rows, columns) = (5, 7)
    let kernel: (Int, Int) -> Double = { row, column in
      Double(row) - 0.3 * Double(column) + Double(row * column % 3)
    }
    let convolution = GridConvolution(
      rows: rows, columns: columns, kernels: [kernel, { 1 + kernel($1, $0) }])
    func uneven(_ factor: Int, _ modulus: Int) -> [Double] {
      (0..<rows * columns).map { index -> Double in Double(index * factor % modulus) - 8 }
    }
    let density = uneven(31, 17)
    let fields = [uneven(13, 11), uneven(7, 19)]
    let images = convolution.fields(of: density)
    let back = convolution.adjoint(of: fields)
    var (left, right) = (0.0, 0.0)
    for index in density.indices {
      left += fields[0][index] * images[0][index] + fields[1][index] * images[1][index]
      right += back[index] * density[index]
    }
    #expect(abs(left - right) < 1e-12 * abs(left))
  }
}
