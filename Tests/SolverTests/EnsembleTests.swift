// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField
@testable import Verification

/// Particles in one dimension.
///
/// Collective: the ranks share the particles.
final class EnsembleTests: XCTestCase {
  private let world = TestSession.communicator

  func testE10aVoltage() throws { try runStudy("E10a") }
  func testE10bSpinodals() throws { try runStudy("E10b") }
  func testE10cGrowth() throws { try runStudy("E10c") }
  func testE10dCriticalCurrent() throws { try runStudy("E10d") }
  func testE10eEnsemble() throws { try runStudy("E10e") }
  func testE10fFluctuations() throws { try runStudy("E10f") }

  /// Seven particles of different speed, with an inside.
  private func model() -> EnsembleModel {
    var model = EnsembleModel(length: 300, cells: 24)
    model.ends = .composition(0.98)
    model.factors = EnsembleModel.quantileFactors(count: 7, spread: 1)
    return model
  }

  private func stepper(
    _ model: EnsembleModel, _ drive: Drive, on communicator: Communicator, mean: Double = 0.05
  ) throws -> TimeStepper<EnsembleSystem> {
    let system = EnsembleSystem(model, communicator)
    system.drive = drive
    return try TimeStepper(
      system,
      state: system.makeStart { particle, x in
        mean + 1e-2 * mean * cos(x / 40 + Double(particle))
      },
      options: StepOptions())
  }

  /// A discharge to 3.3 V, held there until the current has fallen, a rest, and a charge.
  private let steps: [DriveStep] = {
    var discharge = DriveStep(.current(0.5 * cRate))
    discharge.voltage = 3.3
    var hold = DriveStep(.voltage(3.3))
    hold.current = 0.2 * cRate
    var rest = DriveStep(.current(0))
    rest.time = 600
    var charge = DriveStep(.current(-1 * cRate))
    charge.mean = 0.2
    return [discharge, hold, rest, charge]
  }()

  /// Each step of a protocol ends where it is to; what the current brought is what is there.
  func testAProtocolEndsItsStepsWhereItIsTo() throws {
    let stepper = try stepper(model(), steps[0].drive, on: world)
    var course = DriveCourse<EnsembleSystem>(steps, window: 2...5)
    var ends: [DriveEnd] = []
    while !course.isDone {
      let (step, began) = (steps[course.place.index], course.place.began)
      guard let end = try course.advance(stepper, to: .infinity) else { continue }
      ends.append(end)
      // The next step has not begun: this is how the last one ended.
      let reading = try stepper.system.reading(stepper.state)
      switch end {
      case .voltage: XCTAssertEqual(reading.voltage, 3.3, accuracy: 2e-7)
      case .current:
        XCTAssertEqual(reading.current, 0.2 * cRate, accuracy: 1e-5 * cRate)
      case .time: XCTAssertEqual(stepper.time - began, try XCTUnwrap(step.time), accuracy: 1e-9)
      case .mean: XCTAssertEqual(reading.mean, 0.2, accuracy: 1e-12)
      case .window: XCTFail("the window ended a step")
      }
      XCTAssertEqual(try stepper.drift()[0], 0, accuracy: 1e-12)
    }
    XCTAssertEqual(ends, [.voltage, .current, .time, .mean])
  }

  /// A current that goes on for ever ends when the particles are full, by its voltage.
  func testACurrentWithoutAnEndStopsAtFullParticles() throws {
    var model = model()
    model.cells = 1
    model.ends = .neutral
    let stepper = try stepper(model, .current(cRate), on: world)
    var course = DriveCourse<EnsembleSystem>([DriveStep(.current(cRate))], window: 2.02...4.82)
    var end: DriveEnd?
    while end == nil { end = try course.advance(stepper, to: .infinity) }
    XCTAssertEqual(end, .window)
    let reading = try stepper.system.reading(stepper.state)
    XCTAssertEqual(reading.voltage, 2.02, accuracy: 1e-3)
    XCTAssertGreaterThan(reading.mean, 0.99)
    XCTAssertLessThan(reading.mean, 1)
  }

  /// The particles are shared out, the numbers are not: 1e-10.
  func testRanksAgree() throws {
    var noisy = model()
    noisy.noise = .init(
      isConserved: true, isReactive: true, seed: 4,
      resolution: EnsembleModel.Noise.resolution(for: cRate))
    for model in [model(), noisy] {
      var results: [[Double]] = []
      for communicator in [world, try world.alone()] {
        let stepper = try stepper(model, .current(cRate), on: communicator)
        while stepper.time < 900 { try stepper.advance(to: 900) }
        let summary = try stepper.summary()
        results.append([
          summary.mean, summary.voltage, summary.deviation, summary.active, summary.lowest,
          Double(stepper.steps),
        ])
      }
      for (all, alone) in zip(results[0], results[1]) {
        XCTAssertEqual(all, alone, accuracy: 1e-10)
      }
      XCTAssertEqual(results[0][0], 0.05 + 900 * cRate, accuracy: 1e-3)
    }
  }

  /// A restart in the middle of a protocol goes on bit for bit, noise included.
  func testARestartGoesOnBitForBit() throws {
    var model = model()
    model.noise = .init(isConserved: true, isReactive: false, seed: 2, resolution: 0.25)
    let path = try TestSession.scratch() + "/ensemble.checkpoint.h5"
    let whole = try stepper(model, steps[0].drive, on: world)
    var course = DriveCourse<EnsembleSystem>(steps, window: 2...5)
    for _ in 0..<12 { _ = try course.advance(whole, to: .infinity) }
    try whole.writeCheckpoint(path, effectiveCase: "case", drive: course.place)
    for _ in 0..<12 { _ = try course.advance(whole, to: .infinity) }
    let again = try stepper(model, steps[0].drive, on: world)
    try again.restore(path, effectiveCase: "case")
    var rest = DriveCourse<EnsembleSystem>(steps, window: 2...5)
    rest.resume(
      at: try DrivePlace.read(path, steps: steps.count, world), time: again.time, again.system)
    for _ in 0..<12 { _ = try rest.advance(again, to: .infinity) }
    XCTAssertEqual(again.time, whole.time)
    XCTAssertEqual(again.steps, whole.steps)
    XCTAssertEqual(again.state.overpotential, whole.state.overpotential)
    XCTAssertEqual(again.state.composition.array, whole.state.composition.array)
  }

  /// The noise of the reaction alone: at a fixed voltage ⟨δX²⟩ = kT/(c_max A h f″), over 4,000
  /// particles of one cell, to four standard errors of a variance.
  func testReactionNoiseMakesTheFluctuationsOfEquilibrium() throws {
    var model = EnsembleModel(length: 10, cells: 1)
    model.ends = .neutral
    model.crossSection = 1000
    model.factors = [Double](repeating: 1, count: 4000)
    let mean = 0.9
    let bend = model.energy.curvature(at: mean)
    let exchange =
      model.reaction.rateConstant * SurfaceReaction.exchange(at: mean)
    let decay = exchange * bend / (2 * model.reaction.thermalEnergy)
    model.noise = .init(
      isConserved: false, isReactive: true, seed: 1, resolution: 0.05 / decay)
    let voltage = model.reaction.referenceVoltage - model.energy.slope(at: mean)
    let system = EnsembleSystem(model, world)
    system.drive = .voltage(voltage)
    var options = StepOptions()
    options.tolerance = .infinity
    options.firstStep = 0.1 / decay
    options.longestStep = 0.1 / decay
    let stepper = try TimeStepper(
      system, state: system.makeStart { _, _ in mean }, options: options)
    for _ in 0..<40 { try stepper.advance(to: .infinity) }
    let expected =
      model.reaction.thermalEnergy / (model.siteDensity * model.crossSection * 10 * bend)
    let variance = pow(try system.deviation(stepper.state), 2)
    XCTAssertEqual(variance / expected, 1, accuracy: 4 * (2.0 / 4000).squareRoot() + 0.01)
  }

  /// Space: the position-free potential of one interface is exact, the energy of a wave is of second
  /// order in the cell.
  func testAWaveDecaysToSecondOrderInTheCell() throws {
    var rates: [Double] = []
    for cells in [8, 16, 32, 64] {
      var model = EnsembleModel(length: 100, cells: cells)
      model.ends = .neutral
      model.reaction.rateConstant = 0
      let system = EnsembleSystem(model, world)
      let wave = 2 * Double.pi / 100
      let mobility = model.diffusivity * 0.9 * 0.1 / model.reaction.thermalEnergy
      let exact =
        mobility * wave * wave
        * (model.energy.curvature(at: 0.9) + model.coherency + model.kappa * wave * wave)
      var options = StepOptions()
      options.tolerance = .infinity
      options.firstStep = 0.01 / exact
      options.longestStep = 0.01 / exact
      let stepper = try TimeStepper(
        system, state: system.makeStart { _, x in 0.9 + 1e-5 * cos(wave * x) }, options: options)
      let start = try system.deviation(stepper.state)
      for _ in 0..<100 { try stepper.advance(to: .infinity) }
      rates.append(-log(try system.deviation(stepper.state) / start) / stepper.time / exact - 1)
    }
    for (coarse, fine) in zip(rates, rates.dropFirst()) {
      XCTAssertEqual(log2(abs(coarse / fine)), 2, accuracy: 0.2, "\(rates)")
    }
  }
}
