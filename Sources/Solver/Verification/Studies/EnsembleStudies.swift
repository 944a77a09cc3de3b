// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel
import PhaseField
import Physics

/// Rows E10 of the verification: particles in one dimension.
enum EnsembleStudies {
  static let all = [
    Study("E10a", "voltage of a particle in equilibrium and of a uniform one", run: voltage),
    Study("E10b", "spinodals with and without coherency", run: spinodals),
    Study("E10c", "growth of small waves on discharge", run: growth),
    Study("E10d", "critical current against the width of the interface", run: criticalCurrent),
    Study("E10e", "400 uniform particles of different speed", run: ensemble),
    Study("E10f", "equilibrium fluctuations of conserved noise", run: fluctuations),
    Study("E10g", "statements of Fig. S13 for both ends of a particle", run: statements),
  ]

  /// κ for interfaces of 13 and 130 nm.
  static let penalties = [(factor: 1.0, name: "κ"), (factor: 100.0, name: "100 κ")]

  /// The SI's particle of 1.3 µm with neutral ends.
  static func particle(cells: Int) -> EnsembleModel {
    var model = EnsembleModel(length: 1300, cells: cells)
    model.ends = .neutral
    return model
  }

  /// Drives a start by a constant current to a mean composition.
  ///
  /// Collective.
  static func drive(
    _ model: EnsembleModel, rate: Double, to mean: Double, _ communicator: Communicator,
    relativeTolerance: Double = 1e-2, start: (Int, Double) -> Double
  ) throws(ParallelError) -> TimeStepper<EnsembleSystem> {
    let system = EnsembleSystem(model, communicator)
    var step = DriveStep(.current(rate * cRate))
    step.mean = mean
    system.drive = step.drive
    var options = StepOptions()
    options.relativeTolerance = relativeTolerance
    let stepper = try TimeStepper(system, state: system.makeStart(start), options: options)
    var course = DriveCourse<EnsembleSystem>([step], window: 2...5)
    while !course.isDone { _ = try course.advance(stepper, to: .infinity) }
    return stepper
  }

  @Sendable static func voltage(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    // At rest with one interface: V = 3.42 + (B/c_max)(X̄ − ½), because μ of the symmetric energy is
    // that of its two phases. A hundred days are a thousand times what the interface takes.
    for (mean, target) in [(0.3, 3.402763), (0.5, 3.420000), (0.7, 3.437237)] {
      let model = particle(cells: 300 * options.refine)
      let system = EnsembleSystem(model, communicator)
      let front = 1300 * (mean - 0.1034) / (0.8966 - 0.1034)
      let state = system.makeStart { _, x in 0.5 - 0.3966 * tanh((x - front) / 12) }
      let stepper = try TimeStepper(system, state: state, options: StepOptions())
      while stepper.time < 1e7 { try stepper.advance(to: 1e7) }
      // The start's mean is that of its profile, not exactly the one asked for.
      let shift = (try system.mean(stepper.state) - mean) * model.coherency
      results.append(
        StudyResult(
          "V at rest, X̄ = \(mean)", system.voltage(stepper.state) - shift, target: target,
          tolerance: 1e-5))
    }
    for (mean, rate, target) in [(0.3, 0.1, 3.3597), (0.5, 2.0, 3.2304)] {
      let system = EnsembleSystem(particle(cells: 20), communicator)
      system.drive = .current(rate * cRate)
      let state = system.makeStart { _, _ in mean }
      _ = try system.makeConsistent(state, at: 0)
      // The table has four digits.
      results.append(
        StudyResult(
          "V of a uniform particle, X = \(mean), \(rate) C", system.voltage(state),
          target: target, tolerance: 5.5e-5))
      let closed =
        system.model.reaction.referenceVoltage
        + system.model.reaction.overpotential(
          rate: rate * cRate, composition: mean,
          potential: system.model.energy.slope(at: mean))
      results.append(
        StudyResult(
          "the same less its closed form", system.voltage(state) - closed, target: 0,
          tolerance: 1e-12))
    }
    return results
  }

  /// The interface of a coherent particle at rest, the part of row E2 in one dimension: phases and the
  /// distance from a quarter to three quarters of the step.
  ///
  /// Collective.
  static func profile(
    _ options: StudyOptions, _ communicator: Communicator
  ) throws(ParallelError) -> [StudyResult] {
    let model = particle(cells: 600 * options.refine)
    let system = EnsembleSystem(model, communicator)
    let state = system.makeStart { _, x in 0.5 - 0.38 * tanh((x - 650) / 15) }
    let stepper = try TimeStepper(system, state: state, options: StepOptions())
    while stepper.time < 1e7 { try stepper.advance(to: 1e7) }
    let x = try system.gathered(stepper.state)
    let (high, low) = (x[model.cells / 8], x[7 * model.cells / 8])
    func crossing(_ share: Double) -> Double {
      let level = low + share * (high - low)
      guard let cell = x.firstIndex(where: { $0 < level }), cell > 0 else { return .nan }
      return (Double(cell) - (level - x[cell]) / (x[cell - 1] - x[cell])) * model.spacing
    }
    func row(_ name: String, _ value: Double, _ target: Double) -> StudyResult {
      StudyResult("\(name), 1D with B", value, target: target, tolerance: 0.005 * target)
    }
    return [
      row("25 to 75 % of the step, nm", crossing(0.25) - crossing(0.75), 26.644),
      row("poor phase", low, 0.10338), row("rich phase", high, 0.89662),
    ]
  }

  @Sendable static func spinodals(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for (name, coherency, edges, potential) in [
      ("without B", 0.0, (low: 0.130726, high: 0.869274), 0.034825),
      ("with B", particle(cells: 1).coherency, (low: 0.242323, high: 0.757677), 0.028979),
    ] {
      var model = particle(cells: 1)
      model.coherency = coherency
      let found = model.coherentSpinodal ?? (low: .nan, high: .nan)
      results += [
        StudyResult("spinodal \(name), low", found.low, target: edges.low, tolerance: 1e-6),
        StudyResult("spinodal \(name), high", found.high, target: edges.high, tolerance: 1e-6),
        StudyResult(
          "μ there, eV", model.energy.slope(at: found.low), target: potential, tolerance: 1e-6),
        StudyResult(
          "μ there, eV", model.energy.slope(at: found.high), target: -potential, tolerance: 1e-6),
      ]
    }
    return results
  }

  /// The amplitude of cos(nπx/L) grows as the linearised equations say.
  ///
  /// X̄ runs through the spinodal; κ and B make it grow less, the reaction too. A hundred times the table's amplitude is
  /// as linear, and leaves the error of a step its digits.
  @Sendable static func growth(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for (rate, waves, factor, target) in [
      (0.1, 14, 1.0, 1.761), (1.0, 14, 1.0, -0.480), (0.02, 1, 100.0, 0.149),
    ] {
      var model = particle(cells: 600 * options.refine)
      model.kappa *= factor
      let system = EnsembleSystem(model, communicator)
      func amplitude(_ state: EnsembleState) throws(ParallelError) -> Double {
        let values = try system.gathered(state)
        var sum = 0.0
        for (cell, x) in values.enumerated() {
          sum += x * cos(Double(waves) * .pi * (Double(cell) + 0.5) / Double(model.cells))
        }
        return 2 * sum / Double(model.cells)
      }
      let wave = { (_: Int, x: Double) in 0.3 + 1e-4 * cos(Double(waves) * .pi * x / 1300) }
      let start = try amplitude(system.makeStart(wave))
      let stepper = try drive(
        model, rate: rate, to: 0.7, communicator, relativeTolerance: 2e-5, start: wave)
      results.append(
        StudyResult(
          "ln of the amplitude's ratio, \(rate) C, n = \(waves), κ × \(Int(factor))",
          log1(try amplitude(stepper.state) / start), target: target, tolerance: 0.01))
    }
    return results
  }

  private static func log1(_ value: Double) -> Double { Foundation.log(value) }

  /// Particles without an inside, k₀ᵢ at the quantiles of its distribution.
  @Sendable static func ensemble(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for (rate, share, narrow, deviation, voltage) in [
      (0.01, 0.656, 0.292, 0.398, 3.3836), (0.1, 0.809, 0.522, 0.342, 3.3435),
      (1.0, 0.835, 0.550, 0.333, 3.2334),
    ] {
      var model = particle(cells: 1)
      model.coherency = 0
      model.factors = EnsembleModel.quantileFactors(count: 400, spread: 1)
      let stepper = try drive(
        model, rate: rate, to: 0.5, communicator, start: { _, _ in 0.02 })
      let summary = try stepper.summary()
      let name = "\(rate) C"
      results += [
        StudyResult(
          "share of active particles, \(name)", summary.active, target: share, tolerance: 0.015),
        StudyResult(
          "between .15 and .85, \(name)", summary.clearlyActive, target: narrow, tolerance: 0.015),
        StudyResult(
          "deviation of X, \(name)", summary.deviation, target: deviation, tolerance: 0.003),
        StudyResult("V, \(name)", summary.voltage, target: voltage, tolerance: 5e-4),
      ]
    }
    return results
  }

  /// ⟨|X_k|²⟩ = kT/[c_max A L (f″ + κk̂²)] in rings without reaction, a mean over rings and times.
  ///
  /// A step of a tenth of the mode's time makes it 0.2 % too small (BDF2's own stationary variance of
  /// a linear decay); faster modes are then not resolved, so that each mode has steps of its own.
  @Sendable static func fluctuations(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for (mode, target) in [(1, 2.707e-9), (16, 3.186e-10)] {
      var model = EnsembleModel(length: 64 * 3.3, cells: 64)
      model.ends = .periodic
      model.coherency = 0
      model.crossSection = 1e4
      model.reaction.rateConstant = 0
      model.factors = [Double](repeating: 1, count: options.quick ? 300 : 1000)
      let step = 0.1 / rate(of: mode, model)
      model.noise = EnsembleModel.Noise(
        isConserved: true, isReactive: false, seed: options.seed, resolution: step)
      let system = EnsembleSystem(model, communicator)
      var stepping = StepOptions()
      stepping.tolerance = .infinity
      stepping.firstStep = step
      stepping.longestStep = step
      let stepper = try TimeStepper(
        system, state: system.makeStart { _, _ in 0.95 }, options: stepping)
      var sum = 0.0
      let samples = options.quick ? 8 : 20
      for sample in 0..<samples {
        for _ in 0..<(sample == 0 ? 40 : 10) { try stepper.advance(to: .infinity) }
        sum += try system.spectrum(stepper.state, modes: [mode])[0]
      }
      results.append(
        StudyResult(
          "⟨|X_k|²⟩ of mode \(mode)", sum / Double(samples), target: target,
          tolerance: (options.quick ? 0.06 : 0.02) * target))
    }
    return results
  }

  /// M k̂²(f″ + κk̂²) of a mode in 1/s.
  private static func rate(of mode: Int, _ model: EnsembleModel) -> Double {
    let h = model.spacing
    let wave = 2 / h * sin(.pi * Double(mode) / Double(model.cells))
    let mobility = model.diffusivity * 0.95 * 0.05 / model.reaction.thermalEnergy
    return mobility * wave * wave
      * (model.energy.curvature(at: 0.95) + model.kappa * wave * wave)
  }
}

extension EnsembleStudies {
  /// The current at which a particle's X deviates by 0.15 at X̄ = ½, by false position in ln C: the
  /// faster, the less time phases have to separate.
  @Sendable static func criticalCurrent(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var found: [Double] = []
    for (factor, target) in [(1.0, 0.0165), (100.0, 0.0011)] {
      var model = particle(cells: (factor > 1 ? 100 : 300) * options.refine)
      model.kappa *= factor
      let search = CriticalCurrent(model, seeds: options.quick ? 4 : 8, firstSeed: options.seed)
      let rate = try search.find(near: target * cRate, communicator) / cRate
      found.append(rate)
      log.step("critical current, κ × \(Int(factor)): \(rate) C")
    }
    return [
      StudyResult("critical current, κ, C", found[0], target: 0.0165, tolerance: 0.25 * 0.0165),
      StudyResult(
        "critical current, 100 κ, C", found[1], target: 0.0011, tolerance: 0.25 * 0.0011),
      StudyResult("their ratio", found[0] / found[1], within: 8...30),
    ] + (try platelet(options, communicator, log))
  }

  /// The same of a platelet of 330 × 165 nm in plane stress, which lithium enters through its faces: its
  /// interfaces need no B, their coherency is there.
  private static func platelet(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    var found: [Double] = []
    for factor in options.quick ? [4.0, 16] : [1.0, 4, 16] {
      var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
      model.elasticity = ElasticModel(
        .lithiumIronPhosphate, plane: .stress, sitesPerVolume: 13.76)
      (model.kappa.x, model.kappa.y) = (factor * 13.4, factor * 13.4)
      model.noise = PhaseFieldModel.Noise(seed: 1, thermalEnergy: 0.0257, sitesPerVolume: 13.76)
      // Four elements across the interface at least.
      let cells = (factor > 1 ? 24 : 48) * options.refine
      var setup = SimulationSetup(
        size: Directions(330, 165, 100), elements: Directions(2 * cells, cells, 0), voids: [],
        model: model, start: SimulationSetup.Start(mean: 0.02, pattern: .waves([])))
      setup.opening = SurfaceOpening(
        [.lowB, .highB], .reaction(.lithiumIronPhosphate, depth: nil), .current(0))
      let search = CriticalCurrent(
        setup, StepOptions(), seeds: options.quick ? 1 : 4, firstSeed: options.seed)
      let rate = try search.find(near: 0.3 * cRate / factor, communicator) / cRate
      found.append(rate)
      log.step("critical current of a platelet, κ × \(Int(factor)): \(rate) C")
      results.append(
        StudyResult("critical current of a platelet, \(Int(factor)) κ, C", reported: rate))
    }
    let falls = zip(found, found.dropFirst()).allSatisfy { $0 > $1 }
    return results + [
      StudyResult("it falls with the width", falls ? 1 : 0, target: 1, tolerance: 0)
    ]
  }
}

extension EnsembleSystem {
  /// The composition of all cells of all particles on every rank.
  ///
  /// Collective; for few particles.
  func gathered(_ state: EnsembleState) throws(ParallelError) -> [Double] {
    var values = [Double](repeating: 0, count: model.factors.count * model.cells)
    for (own, x) in state.composition.array.enumerated() {
      values[particles.lowerBound * model.cells + own] = x
    }
    try communicator.reduce(&values, .sum)
    return values
  }

  /// The mean over the particles of |X_k|², X_k = (1/n)ΣX exp(−ikx).
  ///
  /// Collective.
  func spectrum(_ state: EnsembleState, modes: [Int]) throws(ParallelError) -> [Double] {
    let (x, cells) = (state.composition.array, model.cells)
    var sums = [Double](repeating: 0, count: modes.count)
    for own in 0..<particles.count {
      for (index, mode) in modes.enumerated() {
        var (real, imaginary) = (0.0, 0.0)
        for cell in 0..<cells {
          let angle = 2 * Double.pi * Double(mode * cell % cells) / Double(cells)
          real += x[own * cells + cell] * cos(angle)
          imaginary += x[own * cells + cell] * sin(angle)
        }
        sums[index] += (real * real + imaginary * imaginary) / Double(cells * cells)
      }
    }
    try communicator.reduce(&sums, .sum)
    return sums.map { $0 / Double(model.factors.count) }
  }
}
