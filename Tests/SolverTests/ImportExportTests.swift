// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Formats
@testable import Images
@testable import Import
@testable import Inversion

/// What goes out again: surveys and tables, and the law held against its declaration.
final class ImportExportTests: XCTestCase {
  private func stack() throws -> InputFile {
    try InputFile(
      TestSession.data("virtual/example.h5"), communicator: TestSession.communicator)
  }

  private func export(_ file: borrowing InputFile) throws -> (directory: String, [String]) {
    let directory = try TestSession.scratch()
    let names = try TableExport(origin: "a test", communicator: TestSession.communicator)
      .write(file, into: directory, log: SilentLog())
    return (directory, names)
  }

  func testExportedParticleImportsEqual() throws {
    let (directory, names) = try export(try stack())
    XCTAssertEqual(names.count, 33)
    XCTAssertTrue(names.contains("A3/composition.csv"))
    var options = ImportOptions()
    options.units = try ChannelUnits(parsing: "fraction,radians")
    options.pixelSize = 49.5
    let back = try ImportFixture.importOne(directory + "/A3", options)
    options = ImportOptions()
    options.particles = ["A3"]
    let original = try ImportFixture.importOne(
      try TestSession.data("virtual/example.h5"), options)
    XCTAssertEqual(back.mask, original.mask)
    XCTAssertEqual(back.maps, original.maps)
    let worst = try ImportFixture.difference(back) { map, i, j in
      let isInside = original.layout.cell(j, i).map { original.mask[$0] } ?? false
      return isInside ? ImportFixture.value(original, map, i, j) : .nan
    }
    XCTAssertEqual(worst, 0)
  }

  func testSurveyTakesRangesInsideTheMask() throws {
    let path = try TestSession.scratch() + "/small.h5"
    let output = try OutputFile(path, communicator: TestSession.communicator)
    try output.write("/P/mask", [0, 1, 1, 1, 1, 1], shape: [3, 2], as: .byte)
    try output.write("/P/m1/e_aa", [99, 1, 2, .nan, 4, 5], shape: [3, 2])
    try output.write("/numbers", [3, -1], shape: [2])
    try output.write("/words", texts: ["one", "two"])
    try output.commit()
    let file = try InputFile(path, communicator: TestSession.communicator)
    let survey = try FileSurvey(file)
    XCTAssertEqual(survey.entries.map(\.path), ["/P/m1/e_aa", "/P/mask", "/numbers", "/words"])
    let image = survey.entries[0]
    XCTAssertEqual(image.range?.minimum, 1)
    XCTAssertEqual(image.range?.mean, 3)
    XCTAssertEqual(image.range?.maximum, 5)
    XCTAssertEqual(image.masked, 1)
    XCTAssertEqual(image.count, 5)
    XCTAssertEqual(survey.entries[2].range?.mean, 1)
    XCTAssertNil(survey.entries[3].range)
  }

  func testWrittenLawConformsAndExportsItsCurves() throws {
    let communicator = TestSession.communicator
    let reader = try StackReader(
      TestSession.data("virtual/example.h5"), communicator: communicator)
    var options = LearningOptions(stiffness: Material.lithiumIronPhosphate.stiffness.planeStress)
    options.terms = [2]
    let learner = Learner(options, communicator: communicator, log: SilentLog())
    let law = try learner.learn(
      train: [try reader.particle("A3")], test: [try reader.particle("A1")])
    let path = try TestSession.scratch() + "/law.h5"
    let output = try OutputFile(path, communicator: communicator)
    try LawWriter.write(law, to: output)
    try output.commit()
    let file = try InputFile(path, communicator: communicator)
    XCTAssertEqual(try Formats.law.differences(in: file).map(\.line), [])
    let (directory, names) = try export(file)
    for name in ["law.csv", "expansion.csv", "models/m1/law.csv", "particles/A1/m1/e_aa.csv"] {
      XCTAssertTrue(names.contains(name), "\(name) not in \(names)")
    }
    let lines = try String(contentsOfFile: directory + "/law.csv", encoding: .utf8)
      .split(separator: "\n")
    XCTAssertEqual(lines.count, 102)
    let columns = Set(lines.first?.split(separator: ",").map(String.init) ?? [])
    let expected = ["composition", "a", "a_lower", "a_upper", "c", "c_lower", "c_upper"]
    XCTAssertEqual(Set(expected.map { $0 + " [1]" }).subtracting(columns), [])
  }
}
