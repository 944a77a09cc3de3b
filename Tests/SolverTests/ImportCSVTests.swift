// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Images
@testable import Import

/// Folders of text tables.
final class ImportCSVTests: XCTestCase {
  private let fixture = ImportFixture()

  private func options() throws -> ImportOptions {
    var options = ImportOptions()
    options.units = try ChannelUnits(parsing: "percent,degrees")
    options.pixelSize = 2
    return options
  }

  private func text(_ label: String, separator: String = ",", end: String = "\n") -> String {
    (0..<7).map { i in
      (0..<5).map { j in
        if label != "mask", !fixture.isInside(i, j) { return "NaN" }
        let factor = label == "theta" ? 180 / Double.pi : label == "mask" ? 1 : 100
        return "\(factor * fixture.value(label, i, j))"
      }.joined(separator: separator)
    }.joined(separator: end) + end
  }

  private func folder(
    _ labels: [String] = ["e_xx", "e_yy", "e_xy", "theta"], separator: String = ",",
    end: String = "\n", head: String = ""
  ) throws -> String {
    let path = try TestSession.scratch()
    for label in labels {
      try TestSession.write(
        head + text(label, separator: separator, end: end), to: path + "/\(label).csv")
    }
    return path
  }

  func testEverySeparatorAndLineEndIsRead() throws {
    for (separator, end) in [(",", "\n"), ("\t", "\r\n"), ("; ", "\n"), ("   ", "\r\n")] {
      let path = try folder(separator: separator, end: end, head: "\u{FEFF}# x is the row\n\n")
      try fixture.check(try ImportFixture.importOne(path, options()))
    }
  }

  func testMaskIsOptionalAndNaNInsideItIsCounted() throws {
    let path = try folder(["e_xx", "e_yy", "e_xy", "theta"])
    try TestSession.write(
      (0..<7).map { $0 == 0 ? "0,0,0,0,0" : "0,1,1,1,1" }.joined(separator: "\n"),
      to: path + "/mask.csv")
    let particle = try ImportFixture.importOne(path, options())
    XCTAssertEqual(particle.numbering.globalCount, 24)
    let missing = try particle.missing()
    XCTAssertEqual(missing.any, 1)
    XCTAssertEqual(
      missing.by, [.strainAA: 1, .strainCC: 1, .strainAC: 1, .rotation: 1])
  }

  func testCompositionAloneNeedsNoUnits() throws {
    let path = try TestSession.scratch()
    try TestSession.write("0.1,0.2\n0.9,1.0\n", to: path + "/composition.csv")
    var options = ImportOptions()
    options.pixelSize = 10
    options.particles = ["P3"]
    let particle = try ImportFixture.importOne(path, options)
    XCTAssertEqual(particle.name, "P3")
    XCTAssertEqual(particle.maps, [.channel(.composition)])
    try TestSession.write("10,20\n90,100\n", to: path + "/composition.csv")
    let message = TestSession.message { _ = try ImportFixture.importOne(path, options) }
    XCTAssertTrue(message.contains("fraction"), message)
  }

  func testRaggedRowsAndWordsAreRefusedWithTheirLine() throws {
    let path = try folder()
    try TestSession.write("# one\n1,2,3,4,5\n1,2,3,4\n", to: path + "/e_yy.csv")
    var message = TestSession.message { _ = try ImportFixture.importOne(path, options()) }
    XCTAssertTrue(message.contains("e_yy.csv, line 3"), message)
    try TestSession.write("1,2,4,4,5\n1,2,4,4,5\n1,2,4,4,5", to: path + "/e_yy.csv")
    message = TestSession.message { _ = try ImportFixture.importOne(path, options()) }
    XCTAssertTrue(message.contains("found 3 rows and 5 columns, expected 7 and 5"), message)
    let word = text("e_yy").replacingOccurrences(of: "NaN,NaN,NaN,NaN,NaN", with: "1,2,x,4,5")
    try TestSession.write(word, to: path + "/e_yy.csv")
    message = TestSession.message { _ = try ImportFixture.importOne(path, options()) }
    XCTAssertTrue(message.contains("line 1, cell 3: found \"x\""), message)
  }

  func testUnitsPixelSizeAndNamesAreRequired() throws {
    let path = try folder()
    var options = ImportOptions()
    options.pixelSize = 2
    var message = TestSession.message { _ = try ImportFixture.importOne(path, options) }
    XCTAssertTrue(message.contains("--units"), message)
    options = try self.options()
    options.pixelSize = nil
    message = TestSession.message { _ = try ImportFixture.importOne(path, options) }
    XCTAssertTrue(message.contains("--pixel-size"), message)
    let empty = try TestSession.scratch()
    message = TestSession.message { _ = try ImportFixture.importOne(empty, options) }
    XCTAssertTrue(message.contains("no tables"), message)
    message = TestSession.message { _ = try ChannelUnits(parsing: "percnt,degrees") }
    XCTAssertTrue(message.contains("percent?"), message)
    try TestSession.write(text("e_xx"), to: path + "/e_cc.csv")
    message = TestSession.message { _ = try ImportFixture.importOne(path, self.options()) }
    XCTAssertTrue(message.contains("e_cc.csv and e_xx.csv"), message)
  }
}
