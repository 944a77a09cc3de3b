// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Inversion
import Parallel
import Physics

/// Rows D6, D9, D10 and D11 of the verification tables: what is printed beside a law, by counting
/// draws through `Learner` with its defaults.
enum InferenceStudies {
  static let all = [
    Study("D6", "number of terms by BIC", run: terms),
    Study("D9", "coverage of the law's band with defaults", run: coverage),
    Study("D10", "bias and spread under noise of the composition", run: composition),
    Study("D11", "the spread falls with the number of particles", run: copies),
  ]

  /// The laws: f_a and f_c, and their derivatives.
  struct Case: Sendable {
    let name: String
    let terms: Int
    let law: DrawnSpecimen.Law
    let slope: DrawnSpecimen.Law
  }

  private static let laws = [
    Case(
      name: "linear", terms: 1, law: { (-0.0494 * (1 - $0), 0.0213 * (1 - $0)) },
      slope: { _ in (0.0494, -0.0213) }),
    Case(
      name: "quadratic", terms: 2,
      law: {
        (
          -0.0494 * (1 - $0) + 0.006 * $0 * (1 - $0), 0.0213 * (1 - $0) - 0.003 * $0 * (1 - $0)
        )
      }, slope: { (0.0494 + 0.006 * (1 - 2 * $0), -0.0213 - 0.003 * (1 - 2 * $0)) }),
    Case(
      name: "cubic", terms: 3,
      law: { (-0.0494 * (1 - $0) + 0.012 * $0 * (1 - $0) * (1 - 2 * $0), 0.0213 * (1 - $0)) },
      slope: { (0.0494 + 0.012 * (1 - 6 * $0 + 6 * $0 * $0), -0.0213) }),
    Case(
      name: "sigmoid", terms: 0,
      law: { x in
        func rise(_ x: Double) -> Double { 1 / (1 + exp(-(x - 0.5) / 0.12)) }
        return (-0.0494 * (rise(1) - rise(x)), 0.0213 * (1 - x))
      },
      slope: { x in
        let e = exp(-(x - 0.5) / 0.12)
        return (0.0494 / 0.12 * e / ((1 + e) * (1 + e)), -0.0213)
      }),
  ]

  static func defaults() -> LearningOptions {
    LearningOptions(stiffness: Material.lithiumIronPhosphate.stiffness.planeStress)
  }

  /// Runs draws that the ranks share, each with whole images; the sums of what they give.
  static func counted(
    _ draws: Int, _ communicator: Communicator, width: Int,
    _ body: (Int) throws(ParallelError) -> [Double]
  ) throws(ParallelError) -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    for draw in 0..<draws where draw % communicator.size == communicator.rank {
      for (index, value) in try body(draw).enumerated() { sums[index] += value }
    }
    try communicator.reduce(&sums, .sum)
    return sums
  }

  /// How often a band of 95 % holds the truth, and how wide it is beside the error that there is.
  ///
  /// An honest normal band has a half width of 1.96 rms errors: coverage alone would praise one
  /// that is twice as wide. The share of X inside, averaged over draws, estimates the coverage of a
  /// point.
  @Sendable private static func coverage(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    let draws = options.quick ? 6 : 100
    var cases: [(law: Case, noise: DrawnSpecimen.Noise, limit: Double, name: String)] = []
    for law in laws {
      let isSmooth = law.terms > 0
      for percent in [1.0, 5, 10] {
        for width in [0, 1.5] {
          cases.append(
            (
              law, .init(strain: percent / 100 * 0.0494, width: width), isSmooth ? 88 : 80,
              "strain \(percent) %\(width > 0 ? " smeared" : "")"
            ))
        }
      }
      guard isSmooth else { continue }
      for sigma in [0.05, 0.07, 0.1] {
        for width in [0, 1.5] {
          cases.append(
            (
              law, .init(strain: 3.5e-3, composition: sigma, width: width), 88,
              "X \(sigma)\(width > 0 ? " smeared" : "")"
            ))
        }
      }
      cases.append(
        (law, .init(strain: 3.5e-3, composition: 0.05, isKnown: false), 80, "X 0.05 unknown"))
    }
    if options.quick {
      // One of a kind.
      cases = cases.filter {
        $0.law.name == "quadratic" && $0.name == "strain 5.0 %"
          || $0.law.name == "cubic" && $0.name == "strain 5.0 % smeared"
          || $0.law.name == "quadratic" && $0.name == "X 0.07"
      }
    }
    var results: [StudyResult] = []
    for (place, (law, noise, limit, name)) in cases.enumerated() {
      let specimen = try DrawnSpecimen(pixels: 552, place: 0, law: law.law, alone)
      let sums = try counted(draws, communicator, width: 6) { (draw) throws(ParallelError) in
        let image = try specimen.noisy(noise, seed: options.seed + 100 * place, stream: draw)
        let learnt = try Learner(defaults(), communicator: alone, log: SilentLog())
          .learn(train: [image], test: [])
        return judged(learnt.law.curves(derivative: true), law.slope)
      }
      for (index, axis) in ["a", "c"].enumerated() {
        let part = sums[3 * index..<3 * index + 3].map { $0 / Double(draws) }
        let title = "\(law.name), \(name): f'_\(axis)"
        results.append(StudyResult("\(title) coverage [%]", 100 * part[0], atLeast: limit))
        let ratio = part[1] / (1.96 * part[2].squareRoot())
        results.append(
          law.terms > 0
            ? StudyResult("\(title) half band over 1.96 rms error", ratio, atMost: 2.5)
            : StudyResult("\(title) half band over 1.96 rms error", reported: ratio))
      }
    }
    return results
  }

  /// For a and c: the share of X in [0.02, 0.98] inside the band, the mean half band, the mean squared
  /// error.
  static func judged(_ curves: LawCurves, _ truth: DrawnSpecimen.Law) -> [Double] {
    var sums = [Double](repeating: 0, count: 6)
    for index in 2...98 {
      let (a, c) = truth(curves.composition[index])
      for (place, (value, upper, target)) in [
        (curves.a[index], curves.aUpper[index], a), (curves.c[index], curves.cUpper[index], c),
      ].enumerated() {
        let (error, half) = (value - target, upper - value)
        sums[3 * place] += abs(error) <= half ? 1.0 / 97 : 0
        sums[3 * place + 1] += half / 97
        sums[3 * place + 2] += error * error / 97
      }
    }
    return sums
  }

  /// How often BIC finds the number of terms that the strain was made with.
  ///
  /// It is the least −2 ln L + k ln n (Schwarz, Ann. Statist. 6 (1978) 461); n is the number of
  /// independent values, fewer than pixels where the noise is smeared.
  @Sendable private static func terms(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    let draws = options.quick ? 6 : 100
    var settings = defaults()
    settings.models = [.m1]
    var results: [StudyResult] = []
    let kinds: [(name: String, level: Double, width: Double, isUnequal: Bool, test: Int)] = [
      ("5 % white, left out in turn", 0.05, 0, false, 0),
      ("5 % white, unequal, a test particle", 0.05, 0, true, 1),
      ("1 % white", 0.01, 0, false, 0), ("10 % white", 0.1, 0, false, 0),
      ("5 % smeared", 0.05, 1.5, false, 0),
    ]
    for law in laws where law.terms > 0 && !(options.quick && law.terms == 1) {
      var specimens: [DrawnSpecimen] = []
      for place in 0..<4 {
        specimens.append(
          try DrawnSpecimen(
            pixels: options.quick ? 552 : 1200, place: place, law: law.law, alone))
      }
      for (name, level, width, isUnequal, test) in options.quick ? Array(kinds[..<1]) : kinds {
        let right = try counted(draws, communicator, width: 1) { (draw) throws(ParallelError) in
          var images: [ParticleImage] = []
          // From half to one and a half times each other, of the level in the mean square of those
          // that train.
          let factors = (0..<4).map { isUnequal ? 0.5 + Double($0) / 3 : 1 }
          let square = factors[test...].reduce(0) { $0 + $1 * $1 } / Double(4 - test)
          for (place, specimen) in specimens.enumerated() {
            let factor = factors[place] / square.squareRoot()
            images.append(
              try specimen.noisy(
                .init(strain: factor * level * 0.0494, width: width),
                seed: options.seed, stream: 4 * draw + place))
          }
          let learnt = try Learner(settings, communicator: alone, log: SilentLog()).learn(
            train: Array(images[test...]), test: Array(images[..<test]))
          return [learnt.selectedTerms == law.terms ? 1 : 0]
        }
        let title = "\(law.name), \(name): right of 100"
        let share = 100 * right[0] / Double(draws)
        results.append(
          level == 0.05 && width == 0
            ? StudyResult(title, share, atLeast: 85) : StudyResult(title, reported: share))
      }
    }
    return results
  }

  /// Bias and scatter of f′ where the composition is noisy (errors in variables).
  ///
  /// Least squares on a basis of noisy X shrinks the slope by about σ_X² ⟨φ′²⟩/⟨φ²⟩ (Fuller,
  /// Measurement Error Models, 1987); what the correction leaves is the bias here. The scatter of
  /// draws is their variance with n − 1, over the mean of the variances that the fits state.
  @Sendable private static func composition(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    var results: [StudyResult] = []
    let law = laws[1]
    for (terms, count, pixels, draws) in options.quick
      ? [(2, 2, 552, 12)] : [(2, 4, 1200, 60), (3, 5, 8000, 60)]
    {
      var specimens: [DrawnSpecimen] = []
      for place in 0..<count {
        specimens.append(try DrawnSpecimen(pixels: pixels, place: place, law: law.law, alone))
      }
      for sigma in options.quick ? [0.07] : [0.07, 0.1] {
        var settings = defaults()
        settings.models = [.m1]
        settings.terms = [terms]
        let sums = try counted(draws, communicator, width: 6) { (draw) throws(ParallelError) in
          var images: [ParticleImage] = []
          for (place, specimen) in specimens.enumerated() {
            images.append(
              try specimen.noisy(
                .init(strain: 3.5e-3, composition: sigma), seed: options.seed,
                stream: count * draw + place))
          }
          let fit = try Learner(settings, communicator: alone, log: SilentLog())
            .learn(train: images, test: []).law
          // In terms of the middle and the ends of f': mean, square, variance.
          var row: [Double] = []
          let truth = law.slope(0.25)
          let value = fit.law.derivative(at: 0.25)
          let spread = fit.law.variance(at: 0.25, covariance: fit.covariance)
          for (error, variance) in [
            (value.aa / truth.a - 1, spread.derivativeA / (truth.a * truth.a)),
            (value.cc / truth.c - 1, spread.derivativeC / (truth.c * truth.c)),
          ] { row += [error, error * error, variance] }
          return row
        }
        for (index, axis) in ["a", "c"].enumerated() {
          let part = sums[3 * index..<3 * index + 3].map { $0 / Double(draws) }
          let scatter = (part[1] - part[0] * part[0]) * Double(draws) / Double(draws - 1)
          let title = "N = \(terms), \(count) particles, X \(sigma): f'_\(axis)(0.25)"
          results.append(
            options.quick || axis == "c"
              ? StudyResult("\(title) bias [%]", reported: 100 * abs(part[0]))
              : StudyResult("\(title) bias [%]", 100 * abs(part[0]), atMost: terms == 2 ? 1 : 1.5))
          let ratio = (scatter / part[2]).squareRoot()
          // Few draws tell a scatter to 1/√(2n).
          let doubt = options.quick ? 3 / (2 * Double(draws)).squareRoot() : 0
          results.append(
            StudyResult(
              "\(title) scatter over sd", ratio, within: 0.85 - doubt...1.2 + doubt))
        }
      }
    }
    return results
  }

  /// Particles that differ in their noise alone: information adds up, so that the stated deviation
  /// falls as 1/√n.
  @Sendable private static func copies(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    let law = laws[1]
    let specimen = try DrawnSpecimen(pixels: 1200, place: 0, law: law.law, alone)
    let draws = options.quick ? 2 : 12
    var results: [StudyResult] = []
    for (name, noise) in [
      ("strain", DrawnSpecimen.Noise(strain: 3.5e-3)),
      ("X", DrawnSpecimen.Noise(strain: 5e-4, composition: 0.07)),
    ] {
      var sds: [[Double]] = []
      for count in [1, 2, 4] {
        var settings = defaults()
        settings.models = [.m1]
        settings.terms = [2]
        let sums = try counted(draws, communicator, width: 2) { (draw) throws(ParallelError) in
          var images: [ParticleImage] = []
          for copy in 0..<count {
            images.append(
              try specimen.noisy(
                noise, seed: options.seed, stream: 4 * draw + copy, name: "S\(copy)"))
          }
          let fit = try Learner(settings, communicator: alone, log: SilentLog())
            .learn(train: images, test: []).law
          let spread = fit.law.variance(at: 0.25, covariance: fit.covariance)
          return [spread.derivativeA, spread.derivativeC]
        }
        sds.append(sums.map { ($0 / Double(draws)).squareRoot() })
      }
      for (index, axis) in ["a", "c"].enumerated() {
        for (place, count) in [(1, 2.0), (2, 4.0)] {
          results.append(
            StudyResult(
              "noise of \(name), \(Int(count)) copies: sd of f'_\(axis) over that of one",
              sds[place][index] / sds[0][index], target: 1 / count.squareRoot(),
              tolerance: 0.1 / count.squareRoot()))
        }
      }
    }
    return results
  }
}
