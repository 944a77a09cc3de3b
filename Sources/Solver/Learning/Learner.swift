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

  /// Fits every model with every number of terms and judges them on the test particles. Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the images cannot determine the law, and of
  ///   kind `notConverged` when a linear solve fails.
  public func learn(
    train: [ParticleImage], test: [ParticleImage]
  ) throws(ParallelError) -> LearnedLaw {
    guard !train.isEmpty else {
      throw ParallelError(.input, "no particle to train on: name one with --train")
    }
    for image in train { try checkSize(image) }
    try checkLevels(train)
    var particles: [TrainedParticle] = []
    for (images, isTraining) in [(train, true), (test, false)] {
      for image in images {
        let particle = try TrainedParticle(
          image, isTraining: isTraining, options: options, log: log)
        log.note(
          "\(image.name): \(particle.validCount) pixels (\(particle.masked) left out, "
            + "\(particle.filled) filled), \(particle.unknownCount) unknowns")
        particles.append(particle)
      }
    }
    var fits: [(model: Model, byTerms: [FittedModel])] = []
    for model in options.models {
      var equations: LeastSquares?
      for particle in particles where particle.isTraining {
        let own = try particle.equations(model, options)
        if equations?.merge(own) == nil { equations = own }
      }
      guard let equations else { preconditionFailure("training particles were checked above") }
      var byTerms: [FittedModel] = []
      for terms in options.terms {
        byTerms.append(try judged(model, equations.solve(terms: terms), particles))
      }
      fits.append((model, byTerms))
    }
    guard let last = fits.last else {
      throw ParallelError(.input, "no model asked for, expected m0 or m1")
    }
    let chosen = Self.parsimonious(last.byTerms, hasTest: !test.isEmpty)
    let result = LearnedLaw(
      fits: fits, selectedModel: last.model, selectedTerms: chosen,
      particles: particles.map { report($0, fits, chosen) }, options: options)
    return result
  }

  /// The smallest N whose error is within one standard error of the smallest: the plain minimum
  /// follows the noise.
  private static func parsimonious(_ fits: [FittedModel], hasTest: Bool) -> Int {
    func error(_ fit: FittedModel) -> Double { hasTest ? fit.testError : fit.trainError }
    let best = fits.min { error($0) < error($1) }
    let limit = best.map { error($0) + $0.standardError } ?? .infinity
    return fits.first { error($0) <= limit }?.law.terms ?? 1
  }

  private func checkSize(_ image: ParticleImage) throws(ParallelError) {
    guard image.numbering.globalCount > 1 else {
      throw ParallelError(
        .input,
        "\(image.file): particle \(image.name): the mask has one pixel, expected a particle")
    }
  }

  /// N terms need N + 1 different compositions: the basis vanishes at X = 1.
  private func checkLevels(_ train: [ParticleImage]) throws(ParallelError) {
    let most = options.terms.max() ?? 1
    var levels: Set<Int> = []
    for image in train {
      for cell in try image.validCells([.composition]) where levels.count <= most + 1 {
        // Compositions closer than 1e-9 tell the same.
        levels.insert(Int((try image.values(.composition)[cell] * 1e9).rounded()))
      }
    }
    var shared = [Int](repeating: .min, count: (most + 2) * communicator.size)
    for (index, level) in levels.sorted().prefix(most + 2).enumerated() {
      shared[communicator.rank * (most + 2) + index] = level
    }
    try communicator.reduce(&shared, .maximum)
    let found = Set(shared.filter { $0 != .min }).count
    guard found > most else {
      throw ParallelError(
        .input,
        found <= 1
          ? "composition is the same in all training pixels (\(found) level): "
            + "the law cannot be learnt from it"
          : "composition has \(found) levels in the training pixels, \(most) terms need at least "
            + "\(most + 1): use --terms \(found - 1) or fewer")
    }
  }

  /// A fit with its errors on all particles. Collective.
  private func judged(
    _ model: Model, _ fit: (law: EigenstrainLaw, covariance: [Double]),
    _ particles: [TrainedParticle]
  ) throws(ParallelError) -> FittedModel {
    var sums = [(count: 0.0, sum: 0.0, squares: 0.0), (count: 0.0, sum: 0.0, squares: 0.0)]
    for particle in particles {
      let own = try particle.errorSums(model, fit.law)
      let index = particle.isTraining ? 0 : 1
      sums[index].count += own.count
      sums[index].sum += own.sum
      sums[index].squares += own.squares
    }
    let judge = sums[1].count > 0 ? sums[1] : sums[0]
    let mean = judge.sum / judge.count
    return FittedModel(
      model: model, law: fit.law, covariance: fit.covariance,
      trainError: sums[0].sum / sums[0].count,
      testError: sums[1].count > 0 ? sums[1].sum / sums[1].count : .nan,
      modelError: (sums[0].sum + sums[1].sum) / (sums[0].count + sums[1].count),
      standardError: (max(0, judge.squares / judge.count - mean * mean) / judge.count)
        .squareRoot())
  }

  /// The maps of the selected fits on a particle.
  private func report(
    _ particle: TrainedParticle, _ fits: [(model: Model, byTerms: [FittedModel])], _ terms: Int
  ) -> ParticleReport {
    let cells = particle.image.numbering.ownCells
    let isValid = Set(particle.valid)
    func map(_ value: (Int) -> Double) -> [Double] {
      var field = [Double](repeating: .nan, count: particle.image.layout.cellCount)
      for (pixel, cell) in cells.enumerated() { field[cell] = value(pixel) }
      return field
    }
    var maps: [(model: Model, fields: [(name: String, values: [Double], units: String)])] = []
    for fit in fits {
      guard let law = fit.byTerms.first(where: { $0.law.terms == terms })?.law else { continue }
      var fields: [(name: String, values: [Double], units: String)] = [
        ("e_aa", map { particle.strain(fit.model, law, at: $0).aa }, "1"),
        ("e_cc", map { particle.strain(fit.model, law, at: $0).cc }, "1"),
        ("e_ac", map { particle.strain(fit.model, law, at: $0).ac }, "1"),
        (
          "error",
          map { isValid.contains($0) ? particle.error(fit.model, law, at: $0) : .nan }, "1"
        ),
      ]
      if fit.model == .m1, let responses = particle.responses {
        let side = particle.image.pixelSize
        fields += [
          (
            "displacement_a",
            map { side * particle.predicted(.displacementA, law, $0, responses) }, "nm"
          ),
          (
            "displacement_c",
            map { side * particle.predicted(.displacementC, law, $0, responses) }, "nm"
          ),
        ]
      }
      maps.append((fit.model, fields))
    }
    return ParticleReport(
      image: particle.image, isTraining: particle.isTraining, valid: particle.validCount,
      masked: particle.masked, filled: particle.filled, unknowns: particle.unknownCount,
      largestShare: particle.largestShare, linearResidual: particle.residual, maps: maps)
  }
}
