import Foundation
import Parallel
import Solver
import TestSupport
import XCTest

/// The rows of the verification tables in their reduced form.
///
/// Collective.
final class StudyTests: XCTestCase {
  func testC2FrameOfTheRealMap() throws { try runStudy("C2", data: "lfp-4dstem-strain") }

  func testC6InverseGradient() throws { try runStudy("C6") }

  func testD1Elements() throws { try runStudy("D1") }

  func testD2Inclusion() throws { try runStudy("D2") }

  func testD3LawWithoutNoise() throws { try runStudy("D3", data: "virtual") }

  func testD6aInvariances() throws { try runStudy("D6a") }

  func testD6bDeadPixels() throws { try runStudy("D6b", data: "virtual") }

  func testD12WhatIsDetected() throws { try runAlone("D12") }

  func testD13MisindexedPixels() throws { try runAlone("D13") }

  func testD14Thickness() throws { try runAlone("D14") }

  /// Studies that count draws run on one rank only: more ranks would show nothing else.
  private func runAlone(_ id: String) throws {
    guard TestSession.communicator.size == 1 else { return }
    try runStudy(id, data: "virtual")
  }
}
