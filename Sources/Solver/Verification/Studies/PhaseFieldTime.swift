// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Rows E11 and E12, the choice of time steps.
extension PhaseFieldStudies {
  /// The same particle in other units of time: D and all times scaled.
  ///
  /// The only time in the equations is in D: with D → uD a run has the same states at t/u. An
  /// absolute tolerance, floor or first step in seconds anywhere in the stepper would break that.
  @Sendable static func timeUnits(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    func setup(
      _ elements: Directions<Int>, _ size: Directions<Double>, elastic: Bool
    ) -> SimulationSetup {
      SimulationSetup(
        size: size, elements: elements, voids: [], periodic: (true, true),
        model: .lithiumIronPhosphate(elastic: elastic),
        start: .init(
          mean: 0.5,
          pattern: .front(.init(amplitude: 0.485, position: 80, width: 12.15, tilt: 0.25))))
    }
    var bar = setup(Directions(64, 2, 0), Directions(200, 6.25, 10), elastic: false)
    bar.start.pattern = .waves([
      .init(amplitude: 0.03, vector: Directions(4 * .pi / 200, 0, 0)),
      .init(amplitude: 0.03, vector: Directions(2 * .pi / 200, 0, 0), phase: 1),
    ])
    var plate = setup(Directions(16, 12, 0), Directions(50, 37.5, 30), elastic: true)
    plate.start.pattern = .noise(amplitude: 0.01, seed: 3)
    var particle = setup(Directions(16, 8, 6), Directions(160, 80, 60), elastic: true)
    particle.periodic = (false, false)
    var rows = [("bar", bar, 1100.0), ("plate of noise", plate, options.quick ? 60 : 2500)]
    if !options.quick { rows.append(("particle", particle, 2000)) }
    var results: [StudyResult] = []
    for (name, setup, end) in rows {
      let first = try run(setup, unit: 1, end, communicator)
      for unit in [1e3, 1e6] {
        let other = try run(setup, unit: unit, end, communicator)
        var largest = 0.0
        first.system.forSolid { place, _ in
          largest = max(
            largest, abs(first.state[.composition][place] - other.state[.composition][place]))
        }
        let title = "\(name), D × \(unit)"
        results += [
          StudyResult("\(title): steps more", Double(other.steps - first.steps), within: 0...0),
          StudyResult(
            "\(title): rejected more", Double(other.rejected - first.rejected), within: 0...0),
          StudyResult(
            "\(title): largest difference of X", try communicator.maximum(largest), atMost: 1e-6),
        ]
      }
      log.note("\(name): \(first.steps) steps, \(first.rejected) rejected")
    }
    return results
  }

  private static func run(
    _ setup: SimulationSetup, unit: Double, _ end: Double, _ communicator: Communicator
  ) throws(ParallelError) -> PhaseFieldStepper {
    var setup = setup
    let d = setup.model.diffusivity
    setup.model.diffusivity = Directions(d.x * unit, d.y * unit, d.z * unit)
    let stepper = try setup.stepper(StepOptions(), communicator)
    while stepper.time < end / unit * (1 - 1e-12) { try stepper.advance(to: end / unit) }
    return stepper
  }

  /// A wave that decays by a closed form.
  @Sendable static func stepError(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for unit in [1e-3, 1, 1e3] {
      for product in options.quick ? [1e-3, 0.3] : [1e-3, 1e-2, 0.1, 0.3] {
        for (name, ratio) in zip(
          ["start", "step"], try LinearDecay(unit, communicator).ratios(product))
        {
          results.append(
            StudyResult(
              "hλ = \(product), unit of time \(unit) s, \(name): estimated error over the true one",
              ratio, within: 0.5...2))
        }
      }
    }
    var runs: [(steps: Int, error: Double)] = []
    for power in 2...7 {
      let run = try LinearDecay(1, communicator).run(tolerance: pow(10, -Double(power)))
      log.note("tolerance 1e-\(power): \(run.steps) steps, error \(run.error)")
      runs.append(run)
    }
    let falls = zip(runs, runs.dropFirst()).map { $0.error / $1.error }
    results.append(
      StudyResult(
        "least fall of the global error over a decade of the tolerance", falls.min() ?? 0,
        atLeast: 2))
    for (coarse, fine) in [(1, 3), (3, 5)] {
      let order =
        log2(runs[coarse].error / runs[fine].error)
        / log2(Double(runs[fine].steps) / Double(runs[coarse].steps))
      results.append(
        StudyResult(
          "order of the global error in steps, tolerance 1e-\(coarse + 2) to 1e-\(fine + 2)", order,
          atLeast: 1.8))
    }
    return results
  }
}

/// One cosine of a quadratic energy, which decays as exp(−λt) in the discrete equations too.
private struct LinearDecay {
  private static let amplitude = 0.2
  private let grid: StructuredGrid
  private let model: PhaseFieldModel
  private let wave = 2 * Double.pi / 64
  /// λ in 1/s.
  private let rate: Double

  /// λ = 1/unit.
  init(_ unit: Double, _ communicator: Communicator) {
    grid = StructuredGrid(
      elements: (16, 4, 0), size: Directions(64, 16, 1), periodic: (true, true),
      communicator: communicator)
    rate = 1 / unit
    // The eigenvalue k̃² of −∇² for a wave along x on linear elements: stiffness over consistent
    // mass, (2 − 2 cos kh)/h over h (2 + cos kh)/3. With f″ = 1 and κ = 10 the wave decays at λ = M
    // k̃²(1 + 10 k̃²), from which M follows. In k itself the error of the grid would hide that of
    // the steps.
    let h = grid.spacing.x
    let square = 6 / (h * h) * (1 - cos(wave * h)) / (2 + cos(wave * h))
    let mobility = rate / (square * (1 + 10 * square))
    model = PhaseFieldModel(
      energy: .polynomial(PolynomialEnergy([0, 0, 0.5])), kappa: Directions(10, 10, 10),
      mobility: .constant, diffusivity: Directions(mobility, mobility, mobility), energyScale: 1)
  }

  private func stepper(_ options: StepOptions) throws(ParallelError) -> PhaseFieldStepper {
    let system = try PhaseFieldSystem(
      grid: grid, model: model, fractions: VolumeFractions(grid))
    system.options.tolerance = 1e-14
    let state = system.makeState()
    system.setComposition(state) { 0.5 + LinearDecay.amplitude * cos(wave * $0.x) }
    return try TimeStepper(system, state: state, options: options)
  }

  /// Estimated over true local error for steps of hλ: of the start, in two halves, and of the last of
  /// twenty equal steps, where the first order of the start has died out of the differences.
  func ratios(_ product: Double) throws(ParallelError) -> [Double] {
    var options = StepOptions()
    (options.tolerance, options.relativeTolerance) = (0.1, 1)
    options.firstStep = product / rate
    options.longestStep = product / rate
    let stepper = try stepper(options)
    let z = product
    // One step of y′ = −λy from exact levels, for a size of one before it; the true one is e^(−z).
    // The start is two steps of BDF1 (implicit Euler) of half the size, each 1/(1 + z/2). Equal
    // steps of BDF2, (3/2 y₁ − 2y₀ + ½ y₋₁) = −z y₁ with y₀ = 1 and y₋₁ = e^z, give the other.
    let start = 1 / ((1 + z / 2) * (1 + z / 2))
    let equal = (2 - 0.5 * exp(z)) / (1.5 + z)
    var ratios: [Double] = []
    for step in 1...20 {
      let size = try stepper.system.deviation(stepper.state)
      try stepper.advance(to: .infinity)
      guard step == 1 || step == 20 else { continue }
      let exact = step == 1 ? start : equal
      ratios.append(stepper.lastError / (size * abs(exact - exp(-z))))
    }
    return ratios
  }

  /// Two mean lives under control of the error: steps and the error at their end.
  ///
  /// The deviation from the mean of A cos kx is A/√2.
  func run(tolerance: Double) throws(ParallelError) -> (steps: Int, error: Double) {
    var options = StepOptions()
    (options.tolerance, options.relativeTolerance) = (tolerance, 1)
    let stepper = try stepper(options)
    let end = 2 / rate
    while stepper.time < end * (1 - 1e-12) { try stepper.advance(to: end) }
    let exact = LinearDecay.amplitude * exp(-2) / 2.0.squareRoot()
    return (stepper.steps, abs(try stepper.system.deviation(stepper.state) - exact))
  }
}
