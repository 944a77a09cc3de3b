// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Driver
@testable import Formats

/// Particles in one dimension by the built program: files, results and what other commands say of them.
final class EnsembleCommandTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  private let single = """
    dimension: 1
    size: {a: 200 nm}
    elements: {a: 40}
    surface: neutral
    noise: conserved
    start: {mean: 0.45}
    drive:
      - {current: 0.1 C, until: {mean: 0.55}}
      - {rest: true, until: {time: 60 s}}
    store_every: 20

    """
  private let many = """
    dimension: 1
    size: {a: 100 nm}
    elements: {a: 10}
    surface: neutral
    ensemble: {particles: 12}
    drive: {current: 1 C, until: {mean: 0.3}}

    """

  private func run(_ text: String, ranks: Int? = nil) throws -> Spawned {
    let place = try Spawned(files: ["case.yaml": text])
    let ended = try place.vegard(
      ["simulate", "case.yaml", "-o", "run.h5", "--format", "json"], ranks: ranks)
    XCTAssertEqual(ended.code, 0, ended.errors)
    XCTAssertEqual(Formats.simulateEnsembleResult.differences(in: ended.output), [])
    return place
  }

  func testOneParticlesFilesAreAsDeclaredAndSummarised() throws {
    let place = try run(single)
    for (file, words) in [
      (
        "run.h5",
        [
          "vegard-ensemble version 1", "complete", "mean composition", "voltage", "taken up",
          "step of the drive", "mean, time",
        ]
      ),
      ("run.checkpoint.h5", ["mean composition", "voltage", "steps of the drive done"]),
    ] {
      let inspected = try place.vegard(["inspect", file])
      XCTAssertEqual(inspected.code, 0, inspected.errors)
      XCTAssertFalse(inspected.output.contains("departs"), inspected.output)
      for word in words { XCTAssert(inspected.output.contains(word), word + inspected.output) }
    }
    // The checkpoint's voltage, V0 + Δφ, is that of the run's last line.
    func voltage(_ file: String) throws -> Double {
      let text = try place.vegard(["inspect", file, "--format", "json"]).output
      let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      return try XCTUnwrap((object?["summary"] as? [String: Any])?["voltage"] as? Double)
    }
    XCTAssertEqual(try voltage("run.h5"), try voltage("run.checkpoint.h5"), accuracy: 1e-9)
    let exported = try place.vegard(["export", "run.h5", "--csv", "tables"])
    XCTAssertEqual(exported.code, 0, exported.errors)
    let profile = place.directory.appending(path: "tables/steps/00000000.csv")
    let lines = try String(contentsOf: profile, encoding: .utf8).split(separator: "\n")
    XCTAssertEqual(lines.first, "a_center [nm],composition [1],potential [eV]")
    XCTAssertEqual(lines.count, 41)
    XCTAssert(lines[1].hasPrefix("2.5,0.4"), String(lines[1]))
    let refused = try place.vegard(["learn", "run.h5", "-o", "law.h5"])
    XCTAssertEqual(refused.code, 2)
    XCTAssert(refused.errors.contains("'vegard-ensemble'"), refused.errors)
  }

  func testManyParticlesFilesAreAsDeclaredOnTwoRanks() throws {
    let place = try run(many, ranks: 2)
    let inspected = try place.vegard(["inspect", "run.h5"])
    XCTAssertFalse(inspected.output.contains("departs"), inspected.output)
    XCTAssert(inspected.output.contains("12 x 10"), inspected.output)
    let exported = try place.vegard(["export", "run.h5", "--csv", "tables"])
    XCTAssertEqual(exported.code, 0, exported.errors)
    XCTAssert(place.contents.contains("tables/steps/00000000/composition.csv"))
  }

  func testCheckPredictsWhatTheRunTakes() throws {
    let place = try Spawned(files: ["case.yaml": single, "many.yaml": many])
    let checked = try place.vegard(["check", "case.yaml", "--format", "json"])
    XCTAssertEqual(checked.code, 0, checked.errors)
    XCTAssertEqual(Formats.checkEnsembleResult.differences(in: checked.output), [])
    for words in ["\"degrees_of_freedom\": 41", "\"reaches_end\": true", "\"drive_steps\": 2"] {
      XCTAssert(checked.output.contains(words), words + checked.output)
    }
    XCTAssertFalse(checked.output.contains("\"steps\": 0"), checked.output)
    let quick = try place.vegard(
      ["check", "many.yaml", "--quick", "--ranks", "4", "--format", "json"])
    XCTAssertEqual(Formats.checkEnsembleResult.differences(in: quick.output), [])
    XCTAssert(quick.output.contains("\"particles\": 12"), quick.output)
    XCTAssertFalse(quick.output.contains("seconds"), quick.output)
    for words in [["check", "case.yaml"], ["simulate", "case.yaml", "-o", "run.h5"]] {
      let refused = try place.vegard(words + ["--memory", "1 MiB"])
      XCTAssertEqual(refused.code, 2)
      XCTAssert(refused.errors.contains("needs about"), refused.errors)
    }
    try (single + "currant: 1\n").write(
      to: place.directory.appending(path: "wrong.yaml"), atomically: true, encoding: .utf8)
    let wrong = try place.vegard(["check", "wrong.yaml"])
    XCTAssertEqual(wrong.code, 2)
    XCTAssert(wrong.errors.contains("currant"), wrong.errors)
  }
}
