// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

@testable import PhaseField

/// The unknowns of ``DrivenCircuit``.
enum CircuitUnknown: CaseIterable, Unknown {
  case signal, charge, voltage

  var name: String { "\(self)" }
  var unit: String { "1" }
  var isDifferential: Bool { self != .voltage }
}

/// Numbers as the unknowns of a system.
final class NumberState: SystemState {
  var values: [Double]

  init(_ count: Int) { values = [Double](repeating: 0, count: count) }

  func copy(_ other: NumberState) { values = other.values }

  func add(_ factor: Double, _ other: NumberState) {
    for index in values.indices { values[index] += factor * other.values[index] }
  }

  func combine(_ terms: [(weight: Double, state: NumberState)]) {
    for index in values.indices {
      values[index] = terms.reduce(0) { $0 + $1.weight * $1.state.values[index] }
    }
  }
}

/// A stiff signal that is driven, a charge, and a voltage that follows from the signal.
///
///     s' = −λ (s − cos t) − sin t,   q' = v,   0 = v³ + v − s³ − s
///
/// From s = 1, q = 0 on it has the closed form s = v = cos t, q = sin t. No grid, no closed system:
/// the energy ½q² rises at first.
final class DrivenCircuit: CheckpointedSystem {
  /// λ in 1/s.
  static let stiffness = 100.0
  let communicator: Communicator
  /// Whether a rise of the energy is refused.
  let isClosed: Bool
  var tolerance = 1e-10

  init(_ communicator: Communicator, isClosed: Bool = false) {
    self.communicator = communicator
    self.isClosed = isClosed
  }

  var unknowns: [CircuitUnknown] { CircuitUnknown.allCases }
  var timeScales: TimeScales { TimeScales(shortest: 1 / DrivenCircuit.stiffness, longest: 1) }

  func makeState() -> NumberState { NumberState(unknowns.count) }
  func makeDifferential() -> NumberState { NumberState(unknowns.count(where: \.isDifferential)) }

  /// The state at the start; its voltage is for the stepper to find.
  func start() -> NumberState {
    let state = makeState()
    state.values[0] = 1
    return state
  }

  /// How far each unknown is from the closed form.
  func errors(_ state: NumberState, at time: Double) -> [Double] {
    zip(state.values, [cos(time), sin(time), cos(time)]).map { abs($0 - $1) }
  }

  func makeConsistent(_ state: NumberState, at time: Double) throws(ParallelError) -> Int {
    try findVoltage(state)
  }

  func solve(
    _ state: NumberState, at time: Double, rate: Double, history: NumberState
  ) throws(ParallelError) -> StepOutcome<Double> {
    let drive = DrivenCircuit.stiffness * cos(time) - sin(time)
    state.values[0] = (drive - history.values[0]) / (rate + DrivenCircuit.stiffness)
    var outcome = StepOutcome(energy: 0.0)
    outcome.newton = try findVoltage(state)
    state.values[1] = (state.values[2] - history.values[1]) / rate
    outcome.energy = try energy(state)
    outcome.converged = true
    return outcome
  }

  /// Newton's method for v³ + v = s³ + s.
  private func findVoltage(_ state: NumberState) throws(ParallelError) -> Int {
    let (signal, start) = (state.values[0], state.values[2])
    var voltage = start
    for iteration in 1...50 {
      let rest = voltage * voltage * voltage + voltage - signal * signal * signal - signal
      let change = rest / (3 * voltage * voltage + 1)
      voltage -= change
      state.values[2] = voltage
      if abs(change) <= tolerance { return iteration }
    }
    throw ParallelError(.notConverged, "no voltage from \(start) for a signal of \(signal)")
  }

  func norm(_ differential: NumberState) throws(ParallelError) -> Double {
    let (signal, charge) = (differential.values[0], differential.values[1])
    return ((signal * signal + charge * charge) / 2).squareRoot()
  }

  func energy(_ state: NumberState) throws(ParallelError) -> Double {
    0.5 * state.values[1] * state.values[1]
  }

  func refusal(of energy: Double, after former: Double, allowedError: Double) -> String? {
    isClosed && energy > former ? "the energy rose by \(energy - former)" : nil
  }

  /// The charge: a driven system keeps nothing, its change is watched.
  func invariants(_ state: NumberState) throws(ParallelError) -> [Double] { [state.values[1]] }

  var storedBytes: Int { 1024 + 8 * unknowns.count }

  func write(
    _ state: NumberState, to group: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.write("\(group)/values", state.values, shape: [state.values.count])
  }

  func readState(
    from group: String, of file: borrowing InputFile
  ) throws(ParallelError) -> NumberState {
    let state = makeState()
    state.values = try file.numbers("\(group)/values")
    return state
  }

  func numbers(of energy: Double) -> [Double] { [energy] }
  func energy(from numbers: [Double]) -> Double { numbers[0] }

  /// The largest unknown: what a summary of a system without fields may say.
  func summary(
    of state: NumberState, drift: [Double], mustStop: Bool
  ) throws(ParallelError) -> Double {
    state.values.reduce(0) { max($0, abs($1)) }
  }
}
