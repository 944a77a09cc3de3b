import Parallel
import Physics

/// The normal equations of several particles, with what the noise of the composition does to them.
///
/// Noise δ on X adds to AᵀWA what it adds once more when drawn again: the corrected matrix is
/// 2 M(X) − ⟨M(X + δ')⟩, and so for the right-hand side. This undoes the attenuation to second order
/// in δ.
struct CombinedEquations {
  /// Corrected where the noise of the composition is known.
  let corrected: LeastSquares
  /// As the images are.
  let plain: LeastSquares
  /// For each draw, what it changes: the matrix and the bootstrap data against their means.
  private let draws: [LeastSquares]
  private let particles: [TrainedParticle]
  let model: Model

  /// Adds up the training particles; nil without any.
  init?(_ model: Model, _ particles: [TrainedParticle]) {
    let own = particles.filter(\.isTraining).compactMap { $0.equations[model] }
    guard let first = own.first else { return nil }
    var plain = first
    for other in own.dropFirst() { plain.merge(other) }
    var corrected = plain
    let empty = LeastSquares(count: plain.count, dataCount: 1 + plain.count)
    var draws = [LeastSquares](repeating: empty, count: LearningOptions.compositionDraws)
    var isNoisy = false
    for particle in particles where particle.isTraining {
      guard let noisy = particle.draws[model], !noisy.isEmpty,
        let own = particle.equations[model]
      else { continue }
      isNoisy = true
      let share = 1 / Double(noisy.count)
      corrected.shift(toward: own, factor: 1)
      for draw in noisy { corrected.shift(toward: draw, factor: -share) }
      for (index, draw) in noisy.enumerated() {
        draws[index].merge(draw)
        for other in noisy { draws[index].merge(other, factor: -share) }
      }
    }
    self.plain = plain
    self.corrected = corrected
    self.draws = isNoisy ? draws : []
    self.particles = particles
    self.model = model
  }

  /// Whether the law is corrected for the noise of the composition.
  var isCorrected: Bool { !draws.isEmpty }

  /// The covariance of a law from the noise of strain, rotation and composition.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - noise: for each training particle its model and the factor that standardises a channel.
  func covariance(
    _ law: EigenstrainLaw, _ inverse: [Double], _ noise: [ParticleNoise]
  ) throws(ParallelError) -> [Double] {
    let kept = corrected.kept(law.terms)
    var spread = [Double](repeating: 0, count: kept.count * kept.count)
    for (particle, own) in zip(particles.filter(\.isTraining), noise) {
      guard let influence = particle.influence[model] else { continue }
      let weights = kept.map { unknown in
        (0..<4).map { channel in
          zip(influence.weights[unknown][channel], own.scale(channel)).map { $0 * $1 }
        }
      }
      let contracted = try own.model.contracted(weights, particle.image)
      for index in spread.indices { spread[index] += contracted[index] }
    }
    let sandwich = product(product(inverse, spread, kept.count), inverse, kept.count)
    let bootstrap = compositionCovariance(law, kept)
    return zip(sandwich, bootstrap).map { $0 + $1 }
  }

  /// The covariance from the noise of the composition: the law refitted to its own strains with every
  /// draw (a parametric bootstrap).
  private func compositionCovariance(_ law: EigenstrainLaw, _ kept: [Int]) -> [Double] {
    var result = [Double](repeating: 0, count: kept.count * kept.count)
    guard draws.count > 1 else { return result }
    let truth = law.unknowns
    let count = corrected.count
    for draw in draws {
      var matrix: [Double] = []
      var right: [Double] = []
      for row in kept {
        var side = 0.0
        for (place, column) in kept.enumerated() {
          let base = corrected.matrix[row * count + column]
          matrix.append(base + draw.matrix[row * count + column])
          // Data 1 + column of a draw are the unperturbed rows.
          side += (base + draw.rightSides[(1 + column) * count + row]) * truth[place]
        }
        right.append(side)
      }
      guard
        let refitted = try? NormalEquations(matrix: matrix, rightSide: right).solve().solution
      else { continue }
      let change = zip(refitted, truth).map { $0 - $1 }
      for row in kept.indices {
        for column in kept.indices {
          result[row * kept.count + column] +=
            change[row] * change[column] / Double(draws.count - 1)
        }
      }
    }
    return result
  }

  private func product(_ left: [Double], _ right: [Double], _ count: Int) -> [Double] {
    var result = [Double](repeating: 0, count: count * count)
    for row in 0..<count {
      for inner in 0..<count {
        for column in 0..<count {
          result[row * count + column] += left[row * count + inner] * right[inner * count + column]
        }
      }
    }
    return result
  }
}

extension LeastSquares {
  /// Adds `factor` times another's matrix and first right-hand side, which may have more data.
  mutating func shift(toward other: LeastSquares, factor: Double) {
    for index in matrix.indices { matrix[index] += factor * other.matrix[index] }
    for index in 0..<count { rightSides[index] += factor * other.rightSides[index] }
  }
}

/// The noise of one particle.
struct ParticleNoise {
  let model: NoiseModel
  /// The stack's standard deviations on held cells, for the channels that know them.
  let sigmas: [Int: [Double]]
  let cellCount: Int

  /// What a channel was divided by, on held cells.
  func scale(_ channel: Int) -> [Double] {
    sigmas[channel] ?? [Double](repeating: 1, count: cellCount)
  }

  /// Tells the noise of a particle from what a law leaves over.
  ///
  /// Collective.
  init(
    _ particle: TrainedParticle, _ model: Model, _ law: EigenstrainLaw
  ) throws(ParallelError) {
    let image = particle.image
    let cells = image.numbering.ownCells
    var residuals = [[Double]](repeating: [], count: 4)
    var sigmas: [Int: [Double]] = [:]
    var scales = [1.0, 1, 1, 1]
    for (index, channel) in Channel.gradient.enumerated() where particle.reads(index) {
      if let known = try image.knownSigma(channel, particle.valid.map { cells[$0] }) {
        sigmas[index] = known.map { $0.isFinite ? $0 : 0 }
        var sums = [Double(particle.valid.count), 0]
        for pixel in particle.valid { sums[1] += known[cells[pixel]] * known[cells[pixel]] }
        try image.communicator.reduce(&sums, .sum)
        scales[index] = (sums[1] / sums[0]).squareRoot()
      }
      residuals[index] = try particle.residual(model, law, index, sigma: sigmas[index])
    }
    self.sigmas = sigmas
    cellCount = image.layout.cellCount
    self.model = try NoiseModel(residuals: residuals, scales: scales, image)
  }
}

extension TrainedParticle {
  /// Whether a channel of ``Channel/gradient`` was read: on all ranks or on none, whatever each holds.
  func reads(_ channel: Int) -> Bool {
    channel < 3 || options.models.contains(.m1) && options.usesRotation
  }

  /// What a law leaves of a channel of ``Channel/gradient``, divided by its standard deviation
  /// where known, on held cells; NaN outside the own valid pixels.
  ///
  /// Collective.
  func residual(
    _ model: Model, _ law: EigenstrainLaw, _ channel: Int, sigma: [Double]?
  ) throws(ParallelError) -> [Double] {
    let cells = image.numbering.ownCells
    let fields: [ForwardModel.Field] = [.strainAA, .strainCC, .strainAC, .rotation]
    var field = [Double](repeating: .nan, count: image.layout.cellCount)
    var mean = [Double](repeating: 0, count: 2 * components.count)
    for pixel in valid {
      let predicted =
        channel < 3
        ? { (strain: SymmetricTensor2) in [strain.aa, strain.cc, strain.ac][channel] }(
          strain(model, law, at: pixel))
        : responses.map { self.predicted(fields[channel], law, pixel, $0) } ?? 0
      let value = measured[channel][pixel] - predicted
      field[cells[pixel]] = value
      mean[2 * component(pixel)] += value
      mean[2 * component(pixel) + 1] += 1
    }
    try image.communicator.reduce(&mean, .sum)
    for pixel in valid {
      let cell = cells[pixel]
      // A constant rotation is the instrument's offset, not noise.
      if channel == 3 { field[cell] -= mean[2 * component(pixel)] / mean[2 * component(pixel) + 1] }
      if let sigma { field[cell] /= sigma[cell] }
    }
    return field
  }
}
