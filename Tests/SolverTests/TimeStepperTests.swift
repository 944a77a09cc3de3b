// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import PhaseField

/// The stepper over a system of three numbers, one of them algebraic, with a closed form.
///
/// Collective: each rank does the same.
final class TimeStepperTests: XCTestCase {
  private let world = TestSession.communicator

  private func stepper(
    _ tolerance: Double, firstStep: Double? = nil, isClosed: Bool = false
  ) throws -> TimeStepper<DrivenCircuit> {
    let system = DrivenCircuit(world, isClosed: isClosed)
    var options = StepOptions()
    options.tolerance = tolerance
    options.firstStep = firstStep
    return try TimeStepper(system, state: system.start(), options: options)
  }

  /// Errors at one second with prescribed steps, each second one half as long again.
  private func errors(_ pairs: Int) throws -> [Double] {
    let size = 1 / (2.5 * Double(pairs))
    let stepper = try stepper(.infinity, firstStep: size)
    for pair in 0..<pairs {
      let begin = 2.5 * size * Double(pair)
      try stepper.advance(to: begin + size)
      try stepper.advance(to: pair == pairs - 1 ? 1 : begin + 2.5 * size)
    }
    XCTAssertEqual(stepper.steps, 2 * pairs)
    XCTAssertEqual(stepper.time, 1)
    XCTAssertEqual(stepper.rejected, 0)
    return stepper.system.errors(stepper.state, at: 1)
  }

  func testPrescribedStepsOfUnequalLengthConvergeToSecondOrder() throws {
    let errors = try [50, 100, 200, 400].map { try self.errors($0) }
    for unknown in CircuitUnknown.allCases.indices {
      let course = errors.map { $0[unknown] }
      for (coarse, fine) in zip(course, course.dropFirst()) {
        XCTAssertEqual(log2(coarse / fine), 2, accuracy: 0.15, "\(unknown): \(course)")
      }
    }
  }

  func testTheAlgebraicUnknownOfTheStartIsFound() throws {
    let stepper = try stepper(1e-4)
    XCTAssertEqual(stepper.state.values[2], 1, accuracy: 1e-12)
    XCTAssertGreaterThan(stepper.startIterations, 2)
    XCTAssertEqual(stepper.system.makeDifferential().values.count, 2)
  }

  /// Local errors add up: no more than their sum remains, and the estimates are no empty bound.
  func testStepsKeepToTheTolerance() throws {
    var counts: [Int] = []
    for tolerance in [1e-4, 1e-6] {
      let stepper = try stepper(tolerance)
      var sum = 0.0
      while stepper.time < 6 {
        let before = stepper.time
        try stepper.advance(to: 6)
        XCTAssertGreaterThan(stepper.time, before)
        XCTAssertLessThanOrEqual(stepper.lastError, tolerance)
        sum += stepper.lastError
      }
      let error = stepper.system.errors(stepper.state, at: 6).max() ?? .nan
      XCTAssertLessThan(error, 2 * sum, "\(tolerance): \(stepper.steps) steps")
      XCTAssertGreaterThan(error, 1e-2 * sum)
      XCTAssertEqual(try stepper.drift()[0], sin(6), accuracy: error * 1.01)
      counts.append(stepper.steps)
    }
    // An error of third order: a hundredth of it takes 4.6 times the steps.
    XCTAssertEqual(Double(counts[1]) / Double(counts[0]), 4.6, accuracy: 1, "\(counts)")
  }

  func testAStepThatErrsTooMuchIsRepeated() throws {
    let stepper = try stepper(1e-6, firstStep: 0.5)
    try stepper.advance(to: 6)
    XCTAssertGreaterThan(stepper.rejections.error, 0)
    XCTAssertEqual(stepper.rejections.error, stepper.rejected)
    XCTAssertLessThan(stepper.lastStep, 0.1)
    XCTAssertLessThan(stepper.system.errors(stepper.state, at: stepper.time).max() ?? .nan, 2e-6)
  }

  func testAnOpenSystemMayGainEnergyAndAClosedOneMayNot() throws {
    let open = try stepper(1e-4)
    while open.time < 1 { try open.advance(to: 1) }
    XCTAssertGreaterThan(open.energy, 0.3)
    XCTAssertEqual(open.rejections.energy, 0)
    let closed = try stepper(1e-4, isClosed: true)
    do throws(ParallelError) {
      while closed.time < 1 { try closed.advance(to: 1) }
      XCTFail("the energy rose to \(closed.energy)")
    } catch {
      XCTAssertEqual(error.kind, .notConverged)
      XCTAssertTrue(error.message.contains("the energy rose by"), error.message)
      XCTAssertGreaterThan(closed.rejections.energy, 0)
    }
  }

  /// In memory and from a file: the same steps to the same numbers as without a stop.
  func testARestartGoesOnBitForBit() throws {
    let whole = try stepper(1e-4)
    for _ in 0..<12 { try whole.advance(to: 6) }
    let record = whole.record
    let path = try TestSession.scratch() + "/circuit.checkpoint.h5"
    try whole.writeCheckpoint(path, effectiveCase: "system: circuit\n")
    while whole.time < 6 { try whole.advance(to: 6) }
    XCTAssertGreaterThan(whole.steps, 20)
    let (inMemory, fromFile) = (try stepper(1e-4), try stepper(1e-4))
    inMemory.resume(record)
    try fromFile.restore(path, effectiveCase: "system: circuit\n")
    for again in [inMemory, fromFile] {
      XCTAssertEqual(again.steps, 12)
      while again.time < 6 { try again.advance(to: 6) }
      XCTAssertEqual(again.state.values, whole.state.values)
      XCTAssertEqual(again.steps, whole.steps)
      XCTAssertEqual(again.lastStep, whole.lastStep)
      XCTAssertEqual(again.newton, whole.newton)
      XCTAssertEqual(again.energy, whole.energy)
      XCTAssertEqual(try again.drift(), try whole.drift())
      XCTAssertEqual(try again.summary(), try whole.summary())
    }
    XCTAssertThrowsError(try fromFile.restore(path, effectiveCase: "system: other\n"))
  }
}
