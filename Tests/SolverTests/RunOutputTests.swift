// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Formats
@testable import PhaseField

/// What a run writes: derived fields and averages against closed forms, the file against its format.
///
/// Collective.
final class RunOutputTests: XCTestCase {
  private let world = TestSession.communicator

  /// A particle with a void, or a plate without stress along b where `isPlate`.
  private func stepper(isPlate: Bool = false, elastic: Bool = true) throws -> PhaseFieldStepper {
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: elastic)
    if isPlate {
      model.elasticity?.stiffness = GridStiffness(
        plateOf: Material.lithiumIronPhosphate.stiffness, sitesPerVolume: 13.76)
    }
    let hole = SimulationSetup.Hole(
      centre: Directions(70, 40, isPlate ? 0 : 30), radius: isPlate ? 12 : 18)
    let setup = SimulationSetup(
      size: Directions(160, 80, 60), elements: Directions(20, 10, isPlate ? 0 : 6), voids: [hole],
      model: model, start: .front(at: 80))
    var options = StepOptions()
    options.tolerance = 1e-3
    options.firstStep = 1e-4
    return try setup.stepper(options, world)
  }

  /// Sets composition and displacement by position, ghosts included.
  private func set(
    _ stepper: PhaseFieldStepper, composition: Double,
    _ displacement: (Directions<Double>) -> [Double]
  ) throws {
    let grid = stepper.system.grid
    for k in 0..<grid.layout.z {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          let place = grid.layout.index(i, j, k)
          stepper.state[0][place] = composition
          for (component, value) in displacement(grid.position(i, j, k)).enumerated() {
            stepper.state[2 + component][place] = value
          }
        }
      }
    }
    try stepper.state.fillGhosts(grid.halo)
  }

  /// The range of a derived field over all ranks, NaN left out.
  private func range(_ name: String, _ stepper: PhaseFieldStepper) throws -> (Double, Double) {
    let derived = DerivedFields(stepper.system)
    let component = DerivedFields.tensorOrder.firstIndex(of: String(name.suffix(2)))
    let tensor = derived.fields.first { $0.isTensor && name == "\($0.name)_\(name.suffix(2))" }
    let field = try XCTUnwrap(tensor ?? derived.fields.first { $0.name == name }, name)
    let all = derived.values(field, stepper.state)
    let values = all.indices.filter { tensor == nil || $0 % 6 == component }.map { all[$0] }
      .filter(\.isFinite)
    return (
      try world.minimum(values.min() ?? .infinity), try world.maximum(values.max() ?? -.infinity)
    )
  }

  private func check(
    _ expected: [String: Double], _ stepper: PhaseFieldStepper, line: UInt = #line
  ) throws {
    for (name, value) in expected.sorted(by: { $0.key < $1.key }) {
      let (low, high) = try range(name, stepper)
      let room = 1e-12 * max(1, abs(value))
      XCTAssertEqual(low, value, accuracy: room, name, line: line)
      XCTAssertEqual(high, value, accuracy: room, name, line: line)
    }
  }

  func testLinearDisplacementGivesItsStrainStressAndEnergy() throws {
    let stepper = try stepper()
    try set(stepper, composition: 0.25) { place in
      [
        0.01 * place.x + 0.002 * place.y - 0.004 * place.z, 0.006 * place.x - 0.02 * place.y,
        0.03 * place.z + 0.01 * place.y + 0.002 * place.x,
      ]
    }
    // The law of Table S1 at X = 0.25, (X − 1)(0.0505, 0.0346, −0.019).
    let (a, b, c) = (-0.75 * 0.0505, -0.75 * 0.0346, 0.75 * 0.019)
    let (ea, eb, ec) = (0.01 - a, 0.03 - b, -0.02 - c)
    let stress = (
      aa: 157.4 * ea + 51.2 * eb + 53.25 * ec, bb: 51.2 * ea + 175.8 * eb + 32.7 * ec,
      cc: 53.25 * ea + 32.7 * eb + 154.0 * ec
    )
    let shear = 49.05 * 2 * 0.004 * 0.004 + 37.8 * 2 * 0.005 * 0.005 + 51.6 * 2 * 0.001 * 0.001
    let energy = 0.5 * (stress.aa * ea + stress.bb * eb + stress.cc * ec) + shear
    let x = 0.25
    let chemical =
      0.11308 * x * (1 - x)
      + 0.0257 * (x * -1.3862943611198906 + (1 - x) * -0.2876820724517809)
    try check(
      [
        "strain_aa": 0.01, "strain_bb": 0.03, "strain_cc": -0.02, "strain_ac": 0.004,
        "strain_bc": 0.005, "strain_ab": -0.001, "eigenstrain_aa": a, "eigenstrain_bb": b,
        "eigenstrain_cc": c, "coherency_aa": ea, "coherency_bb": eb, "coherency_cc": ec,
        "stress_aa": stress.aa, "stress_bb": stress.bb, "stress_cc": stress.cc,
        "stress_ac": 2 * 49.05 * 0.004, "stress_bc": 2 * 37.8 * 0.005,
        "stress_ab": 2 * 51.6 * -0.001, "energy_chemical": chemical,
        "energy_elastic": energy * gigapascal / 13.76,
      ], stepper)
    let averages = ColumnAverages(stepper.system, stepper.state)
    for column in averages.volume.indices where averages.volume[column] > 0 {
      XCTAssertEqual(averages.composition[column], 0.25, accuracy: 1e-13)
      for (component, value) in [0.01, 0.03, -0.02, 0.004].enumerated() {
        XCTAssertEqual(averages.total[component][column], value, accuracy: 1e-13)
      }
      for (component, value) in [ea, eb, ec, 0.004].enumerated() {
        XCTAssertEqual(averages.coherency[component][column], value, accuracy: 1e-13)
      }
    }
    let volume = try world.sum(averages.volume.reduce(0, +))
    XCTAssertEqual(volume, stepper.system.solidVolume, accuracy: 1e-9 * volume)
  }

  func testPlateHasTheThicknessStrainOfZeroStressAlongB() throws {
    let stepper = try stepper(isPlate: true)
    try set(stepper, composition: 0.5) { place in [0.01 * place.x, 0.004 * place.x, 0] }
    let (a, b, c) = (-0.5 * 0.0505, -0.5 * 0.0346, 0.5 * 0.019)
    let (ea, ec) = (0.01 - a, -c)
    let eb = -(51.2 * ea + 32.7 * ec) / 175.8
    // The plate's stress must be that of the bulk with this strain along b.
    try check(
      [
        "strain_bb": b + eb, "coherency_bb": eb, "strain_ac": 0.002,
        "stress_aa": 157.4 * ea + 51.2 * eb + 53.25 * ec,
        "stress_cc": 53.25 * ea + 32.7 * eb + 154.0 * ec, "stress_ac": 2 * 49.05 * 0.002,
        "stress_bb": 0, "stress_bc": 0, "strain_ab": 0,
      ], stepper)
    let averages = ColumnAverages(stepper.system, stepper.state)
    for column in averages.volume.indices where averages.volume[column] > 0 {
      XCTAssertEqual(averages.coherency[1][column], eb, accuracy: 1e-13)
    }
  }

  func testUnstrainedUniformCrystalHasNoCoherencyStrain() throws {
    let stepper = try stepper()
    try set(stepper, composition: 0.3) { place in
      [-0.7 * 0.0505 * place.x, 0.7 * 0.019 * place.y, -0.7 * 0.0346 * place.z]
    }
    try check(
      ["coherency_aa": 0, "coherency_bb": 0, "coherency_cc": 0, "stress_aa": 0], stepper)
    let statistics = try stepper.columnStatistics()
    for value in statistics.largest { XCTAssertEqual(value, 0, accuracy: 1e-13) }
  }

  func testStressIsHiddenWhereLessThanHalfIsMaterial() throws {
    let stepper = try stepper()
    let derived = DerivedFields(stepper.system)
    let field = try XCTUnwrap(derived.fields.first { $0.name == "stress" })
    let fractions = derived.volumeFraction()
    try stepper.state.fillGhosts(stepper.system.grid.halo)
    let all = derived.values(field, stepper.state)
    let values = fractions.indices.map { all[6 * $0 + 5] }
    let wrong = zip(fractions, values).filter { ($0 < 0.5) != $1.isNaN }.count
    XCTAssertEqual(try world.sum(wrong), 0)
    XCTAssertGreaterThan(try world.sum(fractions.filter { $0 > 0 && $0 < 0.5 }.count), 0)
  }

  func testSummaryCountsNodesOutside() throws {
    let stepper = try stepper(elastic: false)
    XCTAssertEqual(try stepper.summary().nodesOutside, 0)
    XCTAssertFalse(try stepper.summary().mustStop)
    let lane = stepper.state[0]
    var changed = 0
    stepper.system.forSolid { place, _ in
      if changed < 2 { lane[place] = changed == 0 ? 1 : -0.25 }
      changed += 1
    }
    let summary = try stepper.summary(mustStop: world.rank == world.size - 1)
    XCTAssertEqual(summary.nodesOutside, 2 * world.size)
    XCTAssertEqual(summary.lowest, -0.25)
    XCTAssertTrue(summary.mustStop)
  }

  func testFilesAreAsDeclared() throws {
    for isPlate in [false, true] {
      let folder = try TestSession.scratch()
      let stepper = try stepper(isPlate: isPlate)
      var writer = try RunWriter.start(folder + "/run.h5", stepper)
      try writer.file.setAttribute("case", "a: 1")
      writer.record(stepper, try stepper.summary(), seconds: 0)
      try writer.store(stepper)
      try stepper.advance(to: 1)
      writer.record(stepper, try stepper.summary(), seconds: 1)
      try writer.store(stepper, isLast: true)
      // The file is whole while the run goes on.
      try inspect(folder + "/run.h5", status: "running", rows: 2)
      try writer.finish(.failed, reason: "a test")
      try inspect(folder + "/run.h5", status: "failed", rows: 2)
      try stepper.writeCheckpoint(folder + "/run.checkpoint.h5", effectiveCase: "a: 1")
      let checkpoint = try InputFile(folder + "/run.checkpoint.h5", communicator: world)
      XCTAssertEqual(try Formats.checkpoint.differences(in: checkpoint).map(\.line), [])
    }
  }

  private func inspect(_ path: String, status: String, rows: Int) throws {
    let file = try InputFile(path, communicator: world)
    XCTAssertEqual(try Formats.run.differences(in: file).map(\.line), [])
    XCTAssertEqual(try file.attribute("status")?.text, status)
    XCTAssertEqual(try file.numbers("/history/step").count, rows)
    XCTAssertEqual(
      try file.numbers("/b_average/total_aa"),
      try file.numbers("/steps/00000001/b_average/total_aa"))
    XCTAssertFalse(try file.contains("/steps/00000000/strain"))
  }

  func testContinuedRunTakesBackWhatCameAfterTheCheckpoint() throws {
    let folder = try TestSession.scratch()
    let (run, checkpoint) = (folder + "/run.h5", folder + "/run.checkpoint.h5")
    func step(_ stepper: PhaseFieldStepper, _ writer: inout RunWriter) throws {
      try stepper.advance(to: 1)
      writer.record(stepper, try stepper.summary(), seconds: 0)
      try writer.store(stepper)
    }
    let first = try stepper(elastic: false)
    var writer = try RunWriter.start(run, first, physics: "a: 1")
    writer.record(first, try first.summary(), seconds: 0)
    for _ in 0..<2 { try step(first, &writer) }
    try first.writeCheckpoint(checkpoint, effectiveCase: "a: 1")
    for _ in 0..<3 { try step(first, &writer) }
    try writer.finish(.failed, reason: "killed")
    let second = try stepper(elastic: false)
    try second.restore(checkpoint, effectiveCase: "a: 1")
    let message = TestSession.message {
      _ = try RunWriter.resume(run, second, physics: "a: 2")
    }
    XCTAssertTrue(message.contains("a: found 2, the file has 1"), message)
    var again = try RunWriter.resume(run, second, physics: "a: 1")
    for _ in 0..<2 { try step(second, &again) }
    try again.finish(.complete)
    let file = try InputFile(run, communicator: world)
    XCTAssertEqual(try Formats.run.differences(in: file).map(\.line), [])
    XCTAssertEqual(try file.numbers("/history/step"), [0, 1, 2, 3, 4])
    XCTAssertEqual(
      try file.members(of: "/steps").sorted(), (1...4).map { "0000000\($0)" })
    XCTAssertNil(try file.attribute("reason"))
    XCTAssertEqual(try file.attribute("status")?.text, "complete")
  }

  func testRunThatDidNotStartLeavesNothing() throws {
    let folder = try TestSession.scratch()
    do { _ = try RunWriter.start(folder + "/run.h5", try stepper(elastic: false)) }
    let left = try world.first { () throws(ParallelError) in
      FileManager.default.fileExists(atPath: folder + "/run.h5") ? "there" : "gone"
    }
    XCTAssertEqual(left, "gone")
  }

  func testDamagedAndForeignCheckpointsAreRefused() throws {
    let folder = try TestSession.scratch()
    let stepper = try stepper(elastic: false)
    let path = folder + "/run.checkpoint.h5"
    try stepper.writeCheckpoint(path, effectiveCase: "a: 1\nb: 2")
    _ = try world.first { () throws(ParallelError) in
      let whole = FileManager.default.contents(atPath: path) ?? Data()
      try? whole.prefix(whole.count * 2 / 3).write(to: URL(filePath: folder + "/half.h5"))
      return ""
    }
    let run = try RunWriter.start(folder + "/run.h5", stepper)
    try run.finish(.stopped)
    for (name, text, words) in [
      ("half.h5", "a: 1\nb: 2", "truncated"), ("run.h5", "a: 1\nb: 2", "format is 'vegard-run'"),
      ("run.checkpoint.h5", "a: 1\nb: 3", "b: found 3, the file has 2"),
      ("run.checkpoint.h5", "a: 1", "b: not given"),
    ] {
      let message = TestSession.message {
        try stepper.restore(folder + "/" + name, effectiveCase: text)
      }
      XCTAssertTrue(message.contains(words), message)
    }
  }
}
