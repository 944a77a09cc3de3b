// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Instruments
import Inversion
import Numerics
import Parallel
import Physics

/// Rows D5 and R of the verification tables: bands of fixed terms, estimators under noise.
enum BandStudies {
  static let all = [
    Study("D5", "coverage of the 95 % band of f'", run: coverage),
    Study("R", "estimators under noise of strain and of composition", run: estimators),
  ]

  /// 5 % of the a-strain between X = 0 and 1.
  private static let level = 0.05 * 0.0494

  /// Coverage without refitting: the fit is linear in the data.
  ///
  /// The normal equations M p = Σ GᵀW g turn an error e of the measured fields into the error
  /// δp = M⁻¹ Σ_k w_k·e_k of the coefficients; the map is built once and each draw is a product.
  @Sendable private static func coverage(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    // Draws are independent: each rank takes its share of them, with the whole image.
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    let reader = try StackReader(
      options.dataDirectory + "/virtual/platelets.h5", communicator: alone)
    var images = [try reader.particle("P4")]
    if !options.quick { images.append(try reader.particle("P5")) }
    var results: [StudyResult] = []
    for (kind, width) in [("white", 0.0), ("smeared over 1.5 pixels", 1.5)] {
      let noise = SmearedNoise(width: width, level: level)
      var bands: [(name: String, band: Band)] = []
      for (name, misfit, boundary) in LearningStudies.combinations {
        var noisy = images
        for index in noisy.indices {
          noise.add(to: &noisy[index], seed: options.seed, stream: 10 * index)
        }
        let settings = LearningStudies.options(misfit, boundary)
        bands.append((name, try Band(noisy, settings)))
      }
      let draws = options.quick ? 200 : 2000
      var hits = [Double](repeating: 0, count: 2 * bands.count)
      for draw in 0..<draws where draw % communicator.size == communicator.rank {
        var errors = images
        for index in errors.indices {
          errors[index] = errors[index].silenced()
          noise.add(to: &errors[index], seed: options.seed + 7, stream: 1000 + 16 * draw + index)
        }
        for (place, (_, band)) in bands.enumerated() {
          let hit = try band.coverage(errors)
          hits[2 * place] += hit.exact
          hits[2 * place + 1] += hit.naive
        }
      }
      try communicator.reduce(&hits, .sum)
      for (place, (name, _)) in bands.enumerated() {
        results.append(
          StudyResult(
            "\(name), noise \(kind): coverage [%]", 100 * hits[2 * place] / Double(draws),
            within: 90...99))
        results.append(
          StudyResult(
            "\(name), noise \(kind): naive band [%]",
            reported: 100 * hits[2 * place + 1] / Double(draws)))
      }
    }
    return results
  }

  /// The band of a fit and the linear map from noise to the law.
  private struct Band {
    let map: [[[[Double]]]]
    let covariance: [Double]
    let naive: [Double]

    init(_ images: [ParticleImage], _ options: LearningOptions) throws(ParallelError) {
      var particles: [PreparedParticle] = []
      for image in images {
        particles.append(
          try PreparedParticle(
            image, isTraining: true, options: options, weighsBySigma: false, log: SilentLog()))
      }
      guard let equations = CombinedEquations(.m1, particles) else {
        preconditionFailure("the particles train")
      }
      let fit = try equations.corrected.solve(terms: 2)
      var noise: [ParticleNoise] = []
      for particle in particles { noise.append(try ParticleNoise(particle, .m1, fit.law)) }
      do {
        covariance = try equations.judged(noise, fit.law).fit(2).covariance
      } catch let error as ParallelError { throw error } catch {
        preconditionFailure("two terms were solved for")
      }
      // What a textbook says of 4 unknowns and independent errors: σ̂² M⁻¹, σ̂² = RSS/(n − 4).
      let variance = fit.residual / (equations.plain.observations - 4)
      naive = fit.inverse.map { variance * $0 }
      map = particles.map { particle in
        (0..<4).map { row in
          (0..<4).map { channel in
            var field = [Double](repeating: 0, count: particle.image.layout.cellCount)
            for unknown in 0..<4 {
              let factor = fit.inverse[4 * row + unknown]
              guard let weights = particle.influence[.m1]?.weights[unknown][channel] else {
                continue
              }
              for cell in field.indices { field[cell] += factor * weights[cell] }
            }
            return field
          }
        }
      }
    }

    /// The share of X in [0.02, 0.98] where the error of f' stays in the bands, both components.
    func coverage(_ errors: [ParticleImage]) throws(ParallelError) -> (exact: Double, naive: Double)
    {
      var change = [Double](repeating: 0, count: 4)
      for (image, rows) in zip(errors, map) {
        for (index, channel) in Channel.gradient.enumerated() {
          let values = try image.values(channel)
          for row in 0..<4 {
            for cell in image.numbering.ownCells {
              change[row] += rows[row][index][cell] * values[cell]
            }
          }
        }
      }
      let law = EigenstrainLaw(unknowns: change, reference: 1)
      var inside = (exact: 0.0, naive: 0.0)
      var count = 0.0
      for step in 2...98 {
        let x = Double(step) / 100
        let error = law.derivative(at: x)
        let exact = law.variance(at: x, covariance: covariance)
        let plain = law.variance(at: x, covariance: naive)
        for (value, wide, narrow) in [
          (error.aa, exact.derivativeA, plain.derivativeA),
          (error.cc, exact.derivativeC, plain.derivativeC),
        ] {
          if abs(value) <= 1.96 * wide.squareRoot() { inside.exact += 1 }
          if abs(value) <= 1.96 * narrow.squareRoot() { inside.naive += 1 }
          count += 1
        }
      }
      return (inside.exact / count, inside.naive / count)
    }
  }

  /// The error of f' by estimator, the question of the paper's figure S5: reported, not judged.
  @Sendable private static func estimators(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let images = try LearningStudies.platelets(options, communicator)
    let draws = options.quick ? 1 : 4
    var results: [StudyResult] = []
    for (kind, strain, composition) in [
      ("strain 1 %", 0.01, 0.0), ("strain 5 %", 0.05, 0), ("strain 10 %", 0.1, 0),
      ("X 1 %", 0, 0.01), ("X 5 %", 0, 0.05), ("X 10 %", 0, 0.1),
    ] {
      for (name, misfit, boundary) in LearningStudies.combinations {
        for isCorrected in composition > 0 ? [false, true] : [false] {
          var mean = (a: 0.0, c: 0.0)
          for draw in 0..<draws {
            let noisy = images.enumerated().map { place, image in
              var noisy = image.withNoise(
                strain: strain * 0.0494, composition: composition,
                seed: 1000 * options.seed + 10 * draw + place)
              if isCorrected {
                noisy.sigmas[.composition] = image.mask.map { $0 ? composition : .nan }
              }
              return noisy
            }
            let error = Truth.derivativeError(
              try LearningStudies.law(
                noisy, LearningStudies.options(misfit, boundary), communicator))
            mean.a += error.a / Double(draws)
            mean.c += error.c / Double(draws)
          }
          let title = "\(kind), \(name)\(isCorrected ? ", corrected" : "")"
          results.append(StudyResult("\(title): error of f'_a [%]", reported: mean.a))
          results.append(StudyResult("\(title): error of f'_c [%]", reported: mean.c))
        }
      }
    }
    return results
  }
}

extension ParticleImage {
  /// The image with zero strain and rotation.
  fileprivate func silenced() -> ParticleImage {
    var silent = self
    for channel in Channel.gradient {
      silent.channels[channel] = mask.map { $0 ? 0 : .nan }
    }
    return silent
  }
}
