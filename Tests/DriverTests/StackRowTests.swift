import Foundation
import XCTest

@testable import Driver

/// Damaged stacks end with their code and one message, or work and say what they left out.
final class StackRowTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  func testDamagedStacksOnOneProcess() throws { try runAll(ranks: nil) }

  func testDamagedStacksOnTwoRanks() throws { try runAll(ranks: 2) }

  private func runAll(ranks: Int?) throws {
    let place = try Spawned()
    try SketchedStacks.write(in: place.directory)
    let before = place.contents
    for row in StackRow.all {
      let ended = try place.vegard(row.arguments, ranks: ranks)
      let name = "\(ranks ?? 1) ranks: \(row.arguments.joined(separator: " "))"
      XCTAssertEqual(ended.code, row.code, "\(name): \(ended.errors)")
      if row.code == 0 {
        try checkWorks(row, ended, name)
        try? FileManager.default.removeItem(at: place.directory.appending(path: "out.h5"))
      } else {
        checkRefused(row, ended, name, ranks)
      }
      XCTAssertEqual(place.contents, before, name)
    }
  }

  private func checkRefused(
    _ row: StackRow, _ ended: ChildProcess.Ended, _ name: String, _ ranks: Int?
  ) {
    XCTAssertEqual(ended.output, "", name)
    let lines = ended.errors.split(separator: "\n").map(String.init)
    let messages = lines.filter { $0.hasPrefix("vegard: ") }
    XCTAssertEqual(messages.count, 1, "\(name): \(ended.errors)")
    // With several ranks mpirun adds its own lines.
    if ranks == nil { XCTAssertEqual(lines.count, 1, "\(name): \(ended.errors)") }
    XCTAssertFalse(ended.errors.contains("signal"), "\(name): \(ended.errors)")
    for word in row.words {
      XCTAssert(messages.first?.contains(word) == true, "\(name): \(word): \(ended.errors)")
    }
  }

  private func checkWorks(
    _ row: StackRow, _ ended: ChildProcess.Ended, _ name: String
  ) throws {
    for word in row.words {
      XCTAssert(ended.errors.contains(word), "\(name): \(word): \(ended.errors)")
    }
    let object = try? JSONSerialization.jsonObject(with: Data(ended.output.utf8))
    let keys = try XCTUnwrap(object as? [String: Any], "\(name): \(ended.output)")
    for (key, count) in row.counts {
      XCTAssertEqual((keys[key] as? NSNumber)?.intValue, count, "\(name): \(key)")
    }
  }
}
