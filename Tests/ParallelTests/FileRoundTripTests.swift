// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import XCTest

@testable import Parallel

/// What ranks write together, each reads back to the last bit.
///
/// Collective.
final class FileRoundTripTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  func testEveryStorageComesBackWholeOnEveryRank() throws {
    let path = try TestSession.scratch() + "/sketch.h5"
    try FileSketch.write(path, communicator)
    let file = try InputFile(path, communicator: communicator)
    for (name, storage) in FileSketch.storages {
      let values = try file.numbers("image/\(name)")
      XCTAssertEqual(try file.shape(of: "image/\(name)"), [FileSketch.rows, FileSketch.columns])
      XCTAssertEqual(try file.elementType(of: "image/\(name)").rawValue, name)
      let wrong = values.indices.filter {
        let right = FileSketch.value(storage, $0)
        return right.isNaN ? !values[$0].isNaN : !values[$0].isEqual(to: right)
      }
      XCTAssertEqual(try communicator.sum(wrong.count), 0, "\(name): \(wrong.prefix(5))")
      XCTAssertEqual(values.count, FileSketch.rows * FileSketch.columns)
    }
  }

  func testWindowsTakeTheirPart() throws {
    let path = try TestSession.scratch() + "/sketch.h5"
    try FileSketch.write(path, communicator)
    let file = try InputFile(path, communicator: communicator)
    let rank = communicator.rank
    // Another window on each rank.
    let window = Window(rank..<rank + 2, 5..<8)
    let expected = [rank, rank + 1].flatMap { row in
      (5..<8).map { FileSketch.value(.integer, row * FileSketch.columns + $0) }
    }
    XCTAssertEqual(try file.numbers("image/integer", window: window), expected)
  }

  func testAttributesTextsAndReferencesComeBack() throws {
    let path = try TestSession.scratch() + "/sketch.h5"
    try FileSketch.write(path, communicator)
    let file = try InputFile(path, communicator: communicator)
    XCTAssertEqual(try file.members(), ["empty", "image", "links", "small", "words"])
    XCTAssertEqual(try file.attributeNames(), ["axes", "format", "origin", "version"])
    XCTAssertEqual(try file.attribute("format"), .texts(["sketch"]))
    XCTAssertEqual(try file.attribute("version"), .numbers([3]))
    XCTAssertEqual(try file.attribute("origin"), .numbers([0.5, -2]))
    XCTAssertEqual(try file.attribute("axes"), .texts(["c", "axis a"]))
    XCTAssertEqual(try file.attribute("units", of: "small"), .texts(["nm"]))
    XCTAssertNil(try file.attribute("none"))
    XCTAssertEqual(try file.texts("words"), ["one", "zwölf"])
    XCTAssertEqual(try file.references("links"), ["/small", "/image/byte"])
    XCTAssertEqual(try file.numbers("small"), [1, 2.5, -3])
    XCTAssertEqual(try file.kind(of: "empty/below"), .group)
    XCTAssertFalse(try file.contains("empty/below/deeper"))
  }

  func testFiltersKeepNumbersAndChecksumsFindDamage() throws {
    let path = try TestSession.scratch() + "/filters.h5"
    let values = (0..<3000).map { Double($0 * $0 % 977) }
    let filters = [("none", OutputFile.Filter.none), ("fast", .fast), ("small", .small)]
    var output = try OutputFile(path, placement: .inPlace, communicator: communicator)
    for (name, filter) in filters + [("checked", .checked)] {
      let first = communicator.isFirst
      try output.write(
        name, first ? values : [], shape: [30, 100], window: first ? Window(0..<30, 0..<100) : nil,
        filter: filter)
    }
    try output.reopen()
    try output.write("after", [7], shape: [1])
    try output.commit()
    _ = try communicator.first { () throws(ParallelError) in
      let url = URL(filePath: path)
      guard var bytes = try? Data(contentsOf: url) else { return "" }
      // The only one that is neither compressed nor without a checksum is the last of two.
      let pattern = values[500..<504].withUnsafeBytes { Data($0) }
      if let place = bytes.range(of: pattern, options: .backwards)?.lowerBound { bytes[place] ^= 1 }
      try? bytes.write(to: url)
      return ""
    }
    let file = try InputFile(path, communicator: communicator)
    for (name, _) in filters { XCTAssertEqual(try file.numbers(name), values, name) }
    XCTAssertEqual(try file.numbers("after"), [7])
    XCTAssertThrowsError(try file.numbers("checked"))
  }

  func testNumbersThatAStorageCannotHoldAreCutNotTrapped() throws {
    let path = try TestSession.scratch() + "/cut.h5"
    let output = try OutputFile(path, communicator: communicator)
    try output.write("byte", [-3, 300, .nan, 7.9], shape: [4], as: .byte)
    try output.write("integer", [.infinity, .nan, -2.5], shape: [3], as: .integer)
    try output.commit()
    let file = try InputFile(path, communicator: communicator)
    XCTAssertEqual(try file.numbers("byte"), [0, 255, 0, 7])
    XCTAssertEqual(try file.numbers("integer"), [9.2e18, 0, -2])
  }
}
