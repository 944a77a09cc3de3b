// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Row E13, what counts as relaxed, and row E14, the decay of a dilute cosine.
extension PhaseFieldStudies {
  /// X = ½ lies inside the spinodal: whatever the noise, a run relaxes to two phases.
  @Sendable static func stability(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for (isPeriodic, isElastic) in [(true, false), (true, true), (false, false), (false, true)] {
      if options.quick && (isElastic || !isPeriodic) { continue }
      let name = "\(isPeriodic ? "periodic" : "free"), \(isElastic ? "elastic" : "no elasticity")"
      var setup = SimulationSetup(
        size: Directions(100, 100, 1), elements: Directions(32, 32, 0), voids: [],
        periodic: (isPeriodic, isPeriodic), model: .lithiumIronPhosphate(elastic: isElastic),
        start: SimulationSetup.Start(
          mean: 0.5,
          pattern: .front(SimulationSetup.Front(amplitude: 0.486, position: 50, width: 12.13))))
      if isElastic {
        setup.model.elasticity = ElasticModel(
          .lithiumIronPhosphate, plane: .stress, sitesPerVolume: 13.76)
      }
      if isPeriodic, case .front(var front) = setup.start.pattern {
        front.position = 25
        setup.start.pattern = .front(front)
      }
      let separated = try relaxed(setup, communicator, log)
      for noise in options.quick ? [1e-4] : [1e-2, 1e-3, 1e-4, 1e-5, 1e-6] {
        setup.start.pattern = .noise(amplitude: noise, seed: options.seed)
        let energy = try relaxed(setup, communicator, log)
        results.append(
          StudyResult(
            "energy over that of two phases, noise \(noise), \(name)", energy / separated,
            target: 1, tolerance: 0.01))
      }
    }
    return results
  }

  private static func relaxed(
    _ setup: SimulationSetup, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> Double {
    var stepping = StepOptions()
    stepping.tolerance = 2e-3
    let stepper = try setup.stepper(stepping, communicator)
    let spread = 1e-4 * setup.model.energyScale
    guard try stepper.relaxStably(potentialSpread: spread, limit: 2000, log: log) else {
      throw ParallelError(.notConverged, "the state did not relax in \(stepper.steps) steps")
    }
    return stepper.energy.chemical + stepper.energy.elastic
  }

  /// ln(A₀/A)/t of one cosine in a dilute phase against M k²(f″ + κk²): what keeps X in (0, 1) must
  /// not be felt.
  ///
  /// With X = X̄ + A(t) cos kx the first order in A of ∂X/∂t = ∇·M∇(f′ − κ∇²X) is dA/dt = −M k²
  /// (f″(X̄) + κ k²) A, where M = D₀ X̄(1 − X̄)/kT and D₀ = 1 nm²/s. In the dilute phase M f″ → D₀:
  /// the wave decays by Fick's law, though f″ itself grows as kT/X̄. k = π/L fits the walls,
  /// through which nothing flows.
  @Sendable static func dilution(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    let (length, end) = (100.0, options.quick ? 100.0 : 400)
    let count = 64 * options.refine
    for mean in [3e-3, 3e-4, 1e-5] {
      let model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
      let k = Double.pi / length
      let setup = SimulationSetup(
        size: Directions(length, 10, 1), elements: Directions(count, 4, 0), voids: [],
        model: model,
        start: SimulationSetup.Start(
          mean: mean,
          pattern: .waves([.init(amplitude: mean / 3, vector: Directions(k, 0, 0))])))
      var stepping = StepOptions()
      stepping.tolerance = 1e-4 * mean
      stepping.firstStep = 0.1
      let stepper = try setup.stepper(stepping, communicator)
      let first = try stepper.system.amplitude(stepper.state, k)
      var held = 0
      while stepper.time < end * (1 - 1e-12) {
        try stepper.advance(to: end)
        held = max(held, try stepper.summary().barrierNodes)
      }
      let rate = log1(first / (try stepper.system.amplitude(stepper.state, k))) / end
      let law = RegularSolution.lithiumIronPhosphate
      let mobility = mean * (1 - mean) / law.thermalEnergy
      let exact = mobility * k * k * (law.curvature(at: mean) + model.kappa.x * k * k)
      results += [
        StudyResult(
          "decay rate over M k²(f'' + κk²) at X = \(mean)", rate / exact, target: 1,
          tolerance: 0.01),
        StudyResult("nodes held by the barrier at X = \(mean)", Double(held), atMost: 0),
      ]
      log.note("X = \(mean): \(stepper.steps) steps, \(stepper.rejected) rejected")
    }
    return results
  }

  private static func log1(_ value: Double) -> Double { Foundation.log(value) }
}

extension PhaseFieldSystem {
  /// Twice the mean of X cos(kx): the A of X̄ + A cos kx, as the cosine's own mean is 0 and its
  /// square's ½.
  ///
  /// Collective.
  func amplitude(_ state: Fields, _ k: Double) throws(ParallelError) -> Double {
    let wave = Fields(grid.layout, count: 1)
    for j in 0..<grid.layout.y {
      for i in 0..<grid.layout.x {
        let place = grid.layout.index(i, j, 0)
        wave[0][place] = mass[0][place] * cos(k * grid.position(i, j, 0).x)
      }
    }
    let sum = try grid.communicator.sum(
      VectorKernels.dot(wave[0], state[.composition], grid.layout))
    return 2 * sum / solidVolume
  }
}
