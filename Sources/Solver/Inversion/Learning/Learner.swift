// SPDX-License-Identifier: Apache-2.0

public import Images
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
    let train = try largeEnough(train).map { (image) throws(ParallelError) in
      try image.withKnownDeviations(log)
    }
    let test = try test.map { (image) throws(ParallelError) in
      try image.withKnownDeviations(log)
    }
    try TrainingCheck.check(train, terms: options.terms.min() ?? 1, communicator)
    let weighs = try weighsBySigma(train)
    let noises = try compositionNoises(train + test)
    let isNoisy = zip(train, noises).contains { $1 != nil }
    let learner =
      isNoisy ? Learner(self.options.underNoise(), communicator: communicator, log: log) : self
    let options = learner.options
    let refined = options.hasBands ? Self.refinedNames(train) : []
    let work = WorkShare(
      "learn", total: learner.work(train, test, noises, refined), log: log)
    var particles: [PreparedParticle] = []
    for (images, isTraining) in [(train, true), (test, false)] {
      for image in images {
        let particle = try PreparedParticle(
          image, isTraining: isTraining, options: options, weighsBySigma: weighs,
          noise: noises[particles.count],
          isRefined: refined.contains(image.name), log: log, work: work)
        log.note(
          "\(image.name): \(particle.validCount) pixels (\(particle.masked) left out, "
            + "\(particle.rejected) rejected, \(particle.filled) filled), "
            + "\(particle.unknownCount) unknowns")
        particles.append(particle)
      }
    }
    return try learner.infer(particles, weighs, work)
  }

  /// All units of the work on particles whose noises are known.
  private func work(
    _ train: [ParticleImage], _ test: [ParticleImage], _ noises: [CompositionNoise?],
    _ refined: Set<String>
  ) -> Double {
    var units = 0.0
    for (place, image) in (train + test).enumerated() {
      let steps = LearningStep.steps(
        isTraining: place < train.count, options: options, hasNoise: noises[place] != nil,
        isRefined: refined.contains(image.name))
      for step in steps + options.models.map(LearningStep.fits) {
        units += step.units(image, options)
      }
    }
    return units
  }

  /// The images of more than three pixels: fewer tell neither a strain's change nor their own noise.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when none is left.
  private func largeEnough(_ images: [ParticleImage]) throws(ParallelError) -> [ParticleImage] {
    let found = images.filter { $0.numbering.globalCount > 3 }
    for image in images where image.numbering.globalCount <= 3 {
      let count = image.numbering.globalCount
      let words =
        "\(image.file): particle \(image.name): "
        + (count == 1 ? "one pixel" : "\(count) pixels") + ", expected at least 4"
      if found.isEmpty { throw ParallelError(.input, words) }
      log.warn("\(words): left out")
    }
    return found
  }

  /// The noise of each image's composition, nil where it is too small to matter.
  ///
  /// Collective.
  private func compositionNoises(
    _ images: [ParticleImage]
  ) throws(ParallelError) -> [CompositionNoise?] {
    var noises: [CompositionNoise?] = []
    for image in images {
      let clipped = try image.clippedCount()
      // By chance no measured number is exactly 0 or 1.
      if 50 * clipped > image.numbering.globalCount {
        log.warn(
          "\(image.file): particle \(image.name): the composition of \(clipped) of "
            + "\(image.numbering.globalCount) pixels is exactly 0 or 1: it looks clipped, which biases "
            + "the law (compose without --non-negative keeps what noise puts outside)")
      }
      guard options.correctsComposition else {
        noises.append(nil)
        continue
      }
      let noise = try image.compositionNoise(options)
      if let noise {
        let words =
          noise.source == .roughness
          ? "is not known (sigma_composition): its roughness tells"
          : "by \(noise.source.rawValue) is"
        log.note(
          "\(image.name): the noise of the composition \(words) \(rounded(noise.level)), "
            + (noise.width > 0 ? "smeared over \(rounded(noise.width)) pixels" : "white"))
      }
      noises.append(noise)
    }
    return noises
  }

  /// Fits every model to particles whose responses are known, and chooses.
  ///
  /// Collective.
  private func infer(
    _ particles: [PreparedParticle], _ weighs: Bool, _ work: WorkShare
  ) throws(ParallelError) -> LearnedLaw {
    var fits: [ModelFits] = []
    var equations: [CombinedEquations] = []
    for model in options.models {
      work.begin(
        particles.reduce(0) { $0 + LearningStep.fits(model).units($1.image, options) },
        "fits of \(model.rawValue)")
      guard let combined = CombinedEquations(model, particles) else {
        preconditionFailure("training particles were checked above")
      }
      if combined.isUncorrectable {
        log.warn(
          "\(model.rawValue): the noise of the composition would leave nothing of the law: not corrected "
            + "(--sigma-composition says how large it is)")
      }
      fits.append(try ModelFits(combined, particles, options, log))
      equations.append(combined)
    }
    guard let last = fits.last, let combined = equations.last else {
      throw ParallelError(.input, "no model asked for, expected m0 or m1")
    }
    let chosen = last.chosen
    let judge = try HeldOut(last.byTerms, chosen, combined, particles, last.noise)
    for (index, error) in judge.errors.enumerated() {
      fits[fits.count - 1].byTerms[index].heldOut = error
    }
    if let doubt = judge.contradiction(chosen) { log.warn(doubt) }
    let law = try result(fits, combined, judge, particles, weighs)
    work.end()
    return law
  }

  /// The training particles that tell the error of the pixel mesh: those with the largest pixels, up
  /// to some ten thousand pixels in all, so that the refined problems cost no more than the fit.
  private static func refinedNames(_ train: [ParticleImage]) -> Set<String> {
    var names: Set<String> = []
    var pixels = 0
    for image in train.sorted(by: { $0.pixelSize > $1.pixelSize }) {
      let cost = min(image.numbering.globalCount, MeshSample.size)
      guard names.isEmpty || pixels + cost <= 12_000 else { continue }
      names.insert(image.name)
      pixels += cost
    }
    return names
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
    _ fits: [ModelFits], _ equations: CombinedEquations, _ judge: HeldOut,
    _ particles: [PreparedParticle], _ weighs: Bool
  ) throws(ParallelError) -> LearnedLaw {
    guard let last = fits.last else { preconditionFailure("a model was fitted") }
    let terms = last.chosen
    // What noise would have done: the plain fit beside the corrected one.
    var attenuation = 0.0
    if equations.isCorrected, let law = last.byTerms.first(where: { $0.law.terms == terms })?.law,
      let plain = try? equations.plain.solve(terms: terms).law
    {
      attenuation = law.relativeDistance(of: plain)
    }
    if !options.correctsComposition {
      log.warn("noise of the composition is not corrected: it flattens the expansion coefficient")
    }
    var reports: [ParticleReport] = []
    var left = last.noise[...]
    for particle in particles {
      let own = particle.isTraining ? left.popFirst() : nil
      reports.append(try particle.report(fits.map { ($0.model, $0.byTerms) }, terms, own))
    }
    return LearnedLaw(
      fits: fits.map { ($0.model, $0.byTerms) }, law: last.law, selectedModel: equations.model,
      selectedTerms: terms, heldOutGround: judge.ground, particles: reports, options: options,
      weighsBySigma: weighs, histogram: try CompositionHistogram(particles),
      density: (
        try PixelDensity(particles, .strainAA, communicator),
        try PixelDensity(particles, .strainCC, communicator)
      ),
      attenuation: attenuation,
      isAttenuationCorrected: equations.isCorrected)
  }

  private func rounded(_ value: Double) -> Double { (1e4 * value).rounded() / 1e4 }
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
    // N terms need N + 1 different compositions: the basis vanishes at the reference.
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
    guard found > 0 else {
      throw ParallelError(
        .input, "\(files): dataset composition has no finite value in the training pixels")
    }
    throw ParallelError(
      .input,
      found == 1
        ? "\(files): dataset composition is the same in all training pixels: the law cannot be "
          + "learnt from it"
        : "\(files): dataset composition has \(found) levels in the training pixels, \(terms) "
          + "terms need at least \(terms + 1): use --terms \(found - 1) or fewer")
  }
}
