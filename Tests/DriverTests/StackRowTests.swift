// SPDX-License-Identifier: Apache-2.0

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

  func testFiniteStrainIsLearntFromWhereAskedFor() throws {
    let place = try Spawned()
    var turned = SketchedStack()
    // A lattice that is turned by 0.1: first-order strain is off by half of its square.
    turned.set("rotation", to: 0.1) { _, _ in true }
    try turned.write(place.directory.appending(path: "turned.h5").path)
    let command = ["learn", "turned.h5", "--terms", "2", "--force", "-o", "out.h5", "--quiet"]
    let plain = try place.vegard(command)
    let finite = try place.vegard(command + ["--finite-strain"])
    XCTAssertEqual([plain.code, finite.code], [0, 0], plain.errors + finite.errors)
    let words = "P: the finite strain differs by"
    XCTAssertFalse(plain.output.contains(words))
    XCTAssert(finite.output.contains(words), finite.output)
    func laws(_ text: String) -> [Substring] {
      text.split(separator: "\n").filter { $0.hasPrefix("m1, N = 2") }
    }
    XCTAssertEqual(laws(plain.output).count, 1, plain.output)
    XCTAssertNotEqual(laws(plain.output), laws(finite.output))
  }

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
