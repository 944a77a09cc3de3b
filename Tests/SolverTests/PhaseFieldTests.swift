// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField

/// The phase field: collective, run on 1, 2 and 3 ranks.
final class PhaseFieldTests: XCTestCase {
  private func particle(_ voids: [SimulationSetup.Hole]) -> SimulationSetup {
    SimulationSetup(
      size: Directions(160, 80, 60), elements: Directions(16, 8, 6), voids: voids,
      model: .lithiumIronPhosphate(elastic: true), start: start)
  }

  private var start: SimulationSetup.Start {
    .front(at: 80)
  }

  private var hole: SimulationSetup.Hole {
    SimulationSetup.Hole(centre: Directions(70, 40, 30), radius: 18)
  }

  private var stepping: StepOptions {
    var options = StepOptions()
    options.tolerance = 1e-3
    options.firstStep = 1e-4
    return options
  }

  func testVolumeFractionsOfASphereHaveItsVolume() throws {
    let stepper = try particle([hole]).stepper(stepping, TestSession.communicator)
    let sphere = 4.0 / 3 * Double.pi * 18 * 18 * 18
    let expected = 160.0 * 80 * 60 - sphere
    XCTAssertEqual(stepper.system.solidVolume, expected, accuracy: 0.002 * sphere)
  }

  func testContentIsKeptEnergyFallsAndCompositionStaysInside() throws {
    let stepper = try particle([hole]).stepper(stepping, TestSession.communicator)
    var last = stepper.energy.chemical + stepper.energy.elastic
    for _ in 0..<25 {
      try stepper.advance(to: 1e9)
      let energy = stepper.energy.chemical + stepper.energy.elastic
      XCTAssertLessThan(energy, last + 1e-3 * abs(last))
      last = energy
    }
    let drift = try stepper.massDrift()
    XCTAssertLessThan(abs(drift), 1e-12)
    let range = try stepper.system.compositionRange(stepper.state)
    XCTAssertGreaterThan(range.lowest, 0)
    XCTAssertLessThan(range.highest, 1)
  }

  func testRestartEqualsTheUninterruptedRun() throws {
    let communicator = TestSession.communicator
    let path = try TestSession.scratch() + "/run.checkpoint.h5"
    let whole = try particle([hole]).stepper(stepping, communicator)
    for _ in 0..<8 { try whole.advance(to: 1e9) }
    try whole.writeCheckpoint(path, effectiveCase: "a case")
    let resumed = try particle([hole]).stepper(stepping, communicator)
    try resumed.restore(path, effectiveCase: "a case")
    for _ in 0..<8 {
      try whole.advance(to: 1e9)
      try resumed.advance(to: 1e9)
    }
    XCTAssertEqual(whole.time, resumed.time)
    XCTAssertEqual(whole.energy.chemical, resumed.energy.chemical)
    XCTAssertEqual(whole.energy.elastic, resumed.energy.elastic)
    let message = TestSession.message {
      try resumed.restore(path, effectiveCase: "another case")
    }
    XCTAssertTrue(message.contains("another case"), message)
  }

  func testElasticOperatorIsSymmetricAndRigidMotionsCostNothing() throws {
    let communicator = TestSession.communicator
    let grid = StructuredGrid(
      elements: (6, 5, 4), size: Directions(60, 40, 30), communicator: communicator)
    let weights = VolumeFractions(grid).weights
    let kernel = ElasticKernel(
      GridStiffness(Material.lithiumIronPhosphate.stiffness, sitesPerVolume: 13.76), grid)
    func field(_ value: (Directions<Double>, Int) -> Double) throws -> Fields {
      let fields = Fields(grid.layout, count: 3)
      for k in 0..<grid.layout.z {
        for j in 0..<grid.layout.y {
          for i in 0..<grid.layout.x {
            for component in 0..<3 {
              fields[component][grid.layout.index(i, j, k)] = value(
                grid.position(i, j, k), component)
            }
          }
        }
      }
      return fields
    }
    func product(_ fields: Fields) throws -> Fields {
      let copy = Fields(grid.layout, count: 3)
      copy.copy(fields)
      try copy.fillGhosts(grid.halo)
      let result = Fields(grid.layout, count: 3)
      let ring = LayerRing(grid.layout, components: 3)
      kernel.apply(copy, from: 0, weights: weights[0], ring: ring, into: result, at: 0)
      return result
    }
    let u = try field { place, component in
      cosine(place.x * 0.1 + Double(component)) * sine(place.y * 0.2) + place.z * 0.01
    }
    let v = try field { place, component in
      sine(place.x * 0.07) + cosine(place.z * 0.13 * Double(component + 1))
    }
    let first = try communicator.sum(VectorKernels.dot(u, try product(v)))
    let second = try communicator.sum(VectorKernels.dot(v, try product(u)))
    XCTAssertEqual(first, second, accuracy: 1e-11 * abs(first))
    let turned = try field { place, component in
      [-place.y, place.x, 0][component] + [0.3, -place.z, place.y][component]
    }
    let force = try product(turned)
    let square = try communicator.sum(VectorKernels.dot(force, force))
    XCTAssertLessThan(square.squareRoot(), 1e-10)
  }

  func testVoidOutsideTheParticleIsRefused() {
    let setup = particle([SimulationSetup.Hole(centre: Directions(400, 0, 0), radius: 10)])
    let message = TestSession.message { _ = try setup.check() }
    XCTAssertTrue(message.contains("outside"), message)
  }

  func testVoidThatFillsTheParticleIsRefused() {
    let setup = particle([SimulationSetup.Hole(centre: Directions(80, 40, 30), radius: 500)])
    let message = TestSession.message {
      _ = try setup.stepper(stepping, TestSession.communicator)
    }
    XCTAssertTrue(message.contains("fill"), message)
  }
}
