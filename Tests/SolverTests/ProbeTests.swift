// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Formats
@testable import PhaseField

/// What probes tell, and how it stands in a run.
///
/// Collective.
final class ProbeTests: XCTestCase {
  private let world = TestSession.communicator

  private func stepper(isPlane: Bool, periodic: Bool = false) throws -> PhaseFieldStepper {
    let setup = SimulationSetup(
      size: Directions(160, 80, 60), elements: Directions(20, 10, isPlane ? 0 : 6),
      voids: [SimulationSetup.Hole(centre: Directions(70, 40, 30), radius: 18)],
      periodic: (periodic, false), model: .lithiumIronPhosphate(elastic: false),
      start: SimulationSetup.Start(mean: 0.5, pattern: .noise(amplitude: 0.01, seed: 1)))
    var options = StepOptions()
    options.firstStep = 1e-4
    return try setup.stepper(options, world)
  }

  func testPointsInterpolateAndRegionsAverage() throws {
    for (isPlane, isPeriodic) in [(true, false), (false, false), (true, true)] {
      let stepper = try stepper(isPlane: isPlane, periodic: isPeriodic)
      let (system, state) = (stepper.system, stepper.state)
      // Linear along each axis: what trilinear elements hold exactly.
      func field(_ at: Directions<Double>) -> Double {
        0.2 + 1e-3 * at.x + 2e-3 * at.y * at.x / 160 + (isPlane ? 0 : 3e-3 * at.z)
      }
      system.setComposition(state, field)
      for place in 0..<system.grid.layout.size {
        state[.potential][place] = 2 * state[.composition][place]
      }
      try state.fillGhosts(system.grid.halo)
      var probes = Probes()
      probes.points = [
        Directions(3, 79, 1), Directions(120.5, 11.1, 33), Directions(152, 80, 60),
        Directions(70, 40, 30),
      ]
      // Ten whole elements along a, all along c, in front of the void.
      probes.regions = [
        Probes.Region(low: Directions(96, 0, 0), high: Directions(144, 80, 60)),
        Probes.Region(low: Directions(0, 0, 0), high: Directions(1, 1, 1)),
      ]
      let found = try ProbeSums(probes, system).values(state)
      for (number, at) in probes.points.prefix(3).enumerated() {
        XCTAssertEqual(found[2 * number], field(at), accuracy: 1e-14)
        XCTAssertEqual(found[2 * number + 1], 2 * field(at), accuracy: 1e-14)
      }
      XCTAssertTrue(found[6].isNaN, "in the void")
      XCTAssertEqual(found[8], field(Directions(120, 40, 30)), accuracy: 1e-13)
      XCTAssertEqual(found[9], 2 * found[8], accuracy: 1e-13)
      XCTAssertTrue(found[11].isNaN, "no element's centre lies there")
    }
  }

  func testARunHoldsItsProbesAndGoesOnWithThem() throws {
    let stepper = try stepper(isPlane: true)
    let path = try TestSession.scratch() + "/probes.h5"
    var options = RunWriter.Options()
    options.probes.points = [Directions(20, 20, 0)]
    options.probes.regions = [
      Probes.Region(low: Directions(0, 0, 0), high: Directions(160, 80, 60))
    ]
    var writer = try RunWriter.start(path, stepper, options: options)
    var told: [Double] = []
    for step in 0..<4 {
      if step > 0 { try stepper.advance(to: 1) }
      try writer.probe(stepper)
      writer.record(stepper, try stepper.summary(), seconds: 0)
      told.append(try ProbeSums(options.probes, stepper.system).values(stepper.state)[0])
    }
    try writer.store(stepper)
    try writer.finish(.stopped)
    // One more probe: what it did not see is NaN.
    options.probes.points.append(Directions(140, 60, 0))
    writer = try RunWriter.resume(path, stepper, physics: "", options: options)
    try stepper.advance(to: 1)
    try writer.probe(stepper)
    writer.record(stepper, try stepper.summary(), seconds: 0)
    told.append(try ProbeSums(options.probes, stepper.system).values(stepper.state)[0])
    try writer.finish(.complete)
    let file = try InputFile(path, communicator: world)
    XCTAssertEqual(try file.numbers("/probes/1/composition"), told)
    let late = try file.numbers("/probes/2/potential")
    XCTAssertEqual(late.map(\.isNaN), [true, true, true, true, false])
    let means = try file.numbers("/regions/1/composition")
    // The whole particle's mean is the conserved content.
    XCTAssertEqual(means.count, 5)
    for mean in means { XCTAssertEqual(mean, means[0], accuracy: 1e-13) }
    XCTAssertEqual(try Formats.run.differences(in: file).map(\.line), [])
    options.probes.points[0].x = 30
    XCTAssertThrowsError(
      try { _ = try RunWriter.resume(path, stepper, physics: "", options: options) }()
    ) { XCTAssertTrue("\($0)".contains("stands at"), "\($0)") }
  }
}
