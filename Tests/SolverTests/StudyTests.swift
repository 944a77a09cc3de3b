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
}
