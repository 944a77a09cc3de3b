// SPDX-License-Identifier: Apache-2.0

import Parallel
import XCTest

@testable import Parallel

/// What a progress line says.
final class WorkShareTests: XCTestCase {
  private final class Lines: RunLog {
    var all: [String] = []
    func note(_ sentence: @autoclosure () -> String) {}
    func warn(_ sentence: @autoclosure () -> String) {}
    func progress(_ line: @autoclosure () -> String) { all.append(line()) }
  }

  func testTimeLeftIsToldOnceAShareIsDone() {
    let log = Lines()
    var now = 0.0
    let work = WorkShare("learn", total: 200, log: log) { now }
    work.begin(8, "P1: factorising")
    now = 1
    work.begin(78, "P2: factorising")
    now = 15
    work.begin(114, "P3: factorising")
    now = 40
    work.end()
    XCTAssertEqual(
      log.all,
      [
        "learn: 0 %, P1: factorising", "learn: 4 %, P2: factorising",
        // 15 s for 43 % leave 19.9 s.
        "learn: 43 %, about 20 s left, P3: factorising", "learn: 100 %",
      ])
  }

  func testNothingIsDoneBeforeItsEnd() {
    let log = Lines()
    let work = WorkShare("residual", total: 1e6, log: log) { 1 }
    work.begin(999_999, "P1")
    work.begin(1, "P2")
    work.end()
    XCTAssertEqual(
      log.all, ["residual: 0 %, P1", "residual: 99 %, about 1 s left, P2", "residual: 100 %"])
  }

  func testTimesAreRounded() {
    let words = [0.2, 9.4, 12, 54, 56, 90, 3500, 3600, 10_000].map(WorkShare.words)
    XCTAssertEqual(
      words, ["1 s", "9 s", "10 s", "55 s", "1 min", "2 min", "58 min", "1.0 h", "2.8 h"])
  }
}
