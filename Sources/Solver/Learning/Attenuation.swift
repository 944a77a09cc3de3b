import Parallel
import Physics

extension ParticleImage {
  /// The noise of the composition as its roughness tells it: the median of second differences along
  /// the lines, which interfaces hardly touch.
  ///
  /// Collective.
  func compositionRoughness() throws(ParallelError) -> Double {
    guard let composition = channels[.composition] else { return 0 }
    var differences: [Double] = []
    for cell in numbering.ownCells {
      let (i, j) = layout.indices(cell)
      guard let before = layout.cell(i - 1, j), let after = layout.cell(i + 1, j) else { continue }
      let value = composition[before] - 2 * composition[cell] + composition[after]
      if value.isFinite { differences.append(abs(value)) }
    }
    let total = try communicator.sum(differences.count)
    guard total > 0 else { return 0 }
    var (low, high) = (0.0, try communicator.maximum(differences.max() ?? 0))
    // Bisection instead of a gathered sort: thirty halvings tell the median to nine digits.
    for _ in 0..<30 {
      let middle = (low + high) / 2
      let below = try communicator.sum(differences.filter { $0 <= middle }.count)
      if 2 * below < total { low = middle } else { high = middle }
    }
    // The median of |N(0, 1)| is 0.6745; a second difference has six times the variance.
    return high / 0.6745 / 6.squareRoot()
  }
}

extension EigenstrainLaw {
  /// The rms distance of two expansion coefficients over X in [0, 1], relative to the rms of this one.
  func relativeDistance(of other: EigenstrainLaw) -> Double {
    var sums = (distance: 0.0, size: 0.0)
    for step in 0...100 {
      let mine = derivative(at: Double(step) / 100)
      let theirs = other.derivative(at: Double(step) / 100)
      let difference = mine - theirs
      sums.distance += difference.contracted(with: difference)
      sums.size += mine.contracted(with: mine)
    }
    return (sums.distance / max(sums.size, .leastNormalMagnitude)).squareRoot()
  }
}

/// How much noise in the composition flattens a direct regression, for images that do not state it.
enum AttenuationEstimate {
  /// Draws of the noise: an estimate needs few.
  private static let draws = 4

  /// The rms change of f' by as much noise again, relative.
  ///
  /// Collective.
  static func estimate(
    _ particles: [TrainedParticle], terms: Int, seed: Int
  ) throws(ParallelError) -> Double {
    var plain: LeastSquares?
    var noisier: LeastSquares?
    let noise = IndexedNoise(seed: seed)
    for particle in particles where particle.isTraining {
      let sigma = try particle.image.compositionRoughness()
      let own = try particle.equations(.m0, nil, particle.composition)
      var mean = own
      for draw in 0..<draws {
        let first = particle.image.numbering.own.lowerBound
        let disturbed = particle.composition.enumerated().map { pixel, value in
          value + sigma * noise.normal(stream: 500 + draw, index: first + pixel)
        }
        mean.merge(
          try particle.equations(.m0, nil, disturbed), factor: 1 / Double(draws))
      }
      mean.merge(own, factor: -1)
      if plain?.merge(own) == nil { plain = own }
      if noisier?.merge(mean) == nil { noisier = mean }
    }
    guard let plain, let noisier,
      let before = try? plain.solve(terms: terms).law,
      let after = try? noisier.solve(terms: terms).law
    else { return 0 }
    return before.relativeDistance(of: after)
  }
}
