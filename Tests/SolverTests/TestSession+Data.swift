// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

extension TestSession {
  /// A file or folder of the shared data; without it the test is skipped, or fails where CI is set.
  static func data(_ name: String) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let places = [
      environment["VEGARD_DATA"], package.appendingPathComponent("../shared/data").path,
      "../shared/data",
    ].compactMap { $0 }
    for place in places {
      let path = place + "/" + name
      if FileManager.default.fileExists(atPath: path) { return path }
    }
    guard environment["CI"] == nil else {
      throw ParallelError(.file, "shared/data/\(name) is absent, and CI is set")
    }
    throw XCTSkip("shared/data/\(name) is absent")
  }

  /// The message of the error that `action` throws; fails the test where it throws none or another
  /// kind.
  static func message(
    _ kind: ParallelError.Kind = .input, file: StaticString = #filePath, line: UInt = #line,
    _ action: () throws -> Void
  ) -> String {
    do {
      try action()
      XCTFail("nothing was thrown", file: file, line: line)
    } catch let error as ParallelError {
      XCTAssertEqual(error.kind, kind, error.message, file: file, line: line)
      return error.message
    } catch {
      XCTFail("\(error)", file: file, line: line)
    }
    return ""
  }
}
