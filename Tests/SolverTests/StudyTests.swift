import Foundation
import Parallel
import Solver
import TestSupport
import XCTest

/// The rows of the verification tables in their reduced form.
///
/// Collective.
final class StudyTests: XCTestCase {
  func testC2FrameOfTheRealMap() throws { try run("C2", data: "lfp-4dstem-strain") }

  func testC6InverseGradient() throws { try run("C6") }

  func testD1Elements() throws { try run("D1") }

  func testD2Inclusion() throws { try run("D2") }

  func testD3LawWithoutNoise() throws { try run("D3", data: "virtual") }

  func testD6aInvariances() throws { try run("D6a") }

  func testD6bDeadPixels() throws { try run("D6b", data: "virtual") }

  private func run(
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
