// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

@testable import Driver

/// What signals do to commands; one process suffices.
final class SignalTests: XCTestCase {
  private static let long = """
    size: {a: 420 nm, c: 130 nm, b: 100 nm}
    elements: {a: 192, c: 64}
    start: {mean: 0.5, noise: 0.02, seed: 3}
    """

  private func bash(_ script: String, in spawned: Spawned) throws -> ChildProcess.Ended {
    let binary = try XCTUnwrap(Program.binary).deletingLastPathComponent()
      .appending(path: "vegard").path
    return try ChildProcess.run(
      "/bin/bash", ["-c", script, "bash", binary], environment: ChildProcess.environment,
      in: spawned.directory.path)
  }

  func testASignalEndsARunWithCode5AndNoLock() throws {
    try Spawned.skipOnManyRanks()
    for name in ["TERM", "INT", "HUP", "USR1"] {
      let spawned = try Spawned(files: ["long.yaml": Self.long])
      let ended = try bash(
        """
        set -m; $1 simulate long.yaml -o run.h5 & run=$!
        until [ -e run.h5.xdmf ] || ! kill -0 $run; do sleep 0.05; done
        kill -\(name) $run; wait $run
        """, in: spawned)
      XCTAssertEqual(ended.code, 5, ended.errors)
      XCTAssertTrue(ended.errors.contains("vegard: stopping after this step"), ended.errors)
      XCTAssertEqual(
        spawned.contents, ["long.yaml", "run.checkpoint.h5", "run.h5", "run.h5.xdmf"], name)
    }
  }

  func testAReaderThatHasSeenEnoughIsNoError() throws {
    try Spawned.skipOnManyRanks()
    let ended = try bash(
      "$1 dislocation --paper-tables | true; exit ${PIPESTATUS[0]}", in: try Spawned())
    XCTAssertEqual(ended.code, 0)
    XCTAssertEqual(ended.errors, "")
  }

  func testASecondRunOnAnOutputIsRefusedByTheFirstOnesName() throws {
    try Spawned.skipOnManyRanks()
    let spawned = try Spawned(files: ["long.yaml": Self.long])
    let ended = try bash(
      """
      set -m; $1 simulate long.yaml -o run.h5 2>first & run=$!
      until [ -e run.h5.xdmf ] || ! kill -0 $run; do sleep 0.05; done
      $1 simulate long.yaml -o run.h5 --force; code=$?; kill -TERM $run; wait $run; exit $code
      """, in: spawned)
    XCTAssertEqual(ended.code, 2)
    XCTAssertTrue(ended.errors.contains("another run writes it: {"), ended.errors)
    XCTAssertTrue(ended.errors.contains("simulate long.yaml -o run.h5"), ended.errors)
  }
}
