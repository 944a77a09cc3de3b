// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import XCTest

@testable import Driver

/// What is looked at before an output is written.
///
/// It communicates, hence XCTest.
final class PicturesTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  func testFilesAppearTogetherAndAreNotReplacedUnasked() throws {
    let place = try Spawned()
    let folder = place.directory.appending(path: "deep/pictures").path
    let paths = try Pictures(directory: folder, force: false).made {
      (stage) throws(ParallelError) in
      PicturesTests.fill(stage, ["b.png", "a.png"])
    }
    XCTAssertEqual(paths, [folder + "/a.png", folder + "/b.png"])
    let before = place.contents
    XCTAssertThrowsError(
      try Pictures(directory: folder, force: false).made { (stage) throws(ParallelError) in
        PicturesTests.fill(stage, ["a.png", "c.png"])
      }
    ) { XCTAssertEqual(($0 as? ParallelError)?.kind, .input) }
    XCTAssertEqual(place.contents, before)
    _ = try Pictures(directory: folder, force: true).made { (stage) throws(ParallelError) in
      PicturesTests.fill(stage, ["a.png", "c.png"])
    }
    XCTAssertEqual(place.contents, before + ["deep/pictures/c.png"])
  }

  func testAFailureLeavesNoDirectory() throws {
    let place = try Spawned()
    let folder = place.directory.appending(path: "deep/pictures").path
    XCTAssertThrowsError(
      try Pictures(directory: folder, force: false).made { (_) throws(ParallelError) in
        throw ParallelError(.input, "no")
      })
    XCTAssertEqual(place.contents, [])
  }

  private static func fill(_ folder: String, _ names: [String]) {
    for name in names {
      _ = FileManager.default.createFile(atPath: folder + "/" + name, contents: Data("x".utf8))
    }
  }
}
