// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

@testable import Driver
@testable import Formats

/// The command on the built program.
final class DislocationCommandTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  private let typeD =
    "crystal: FePO4\nburgers: [0, 0, 1]\nline: [0, 1, 0]\nreflections: [[1, 0, 1]]\n"

  func testOneObjectOnStdoutWhateverTheRanks() throws {
    let place = try Spawned(files: ["d.yaml": typeD])
    let alone = try place.vegard(["dislocation", "d.yaml", "--format", "json"])
    XCTAssertEqual(alone.code, 0, alone.errors)
    XCTAssertEqual(Formats.dislocationResult.differences(in: alone.output), [])
    let together = try place.vegard(["dislocation", "d.yaml", "--format", "json"], ranks: 2)
    XCTAssertEqual(together.code, 0, together.errors)
    XCTAssertEqual(together.output, alone.output)
  }

  func testTableNamesTheSymmetry() throws {
    let place = try Spawned(files: ["d.yaml": typeD])
    let ended = try place.vegard(["dislocation", "d.yaml"])
    XCTAssert(ended.output.contains("FePO4, orthorhombic (Laue group mmm), edge"), ended.output)
    XCTAssert(ended.output.contains("0.484554"), ended.output)
  }

  func testBadCaseEndsWithoutOutput() throws {
    let place = try Spawned(files: ["d.yaml": typeD + "plane: [0, 1, 0]\n"])
    let ended = try place.vegard(["dislocation", "d.yaml", "--format", "json"])
    XCTAssertEqual(ended.code, 2)
    XCTAssertEqual(ended.output, "")
    XCTAssert(ended.errors.contains("d.yaml: line 5: plane:"), ended.errors)
  }

  func testCaseAndPaperTablesExcludeEachOther() throws {
    let place = try Spawned(files: ["d.yaml": typeD])
    XCTAssertEqual(try place.vegard(["dislocation", "d.yaml", "--paper-tables"]).code, 2)
    XCTAssertEqual(try place.vegard(["dislocation"]).code, 2)
    let ended = try place.vegard(["dislocation", "--paper-tables"])
    XCTAssertEqual(ended.code, 0)
    XCTAssert(ended.output.hasPrefix("# Tables S2 and S3"), ended.output)
  }
}
