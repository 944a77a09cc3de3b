// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Driver
@testable import Formats
@testable import PhaseField

/// Cases whose particle is driven: what they may say, and their runs from start to end.
final class DrivenCaseTests: XCTestCase {
  private static let plate = """
    size: {a: 80 nm, c: 40 nm, b: 50 nm}
    elements: {a: 24, c: 12}
    start: {mean: 0.1, noise: 0.01}

    """
  private static let drive = """
    drive:
      - {current: 2 C, until: {mean: 0.2}}
      - {voltage: 3.3 V, until: {time: 2 min}}
      - {rest: true, until: {time: 1 min}}

    """

  private func read(_ text: String) throws -> SimulationCase {
    let path = try TestSession.scratch() + "/case.yaml"
    try TestSession.write(text, to: path)
    return try SimulationCase.read(path, TestSession.communicator)
  }

  func testTheEffectiveCaseIsItself() throws {
    for more in [
      "faces: [b-, b+]\n", "faces: [b-]\nreaction: {k0: 0.1 1/h, depth: 10 nm, voltage: 3.4 V}\n",
      "faces: [a-, a+, c-, c+]\nwindow: [2 V, 4 V]\n",
    ] {
      let definition = try read(Self.plate + Self.drive + more)
      let again = try read(definition.effective)
      XCTAssertEqual(again.effective, definition.effective)
      XCTAssertEqual(again.setup.opening, definition.setup.opening)
      XCTAssertEqual(again.drive, definition.drive)
      XCTAssertEqual(again.voltageWindow, definition.voltageWindow)
      XCTAssertNotNil(definition.setup.opening)
    }
    let closed = try read(Self.plate)
    XCTAssertNil(closed.setup.opening)
    XCTAssertFalse(closed.effective.contains("faces"), closed.effective)
    XCTAssert(closed.effective.contains("until: relaxed"), closed.effective)
  }

  func testWhatNoDriveCanBeIsRefused() throws {
    let one = "drive: {current: 1 C, until: {mean: 0.5}}\n"
    let rows: [(String, [String])] = [
      (one, ["drive", "without faces"]),
      ("faces: [b-]\n" + one + "critical_current: {}\n", ["critical_current", "noise: conserved"]),
      ("faces: [b-]\n", ["faces", "without drive"]),
      ("window: [1 V, 2 V]\n", ["window", "without faces"]),
      ("faces: [b*]\n" + one, ["faces", "b*", "outline"]),
      ("faces: []\n" + one, ["faces", "none"]),
      ("faces: [b-, b-]\n" + one, ["faces", "twice"]),
      ("faces: [void]\n" + one, ["void", "expected voids"]),
      ("faces: [outline]\n" + one, ["outline", "expected an outline"]),
      ("faces: [a-]\nboundary: {a: periodic}\n" + one, ["a-", "periodic"]),
      ("faces: [a-]\noutline: {diamond: {a: 60 nm, c: 40 nm}}\n" + one, ["a-", "no material"]),
      ("faces: [b-]\nuntil: relaxed\n" + one, ["until", "relaxed"]),
      ("faces: [b-]\ndrive: rest\n", ["until", "rest"]),
      ("faces: [b-]\nreaction: {k0: 0 1/h}\n" + one, ["k0"]),
      ("faces: [b-]\nwindow: [3 V, 2 V]\n" + one, ["window", "lower one first"]),
      (
        "faces: [b-]\nflux: prescribed\ndrive: {voltage: 3 V, until: {time: 1 h}}\n",
        ["drive", "prescribed"]
      ),
      ("faces: [b-]\nflux: prescribed\nreaction: {depth: 1 nm}\n" + one, ["depth"]),
      ("faces: [b-]\ndrive: {current: 1 C, until: {mean: 0.05}}\n", ["drive", "wrong way"]),
      ("faces: [b-]\ndrive: {current: -1 C, until: {mean: 0.5}}\n", ["drive", "wrong way"]),
      (
        "faces: [b-]\nenergy: {double_well: {height: 5 eV, low: 0.1, high: 0.9}}\n" + one,
        ["reaction", "prescribed"]
      ),
    ]
    for (more, words) in rows {
      var message = "nothing was thrown"
      do {
        let definition = try read(Self.plate + more)
        _ = try definition.setup.check()
        _ = try definition.setup.geometry(TestSession.communicator)
      } catch {
        message = (error as? ParallelError)?.message ?? "\(error)"
      }
      for word in words { XCTAssert(message.contains(word), "\(more): \(message)") }
    }
  }

  func testADrivenRunEndsWithItsDriveAndGoesOnFromItsCheckpoint() throws {
    try Spawned.skipOnManyRanks()
    let text = Self.plate + Self.drive + "faces: [b-, b+]\ncheckpoint_every: 1\n"
    let place = try Spawned(files: ["case.yaml": text])
    let words = ["simulate", "case.yaml", "--format", "json", "-o"]
    let whole = try place.vegard(words + ["run.h5"], ranks: 2)
    XCTAssertEqual(whole.code, 0, whole.errors)
    XCTAssertEqual(Formats.simulateResult.differences(in: whole.output), [])
    XCTAssert(whole.output.contains("\"ended\": [\"mean\", \"time\", \"time\"]"), whole.output)
    let first = try place.vegard(words + ["part.h5", "--until", "100 s"], ranks: 2)
    XCTAssertEqual(first.code, 0, first.errors)
    let second = try place.vegard(
      words + ["part.h5", "--restart", "part.checkpoint.h5"], ranks: 2)
    XCTAssertEqual(second.code, 0, second.errors)
    for name in ["run.h5", "part.h5"] {
      let inspected = try place.vegard(["inspect", name])
      XCTAssertFalse(inspected.output.contains("departs"), inspected.output)
    }
    func history(_ run: String, _ column: String) throws -> [Double] {
      let file = try InputFile(
        place.directory.appending(path: run).path, communicator: TestSession.communicator)
      return try file.numbers("/history/\(column)")
    }
    let drift = try history("run.h5", "mass_drift").map(abs).max()
    XCTAssertLessThan(try XCTUnwrap(drift), 1e-12)
    XCTAssertEqual(try history("run.h5", "drive_step").last, 3)
    // 360 s at 2 C and what the voltage adds; the stop at 100 s lets later steps differ.
    let means = try ["run.h5", "part.h5"].map {
      try XCTUnwrap(try history($0, "mean_composition").last)
    }
    XCTAssertGreaterThan(means[0], 0.2)
    XCTAssertEqual(means[0], means[1], accuracy: 2e-3)
    let voltages = try history("run.h5", "voltage")
    XCTAssert(voltages.contains { abs($0 - 3.3) < 1e-12 }, "\(voltages)")
  }

  func testACurrentThatCannotGoOnEndsAtTheWindowWithItsReason() throws {
    try Spawned.skipOnManyRanks()
    let text =
      Self.plate.replacing("mean: 0.1", with: "mean: 0.94")
      + "faces: [b-, b+]\ndrive: {current: 2 C}\nwindow: [2.9 V, 4 V]\n"
    let place = try Spawned(files: ["case.yaml": text])
    let ended = try place.vegard(["simulate", "case.yaml", "-o", "run.h5", "--format", "json"])
    XCTAssertEqual(ended.code, 0, ended.errors)
    XCTAssert(ended.output.contains("\"ended\": [\"window\"]"), ended.output)
    XCTAssert(ended.errors.contains("the surface is full or empty"), ended.errors)
  }
}
