// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

@testable import Driver

/// Strain that refers to another lattice than LiFePO4's, from import to simulation.
final class ReferenceRowTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  func testAReferenceIsFollowedOrRefusedNamingBoth() throws {
    let material = try String(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../examples/materials/lfp.yaml").standardizedFileURL, encoding: .utf8)
    let box = """
      size: {a: 20 nm, c: 20 nm, b: 10 nm}
      elements: {a: 8, c: 8, b: 4}
      until: 1 s
      law: law.h5
      """
    let place = try Spawned(files: [
      "fp.yaml": material.replacing("reference_composition: 1", with: "reference_composition: 0"),
      "wrong.yaml": box,
      "right.yaml": box + "\nmaterial: fp.yaml\n",
    ])
    try SketchedStack().write(place.directory.appending(path: "plain.h5").path)
    try SketchedStack().with { $0.name = "Q" }.write(
      place.directory.appending(path: "other.h5").path)
    func run(_ words: String, code: Int32 = 0) throws -> String {
      let ended = try place.vegard(words.split(separator: " ").map(String.init))
      XCTAssertEqual(ended.code, code, "\(words): \(ended.errors)")
      return code == 0 ? ended.output : ended.errors
    }
    func assert(_ text: String, says words: [String], line: UInt = #line) {
      for word in words { XCTAssertTrue(text.contains(word), "\(word) in \(text)", line: line) }
    }
    _ = try run("import plain.h5 --reference-composition 0 -o zero.h5")
    _ = try run("import other.h5 -o one.h5")
    assert(
      try run("import zero.h5 one.h5 -o both.h5", code: 2), says: ["X = 0.0", "X = 1.0"])
    assert(
      try run("learn zero.h5 --terms 2 -o law.h5", code: 2),
      says: ["zero.h5", "X = 0.0, expected 1.0", "LiFePO4"])
    assert(
      try run("learn zero.h5 one.h5 --terms 2 -o law.h5", code: 2),
      says: ["zero.h5", "X = 0.0", "one.h5", "X = 1.0"])
    assert(
      try run("learn zero.h5 --terms 2 --material fp.yaml -o law.h5"), says: ["- L_n(-1)"])
    _ = try run("residual zero.h5 --law law.h5 --material fp.yaml -o residual.h5")
    assert(
      try run("residual one.h5 --law law.h5 -o other-residual.h5", code: 2),
      says: ["one.h5", "X = 1.0, expected 0.0", "law.h5"])
    assert(
      try run("check wrong.yaml", code: 2),
      says: ["law.h5: the law is zero at X = 0.0", "LiFePO4 at X = 1.0"])
    _ = try run("check right.yaml")
    assert(try run("check fp.yaml"), says: ["reference composition"])
  }
}
