// SPDX-License-Identifier: Apache-2.0

public import Formats
public import Images
import Parallel
public import Physics

/// A model with a given number of terms, fitted to the training particles.
public struct FittedModel: Sendable {
  /// Which model.
  public let model: Model
  /// The law f(X).
  public let law: EigenstrainLaw
  /// The covariance of a1…aN, c1…cN, shape (2N, 2N): the noise propagated exactly, and the pixel
  /// mesh's error in quadrature; the naive one where no bands were asked for.
  public let covariance: [Double]
  /// What least squares would say: the residual's variance times (AᵀWA)⁻¹, as if every number were
  /// independent.
  public let naiveCovariance: [Double]
  /// Mean over valid pixels of √(Δaa² + Δcc² + 2Δac²), training particles.
  public let trainError: Double
  /// The same over the test particles; NaN without any.
  public let testError: Double
  /// The same over all particles.
  public let modelError: Double
  /// What tells how many terms the data hold.
  public internal(set) var criterion: TermCriterion?
  /// What held-out pixels say.
  public internal(set) var heldOut: HeldOutError?
  /// Half the change of a1…aN, c1…cN on halved pixels; empty where that was not looked at.
  public let discretisation: [Double]

  /// Fits a number of terms.
  ///
  /// Collective.
  ///
  /// - Parameter equations: with the spread of ψ; nil takes the naive covariance.
  /// - Throws: ``ParallelError`` of kind `input` naming what the images do not determine.
  init(
    _ combined: CombinedEquations, _ equations: ResidualEquations?, _ terms: Int,
    _ particles: [PreparedParticle]
  ) throws(ParallelError) {
    let (law, inverse, _) = try combined.corrected.solve(terms: terms)
    let freedom = max(1, combined.plain.observations - Double(2 * terms))
    let variance = combined.plain.remainder(law) / freedom
    var train = (count: 0.0, sum: 0.0)
    var test = (count: 0.0, sum: 0.0)
    for particle in particles {
      let own = try particle.errorSums(combined.model, law)
      if particle.isTraining {
        train = (train.count + own.count, train.sum + own.sum)
      } else {
        test = (test.count + own.count, test.sum + own.sum)
      }
    }
    model = combined.model
    self.law = law
    naiveCovariance = inverse.map { variance * $0 }
    trainError = train.sum / train.count
    testError = test.count > 0 ? test.sum / test.count : .nan
    modelError = (train.sum + test.sum) / (train.count + test.count)
    guard let equations else {
      covariance = naiveCovariance
      discretisation = []
      return
    }
    do {
      covariance = try equations.fit(terms).covariance
    } catch { throw combined.singular(error) }
    let change = combined.mesh(equations.widened(law.unknowns, terms))
    let width = 2 * terms
    let kept = change.isEmpty ? [] : equations.kept(terms).map { change[$0] }
    discretisation = kept.indices.map { row in
      kept.indices.reduce(0) { $0 + inverse[row * width + $1] * kept[$1] }
    }
  }
}

/// A law with its uncertainty.
public struct FittedLaw: Sendable {
  /// f(X).
  public let law: EigenstrainLaw
  /// The covariance of a1…aT, c1…cT, shape (2T, 2T).
  public let covariance: [Double]
  /// What of each coefficient the data say, the rest being the prior's; 1 without a prior.
  public let dataShare: [Double]

  /// The average over the prior.
  init(_ average: AveragedLaw, reference: Double) {
    law = EigenstrainLaw(unknowns: average.unknowns, reference: reference)
    covariance = average.covariance
    dataShare = average.dataShare
  }

  /// The law of one number of terms.
  public init(_ fit: FittedModel) {
    law = fit.law
    covariance = fit.covariance
    dataShare = [Double](repeating: 1, count: 2 * fit.law.terms)
  }

  /// Its curve, or that of its derivative, with the band.
  public func curves(derivative: Bool) -> LawCurves {
    LawCurves(law, covariance, derivative: derivative)
  }
}

/// The curves of a law on 101 compositions from 0 to 1, with 95 % bands.
public struct LawCurves: Sendable {
  /// X.
  public let composition: [Double]
  /// Along a: value, lower and upper end of the band.
  public let a, aLower, aUpper: [Double]
  /// Along c: value, lower and upper end of the band.
  public let c, cLower, cUpper: [Double]

  /// The eigenstrain f(X), or its derivative f'(X), the chemical expansion coefficient.
  public init(_ law: EigenstrainLaw, _ covariance: [Double], derivative: Bool) {
    let grid = (0...100).map { Double($0) / 100 }
    let values = grid.map { derivative ? law.derivative(at: $0) : law.strain(at: $0) }
    let spread = grid.map { law.variance(at: $0, covariance: covariance) }
    // 1.96 standard deviations hold 95 % of a normal distribution.
    let bandA = spread.map { 1.96 * max(0, derivative ? $0.derivativeA : $0.a).squareRoot() }
    let bandC = spread.map { 1.96 * max(0, derivative ? $0.derivativeC : $0.c).squareRoot() }
    composition = grid
    a = values.map(\.aa)
    c = values.map(\.cc)
    aLower = zip(a, bandA).map { $0 - $1 }
    aUpper = zip(a, bandA).map { $0 + $1 }
    cLower = zip(c, bandC).map { $0 - $1 }
    cUpper = zip(c, bandC).map { $0 + $1 }
  }
}

/// What one particle contributed, and what the models predict for it.
public struct ParticleReport {
  /// The image the maps belong to.
  public let image: ParticleImage
  /// Whether it trained the law.
  public let isTraining: Bool
  /// Pixels that took part.
  public let valid: Int
  /// Pixels in the mask left out because a channel has no value there.
  public let masked: Int
  /// Mis-indexed pixels that were left out.
  public let rejected: Int
  /// Where they are: 1, else 0, on held cells; empty where there are none.
  public let isRejected: [Double]
  /// Pixels whose composition was filled from their neighbours.
  public let filled: Int
  /// Unknowns of the mechanical problem.
  public let unknowns: Int
  /// The share of them on the most loaded rank.
  public let largestShare: Double
  /// The relative residual of the linear solves.
  public let linearResidual: Double
  /// The noise of strain and rotation that the selected model leaves over; training particles only.
  public let noise: NoiseReport?
  /// For each model the maps on held cells by dataset, NaN outside the mask.
  public let maps: [(model: Model, fields: [(dataset: FileFormat.Dataset, values: [Double])])]
}

/// The noise of a particle's strain and rotation.
public struct NoiseReport: Sendable {
  /// Standard deviations of ``Channel/gradient``; 0 where a channel was not used.
  public let levels: [Double]
  /// The side, in pixels, of the square that one independent value fills.
  public let correlationLength: Double
  /// The standard deviation of the composition: as the stack says, or as its roughness tells.
  public let composition: Double
  /// How far that is correlated: the standard deviation in pixels of a Gaussian, 0 for white noise.
  public let compositionWidth: Double
  /// Where it comes from.
  public let compositionSource: String
}

/// The outcome of learning.
public struct LearnedLaw {
  /// For each model, in the order asked for, the fits by number of terms.
  public let fits: [(model: Model, byTerms: [FittedModel])]
  /// The law of the last model: averaged over the prior by evidence, or that of the only number of
  /// terms asked for.
  public let law: FittedLaw
  /// The last of the models asked for.
  public let selectedModel: Model
  /// The number of terms that the Bayesian criterion chooses.
  public let selectedTerms: Int
  /// Which pixels were held out to compare the numbers of terms.
  public let heldOutGround: String
  /// What each particle contributed.
  public let particles: [ParticleReport]
  /// The options of the fit.
  public let options: LearningOptions
  /// Whether the stacks' standard deviations weighed the strain.
  public let weighsBySigma: Bool
  /// Where in composition the training pixels lie.
  public let histogram: CompositionHistogram
  /// Where they lie in composition and measured strain, along a and along c.
  public let density: (a: PixelDensity, c: PixelDensity)
  /// How much the noise of the composition flattens the expansion coefficient of a plain fit: the rms
  /// change of f' over its rms, corrected for where the noise is known.
  public let attenuation: Double
  /// Whether the law is corrected for it.
  public let isAttenuationCorrected: Bool

  /// A model with the selected number of terms.
  public func selected(_ model: Model) -> FittedModel? {
    guard let fits = fits.first(where: { $0.model == model })?.byTerms else { return nil }
    return fits.first { $0.law.terms == selectedTerms } ?? fits.last
  }
}
