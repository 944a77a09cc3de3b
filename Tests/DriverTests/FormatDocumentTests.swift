// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

@testable import Driver
@testable import Formats

/// The page of all formats, and what commands print held against its declaration.
final class FormatDocumentTests: XCTestCase {
  func testDocumentedFormatsAreTheDeclaredOnes() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/formats.md").path
    if ProcessInfo.processInfo.environment["VEGARD_WRITE_DOCS"] != nil {
      try Formats.markdown.write(toFile: page, atomically: true, encoding: .utf8)
    }
    let text = try String(contentsOfFile: page, encoding: .utf8)
    XCTAssertTrue(
      text == Formats.markdown, "docs/formats.md differs: run the tests with VEGARD_WRITE_DOCS=1")
  }

  func testJSONIsHeldAgainstItsDeclaration() {
    let right = """
      {"particles": {"P1": {"shape": [2, 3], "pixel_size_nm": 1, "pixels": 5, "masked": 0,
      "channels": ["e_aa"], "source": "x", "frame": {"angle_deg": 1.5, "handedness": "right",
      "residual": 0.1, "declared_residual": 0.2}}}}
      """
    XCTAssertEqual(Formats.importResult.differences(in: right), [])
    let wrong = right.replacingOccurrences(of: "\"masked\": 0", with: "\"maskd\": 0")
    XCTAssertEqual(
      Formats.importResult.differences(in: wrong),
      ["particles.<name>.masked: missing", "particles.P1.maskd: not declared"])
  }
}
