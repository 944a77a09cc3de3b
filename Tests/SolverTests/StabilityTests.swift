// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField
@testable import Verification

/// What counts as relaxed, on both sides of the decision.
///
/// Collective.
final class StabilityTests: XCTestCase {
  private func stepper(
    _ mean: Double, elastic: Bool = false, periodic: Bool = true, amplitude: Double = 0
  ) throws -> PhaseFieldStepper {
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    if elastic {
      model.elasticity = ElasticModel(
        .lithiumIronPhosphate, plane: .stress, sitesPerVolume: 13.76)
    }
    let setup = SimulationSetup(
      size: Directions(100, 100, 1), elements: Directions(48, 48, 0), voids: [],
      periodic: (periodic, periodic), model: model,
      start: .init(mean: mean, pattern: .noise(amplitude: amplitude, seed: 1)))
    return try setup.stepper(StepOptions(), TestSession.communicator)
  }

  /// f'' + κ k² + B(n)/c of the longest wave along a is lowest; the grid has 48 elements a wave, whose
  /// lumped mass makes 1/1000 of κ k².
  func testLowestCurvatureIsThatOfThePlaneWave() throws {
    let law = RegularSolution.lithiumIronPhosphate
    let modulus = CoherencyModulus(
      plate: Material.lithiumIronPhosphate.stiffness.planeStress, strain: (0.0505, -0.019))
    for mean in [0.5, 0.2, 0.1] {
      for (isElastic, isPeriodic) in [(false, true), (true, true), (false, false)] {
        let stepper = try stepper(mean, elastic: isElastic, periodic: isPeriodic)
        let lowest = try LowestCurvature(stepper.system, stepper.state, seed: 1)
        let k = (isPeriodic ? 2 : 1) * Double.pi / 100
        let exact =
          law.curvature(at: mean) + 13.4 * k * k + (isElastic ? modulus(0) / 13.76 : 0)
        XCTAssertEqual(lowest.value, exact, accuracy: 1e-3, "\(mean) \(isElastic) \(isPeriodic)")
        XCTAssertEqual(lowest.isUnstable, exact < 0)
        XCTAssertLessThan(lowest.iterations, 60)
        let content = try stepper.system.grid.communicator.sum(
          VectorKernels.dot(
            lowest.direction[0], stepper.system.mass[0], stepper.system.grid.layout))
        XCTAssertLessThan(abs(content), 1e-10)
      }
    }
  }

  /// A uniform state outside the spinodal is relaxed at once.
  func testAStableStateIsRelaxed() throws {
    let stepper = try stepper(0.05)
    var equilibrium = StableEquilibrium()
    XCTAssertTrue(try equilibrium.isReached(stepper, isUniform: true, log: SilentLog()))
    XCTAssertFalse(try equilibrium.isReached(stepper, isUniform: false, log: SilentLog()))
  }

  func testThreeMovesThatLeadBackEndTheRun() throws {
    let stepper = try stepper(0.5)
    let saddle = Fields(stepper.system.grid.layout, count: 1)
    saddle[0].copy(stepper.state[0], stepper.system.grid.layout)
    let content = try stepper.system.content(stepper.state)
    var equilibrium = StableEquilibrium()
    for _ in 0..<3 {
      XCTAssertFalse(try equilibrium.isReached(stepper, isUniform: true, log: SilentLog()))
      XCTAssertEqual(
        try stepper.system.content(stepper.state), content, accuracy: 1e-12 * content)
      let range = try stepper.system.compositionRange(stepper.state)
      XCTAssertEqual(max(0.5 - range.lowest, range.highest - 0.5), 1e-3, accuracy: 1e-9)
      // Nothing is decided while the state is neither back nor far.
      XCTAssertFalse(try equilibrium.isReached(stepper, isUniform: true, log: SilentLog()))
      try stepper.begin(from: saddle[0])
    }
    do throws(ParallelError) {
      _ = try equilibrium.isReached(stepper, isUniform: true, log: SilentLog())
      XCTFail("a fourth move")
    } catch {
      XCTAssertEqual(error.kind, .notConverged)
      XCTAssertTrue(error.message.contains("led back"), error.message)
    }
  }

  /// The two laws of the elastic energy of a wave are those of the table of B(n).
  func testCoherencyModulusIsTheTables() {
    let stiffness = Material.lithiumIronPhosphate.stiffness
    let plate = CoherencyModulus(plate: stiffness.planeStress, strain: (0.0505, -0.019))
    for (angle, gigapascals) in [
      (0, 0.04855), (20, 0.01568), (31.52, 0), (45, 0.03203), (60, 0.14116), (90, 0.33042),
    ] {
      XCTAssertEqual(
        plate(angle * .pi / 180), gigapascals * gigapascal, accuracy: 1e-5 * gigapascal, "\(angle)")
    }
    let bulk = CoherencyModulus(planeStrain: stiffness, strain: (0.0505, 0.0346, -0.019))
    for (angle, gigapascals) in [(0, 0.2194), (90, 0.6960), (26.5, 0.1884)] {
      XCTAssertEqual(
        bulk(angle * .pi / 180), gigapascals * gigapascal, accuracy: 1e-4 * gigapascal, "\(angle)")
    }
  }
}
