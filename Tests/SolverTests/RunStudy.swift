// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Verification

extension XCTestCase {
  /// Runs a study in its reduced form; each of its values must meet its target.
  ///
  /// Collective.
  func runStudy(
    _ id: String, data: String? = nil, file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let directory = try data.map {
      URL(filePath: try TestSession.data($0)).deletingLastPathComponent().path
    }
    let study = try XCTUnwrap(Studies.all.first { $0.id == id }, "there is no study \(id)")
    let results = try study.run(
      StudyOptions(quick: true, dataDirectory: directory ?? "none"), TestSession.communicator,
      SilentLog())
    XCTAssertFalse(results.isEmpty, file: file, line: line)
    for result in results {
      XCTAssert(
        result.passed,
        "\(id) \(result.quantity): \(result.value), \(result.toleranceText) \(result.target)",
        file: file, line: line)
    }
  }
}
