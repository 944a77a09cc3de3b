// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Formats
@testable import Images
@testable import Inversion
@testable import PhaseField

/// Committed files of the version before the present one are read, and none of a later one.
///
/// Collective.
final class FormerVersionTests: XCTestCase {
  private let world = TestSession.communicator

  private func former(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Versions/1/\(name).h5").standardizedFileURL.path
  }

  func testStackIsReadAndCopiedIntoOneOfThePresentVersion() throws {
    let reader = try StackReader(former("stack"), communicator: world)
    XCTAssertEqual(try reader.particles(), ["A2", "A3"])
    let image = try reader.particle("A2")
    let pixels = image.layout.own.isEmpty ? 0 : image.mask.filter { $0 }.count
    XCTAssertGreaterThanOrEqual(try world.sum(pixels), 206)
    let old = try InputFile(former("stack"), communicator: world)
    XCTAssertEqual(try old.numbers("A2/composition")[7 * 28 + 14], 0.9578421115875244)
    XCTAssertEqual(try Formats.stack.differences(in: old, as: .read).map(\.line), [])
    let path = try TestSession.scratch() + "/stack.h5"
    var writer = try StackWriter(path, communicator: world)
    try writer.copyParticles(of: old)
    try writer.commit()
    let new = try InputFile(path, communicator: world)
    XCTAssertEqual(try Formats.stack.differences(in: new).map(\.line), [])
    XCTAssertEqual(
      try new.numbers("A3/e_aa").map(\.bitPattern), try old.numbers("A3/e_aa").map(\.bitPattern))
  }

  func testLawIsRead() throws {
    let law = try LawReader(former("law"), communicator: world).law()
    XCTAssertEqual(law.model, "m1")
    // Laws of then vanish at X = 1.
    XCTAssertEqual(law.law.reference, 1)
    XCTAssertEqual(
      law.law.unknowns,
      [0.02458725018880575, 0.0007325945827425357, -0.012458300280869547, 0.0004037823860661593])
    let file = try InputFile(former("law"), communicator: world)
    XCTAssertEqual(try Formats.law.differences(in: file, as: .read).map(\.line), [])
  }

  /// The case of the committed run.
  private func stepper(start: SimulationSetup.Start = .front(at: 20)) throws -> PhaseFieldStepper {
    let setup = SimulationSetup(
      size: Directions(40, 20, 20), elements: Directions(8, 4, 4), voids: [],
      periodic: (true, false),
      model: .lithiumIronPhosphate(elastic: true), start: start)
    return try setup.stepper(StepOptions(), world)
  }

  func testCheckpointGoesOnAndItsRunUnderAnotherName() throws {
    let stepper = try stepper()
    let old = try InputFile(former("run.checkpoint"), communicator: world)
    let stored = try XCTUnwrap(try old.attribute("case")?.text)
    try stepper.restore(former("run.checkpoint"), effectiveCase: stored)
    XCTAssertEqual(stepper.steps, 8)
    XCTAssertEqual(stepper.time, 1e-3)
    for size in stepper.oldSteps { XCTAssertEqual(size, 2.7414559551499e-4, accuracy: 1e-16) }
    try stepper.advance(to: 1)
    XCTAssertEqual(stepper.steps, 9)
    let message = TestSession.message {
      _ = try RunWriter.resume(former("run"), stepper, physics: stored)
    }
    XCTAssertTrue(message.contains("version is 1") && message.contains("another name"), message)
  }

  func testRunIsInspectedAndStartedFrom() throws {
    let run = try InputFile(former("run"), communicator: world)
    XCTAssertEqual(try Formats.run.differences(in: run, as: .read).map(\.line), [])
    let start = SimulationSetup.Start(
      mean: 0.5, pattern: .stored(file: former("run"), dataset: ""))
    let stepper = try stepper(start: start)
    let grid = stepper.system.grid
    if grid.own.x.contains(0), grid.own.y.contains(0) {
      XCTAssertEqual(
        stepper.state[0][grid.layout.index(0, 0, 0)], 0.96352684, accuracy: 1e-7)
    }
  }
}
