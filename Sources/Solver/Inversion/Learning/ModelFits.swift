// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel
import Physics

/// One model fitted to the training particles: the law, the fits by number of terms, and what tells
/// how many the data hold.
struct ModelFits {
  let model: Model
  /// The law: averaged over the prior, or that of the only number of terms.
  let law: FittedLaw
  /// Fits by number of terms, without those that the data do not hold.
  var byTerms: [FittedModel]
  /// The noise of each training particle; empty where nothing asks for it.
  let noise: [ParticleNoise]

  /// Fits a model.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the images do not determine the law.
  init(
    _ combined: CombinedEquations, _ particles: [PreparedParticle], _ options: LearningOptions,
    _ log: any RunLog
  ) throws(ParallelError) {
    model = combined.model
    guard options.hasBands || options.isAveraged else {
      let fit = try FittedModel(combined, nil, options.terms[0], particles)
      law = FittedLaw(fit)
      byTerms = [fit]
      noise = []
      return
    }
    let counts = Self.held(combined, options.terms, log)
    let start = try Self.start(combined, counts, options)
    var noise: [ParticleNoise] = []
    for particle in particles where particle.isTraining {
      noise.append(try ParticleNoise(particle, combined.model, start))
    }
    self.noise = noise
    let equations = try combined.judged(noise, start)
    var fits: [FittedModel] = []
    for terms in counts {
      do throws(ParallelError) {
        fits.append(try FittedModel(combined, equations, terms, particles))
      } catch {
        // The one number that was asked for, or not even one term: then there is no law.
        guard options.isAveraged, error.kind == .input, terms > 1 else { throw error }
        log.note("\(model.rawValue), N = \(terms) is left out: \(error.message)")
      }
    }
    guard options.isAveraged, !fits.isEmpty else {
      guard let only = fits.first else {
        throw ParallelError(.input, "--terms: the data hold none of these numbers of terms")
      }
      law = FittedLaw(only)
      byTerms = fits
      return
    }
    do {
      let average = try AveragedLaw(equations)
      let criteria = try equations.criteria(fits.map(\.law.terms), at: average.unknowns)
      for (index, criterion) in criteria.enumerated() { fits[index].criterion = criterion }
      law = FittedLaw(average, reference: combined.reference)
      byTerms = fits
    } catch {
      throw combined.singular(error)
    }
  }

  /// The number of terms that the Bayesian criterion chooses.
  var chosen: Int {
    let judged = byTerms.compactMap(\.criterion)
    return judged.min { $0.bic < $1.bic }?.terms ?? byTerms[0].law.terms
  }

  /// The numbers of terms that the data hold under the noise of the composition: where they hold none,
  /// the largest below.
  private static func held(
    _ combined: CombinedEquations, _ counts: [Int], _ log: any RunLog
  ) -> [Int] {
    let held = counts.filter(combined.holds)
    for terms in counts where !held.contains(terms) {
      log.note(
        "\(combined.model.rawValue), N = \(terms) is left out: the data do not hold \(terms) terms "
          + "under the noise of the composition")
    }
    guard held.isEmpty else { return held }
    let next = (1...(counts.max() ?? 1)).last(where: combined.holds) ?? 1
    log.warn("\(combined.model.rawValue): N = \(next) is taken, the most that the data hold")
    return [next]
  }

  /// A law that leaves over little beside noise: the only one asked for, or the average as white noise
  /// of its own level would have it.
  private static func start(
    _ combined: CombinedEquations, _ counts: [Int], _ options: LearningOptions
  ) throws(ParallelError) -> EigenstrainLaw {
    guard options.isAveraged else { return try combined.corrected.solve(terms: counts[0]).law }
    var law = try combined.corrected.solve(terms: 1).law
    do {
      // The level falls to that of the noise as the law bends.
      for _ in 0..<3 {
        law = EigenstrainLaw(
          unknowns: try AveragedLaw(combined.white(law)).unknowns, reference: combined.reference)
      }
    } catch {
      throw combined.singular(error)
    }
    return law
  }
}

extension CombinedEquations {
  /// The error that names what the images do not determine.
  func singular(_ design: SingularDesign) -> ParallelError {
    do {
      _ = try corrected.solve(terms: 1)
    } catch { return error }
    return ParallelError(.input, "singular design: \(design)")
  }
}
