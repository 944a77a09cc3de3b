// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import XCTest

@testable import Driver
@testable import Formats

/// `compare` as a shell sees it.
final class CompareCommandTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  private static func text(_ a: Int, _ c: Int, radius: Int = 18) -> String {
    """
    size: {a: 160 nm, c: 80 nm, b: 60 nm}
    elements: {a: \(a), c: \(c)}
    voids: [{cylinder: {a: 70 nm, c: 40 nm, radius: \(radius) nm}}]
    first_step: 1 s
    until: 3 s

    """
  }

  func testRunsAreComparedWithTheirCodes() throws {
    let place = try Spawned(files: [
      "coarse.yaml": Self.text(32, 16), "fine.yaml": Self.text(64, 32),
      "other.yaml": Self.text(32, 16, radius: 12),
    ])
    for name in ["coarse", "fine", "other"] {
      let ended = try place.vegard(["simulate", "\(name).yaml", "-o", "\(name).h5"])
      XCTAssertEqual(ended.code, 0, ended.errors)
    }
    let same = try place.vegard(["compare", "coarse.h5", "coarse.h5", "--relative", "0"])
    XCTAssertEqual(same.code, 0, same.errors)
    XCTAssertTrue(same.output.contains("within") && !same.output.contains("differs"), same.output)
    let words = ["compare", "coarse.h5", "fine.h5", "--only", "composition", "--format", "json"]
    let fine = try place.vegard(words + ["--relative", "0.03"], ranks: 2)
    XCTAssertEqual(fine.code, 0, fine.errors + fine.output)
    XCTAssertEqual(Formats.compareResult.differences(in: fine.output), [])
    XCTAssertTrue(fine.output.contains("\"interpolated\": true"), fine.output)
    XCTAssertTrue(fine.errors.contains("interpolated to the points of coarse.h5"), fine.errors)
    let tight = try place.vegard(words + ["--relative", "1e-6"])
    XCTAssertEqual(tight.code, 3, tight.errors)
    XCTAssertTrue(tight.output.contains("\"within\": false"), tight.output)
    // Another void: where one has material and the other has none.
    let other = try place.vegard(["compare", "coarse.h5", "other.h5", "--relative", "9"])
    XCTAssertEqual(other.code, 3, other.errors)
    XCTAssertTrue(other.output.contains("of one"), other.output)
    for (words, expected) in [
      (["coarse.h5", "coarse.checkpoint.h5"], "expected 'vegard-run'"),
      (["coarse.checkpoint.h5", "coarse.h5"], "expected a law or a run"),
      (["coarse.h5", "fine.h5", "--only", "nothing"], "found no dataset"),
      (["coarse.h5", "fine.h5", "--relative=-1"], "expected at least 0"),
    ] {
      let refused = try place.vegard(["compare"] + words)
      XCTAssertEqual(refused.code, 2, "\(words)")
      XCTAssertTrue(refused.errors.contains(expected), refused.errors)
      XCTAssertEqual(refused.output, "")
    }
  }
}
