import Parallel
public import Physics

/// A model with a given number of terms, fitted to the training particles.
public struct FittedModel: Sendable {
  /// Which model.
  public let model: Model
  /// The law f(X).
  public let law: EigenstrainLaw
  /// The covariance of a1…aN, c1…cN, shape (2N, 2N), for the selected N: exact propagation of the
  /// noise, a bootstrap of the composition's where it is known, and the pixel mesh's error in
  /// quadrature; the naive one for other N.
  public internal(set) var covariance: [Double]
  /// What least squares would say: the residual's variance times (AᵀWA)⁻¹, as if every number were
  /// independent.
  public let naiveCovariance: [Double]
  /// Mean over valid pixels of √(Δaa² + Δcc² + 2Δac²), training particles.
  public let trainError: Double
  /// The same over the test particles; NaN without any.
  public let testError: Double
  /// The same over all particles.
  public let modelError: Double
  /// Akaike's criterion, n ln(RSS/n) + 2k.
  public let aic: Double
  /// The Bayesian criterion, n ln(RSS/n) + k ln n.
  public let bic: Double
  /// The held-out error that the number of terms is chosen by.
  public internal(set) var heldOutError = Double.nan
  /// Its standard error.
  public internal(set) var standardError = Double.nan
  /// Half the change of a1…aN, c1…cN on halved pixels.
  public private(set) var discretisation: [Double] = []

  /// Adds the error of the pixel mesh in quadrature.
  mutating func addDiscretisation(_ change: [Double]) {
    discretisation = change
    for row in change.indices {
      for column in change.indices {
        covariance[row * change.count + column] += change[row] * change[column]
      }
    }
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
  ///
  /// - Parameter covariance: of the coefficients; the fit's own when nil.
  public init(_ fit: FittedModel, derivative: Bool, covariance: [Double]? = nil) {
    let grid = (0...100).map { Double($0) / 100 }
    let values = grid.map {
      derivative ? fit.law.derivative(at: $0) : fit.law.strain(at: $0)
    }
    let spread = grid.map {
      fit.law.variance(at: $0, covariance: covariance ?? fit.covariance)
    }
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
  /// For each model the maps on held cells by dataset name, NaN outside the mask.
  public let maps: [(model: Model, fields: [(name: String, values: [Double], units: String)])]
}

/// The noise of a particle's strain and rotation.
public struct NoiseReport: Sendable {
  /// Standard deviations of ``Channel/gradient``; 0 where a channel was not used.
  public let levels: [Double]
  /// The side, in pixels, of the square that one independent value fills.
  public let correlationLength: Double
  /// The standard deviation of the composition: as the stack says, or as its roughness tells.
  public let composition: Double
  /// Whether the stack says it.
  public let isCompositionKnown: Bool
}

/// The outcome of learning.
public struct LearnedLaw {
  /// For each model, in the order asked for, the fits by number of terms.
  public let fits: [(model: Model, byTerms: [FittedModel])]
  /// The last of the models asked for.
  public let selectedModel: Model
  /// The smallest number of terms whose held-out error is within one standard error of the smallest.
  public let selectedTerms: Int
  /// What the number of terms was chosen on.
  public let selection: String
  /// What each particle contributed.
  public let particles: [ParticleReport]
  /// The options of the fit.
  public let options: LearningOptions
  /// Whether the stacks' standard deviations weighed the strain.
  public let weighsBySigma: Bool
  /// How much the noise of the composition flattens the expansion coefficient of a plain fit: the rms
  /// change of f' over its rms, corrected for where the noise is known.
  public let attenuation: Double
  /// Whether the law is corrected for it.
  public let isAttenuationCorrected: Bool

  /// A model with the selected number of terms.
  public func selected(_ model: Model) -> FittedModel? {
    fits.first { $0.model == model }?.byTerms.first { $0.law.terms == selectedTerms }
  }
}
