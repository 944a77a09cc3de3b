// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Row E10g of the verification: what the SI's Fig. S13 says of narrow and wide interfaces, for both
/// readings of the ends of a particle. A statement that does not hold is no miss: it is reported.
extension EnsembleStudies {
  @Sendable static func statements(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for (ends, name) in [
      (EnsembleModel.Ends.neutral, "neutral ends"), (.composition(0.98), "ends at X = 0.98"),
    ] {
      func model(_ factor: Double) -> EnsembleModel {
        var model = particle(cells: 300)
        model.kappa *= factor
        model.ends = ends
        return model
      }
      func half(_ factor: Double, _ rate: Double) throws(ParallelError) -> HalfCharged {
        try HalfCharged(model(factor), rate: rate, seed: options.seed, communicator)
      }
      let (slow, slowWide) = (try half(1, 0.01), try half(100, 0.01))
      let (fast, fastWide) = (try half(1, 2), try half(100, 2))
      let width = (slow.width, slowWide.width)
      results += [
        StudyResult("width of the steepest change at 0.01 C, nm, κ, \(name)", reported: width.0),
        StudyResult("the same, 100 κ, \(name)", reported: width.1),
        statement("(i) the profile is wider at 100 κ, \(name)", width.1 > 2 * width.0),
      ]
      let shifts = (abs(slow.voltage - slowWide.voltage), abs(fast.voltage - fastWide.voltage))
      results += [
        StudyResult("change of V by 100 κ at 0.01 C, V, \(name)", reported: shifts.0),
        StudyResult("the same at 2 C, V, \(name)", reported: shifts.1),
        statement("(ii) V depends on the width more at 2 C, \(name)", shifts.1 > shifts.0),
      ]
      let rates = [1.0, 100].map { factor -> CriticalCurrent in
        CriticalCurrent(model(factor), seeds: 4, firstSeed: options.seed)
      }
      // Where the ends hold a phase, no current may keep the particle uniform.
      let narrow = try? rates[0].find(near: 0.0165 * cRate, communicator)
      let wide = try? rates[1].find(near: 0.0011 * cRate, communicator)
      if let narrow, let wide {
        results += [
          StudyResult("critical current, C, κ, \(name)", reported: narrow / cRate),
          StudyResult("the same, 100 κ, \(name)", reported: wide / cRate),
        ]
      }
      results.append(
        statement(
          "(iii) the critical current falls with the width, \(name)",
          narrow.flatMap { narrow in wide.map { $0 < narrow } } ?? false))
      var shares: [Double] = []
      for factor in [1.0, 100] {
        var many = model(factor)
        many.cells = 100
        many.factors = EnsembleModel.quantileFactors(count: options.quick ? 20 : 100, spread: 1)
        let stepper = try drive(
          many, rate: 0.1, to: 0.5, communicator, start: { _, _ in 0.02 })
        shares.append(try stepper.summary().active)
      }
      results += [
        StudyResult("active share at 0.1 C, κ, \(name)", reported: shares[0]),
        StudyResult("the same, 100 κ, \(name)", reported: shares[1]),
        statement(
          "(iv) the active share does not depend on it (5 %), \(name)",
          abs(shares[0] - shares[1]) <= 0.05),
      ]
    }
    return results
  }

  /// A statement: 1 where it holds, 0 where it does not.
  private static func statement(_ words: String, _ holds: Bool) -> StudyResult {
    StudyResult(words, reported: holds ? 1 : 0)
  }
}

/// A particle that a current has brought to X̄ = ½, with conserved noise.
private struct HalfCharged {
  let voltage: Double
  /// ½ over the steepest change along the particle, in nm.
  let width: Double

  /// Drives it there from X = 0.02.
  ///
  /// Collective.
  init(
    _ model: EnsembleModel, rate: Double, seed: Int, _ communicator: Communicator
  ) throws(ParallelError) {
    var model = model
    model.noise = EnsembleModel.Noise(
      isConserved: true, isReactive: false, seed: seed,
      resolution: EnsembleModel.Noise.resolution(for: rate * cRate))
    let stepper = try EnsembleStudies.drive(
      model, rate: rate, to: 0.5, communicator, start: { _, _ in 0.02 })
    let x = try stepper.system.gathered(stepper.state)
    let steepest = zip(x, x.dropFirst()).map { abs($0 - $1) }.max() ?? 0
    width = 0.5 * model.spacing / steepest
    voltage = stepper.system.voltage(stepper.state)
  }
}
