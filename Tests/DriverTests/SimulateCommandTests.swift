// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Driver
@testable import Formats

/// Runs of the built program: files, exit codes, restarts and crashes.
final class SimulateCommandTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  private let small = """
    size: {a: 160 nm, c: 80 nm, b: 60 nm}
    elements: {a: 16, c: 8, b: 6}
    voids: [{a: 70 nm, c: 40 nm, b: 30 nm, radius: 18 nm}]
    first_step: 2 s
    store_every: 4
    checkpoint_every: 3
    tolerance: 1e-4

    """

  private func words(_ more: [String] = []) -> [String] {
    ["simulate", "case.yaml", "-o", "run.h5"] + more
  }

  func testRunPrintsWhatIsDeclaredAndIsNotOverwritten() throws {
    let place = try Spawned(files: ["case.yaml": small])
    let ended = try place.vegard(words(["--until", "3 s", "--format", "json"]), ranks: 2)
    XCTAssertEqual(ended.code, 0, ended.errors)
    XCTAssertEqual(Formats.simulateResult.differences(in: ended.output), [])
    XCTAssert(ended.output.contains("\"nodes_outside\": 0"), ended.output)
    XCTAssertEqual(
      place.contents, ["case.yaml", "run.checkpoint.h5", "run.h5", "run.h5.xdmf"])
    let inspected = try place.vegard(["inspect", "run.h5"])
    XCTAssertEqual(inspected.code, 0, inspected.errors)
    XCTAssertFalse(inspected.output.contains("departs"), inspected.output)
    let exported = try place.vegard(["export", "run.h5", "--csv", "tables"])
    XCTAssertEqual(exported.code, 0, exported.errors)
    XCTAssert(place.contents.contains("tables/history.csv"), "\(place.contents)")
    XCTAssert(place.contents.contains("tables/b_average/coherency_aa.csv"), "\(place.contents)")
    let again = try place.vegard(words())
    XCTAssertEqual(again.code, 2)
    XCTAssert(again.errors.contains("--force"), again.errors)
    let other = try place.vegard(["simulate", "case.yaml", "-o", "run.checkpoint.h5"])
    XCTAssertEqual(other.code, 2, other.errors)
  }

  func testStepLimitKeepsTheStateAndExits3() throws {
    let place = try Spawned(files: ["case.yaml": small + "step_limit: 2\n"])
    let ended = try place.vegard(words())
    XCTAssertEqual(ended.code, 3, ended.errors)
    XCTAssertEqual(ended.output, "")
    XCTAssert(ended.errors.contains("did not relax in 2 steps"), ended.errors)
    XCTAssert(place.contents.contains("run.checkpoint.h5"), "\(place.contents)")
    let inspected = try place.vegard(["inspect", "run.h5"])
    XCTAssertFalse(inspected.output.contains("departs"), inspected.output)
  }

  func testStatesAreStoredAtTheTimesOfTheCase() throws {
    let text = small.replacingOccurrences(of: "store_every: 4\n", with: "")
    let place = try Spawned(files: [
      "case.yaml": text + """
        store_at: [0.7 s, 2 s]
        store_interval: {start: 0.01 s, end: 1 s, count: 3, spacing: log}
        compress: none
        until: 3 s

        """
    ])
    let ended = try place.vegard(words())
    XCTAssertEqual(ended.code, 0, ended.errors)
    let file = try InputFile(
      place.directory.appending(path: "run.h5").path, communicator: TestSession.communicator)
    let times = try file.members(of: "/steps").sorted().map {
      try file.attribute("time", of: "/steps/\($0)")?.number
    }
    XCTAssertEqual(times, [0, 0.01, 0.1, 0.7, 1, 2, 3])
    let stored = try XCTUnwrap(try file.attribute("case")?.text)
    XCTAssert(stored.contains("store_at: [0.01 s, 0.1 s, 0.7 s, 1.0 s, 2.0 s]"), stored)
    XCTAssert(stored.contains("compress: none"), stored)
  }

  func testBadRestartLeavesNothing() throws {
    let place = try Spawned(files: ["case.yaml": small, "text.h5": "no HDF5"])
    for (name, words) in [("text.h5", "not an HDF5 file"), ("none.h5", "no such file")] {
      let ended = try place.vegard(self.words(["--restart", name]))
      XCTAssert([2, 4].contains(ended.code), ended.errors)
      XCTAssert(ended.errors.contains(words), ended.errors)
      XCTAssertEqual(place.contents, ["case.yaml", "text.h5"])
    }
  }

  func testFullDiskEndsWithExit4AndKeepsTheCheckpoint() throws {
    let place = try Spawned(files: ["case.yaml": small])
    let tiny = place.directory.appending(path: "tiny").path
    try FileManager.default.createDirectory(atPath: tiny, withIntermediateDirectories: true)
    func system(_ words: [String]) throws -> Int32 {
      try ChildProcess.run(
        "/usr/bin/env", words, environment: ChildProcess.environment, in: "/"
      ).code
    }
    let mounted = try system(["mount", "-t", "tmpfs", "-o", "size=2000k", "tmpfs", tiny])
    try XCTSkipIf(mounted != 0, "needs root to mount a small disk")
    defer { _ = try? system(["umount", tiny]) }
    let words = ["simulate", "case.yaml", "-o", "tiny/run.h5", "--derived", "all"]
    let ended = try place.vegard(words, ranks: 2)
    XCTAssertEqual(ended.code, 4, ended.errors)
    XCTAssert(ended.errors.contains("the disk is full"), ended.errors)
    XCTAssertFalse(place.contents.contains { $0.hasSuffix(".partial") }, "\(place.contents)")
    let inspected = try place.vegard(["inspect", "tiny/run.h5"])
    XCTAssertFalse(inspected.output.contains("departs"), inspected.output)
    let elsewhere = try place.vegard(
      ["simulate", "case.yaml", "-o", "more.h5", "--restart", "tiny/run.checkpoint.h5"]
        + ["--until", "1 ms"])
    XCTAssertEqual(elsewhere.code, 0, elsewhere.errors)
  }

  func testKilledRunContinuesToTheSameEnd() throws {
    let python = "/usr/bin/python3"
    let probe = try ChildProcess.run(
      python, ["-c", "import h5py"], environment: ChildProcess.environment, in: "/")
    try XCTSkipIf(probe.code != 0, "needs h5py")
    let binary = try XCTUnwrap(Program.binary).deletingLastPathComponent()
      .appending(path: "vegard").path
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Scripts/kill_restart.py").path
    let ended = try ChildProcess.run(
      python, [script, binary, "--kills", "2", "--inside", "1"],
      environment: ChildProcess.environment, in: "/tmp")
    XCTAssertEqual(ended.code, 0, ended.output + ended.errors)
  }
}
