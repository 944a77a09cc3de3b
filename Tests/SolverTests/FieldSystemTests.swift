// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import PhaseField

/// Fields with an energy on a spectral box.
///
/// Collective.
final class FieldSystemTests: XCTestCase {
  private let world = TestSession.communicator

  private func box(
    _ x: Int, _ y: Int, size: Double = 40, _ sides: BoxSides = .closed,
    on communicator: Communicator? = nil
  ) -> SpectralBox {
    SpectralBox(
      points: Directions(x, y, 1), size: Directions(size, size, 1),
      sides: Directions(sides, sides, sides), communicator: communicator ?? world)
  }

  /// A start with waves of all kinds, on any box.
  private func start(_ system: FieldSystem, _ mean: Double, _ amplitude: Double) throws -> Fields {
    let size = system.box.size
    return try system.makeStart { _, place in
      let (x, y) = (2 * Double.pi * place.x / size.x, 2 * Double.pi * place.y / size.y)
      return mean + amplitude * (cos(x) * cos(2 * y) + cos(3 * x) + cos(y))
    }
  }

  /// ∂²f is the derivative of ∂f, and ∂f that of f, point by point.
  func testDerivativesOfTheEnergyAgree() throws {
    let energy: any FieldEnergy = DoubleWellEnergy.pfhub1
    let layout = FieldLayout(x: 11, y: 2, z: 1, isPlane: true)
    func made(_ count: Int) -> Fields { Fields(layout, count: count) }
    let pairs = energy.count * (energy.count + 1) / 2
    let values = made(energy.count)
    let (slopes, bends) = (made(energy.count), made(pairs))
    let (upper, lower, unused) = (made(energy.count), made(energy.count), made(pairs))
    for field in 0..<energy.count {
      for i in 0..<11 {
        for j in 0..<2 { values[field][layout.index(i, j, 0)] = 0.05 * Double(2 * i + j) - 0.1 }
      }
    }
    _ = energy.evaluate(values, slopes: slopes, curvatures: bends)
    let (place, h) = (layout.index(7, 1, 0), 1e-5)
    for field in 0..<energy.count {
      let middle = values[field][place]
      values[field][place] = middle + h
      let high = energy.evaluate(values, slopes: upper, curvatures: unused)
      values[field][place] = middle - h
      let low = energy.evaluate(values, slopes: lower, curvatures: unused)
      values[field][place] = middle
      XCTAssertEqual(slopes[field][place], (high - low) / (2 * h), accuracy: 1e-9)
      for other in 0..<energy.count {
        let change = (upper[other][place] - lower[other][place]) / (2 * h)
        XCTAssertEqual(bends[pairIndex(field, other)][place], change, accuracy: 1e-8)
      }
    }
  }

  /// The product with the Jacobian is the derivative of what the equations leave.
  func testTheJacobianIsTheDerivativeOfTheEquations() throws {
    let system = FieldSystem(.pfhub1, box(15, 12, .periodic))
    let state = try start(system, 0.5, 0.05)
    let direction = try start(system, 0, 0.3)
    let (history, product) = (system.makeState(), system.makeState())
    history.add(-3, state)
    let h = 1e-5
    func left(_ shift: Double) throws -> Fields {
      let moved = system.makeState()
      moved.copy(state)
      moved.add(shift, direction)
      _ = try system.evaluate(moved, rate: 2.5, history: history)
      let copy = system.makeState()
      copy.copy(system.residual)
      return copy
    }
    let change = try left(h)
    change.add(-1, try left(-h))
    // The second derivatives at the state; a solution makes the diagonal.
    let solved = system.makeState()
    solved.copy(state)
    _ = try system.solve(solved, at: 0, rate: 2.5, history: history)
    _ = try system.evaluate(state, rate: 2.5, history: history)
    try system.applyJacobian(direction, into: product)
    product.add(-1 / (2 * h), change)
    if system.box.holdsMean { product[0][system.box.meanPlace] = 0 }
    XCTAssertLessThan(try system.norm(product), 1e-7)
  }

  /// Waves of small amplitude grow by −Mk²(f″ + κk²), mode by mode, to second order in the step.
  func testWavesGrowByTheirRates() throws {
    let system = FieldSystem(.pfhub1, box(16, 16))
    let waves = [(1, 0), (2, 3), (4, 1), (5, 5)]
    func ratios(_ steps: Int) throws -> [Double] {
      let state = try system.makeStart { _, place in
        waves.reduce(0.5) {
          $0 + 1e-7 * cos(Double.pi * Double($1.0) * place.x / 40)
            * cos(Double.pi * Double($1.1) * place.y / 40)
        }
      }
      let begin = system.makeState()
      begin.copy(state)
      var options = StepOptions()
      options.tolerance = .infinity
      options.firstStep = 0.4 / Double(steps)
      system.tolerance = 1e-15
      let stepper = try TimeStepper(system, state: state, options: options)
      for step in 1...steps { try stepper.advance(to: 0.4 * Double(step) / Double(steps)) }
      return try waves.map { wave in
        var both = [0.0, 0.0]
        if system.box.columns.contains(wave.0) {
          let i = wave.0 - system.box.columns.lowerBound
          let place = system.box.modeLayout.index(i, wave.1, 0)
          both = [stepper.state[0][place], begin[0][place]]
        }
        try world.reduce(&both, .sum)
        return log(both[0] / both[1])
      }
    }
    let (coarse, fine) = (try ratios(40), try ratios(80))
    for (index, wave) in waves.enumerated() {
      let square = system.box.square(wave.0, wave.1, 0)
      let exact = -0.4 * 5 * square * (-0.8 + 2 * square)
      XCTAssertEqual(fine[index], exact, accuracy: 1e-3 * abs(exact), "\(wave)")
      XCTAssertEqual(
        log2((coarse[index] - exact) / (fine[index] - exact)), 2, accuracy: 0.25, "\(wave)")
    }
  }

  /// One rank is the oracle of more; some may have no row.
  func testRanksAgreeAndContentsStay() throws {
    for (sides, rows) in [(BoxSides.closed, 20), (.periodic, 2)] {
      var energies: [Double] = []
      for communicator in [world, try world.alone()] {
        let system = FieldSystem(.pfhub1, box(18, rows, sides, on: communicator))
        let stepper = try TimeStepper(
          system, state: try start(system, 0.5, 0.02), options: StepOptions())
        var former = stepper.energy
        while stepper.time < 50 {
          try stepper.advance(to: 50)
          XCTAssertLessThanOrEqual(stepper.energy, former + 1e-9 * abs(former))
          former = stepper.energy
        }
        XCTAssertLessThan(abs(try stepper.drift()[0]), 1e-13)
        energies.append(stepper.energy)
      }
      XCTAssertEqual(energies[0], energies[1], accuracy: 1e-10 * energies[1])
    }
  }

  /// A flat boundary has the tension √(2κρ)(c_β − c_α)³/6, and the run comes to rest there.
  func testAFlatBoundaryComesToRestWithItsTension() throws {
    let system = FieldSystem(.pfhub1, box(64, 4))
    let state = try system.makeStart { _, place in 0.5 + 0.15 * cos(Double.pi * place.x / 40) }
    let stepper = try TimeStepper(system, state: state, options: StepOptions())
    while stepper.time < 1e9 { try stepper.advance(to: 1e9) }
    XCTAssertTrue(stepper.isAtRest)
    let tension = (2.0 * 2 * 5).squareRoot() * 0.4 * 0.4 * 0.4 / 6
    XCTAssertEqual(stepper.energy / 40, tension, accuracy: 1e-5 * tension)
  }
}
