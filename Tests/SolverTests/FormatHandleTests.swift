// SPDX-License-Identifier: Apache-2.0

import TestSupport
import XCTest

@testable import Formats
@testable import Parallel

/// Files are written and opened by their declaration.
final class FormatHandleTests: XCTestCase {
  private let world = TestSession.communicator
  private typealias Dataset = FileFormat.Dataset

  private let count = FileFormat.Attribute("count", .numbers(as: .integer), .always, "how many")
  private let table = Dataset(
    "table", ["2", "N"], as: .integer, unit: "nm", .always, "a table",
    attributes: [.init("center", .text("cell"), .always, "fixed")])
  private let field = Dataset(
    "f_<name>", ["nz?", "N"], as: .float, or: .double, .always, "a field")
  private var format: FileFormat {
    FileFormat(
      name: "vegard-test", version: 3, summary: "",
      root: .init(
        "/", .always, "",
        attributes: [
          .init("axes", .text("x"), .written, ""), .init("old", .text("y"), .former, ""),
        ],
        groups: [group]))
  }
  private var group: FileFormat.Group {
    FileFormat.Group("<g>", .always, "", attributes: [count], datasets: [table, field])
  }

  func testShapesFollowFromSizesAndCounts() {
    XCTAssertEqual(table.shape(of: [:], count: 6), [2, 3])
    XCTAssertEqual(table.shape(of: ["N": 3], count: 6), [2, 3])
    XCTAssertNil(table.shape(of: [:], count: 5))
    XCTAssertNil(table.shape(of: ["N": 4], count: 6))
    XCTAssertNil(table.shape(of: [:]))
    let square = Dataset("square", ["2N", "2N"], .always, "")
    XCTAssertEqual(square.shape(of: ["N": 2], count: 16), [4, 4])
    XCTAssertNil(square.shape(of: [:], count: 16))
    XCTAssertEqual(field.shape(of: ["N": 5]), [5])
    XCTAssertEqual(field.shape(of: ["nz": 2, "N": 5]), [2, 5])
    XCTAssertEqual(Dataset("d", ["2N"], .always, "").shape(of: [:], count: 6), [6])
    XCTAssertNil(Dataset("d", ["2N"], .always, "").shape(of: [:], count: 5))
  }

  func testWhatIsWrittenByTheDeclarationFulfilsIt() throws {
    let path = try TestSession.scratch() + "/handles.h5"
    let file = try OutputFile(path, communicator: world)
    try file.start(as: format)
    let place = try file.make(group, named: "one")
    try file.set(count, 2, of: place)
    XCTAssertEqual(try file.write(table, [1, 2, 3, 4], in: place), "/one/table")
    for (name, type) in [("a", ElementType.float), ("b", .double)] {
      try file.write(
        field, world.isFirst ? [0.5, 1.5] : [], in: place, named: "f_" + name, sizes: ["N": 2],
        window: world.isFirst ? Window([0..<2]) : nil, as: type)
    }
    try file.commit()
    let back = try InputFile(path, communicator: world)
    XCTAssertEqual(try format.differences(in: back).map(\.line), [])
    XCTAssertEqual(try back.elementType(of: "/one/table"), .integer)
    XCTAssertEqual(try back.elementType(of: "/one/f_a"), .float)
    XCTAssertEqual(try back.elementType(of: "/one/f_b"), .double)
    XCTAssertEqual(try back.attribute("units", of: "/one/table")?.text, "nm")
    XCTAssertEqual(try back.attribute("center", of: "/one/table")?.text, "cell")
    XCTAssertEqual(try back.attribute("axes")?.text, "x")
    XCTAssertNil(try back.attribute("old"))
    XCTAssertEqual(try back.attribute(count, of: "/one")?.number, 2)
  }

  func testReadersRefuseOtherFormatsAndVersions() throws {
    let path = try TestSession.scratch() + "/version.h5"
    for (name, version, words) in [
      ("vegard-test", 3.0, ""), ("vegard-test", 2, ""), ("vegard-test", 1, "is 1, expected 2 to 3"),
      ("vegard-test", 4, "is 4, expected 2 to 3: the file is newer"),
      ("vegard-test", 2.5, "is 2.5, expected"),
      ("vegard-other", 3, "format is 'vegard-other', expected 'vegard-test': make one"),
    ] {
      let file = try OutputFile(path, communicator: world)
      try file.setAttribute("format", name)
      try file.setAttribute("version", [version])
      try file.commit()
      func check() throws(ParallelError) {
        let back = try InputFile(path, communicator: world)
        try format.checkName(of: back, advice: "make one")
        try format.checkVersion(of: back)
      }
      if words.isEmpty {
        try check()
      } else {
        let message = TestSession.message { try check() }
        XCTAssertTrue(message.contains(words), message)
      }
    }
    let old = try InputFile(path, communicator: world)
    let message = TestSession.message {
      try format.checkVersion(of: old, in: 4...4, advice: "start anew")
    }
    XCTAssertTrue(message.contains("is 3, expected 4: start anew"), message)
  }
}
