// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField

/// Particles that current or voltage drives in two and three dimensions: collective, on 1, 2 and 3
/// ranks.
final class DrivenParticleTests: XCTestCase {
  private let world = TestSession.communicator
  private let reaction = SurfaceReaction.lithiumIronPhosphate
  private let wide = 1.0...6.0

  /// A particle, in two dimensions without elements along b.
  private func setup(
    _ parts: [SurfacePart], _ drive: Drive, law: FluxLaw? = nil,
    elements: Directions<Int> = Directions(16, 10, 8), elastic: Bool = true,
    voids: [Shape] = [], mean: Double = 0.02, noise: Double = 0
  ) -> SimulationSetup {
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: elastic)
    if elements.z == 0, elastic {
      model.elasticity?.stiffness = GridStiffness(
        plateOf: Material.lithiumIronPhosphate.stiffness, sitesPerVolume: 13.76)
    }
    var setup = SimulationSetup(
      size: Directions(80, 50, 40), elements: elements, voids: voids, model: model,
      start: .init(mean: mean, pattern: .noise(amplitude: noise, seed: 1)))
    setup.opening = SurfaceOpening(parts, law ?? .reaction(reaction, depth: nil), drive)
    return setup
  }

  private let hole = Shape.sphere(centre: Directions(41, 26, 19), radius: 11)

  /// A particle with a void that does not begin uniform.
  private func waved(_ parts: [SurfacePart]) -> SimulationSetup {
    var particle = setup(parts, .current(2e-4), voids: [hole], mean: 0.05)
    particle.start.pattern = .waves([
      .init(amplitude: 0.01, vector: Directions(0.11, 0.07, 0), phase: 0.3)
    ])
    return particle
  }

  private func stepper(
    _ setup: SimulationSetup, tolerance: Double = 1e-3, _ communicator: Communicator? = nil
  ) throws -> PhaseFieldStepper {
    var options = StepOptions()
    options.tolerance = tolerance
    options.relativeTolerance = 1
    return try setup.stepper(options, communicator ?? world)
  }

  /// Runs a protocol to its end.
  private func run(
    _ stepper: PhaseFieldStepper, _ steps: [DriveStep], window: ClosedRange<Double>? = nil
  ) throws -> [DriveEnd] {
    var course = DriveCourse<PhaseFieldSystem>(steps, window: window ?? wide)
    course.resume(at: DrivePlace(index: 0, began: 0), time: stepper.time, stepper.system)
    var ends: [DriveEnd] = []
    while !course.isDone {
      if let end = try course.advance(stepper, to: .infinity) { ends.append(end) }
      XCTAssertLessThan(stepper.steps, 3000)
    }
    return ends
  }

  /// V of a uniform particle that takes up lithium at a rate in 1/s.
  private func voltage(_ rate: Double, at x: Double, share: Double = 1) -> Double {
    let law = RegularSolution.lithiumIronPhosphate
    let potential = law.omega * (1 - 2 * x) + law.thermalEnergy * log(x / (1 - x))
    let exchange = share * reaction.rateConstant * (x * (1 - x)).squareRoot() * (1 - x)
    return 3.42 - (potential + 2 * law.thermalEnergy * asinh(rate / exchange))
  }

  func testAUniformPlateHasTheVoltageOfOneInOneDimension() throws {
    // Row E10a: 0.1 C at 0.3, 2 C at 0.5.
    for (rate, mean, known) in [(0.1, 0.3, 3.3597), (2.0, 0.5, 3.2304)] {
      let current = rate / 3600
      let plate = setup(
        [.lowB, .highB], .current(current), elements: Directions(16, 10, 0), mean: mean - 1e-3)
      let stepper = try stepper(plate)
      var step = DriveStep(.current(current))
      step.mean = mean
      XCTAssertEqual(try run(stepper, [step]), [.mean])
      let found = try stepper.system.reading(stepper.state)
      XCTAssertEqual(found.mean, mean, accuracy: 1e-12)
      XCTAssertEqual(stepper.time, 1e-3 / current, accuracy: 1e-9 * stepper.time)
      XCTAssertEqual(voltage(current, at: mean), known, accuracy: 6e-5)
      XCTAssertEqual(found.voltage, voltage(current, at: mean), accuracy: 1e-8)
      XCTAssertEqual(stepper.state.charge, 1e-3, accuracy: 1e-12)
    }
  }

  func testDepthScalesTheReaction() throws {
    // A plate of 40 nm has 20 nm behind each face.
    let plate = setup(
      [.lowB, .highB], .current(1e-4), law: .reaction(reaction, depth: 5),
      elements: Directions(16, 10, 0), mean: 0.03)
    let stepper = try stepper(plate)
    var step = DriveStep(.current(1e-4))
    step.mean = 0.04
    _ = try run(stepper, [step])
    let found = try stepper.system.reading(stepper.state)
    XCTAssertEqual(found.voltage, voltage(1e-4, at: 0.04, share: 0.25), accuracy: 1e-8)
  }

  func testAThinParticleInThreeDimensionsIsNearlyUniform() throws {
    let stepper = try stepper(setup([.lowB, .highB], .current(1e-4), mean: 0.03))
    var step = DriveStep(.current(1e-4))
    step.mean = 0.05
    _ = try run(stepper, [step])
    let found = try stepper.system.reading(stepper.state)
    XCTAssertEqual(found.voltage, voltage(1e-4, at: 0.05), accuracy: 2e-5)
  }

  func testAPrescribedFluxMakesTheParabolaOfDiffusion() throws {
    var plate = setup(
      [.lowA, .highA], .current(2e-5), law: .prescribed(referenceVoltage: 3.42),
      elements: Directions(32, 4, 0), elastic: false, mean: 0.3)
    // f = ½ E X² with a constant mobility: Fick's law with D E.
    plate.model = PhaseFieldModel(
      energy: .polynomial(PolynomialEnergy([0, 0, 0.05])), kappa: Directions(1e-6, 1e-6, 1e-6),
      mobility: .constant, diffusivity: Directions(4, 4, 4), energyScale: 0.1)
    let stepper = try stepper(plate)
    var step = DriveStep(.current(2e-5))
    step.time = 3e4
    XCTAssertEqual(try run(stepper, [step]), [.time])
    let grid = stepper.system.grid
    let (half, speed) = (40.0, 4 * 0.1)
    var worst = 0.0
    for j in 0..<grid.layout.y {
      for i in 0..<grid.layout.x {
        let off = (grid.position(i, j, 0).x - half) / half
        let expected = 0.3 + 2e-5 * 3e4 + 2e-5 * half * half / (2 * speed) * (off * off - 1 / 3.0)
        worst = max(worst, abs(stepper.state[0][grid.layout.index(i, j, 0)] - expected))
      }
    }
    // The profile is 0.04 deep, an element's error 1/32² of it.
    XCTAssertLessThan(try world.maximum(worst), 1e-4)
    let found = try stepper.system.reading(stepper.state)
    XCTAssertEqual(found.voltage, 3.42 - 0.1 * (0.9 + 0.04 * 2 / 3), accuracy: 2e-5)
    XCTAssertLessThan(abs(try stepper.massDrift()), 1e-12)
  }

  func testContentIsWhatTheCurrentBringsWhateverDrives() throws {
    for elements in [Directions(16, 10, 8), Directions(16, 10, 0)] {
      let particle = setup(
        [.lowB, .highB, .void], .current(2e-4), elements: elements, voids: [hole])
      let stepper = try stepper(particle)
      var (fill, hold) = (DriveStep(.current(2e-4)), DriveStep(.voltage(3.24)))
      (fill.mean, fill.voltage) = (0.1, 2.5)
      (hold.time, hold.mean) = (60, 0.9)
      var rest = DriveStep(.current(0))
      rest.time = 30
      var back = DriveStep(.current(-2e-4))
      back.time = 50
      let ends = try run(stepper, [fill, hold, rest, back])
      XCTAssertEqual(ends, [.mean, .time, .time, .time])
      let found = try stepper.system.reading(stepper.state)
      XCTAssertGreaterThan(found.mean, 0.03)
      XCTAssertEqual(found.mean - 0.02, stepper.state.charge, accuracy: 1e-3)
      XCTAssertLessThan(abs(try stepper.massDrift()), 1e-12, "\(elements)")
    }
  }

  func testVoltageEndsInTheEquilibriumOfItsPotential() throws {
    let particle = setup([.lowA, .void], .voltage(3.40), voids: [hole])
    let stepper = try stepper(particle)
    var hold = DriveStep(.voltage(3.40))
    hold.current = 1e-9
    XCTAssertEqual(try run(stepper, [hold]), [.current])
    let found = try stepper.system.reading(stepper.state)
    XCTAssertEqual(abs(found.current), 1e-9, accuracy: 1e-14)
    // μ = −eΔφ all over.
    var furthest = 0.0
    stepper.system.forSolid { place, _ in
      furthest = max(furthest, abs(stepper.state[.potential][place] - 0.02))
    }
    XCTAssertLessThan(try world.maximum(furthest), 1e-4)
    XCTAssertLessThan(abs(try stepper.massDrift()), 1e-12)
  }

  func testACurrentThatPassesTheEndEndsAtTheWindow() throws {
    let particle = setup([.lowB, .highB, .void], .current(3e-4), voids: [hole], mean: 0.93)
    let stepper = try stepper(particle)
    let ends = try run(stepper, [DriveStep(.current(3e-4))], window: 3.0...4.0)
    XCTAssertEqual(ends, [.window])
    let found = try stepper.system.reading(stepper.state)
    XCTAssertEqual(found.voltage, 3.0, accuracy: 1e-4)
    XCTAssertLessThan(found.mean, 1)
  }

  func testDerivativeIsThatOfTheResidualToSecondOrder() throws {
    for drive in [Drive.current(3e-4), .voltage(3.30)] {
      var particle = setup([.lowB, .highA, .void], drive, voids: [hole], mean: 0.4)
      particle.start.pattern = .waves([
        .init(amplitude: 0.2, vector: Directions(0.06, 0.05, 0.002), phase: 0.3)
      ])
      let stepper = try stepper(particle)
      let (system, state) = (stepper.system, stepper.state)
      try state.fillGhosts(system.grid.halo)
      system.rate = 0.01
      let history = system.makeDifferential()
      func filled(_ scale: [Double], _ phase: Double) throws -> Fields {
        let fields = system.makeState()
        let layout = system.grid.layout
        for (component, size) in scale.enumerated() {
          for k in 0..<layout.z {
            for j in 0..<layout.y {
              for i in 0..<layout.x {
                let at = system.grid.position(i, j, k)
                fields[component][layout.index(i, j, k)] =
                  size * cos(0.09 * at.x + 0.05 * at.y - 0.08 * at.z + phase + Double(component))
              }
            }
          }
        }
        return fields
      }
      let change = try filled([0.1, 0.02, 0.01, 0.01, 0.01], 0.4)
      func rows(_ factor: Double) throws -> Fields {
        let moved = system.makeState()
        moved.copy(state)
        VectorKernels.add(factor, change, to: moved)
        _ = try system.evaluate(moved, history: history)
        let rows = system.makeState()
        rows.copy(system.residual)
        return rows
      }
      _ = try rows(0)
      let exact = system.makeState()
      try system.applyDerivative(change, exact, state: state)
      let size = try world.sum(VectorKernels.dot(exact, exact)).squareRoot()
      var errors: [Double] = []
      for step in [0.16, 0.08, 0.04] {
        let difference = try rows(step)
        VectorKernels.add(-1, try rows(-step), to: difference)
        VectorKernels.scaleAll(difference, by: 1 / (2 * step))
        VectorKernels.add(-1, exact, to: difference)
        errors.append(
          try world.sum(VectorKernels.dot(difference, difference)).squareRoot() / size)
      }
      XCTAssertLessThan(errors[2], 2e-3)
      for (coarse, fine) in zip(errors, errors.dropFirst()) {
        XCTAssertEqual(log2(coarse / fine), 2, accuracy: 0.15, "\(drive) \(errors)")
      }
      // The row of X alone, whose sum a current leaves to a₀.
      system.unscale(exact)
      let sums = [
        try world.sum(exact[0].sum(system.grid.layout)),
        try world.sum(VectorKernels.dot(system.mass[0], change[0], system.grid.layout))
          * system.rate,
      ]
      if case .current = drive {
        // The flow along b is 1e5 times as large, and its sum over the nodes is rounding.
        XCTAssertEqual(sums[0], sums[1], accuracy: 1e-8 * abs(sums[1]))
      } else {
        XCTAssertGreaterThan(abs(sums[0] - sums[1]), 1e-2 * abs(sums[1]))
      }
    }
  }

  func testTheAnswerDoesNotDependOnTheRanks() throws {
    let particle = waved([.lowB, .highB, .void])
    var options = StepOptions()
    options.tolerance = .infinity
    options.firstStep = 1
    func stepper(_ communicator: Communicator) throws -> PhaseFieldStepper {
      let stepper = try particle.stepper(options, communicator)
      stepper.system.tolerance = 1e-11
      stepper.system.options.linearTolerance = 1e-8
      for _ in 0..<5 { try stepper.advance(to: .infinity) }
      return stepper
    }
    let (all, one) = (try stepper(world), try stepper(try world.alone()))
    XCTAssertEqual(all.time, one.time)
    let (found, expected) = (
      try all.system.reading(all.state), try one.system.reading(one.state)
    )
    XCTAssertEqual(found.voltage, expected.voltage, accuracy: 1e-10)
    XCTAssertEqual(found.mean, expected.mean, accuracy: 1e-12)
    XCTAssertEqual(
      try all.system.deviation(all.state), try one.system.deviation(one.state), accuracy: 1e-10)
  }

  func testARestartGoesOnBitForBit() throws {
    let particle = waved([.lowB, .void])
    var (fill, hold) = (DriveStep(.current(2e-4)), DriveStep(.voltage(3.30)))
    (fill.time, hold.time) = (40, 40)
    let path = try TestSession.scratch() + "/driven.checkpoint.h5"
    let whole = try stepper(particle)
    var course = DriveCourse<PhaseFieldSystem>([fill, hold], window: wide)
    while course.place.index == 0 { _ = try course.advance(whole, to: .infinity) }
    for _ in 0..<2 { _ = try course.advance(whole, to: .infinity) }
    try whole.writeCheckpoint(path, effectiveCase: "driven", drive: course.place)
    let again = try stepper(particle)
    try again.restore(path, effectiveCase: "driven")
    var other = DriveCourse<PhaseFieldSystem>([fill, hold], window: wide)
    other.resume(
      at: try DrivePlace.read(path, steps: 2, world), time: again.time, again.system)
    XCTAssertEqual(other.place, course.place)
    while !course.isDone {
      _ = try course.advance(whole, to: .infinity)
      _ = try other.advance(again, to: .infinity)
    }
    XCTAssert(other.isDone)
    XCTAssertEqual(whole.time, again.time)
    XCTAssertEqual(whole.state.scalars, again.state.scalars)
    var differing = 0.0
    whole.system.forSolid { place, _ in
      for component in 0..<5
      where whole.state[component][place] != again.state[component][place] { differing += 1 }
    }
    XCTAssertEqual(try world.sum(differing), 0)
    XCTAssertEqual(try whole.massDrift(), try again.massDrift())
  }

  func testStepsOfADrivenCaseAreThoseOfItsDrive() throws {
    func timing(_ setup: SimulationSetup, _ drive: [DriveStep]) throws -> StepTiming? {
      var options = StepOptions()
      options.relativeTolerance = 1
      return try StepTiming.measured(
        setup, options, drive: (drive, wide), until: nil, spread: 1e-4, limit: 400, ranks: 1, world)
    }
    let plate = setup(
      [.lowB, .highB], .current(2e-4), elements: Directions(64, 40, 0), elastic: false, mean: 0.2)
    var charge = DriveStep(.current(2e-4))
    charge.mean = 0.21
    let short = try XCTUnwrap(try timing(plate, [charge]))
    var rest = DriveStep(.current(0))
    rest.time = 1e4
    let long = try XCTUnwrap(try timing(plate, [charge, rest]))
    XCTAssertTrue(short.reachedEnd && long.reachedEnd)
    // The steps of the rest come to those of the current.
    XCTAssertGreaterThan(long.steps, short.steps)
    XCTAssertGreaterThan(long.seconds, 0)
    // Only a void far from the middle is open: no piece has it.
    let corner = setup(
      [.void], .current(2e-4), elements: Directions(160, 100, 0), elastic: false,
      voids: [.sphere(centre: Directions(8, 8, 0), radius: 6)])
    XCTAssertNil(try timing(corner, [charge]))
  }
}
