public import Parallel
import Physics

/// Learns the composition–eigenstrain law from particles.
public struct Learner {
  private let options: LearningOptions
  private let communicator: Communicator
  private let log: any RunLog

  /// Makes a learner.
  public init(_ options: LearningOptions, communicator: Communicator, log: any RunLog) {
    self.options = options
    self.communicator = communicator
    self.log = log
  }

  /// Fits every model with every number of terms and judges them on held-out pixels.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the images cannot determine the law, and of
  ///   kind `notConverged` when a linear solve fails.
  public func learn(
    train: [ParticleImage], test: [ParticleImage]
  ) throws(ParallelError) -> LearnedLaw {
    guard !train.isEmpty else {
      throw ParallelError(.input, "no particle to train on: name one with --train")
    }
    try TrainingCheck.check(train, terms: options.terms.max() ?? 1, communicator)
    let weighs = try weighsBySigma(train)
    let refined = options.hasBands ? Self.refinedNames(train) : []
    var particles: [TrainedParticle] = []
    for (images, isTraining) in [(train, true), (test, false)] {
      for image in images {
        let particle = try TrainedParticle(
          image, isTraining: isTraining, options: options, weighsBySigma: weighs,
          isRefined: refined.contains(image.name), log: log)
        log.note(
          "\(image.name): \(particle.validCount) pixels (\(particle.masked) left out, "
            + "\(particle.filled) filled), \(particle.unknownCount) unknowns")
        particles.append(particle)
      }
    }
    var fits: [(model: Model, byTerms: [FittedModel])] = []
    var equations: [CombinedEquations] = []
    for model in options.models {
      guard let combined = CombinedEquations(model, particles) else {
        preconditionFailure("training particles were checked above")
      }
      var byTerms: [FittedModel] = []
      for terms in options.terms { byTerms.append(try fitted(combined, terms, particles)) }
      fits.append((model, byTerms))
      equations.append(combined)
    }
    guard let last = fits.last, let combined = equations.last else {
      throw ParallelError(.input, "no model asked for, expected m0 or m1")
    }
    let choice = try TermChoice(last.byTerms, combined, particles, seed: options.seed)
    for (index, error) in choice.errors.enumerated() {
      fits[fits.count - 1].byTerms[index].heldOutError = error.mean
      fits[fits.count - 1].byTerms[index].standardError = error.standardError
    }
    var noise: [ParticleNoise] = []
    for index in fits.indices {
      guard options.hasBands,
        let place = fits[index].byTerms.firstIndex(where: { $0.law.terms == choice.terms })
      else { continue }
      noise = []
      let law = fits[index].byTerms[place].law
      for particle in particles where particle.isTraining {
        noise.append(try ParticleNoise(particle, fits[index].model, law))
      }
      let inverse = try equations[index].corrected.solve(terms: choice.terms).inverse
      fits[index].byTerms[place].covariance = try equations[index].covariance(
        law, inverse, noise)
      if fits[index].model == .m1 {
        let floor = try Self.discretisation(particles, terms: choice.terms)
        fits[index].byTerms[place].addDiscretisation(floor)
      }
    }
    return try result(fits, combined, choice, particles, noise, weighs)
  }

  /// The training particles that tell the error of the pixel mesh: those with the largest pixels, up
  /// to some ten thousand pixels in all, so that the refined problems cost no more than the fit.
  private static func refinedNames(_ train: [ParticleImage]) -> Set<String> {
    var names: Set<String> = []
    var pixels = 0
    for image in train.sorted(by: { $0.pixelSize > $1.pixelSize }) {
      guard names.isEmpty || pixels + image.numbering.globalCount <= 12_000 else { continue }
      names.insert(image.name)
      pixels += image.numbering.globalCount
    }
    return names
  }

  /// Half the change of the law from the pixel mesh to the once-refined one.
  private static func discretisation(
    _ particles: [TrainedParticle], terms: Int
  ) throws(ParallelError) -> [Double] {
    var coarse: LeastSquares?
    var fine: LeastSquares?
    for particle in particles {
      guard let refined = particle.refined, let own = particle.equations[.m1] else { continue }
      if fine?.merge(refined) == nil { fine = refined }
      if coarse?.merge(own) == nil { coarse = own }
    }
    guard let coarse, let fine else { return [Double](repeating: 0, count: 2 * terms) }
    let before = try coarse.solve(terms: terms).law.unknowns
    let after = try fine.solve(terms: terms).law.unknowns
    return zip(before, after).map { ($1 - $0) / 2 }
  }

  /// A fit with its errors on all particles.
  ///
  /// Collective.
  private func fitted(
    _ equations: CombinedEquations, _ terms: Int, _ particles: [TrainedParticle]
  ) throws(ParallelError) -> FittedModel {
    let (law, inverse, _) = try equations.corrected.solve(terms: terms)
    let plain = try equations.plain.solve(terms: terms)
    let count = max(1, equations.plain.observations)
    let freedom = max(1, count - Double(2 * terms))
    let variance = plain.residual / freedom
    let likelihood = count * logarithm(max(plain.residual, .leastNormalMagnitude) / count)
    var train = (count: 0.0, sum: 0.0)
    var test = (count: 0.0, sum: 0.0)
    for particle in particles {
      let own = try particle.errorSums(equations.model, law)
      if particle.isTraining {
        train = (train.count + own.count, train.sum + own.sum)
      } else {
        test = (test.count + own.count, test.sum + own.sum)
      }
    }
    return FittedModel(
      model: equations.model, law: law, covariance: inverse.map { variance * $0 },
      naiveCovariance: inverse.map { variance * $0 }, trainError: train.sum / train.count,
      testError: test.count > 0 ? test.sum / test.count : .nan,
      modelError: (train.sum + test.sum) / (train.count + test.count),
      aic: likelihood + 4 * Double(terms),
      bic: likelihood + 2 * Double(terms) * logarithm(count))
  }

  /// Whether all training particles know the standard deviation of their strain.
  ///
  /// Collective.
  ///
  /// One that does not would count for nothing beside the others.
  private func weighsBySigma(_ train: [ParticleImage]) throws(ParallelError) -> Bool {
    var channels: [Channel] = [.strainAA, .strainCC, .strainAC]
    if options.misfit == .gradient { channels.append(.rotation) }
    for image in train {
      let cells = try image.validCells(channels)
      for channel in channels {
        if try image.knownSigma(channel, cells) == nil { return false }
      }
    }
    return true
  }

  /// Gathers what was learnt, with warnings.
  ///
  /// Collective.
  private func result(
    _ fits: [(model: Model, byTerms: [FittedModel])], _ equations: CombinedEquations,
    _ choice: TermChoice, _ particles: [TrainedParticle], _ noise: [ParticleNoise],
    _ weighs: Bool
  ) throws(ParallelError) -> LearnedLaw {
    let terms = choice.terms
    let law = try equations.corrected.solve(terms: terms).law
    let attenuation =
      equations.isCorrected
      ? law.relativeDistance(of: try equations.plain.solve(terms: terms).law)
      : try AttenuationEstimate.estimate(particles, terms: terms, seed: options.seed)
    if !equations.isCorrected, attenuation > 0.002 {
      log.warn(
        "the noise of the composition is not known (sigma_composition): judged by its roughness "
          + "it flattens the expansion coefficient by about "
          + "\(rounded(100 * attenuation)) %, which is not corrected")
    }
    var reports: [ParticleReport] = []
    var left = noise[...]
    for particle in particles {
      let own = particle.isTraining ? left.popFirst() : nil
      reports.append(try particle.report(fits, terms, own))
    }
    return LearnedLaw(
      fits: fits, selectedModel: equations.model, selectedTerms: terms,
      selection: choice.ground, particles: reports, options: options, weighsBySigma: weighs,
      attenuation: attenuation, isAttenuationCorrected: equations.isCorrected)
  }

  private func rounded(_ value: Double) -> Double { (100 * value).rounded() / 100 }
}

/// What training images must offer before anything is solved.
enum TrainingCheck {
  /// Checks the size of the masks and the levels of the composition.
  ///
  /// Collective.
  static func check(
    _ train: [ParticleImage], terms: Int, _ communicator: Communicator
  ) throws(ParallelError) {
    for image in train where image.numbering.globalCount == 1 {
      throw ParallelError(
        .input,
        "\(image.file): particle \(image.name): the mask has one pixel, expected a particle")
    }
    // N terms need N + 1 different compositions: the basis vanishes at X = 1.
    var levels: Set<Int> = []
    for image in train {
      let composition = try image.values(.composition)
      for cell in try image.validCells([.composition]) where levels.count <= terms + 1 {
        // Compositions closer than 1e-9 tell the same.
        levels.insert(Int((min(max(composition[cell], -1e3), 1e3) * 1e9).rounded()))
      }
    }
    var shared = [Int](repeating: .min, count: (terms + 2) * communicator.size)
    for (index, level) in levels.sorted().prefix(terms + 2).enumerated() {
      shared[communicator.rank * (terms + 2) + index] = level
    }
    try communicator.reduce(&shared, .maximum)
    let found = Set(shared.filter { $0 != .min }).count
    guard found <= terms else { return }
    let files = Set(train.map(\.file)).sorted().joined(separator: ", ")
    throw ParallelError(
      .input,
      found <= 1
        ? "\(files): dataset composition is the same in all training pixels: the law cannot be "
          + "learnt from it"
        : "\(files): dataset composition has \(found) levels in the training pixels, \(terms) "
          + "terms need at least \(terms + 1): use --terms \(found - 1) or fewer")
  }
}
