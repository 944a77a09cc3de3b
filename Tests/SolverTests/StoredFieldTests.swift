// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Formats
@testable import PhaseField

/// Lines, means over regions with elasticity, and the choice of what a step stores.
///
/// Collective.
final class StoredFieldTests: XCTestCase {
  private let world = TestSession.communicator

  private func setup(isPlane: Bool = false, periodic: Bool = false) -> SimulationSetup {
    SimulationSetup(
      size: Directions(160, 80, 60), elements: Directions(20, 10, isPlane ? 0 : 6),
      voids: [SimulationSetup.Hole(centre: Directions(70, 40, 30), radius: 18)],
      periodic: (periodic, false), model: .lithiumIronPhosphate(elastic: true),
      start: .front(at: 80))
  }

  private func stepper(isPlane: Bool = false, periodic: Bool = false) throws -> PhaseFieldStepper {
    var options = StepOptions()
    options.firstStep = 1e-4
    return try setup(isPlane: isPlane, periodic: periodic).stepper(options, world)
  }

  /// A strain of its own in every component, at X = 0.25.
  private func stretch(_ stepper: PhaseFieldStepper) throws {
    let grid = stepper.system.grid
    for k in 0..<grid.layout.z {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          let (place, at) = (grid.layout.index(i, j, k), grid.position(i, j, k))
          stepper.state[.composition][place] = 0.25
          stepper.state[.potential][place] = -0.01
          for (component, value) in displacement(at).enumerated() {
            stepper.state[2 + component][place] = value
          }
        }
      }
    }
    try stepper.state.fillGhosts(grid.halo)
  }

  private func displacement(_ at: Directions<Double>) -> [Double] {
    [
      0.01 * at.x + 0.002 * at.y - 0.004 * at.z, 0.006 * at.x - 0.02 * at.y,
      0.03 * at.z + 0.01 * at.y + 0.002 * at.x,
    ]
  }

  func testRegionsHoldTheMeansOfStrainStressAndEnergy() throws {
    let stepper = try stepper()
    var probes = Probes()
    // The box as a whole, and a part of it beside the void.
    probes.regions = [
      Probes.Region(low: Directions(0, 0, 0), high: Directions(160, 80, 60)),
      Probes.Region(low: Directions(100, 10, 0), high: Directions(157, 55, 30)),
    ]
    let names = RegionMeans.columns(of: stepper.system).map(\.name)
    let sums = try ProbeSums(probes, stepper.system)
    XCTAssertEqual(sums.count, 2 * names.count)
    XCTAssertEqual(sums.volumes[1], 64.0 * 48 * 30, accuracy: 1e-9)
    try stepper.state.fillGhosts(stepper.system.grid.halo)
    let start = Dictionary(uniqueKeysWithValues: zip(names, try sums.values(stepper.state)))
    // Nothing pulls at the body: its mean stress is zero, if its stresses are not.
    for component in DerivedFields.tensorOrder {
      XCTAssertEqual(start["stress_\(component)"] ?? 1, 0, accuracy: 2e-5, component)
    }
    let beside = try sums.values(stepper.state)[names.count...]
    XCTAssertGreaterThan(beside.suffix(6).map(abs).max() ?? 0, 0.01)
    // A homogeneous strain is that of any region.
    try stretch(stepper)
    let derived = DerivedFields(stepper.system)
    let all = try sums.values(stepper.state)
    for field in derived.fields where ["stress", "energy_elastic"].contains(field.name) {
      let count = field.isTensor ? 6 : 1
      let values = derived.values(field, stepper.state)
      for component in 0..<count {
        let one = values.indices.first { $0 % count == component && values[$0].isFinite }
        let expected = try world.maximum(one.map { values[$0] } ?? -.infinity)
        let name = count == 1 ? field.name : "stress_\(DerivedFields.tensorOrder[component])"
        let column = try XCTUnwrap(names.firstIndex(of: name))
        for region in 0..<2 {
          let found = all[region * names.count + column]
          XCTAssertEqual(found, expected, accuracy: 1e-12 * max(1, abs(expected)), name)
        }
      }
    }
    let strains = all[4..<10]
    for (found, expected) in zip(strains, [0.01, 0.004, -0.001, -0.02, 0.005, 0.03]) {
      XCTAssertEqual(found, expected, accuracy: 1e-13)
    }
  }

  func testLinesCutTheStoredFields() throws {
    for (isPlane, isPeriodic) in [(false, false), (true, false), (true, true)] {
      let stepper = try stepper(isPlane: isPlane, periodic: isPeriodic)
      try stretch(stepper)
      let path = try TestSession.scratch() + "/lines.h5"
      var options = RunWriter.Options()
      options.derived = .all
      options.probes.lines = [
        // Across the void, a point for each element.
        Probes.Line(from: Directions(0, 40, 30), to: Directions(160, 40, 30)),
        Probes.Line(from: Directions(100, 3, 1), to: Directions(157, 80, 60), points: 7),
      ]
      var writer = try RunWriter.start(path, stepper, options: options)
      writer.record(stepper, try stepper.summary(), seconds: 0)
      try stretch(stepper)
      try writer.store(stepper)
      try writer.finish(.complete)
      let file = try InputFile(path, communicator: world)
      XCTAssertEqual(try Formats.run.differences(in: file).map(\.line), [])
      func column(_ line: Int, _ name: String) throws -> [Double] {
        try file.numbers("/steps/00000000/lines/\(line)/\(name)")
      }
      let distances = try column(1, "distance")
      XCTAssertEqual(distances.count, 21)
      XCTAssertEqual(distances[5], 40, accuracy: 1e-12)
      let holes = try column(1, "composition").map(\.isNaN)
      // Elements all of whose corners are in the void.
      let expected: [Double] = isPlane ? [56, 64, 72] : [64, 72]
      XCTAssertEqual(distances.indices.filter { holes[$0] }.map { distances[$0] }, expected)
      let depth = isPlane ? 0 : 59.0
      let length = (57 * 57 + 77 * 77 + depth * depth).squareRoot()
      for number in 0..<7 {
        let share = Double(number) / 6
        let at = Directions(
          100 + 57 * share, 3 + 77 * share, isPlane ? 0 : 1 + 59 * share)
        XCTAssertEqual(try column(2, "distance")[number], share * length, accuracy: 1e-12)
        XCTAssertEqual(try column(2, "potential")[number], -0.01, accuracy: 1e-14)
        if isPeriodic { continue }
        let moved = displacement(at)
        XCTAssertEqual(try column(2, "displacement_a")[number], moved[0], accuracy: 1e-12)
        XCTAssertEqual(try column(2, "displacement_c")[number], moved[1], accuracy: 1e-12)
        XCTAssertEqual(try column(2, "strain_aa")[number], 0.01, accuracy: 1e-7)
        XCTAssertEqual(try column(2, "strain_cc")[number], -0.02, accuracy: 1e-7)
        XCTAssertEqual(try column(2, "coherency_aa")[number], 0.01 + 0.75 * 0.0505, accuracy: 1e-7)
      }
    }
  }

  func testAStepHoldsTheChosenFieldsAndARestartGoesOn() throws {
    let stepper = try stepper()
    let path = try TestSession.scratch() + "/fields.h5"
    var options = RunWriter.Options()
    options.fields = ["potential", "stress"]
    var writer = try RunWriter.start(path, stepper, options: options)
    for step in 0..<3 {
      if step > 0 { try stepper.advance(to: 1) }
      try writer.probe(stepper)
      writer.record(stepper, try stepper.summary(), seconds: 0)
      try writer.store(stepper, isLast: step == 2)
    }
    try writer.finish(.stopped)
    func fields(_ step: Int) throws -> Set<String> {
      let file = try InputFile(path, communicator: world)
      XCTAssertEqual(try Formats.run.differences(in: file).map(\.line), [])
      let names = RunWriter.fieldNames(isPlane: false, isElastic: true)
      return Set(try file.members(of: RunFormat.path(ofStep: step))).intersection(names)
    }
    for step in 0..<3 { XCTAssertEqual(try fields(step), ["potential", "stress"]) }
    let sidecar = try String(contentsOfFile: path + ".xdmf", encoding: .utf8)
    XCTAssertTrue(sidecar.contains("/stress") && !sidecar.contains("/composition"))
    // The step that is there has what it had; more, and a line, from the next one on.
    options.fields = ["composition", "potential", "stress", "column_residual"]
    options.probes.lines = [Probes.Line(from: Directions(0, 9, 9), to: Directions(160, 9, 9))]
    writer = try RunWriter.resume(path, stepper, physics: "", options: options)
    try stepper.advance(to: 1)
    writer.record(stepper, try stepper.summary(), seconds: 0)
    try writer.store(stepper, isLast: true)
    try writer.store(stepper, isLast: true)
    try writer.finish(.complete)
    XCTAssertEqual(try fields(2), ["potential", "stress"])
    XCTAssertEqual(try fields(3), ["composition", "potential", "stress"])
    do {
      let file = try InputFile(path, communicator: world)
      XCTAssertTrue(try file.contains("/steps/00000003/b_average/residual_aa"))
      XCTAssertTrue(try file.contains("/steps/00000003/lines/1/stress_bb"))
      XCTAssertFalse(try file.contains("/steps/00000003/lines/1/displacement_a"))
    }
    options.probes.lines[0].end.y = 20
    let message = TestSession.message {
      _ = try RunWriter.resume(path, stepper, physics: "", options: options)
    }
    XCTAssertTrue(message.contains("/lines/1 stands at"), message)
  }

  func testAStartNamesTheFieldThatARunDidNotStore() throws {
    let stepper = try stepper(isPlane: true)
    let path = try TestSession.scratch() + "/bare.h5"
    var options = RunWriter.Options()
    options.fields = ["potential"]
    var writer = try RunWriter.start(path, stepper, options: options)
    writer.record(stepper, try stepper.summary(), seconds: 0)
    try writer.store(stepper)
    try writer.finish(.complete)
    var next = setup(isPlane: true)
    next.start.pattern = .stored(file: path, dataset: "")
    let message = TestSession.message { _ = try next.stepper(StepOptions(), self.world) }
    XCTAssertTrue(message.contains("last step 00000000 holds no composition"), message)
  }
}
