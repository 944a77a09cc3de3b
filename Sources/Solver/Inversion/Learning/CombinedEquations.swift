// SPDX-License-Identifier: Apache-2.0

import Images
import Numerics
package import Parallel
package import Physics

/// The normal equations of several particles, and what the noise of their images does to them.
package struct CombinedEquations {
  /// As the images are.
  package let plain: LeastSquares
  /// With a basis that is freed of the noise of the composition.
  let deconvolved: LeastSquares
  /// Unbiased: the normal matrix is freed of it, too.
  package let corrected: LeastSquares
  /// Whether the noise that is told leaves nothing of the law, which is then not corrected for it.
  let isUncorrectable: Bool
  /// The same on the pixel mesh and on the halved one, of the particles that have both.
  private let meshes: (coarse: LeastSquares, fine: LeastSquares)?
  /// The training particles.
  private let particles: [PreparedParticle]
  let model: Model

  /// Adds up the training particles; nil without any.
  package init?(_ model: Model, _ particles: [PreparedParticle]) {
    let training = particles.filter(\.isTraining)
    guard let deconvolved = Self.sum(training.map { $0.equations[model] }),
      let plain = Self.sum(
        training.map { $0.corrections[model]?.plain ?? $0.equations[model] })
    else { return nil }
    let refined = training.filter { model.obeysEquilibrium && $0.refined != nil }
    // On the plain basis, as the halved mesh has it.
    if let coarse = Self.sum(
      refined.map { $0.corrections[model]?.plain ?? $0.equations[model] }),
      let fine = Self.sum(refined.map(\.refined))
    {
      meshes = (coarse, fine)
    } else {
      meshes = nil
    }
    self.plain = plain
    var corrected = deconvolved
    for particle in training { corrected.subtract(particle.corrections[model]?.matrix) }
    // What takes away even one term is the composition itself, not its noise.
    isUncorrectable =
      training.contains { $0.corrections[model] != nil } && (try? corrected.solve(terms: 1)) == nil
    self.deconvolved = isUncorrectable ? plain : deconvolved
    self.corrected = isUncorrectable ? plain : corrected
    self.particles = training
    self.model = model
  }

  private static func sum(_ equations: [LeastSquares?]) -> LeastSquares? {
    let found = equations.compactMap(\.self)
    guard var sum = found.first else { return nil }
    for other in found.dropFirst() { sum.merge(other) }
    return sum
  }

  /// The composition at which the law vanishes.
  var reference: Double { corrected.reference }

  /// The terms of the basis.
  var terms: Int { corrected.count / 2 }

  /// The variance of the strain's noise, as the equations weigh it: what a law leaves over.
  ///
  /// Never below the square of a millionth of the strain. What is left is a difference of sums: exact
  /// strain leaves their rounding, of either sign, and the correction for noise of the composition may
  /// take off more than there is. Without a level nothing would raise the autocovariance where it came
  /// out negative, and rounding would decide which combinations of unknowns count as known exactly.
  private func level(_ law: EigenstrainLaw) -> Double {
    max(corrected.remainder(law), 1e-12 * corrected.dataNorm) / max(1, corrected.observations)
  }

  /// The equations with the spread that white noise of the same level would give: enough to tell the
  /// noise from what the law leaves over.
  ///
  /// - Parameter law: tells the level.
  func white(_ law: EigenstrainLaw) -> ResidualEquations {
    let level = level(law)
    let matrix = deconvolved.matrix
    let composition = compositionNoise(level)
    return equations(observations: corrected.observations) { unknowns in
      zip(matrix, composition(unknowns)).map { level * $0 + $1 }
    }
  }

  /// Whether the law is corrected for noise of the composition.
  var isCorrected: Bool {
    !isUncorrectable && particles.contains { $0.corrections[model] != nil }
  }

  /// Whether the data hold a number of terms: the correction leaves a twentieth at least of every
  /// combination of unknowns, below which its own noise decides.
  func holds(_ terms: Int) -> Bool {
    guard isCorrected else { return true }
    let kept = corrected.kept(terms)
    let width = corrected.count
    let rest = kept.flatMap { row in
      kept.map {
        corrected.matrix[row * width + $0] - 0.05 * deconvolved.matrix[row * width + $0]
      }
    }
    let side = [Double](repeating: 0, count: kept.count)
    return (try? NormalEquations(matrix: rest, rightSide: side).solve()) != nil
  }

  /// The covariance of ψ from the noise of the composition: what its draws do, and 30 % of a standard
  /// deviation that was told by roughness, the same in all particles.
  ///
  /// What strain's and composition's noise do together is in the strain's part already, for its weights
  /// are as noisy as the composition, and in the first derivatives, for they hold noisy strain.
  ///
  /// - Parameter level: the variance of the strain's noise, as the equations weigh it.
  private func compositionNoise(_ level: Double) -> @Sendable ([Double]) -> [Double] {
    let corrections = particles.compactMap { $0.corrections[model] }
    let count = corrected.count
    var doubt = (
      matrix: [Double](repeating: 0, count: count * count),
      right: [Double](repeating: 0, count: count)
    )
    for particle in particles where particle.noise?.source == .roughness {
      guard let own = particle.equations[model], let correction = particle.corrections[model] else {
        continue
      }
      // σ² to 60 %: the correction is proportional to it in the first order.
      for index in doubt.matrix.indices {
        let change = own.matrix[index] - correction.matrix[index] - correction.plain.matrix[index]
        doubt.matrix[index] += 0.6 * change
      }
      for index in 0..<count {
        doubt.right[index] += 0.6 * (own.rightSides[index] - correction.plain.rightSides[index])
      }
    }
    let (matrix, right) = doubt
    return { unknowns in
      var first = [Double](repeating: 0, count: count * count)
      var second = first
      var probed = first
      for correction in corrections {
        let (one, two) = correction.covariance(unknowns)
        let probes = correction.probeCovariance(unknowns)
        for index in first.indices {
          first[index] += one[index]
          second[index] += two[index] + level * correction.firstOrder[index]
          probed[index] += probes[index]
        }
      }
      var sum = ResidualEquations.lessened(first, by: second, count: count)
      for index in sum.indices { sum[index] += probed[index] }
      var change = right
      for row in 0..<count {
        for column in 0..<count { change[row] -= matrix[row * count + column] * unknowns[column] }
      }
      for row in 0..<count {
        for column in 0..<count { sum[row * count + column] += change[row] * change[column] }
      }
      return sum
    }
  }

  /// The equations with the spread that the particles' noise gives.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - noise: of each training particle.
  ///   - law: what it was told by; it tells the level of white noise, too.
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func judged(
    _ noise: [ParticleNoise], _ law: EigenstrainLaw
  ) throws(ParallelError) -> ResidualEquations {
    var spread = [Double](repeating: 0, count: corrected.count * corrected.count)
    var observations = 0.0
    for (particle, own) in zip(particles, noise) {
      let area = max(1, own.model.correlationLength * own.model.correlationLength)
      observations += (particle.equations[model]?.observations ?? 0) / area
      guard let influence = particle.influence[model] else { continue }
      // A copy is as large as all else together: only where there is something to scale by.
      let weights =
        own.sigmas.isEmpty
        ? influence.weights
        : influence.weights.map { channels in
          channels.enumerated().map { channel, field in
            zip(field, own.scale(channel)).map { $0 * $1 }
          }
        }
      let contracted = try own.model.contracted(weights, particle.image)
      for index in spread.indices { spread[index] += contracted[index] }
    }
    // A tenth of white noise remains in every direction, whatever the autocovariance says.
    let level = level(law)
    let white = deconvolved.matrix.map { 0.1 * level * $0 }
    if level > 0 { spread = ResidualEquations.raised(spread, above: white, count: corrected.count) }
    let (strain, mesh, composition) = (spread, self.mesh, compositionNoise(level))
    return equations(observations: observations) { unknowns in
      let change = mesh(unknowns)
      var sum = zip(strain, composition(unknowns)).map { $0 + $1 }
      for row in change.indices {
        for column in change.indices {
          sum[row * change.count + column] += change[row] * change[column]
        }
      }
      return sum
    }
  }

  private func equations(
    observations: Double, _ covariance: @escaping @Sendable ([Double]) -> [Double]
  ) -> ResidualEquations {
    ResidualEquations(
      terms: terms, matrix: corrected.matrix,
      rightSide: Array(corrected.rightSides[..<corrected.count]),
      observations: observations, covariance: covariance)
  }

  /// Half of what halved pixels change in ψ = b − M p, for all particles as for those that have both
  /// meshes.
  var mesh: @Sendable ([Double]) -> [Double] {
    guard let (coarse, fine) = meshes, coarse.observations > 0 else { return { _ in [] } }
    let share = plain.observations / coarse.observations / 2
    let count = coarse.count
    let matrix = zip(fine.matrix, coarse.matrix).map { share * ($0 - $1) }
    let right = (0..<count).map { share * (fine.rightSides[$0] - coarse.rightSides[$0]) }
    return { unknowns in
      var change = right
      for row in 0..<count {
        for column in 0..<count { change[row] -= matrix[row * count + column] * unknowns[column] }
      }
      return change
    }
  }
}

/// The noise of one particle.
package struct ParticleNoise {
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
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package init(
    _ particle: PreparedParticle, _ model: Model, _ law: EigenstrainLaw
  ) throws(ParallelError) {
    let image = particle.image
    let cells = image.numbering.ownCells
    let echoes = particle.corrections[model]?.echoes ?? []
    var residuals = [[Double]](repeating: [], count: 4)
    var noises = [[[Double]]](repeating: residuals, count: echoes.count)
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
      for (place, echo) in echoes.enumerated() {
        noises[place][index] = particle.echo(echo, law, index, sigma: sigmas[index])
      }
    }
    self.sigmas = sigmas
    cellCount = image.layout.cellCount
    self.model = try NoiseModel(residuals: residuals, less: noises, scales: scales, image)
  }
}
extension PreparedParticle {
  /// Whether a channel of ``Channel/gradient`` was read: on all ranks or on none, whatever each holds.
  func reads(_ channel: Int) -> Bool {
    channel < 3 || options.needsMesh && options.usesRotation
  }

  /// What a draw of the composition's noise makes of a channel under a law, divided by its standard
  /// deviation where known, on held cells; NaN outside the own valid pixels.
  func echo(
    _ response: PixelFields, _ law: EigenstrainLaw, _ channel: Int, sigma: [Double]?
  ) -> [Double] {
    let cells = image.numbering.ownCells
    let fields: [ForwardModel.Field] = [.strainAA, .strainCC, .strainAC, .rotation]
    var field = [Double](repeating: .nan, count: image.layout.cellCount)
    for pixel in valid {
      let value = CoherencyStrain(responses: response).predicted(fields[channel], law, pixel)
      field[cells[pixel]] = value / (sigma?[cells[pixel]] ?? 1)
    }
    return field
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
    // No regression predicts a rotation; equilibrium does, where it was solved.
    let (strains, coherent) = (strainModel(model), responses.map(CoherencyStrain.init))
    for pixel in valid {
      let predicted: Double
      if channel < 3 {
        let strain = strains.strain(law, at: pixel, of: self)
        predicted = channel == 0 ? strain.aa : channel == 1 ? strain.cc : strain.ac
      } else {
        predicted = coherent?.predicted(fields[channel], law, pixel) ?? 0
      }
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
