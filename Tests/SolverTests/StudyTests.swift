// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

/// The rows of the verification tables in their reduced form.
///
/// Collective.
final class StudyTests: XCTestCase {
  func testA1ToA9Dislocations() throws { for row in 1...9 { try runStudy("A\(row)") } }

  func testC2FrameOfTheRealMap() throws { try runStudy("C2", data: "lfp-4dstem-strain") }

  func testC6InverseGradient() throws { try runStudy("C6") }

  func testD1Elements() throws { try runStudy("D1") }

  func testD2Inclusion() throws { try runStudy("D2") }

  func testD3LawWithoutNoise() throws { try runStudy("D3", data: "virtual") }

  func testD6aInvariances() throws { try runStudy("D6a") }

  func testD6bDeadPixels() throws { try runStudy("D6b", data: "virtual") }

  func testD12WhatIsDetected() throws { try runAlone("D12", data: "virtual") }

  func testD13MisindexedPixels() throws { try runAlone("D13", data: "virtual") }

  func testD14Thickness() throws { try runAlone("D14", data: "virtual") }

  func testD15LawFromAPhaseField() throws { try runAlone("D15") }

  func testD6NumberOfTerms() throws { try runAlone("D6") }

  func testD9Coverage() throws { try runAlone("D9") }

  func testD10NoiseOfTheComposition() throws { try runAlone("D10") }

  func testD11SpreadOfCopies() throws { try runAlone("D11") }

  /// Draws are counted on one rank: more would only share them.
  private func runAlone(_ id: String, data: String? = nil) throws {
    try XCTSkipIf(TestSession.isOneOfMany, "counted on one rank")
    try runStudy(id, data: data)
  }
}
