// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField

/// Conserved noise in two and three dimensions.
///
/// Collective.
final class FluxNoiseTests: XCTestCase {
  private static let noise = PhaseFieldModel.Noise(
    seed: 7, thermalEnergy: 0.0257, sitesPerVolume: 13.76, resolution: 1)

  /// LiFePO₄ without strain, with an oblique void and a wave of X.
  private func system(
    isPlane: Bool, _ communicator: Communicator = TestSession.communicator
  ) throws -> (system: PhaseFieldSystem, state: Fields) {
    let grid = StructuredGrid(
      elements: (9, 7, isPlane ? 0 : 4), size: Directions(18, 21, isPlane ? 1 : 6),
      periodic: (true, false), communicator: communicator)
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    model.diffusivity = Directions(1, 3, 20)
    model.noise = Self.noise
    let solid = VolumeFractions(grid) { at in
      let (x, y) = (at.x - 8, at.y - 9)
      return (x * x + y * y + 0.3 * x * y).squareRoot() - 4.3
    }
    let system = try PhaseFieldSystem(grid: grid, model: model, fractions: solid)
    let state = system.makeState()
    system.setComposition(state) { 0.4 + 0.3 * cosine(2 * .pi * $0.x / 18) * cosine(0.2 * $0.y) }
    try state.fillGhosts(grid.halo)
    return (system, state)
  }

  /// Σ v w over the own nodes of all ranks.
  private func dot(_ v: Lane, _ w: Lane, _ grid: StructuredGrid) throws -> Double {
    var sum = 0.0
    forOwn(grid) { place, _ in sum += v[place] * w[place] }
    return try grid.communicator.sum(sum)
  }

  /// Own nodes with their numbers among all.
  private func forOwn(_ grid: StructuredGrid, _ body: (_ place: Int, _ number: Int) -> Void) {
    for k in 0..<grid.layout.z {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          let row = k * grid.nodes.y + grid.own.y.lowerBound + j
          body(grid.layout.index(i, j, k), row * grid.nodes.x + grid.own.x.lowerBound + i)
        }
      }
    }
  }

  func testNoiseHasTheCovarianceOfTheMobility() throws {
    for isPlane in [true, false] {
      // Each rank for itself: another test compares the noise of ranks.
      let (system, state) = try system(isPlane: isPlane, TestSession.communicator.alone())
      let grid = system.grid
      let history = system.makeDifferential()
      /// The rows of X, unscaled, of a potential: K_M μ and what does not depend on μ.
      func flow(_ potential: Lane?) throws -> Fields {
        let at = system.makeState()
        at.copy(state)
        if let potential { at[.potential].copy(potential, grid.layout) }
        _ = try system.evaluate(at, history: history)
        let rows = Fields(grid.layout, count: 2)
        rows[0].copy(system.residual[0], grid.layout)
        system.unscale(rows)
        return rows
      }
      let still = try flow(nil)
      let draws = IndexedNoise(seed: 3)
      // White vectors see every mode of every element, a smooth one the lowest, a chessboard the
      // highest alone.
      let vectors = (0..<6).map { number in
        let vector = Fields(grid.layout, count: 1)
        forOwn(grid) { place, node in
          let (i, j, k) = (node % 9, node / 9 % 8, node / 72)
          vector[0][place] =
            switch number {
            case 0..<4: draws.normal(stream: number, index: node)
            case 4: cosine(.pi * Double(j) / 7)
            default: (i + j + k).isMultiple(of: 2) ? 1 : -1
            }
        }
        return vector
      }
      let (count, length) = (isPlane ? 3000 : 700, 2.0)
      var squares = [Double](repeating: 0, count: vectors.count)
      let (start, trial) = (system.makeState(), system.makeState())
      start.copy(state)
      var drift = 0.0
      let ones = Fields(grid.layout, count: 1)
      ones.fill(1)
      for draw in 0..<count {
        let time = Double(draw) * length
        system.prepare(trial, from: start, at: time, to: time + length)
        let moved = trial[system.components]
        var size = 0.0
        forOwn(grid) { place, _ in size += abs(moved[place]) }
        let share = try dot(ones[0], moved, grid) / (try grid.communicator.sum(size))
        drift = max(drift, abs(share))
        for (index, vector) in vectors.enumerated() {
          let found = try dot(vector[0], moved, grid)
          squares[index] += found * found / Double(count)
        }
      }
      let factor = 2 * Self.noise.thermalEnergy / Self.noise.sitesPerVolume * length
      var mean = 0.0
      for (index, vector) in vectors.enumerated() {
        let rows = try flow(vector[0])
        VectorKernels.add(-1, still, to: rows)
        let expected = factor * (try dot(vector[0], rows[0], grid))
        // Five standard errors of a variance.
        XCTAssertEqual(
          squares[index] / expected, 1, accuracy: 5 * (2 / Double(count)).squareRoot(),
          "vector \(index), plane \(isPlane)")
        mean += squares[index] / expected / Double(vectors.count)
      }
      XCTAssertEqual(mean, 1, accuracy: 5 * (2 / Double(6 * count)).squareRoot())
      XCTAssertLessThan(drift, 1e-15)
    }
  }

  func testFluctuationsAreThoseOfEquilibrium() throws {
    // f = ½ f″ X² and a constant mobility are linear: each wave is a process of its own.
    let (n, length, curvature, kappa, kT) = (8, 12.0, 1.0, 0.3, 0.025)
    let h = length / Double(n)
    let grid = StructuredGrid(
      elements: (n, n, 0), size: Directions(length, length, 2), periodic: (true, true),
      communicator: try TestSession.communicator.alone())
    var model = PhaseFieldModel(
      energy: .polynomial(PolynomialEnergy([0, 0, 0.5 * curvature])),
      kappa: Directions(kappa, kappa, kappa), mobility: .constant,
      diffusivity: Directions(1, 1, 1), energyScale: 1)
    // Symbols of Q1 elements: mass, gradient, energy and rate of a wave.
    func symbols(_ a: Int, _ c: Int) -> (energy: Double, rate: Double) {
      func one(_ m: Int) -> (mass: Double, gradient: Double) {
        let angle = cosine(2 * .pi * Double(m) / Double(n))
        return ((2 + angle) / 3, 2 * (1 - angle) / (h * h))
      }
      let (x, y) = (one(a), one(c))
      let mass = x.mass * y.mass
      let gradient = x.gradient * y.mass + x.mass * y.gradient
      let energy = curvature * mass + kappa * gradient
      return (energy, gradient * energy / (mass * mass))
    }
    let step = 0.1 / symbols(1, 0).rate
    model.noise = PhaseFieldModel.Noise(
      seed: 11, thermalEnergy: kT, sitesPerVolume: 13.76, resolution: step)
    let system = try PhaseFieldSystem(grid: grid, model: model, fractions: VolumeFractions(grid))
    var options = StepOptions()
    (options.tolerance, options.firstStep, options.longestStep) = (.infinity, step, step)
    let stepper = try PhaseFieldStepper(system, state: system.makeState(), options: options)
    // BDF2 of a process of rate λ with z = λΔt: x₊ = (2x₀ − ½x₋ + 3/2 ΔW₊ − ½ΔW₀)/(3/2 + z).
    func ratio(_ z: Double) -> Double {
      var (last, psi) = (0.0, 1.5 / (1.5 + z))
      var sum = psi * psi
      for lag in 1..<4000 {
        (last, psi) = (psi, (2 * psi - 0.5 * last - (lag == 1 ? 0.5 : 0)) / (1.5 + z))
        sum += psi * psi
      }
      return 2 * z * sum
    }
    // A half of the waves, the others are their mirror images; the mean is conserved.
    var waves: [(a: Int, c: Int)] = []
    for c in 0...n / 2 {
      for a in 0..<n where a + c > 0 { waves.append((a, c)) }
    }
    let volume = length * length * 2
    let expected: [Double] = waves.map { wave in
      let (energy, rate) = symbols(wave.a, wave.c)
      return kT / (13.76 * volume * energy) * ratio(rate * step)
    }
    var (all, slow, samples, slowWaves) = (0.0, 0.0, 0, 0)
    for count in 0..<1900 {
      try stepper.advance(to: .infinity)
      guard count >= 300, count % 4 == 0 else { continue }
      samples += 1
      slowWaves = 0
      for (wave, expected) in zip(waves, expected) {
        var sums = [0.0, 0.0]
        let x = stepper.state[.composition]
        forOwn(grid) { place, node in
          let (i, j) = (node % n, node / n)
          let angle = 2 * Double.pi * Double(wave.a * i + wave.c * j) / Double(n)
          sums[0] += x[place] * cosine(angle) / Double(n * n)
          sums[1] += x[place] * sine(angle) / Double(n * n)
        }
        try grid.communicator.reduce(&sums, .sum)
        let share = (sums[0] * sums[0] + sums[1] * sums[1]) / expected
        all += share / Double(waves.count)
        if symbols(wave.a, wave.c).rate * step < 0.5 {
          slow += share * ratio(symbols(wave.a, wave.c).rate * step)
          slowWaves += 1
        }
      }
    }
    XCTAssertEqual(all / Double(samples), 1, accuracy: 0.04)
    // Waves that the steps resolve have what equilibrium asks for, whatever the steps are.
    XCTAssertGreaterThan(slowWaves, 3)
    XCTAssertEqual(slow / Double(samples * slowWaves), 1, accuracy: 0.12)
    XCTAssertLessThan(abs(try stepper.massDrift()), 1e-14)
    XCTAssertEqual(stepper.rejected, 0)
  }

  func testNoiseIsTheSameOnAnyRanks() throws {
    for isPlane in [true, false] {
      let (shared, state) = try system(isPlane: isPlane)
      let (whole, wholeState) = try system(
        isPlane: isPlane, TestSession.communicator.alone())
      let (trial, wholeTrial) = (shared.makeState(), whole.makeState())
      shared.prepare(trial, from: state, at: 3.3, to: 8.1)
      whole.prepare(wholeTrial, from: wholeState, at: 3.3, to: 8.1)
      var all = [Int: Double]()
      forOwn(whole.grid) { all[$1] = wholeTrial[whole.components][$0] }
      var size = 0.0
      forOwn(shared.grid) { place, node in
        let found = trial[shared.components][place]
        XCTAssertEqual(found, all[node] ?? .nan, accuracy: 1e-15)
        size = max(size, abs(found))
      }
      XCTAssertGreaterThan(try TestSession.communicator.maximum(size), 1e-4)
    }
  }

  func testARestartGoesOnBitForBitAndTheContentStays() throws {
    let grid = StructuredGrid(
      elements: (48, 8, 0), size: Directions(144, 24, 10), periodic: (true, true),
      communicator: TestSession.communicator)
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    model.noise = PhaseFieldModel.Noise(seed: 5, thermalEnergy: 0.0257, sitesPerVolume: 13.76)
    func stepper() throws -> PhaseFieldStepper {
      let system = try PhaseFieldSystem(grid: grid, model: model, fractions: VolumeFractions(grid))
      let state = system.makeState()
      system.setComposition(state) { _ in 0.3 }
      return try PhaseFieldStepper(system, state: state, options: StepOptions())
    }
    let first = try stepper()
    let path = try TestSession.scratch() + "/noise.checkpoint.h5"
    for step in 0..<8 {
      if step == 4 { try first.writeCheckpoint(path, effectiveCase: "noise") }
      try first.advance(to: 1000)
      XCTAssertEqual(first.rejections.energy, 0)
    }
    let second = try stepper()
    try second.restore(path, effectiveCase: "noise")
    for _ in 4..<8 { try second.advance(to: 1000) }
    XCTAssertEqual(first.time, second.time)
    for field in 0..<first.state.count {
      let (x, y) = (first.state[field], second.state[field])
      forOwn(grid) { place, _ in XCTAssertEqual(x[place], y[place], "field \(field)") }
    }
    XCTAssertLessThan(abs(try first.massDrift()), 1e-14)
    XCTAssertGreaterThan(try first.system.deviation(first.state), 1e-3)
    // While it is nearly uniform no step skips the growth.
    XCTAssertLessThan(first.lastStep, 0.21 / first.system.fastestGrowth)
    // D_b/κ_b is far larger, and does nothing in a plane: M f″²/4κ of the axes in it.
    let law = RegularSolution.lithiumIronPhosphate
    let fastest = (1..<200).map { index in
      let x = Double(index) / 200
      let bend = min(0, law.curvature(at: x))
      return x * (1 - x) / law.thermalEnergy * bend * bend / (4 * 13.4)
    }.max()
    XCTAssertEqual(first.system.fastestGrowth, try XCTUnwrap(fastest), accuracy: 1e-12)
  }
}
