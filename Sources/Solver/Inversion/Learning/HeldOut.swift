// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// The error of a number of terms on pixels that did not teach it.
public struct HeldOutError: Sendable {
  /// Mean of √(Δaa² + Δcc² + 2Δac²).
  public let error: Double
  /// The error less that of the chosen number of terms, on the same pixels.
  public let difference: Double
  /// The standard error of the difference.
  public let standardError: Double
}

/// What held-out pixels say about the numbers of terms: paired differences on the same pixels, whose
/// common noise drops out.
struct HeldOut {
  /// Which pixels were held out, in words.
  let ground: String
  /// For each of the fits; NaN where the rest does not determine it.
  let errors: [HeldOutError]
  private let terms: [Int]

  /// The side of the blocks whose errors count as independent, at least.
  private static let blockSide = 8
  /// Parts that a single particle is cut into.
  private static let folds = 8

  /// Compares fits.
  ///
  /// Collective.
  ///
  /// Test particles are held out; without any each training particle in turn; a single one is cut
  /// into blocks, an eighth of which is held out in turn.
  init(
    _ fits: [FittedModel], _ chosen: Int, _ equations: CombinedEquations,
    _ particles: [PreparedParticle], _ noise: [ParticleNoise]
  ) throws(ParallelError) {
    let test = particles.filter { !$0.isTraining }
    let train = particles.filter(\.isTraining)
    let terms = fits.map(\.law.terms)
    self.terms = terms
    let place = terms.firstIndex(of: chosen) ?? 0
    // Errors of neighbouring pixels go together as far as the noise is correlated.
    let reach = noise.map(\.model.correlationLength).max() ?? 1
    let side = max(Self.blockSide, Int((2 * reach).rounded(.up)))
    var sums: [PairedErrors] = []
    if !test.isEmpty {
      ground = "the test particles"
      let laws = fits.map { Optional($0.law) }
      for particle in test {
        sums.append(try PairedErrors(particle, equations.model, side) { _ in laws })
      }
    } else if train.count > 1 {
      ground = "training particles left out in turn"
      for index in train.indices {
        var rest = train
        rest.remove(at: index)
        let without = CombinedEquations(equations.model, rest)
        let laws = terms.map { try? without?.corrected.solve(terms: $0).law }
        sums.append(try PairedErrors(train[index], equations.model, side) { _ in laws })
      }
    } else {
      ground = "blocks of the only particle left out in turn"
      let folds = try train[0].foldEquations(train[0].strainModel(equations.model), Self.folds) {
        Self.fold(train[0].block($0, side))
      }
      let laws = folds.map { fold in
        var rest = equations.corrected
        rest.merge(fold, factor: -1)
        // What the noise of the composition takes off, the held-out share of it put back.
        let share = fold.observations / max(1, equations.plain.observations)
        rest.merge(equations.deconvolved, factor: share)
        rest.merge(equations.corrected, factor: -share)
        return terms.map { try? rest.solve(terms: $0).law }
      }
      sums.append(
        try PairedErrors(train[0], equations.model, side) { laws[Self.fold($0)] })
    }
    errors = terms.indices.map { index in
      // Particles count by their pixels over their noise.
      var total = (weight: 0.0, error: 0.0, difference: 0.0, variance: 0.0)
      for own in sums {
        let (error, difference, variance) = own.compared(index, place)
        let level = own.compared(place, place).error
        let weight = own.pixels / max(level * level, .leastNormalMagnitude)
        total.weight += weight
        total.error += weight * error
        total.difference += weight * difference
        total.variance += weight * weight * variance
      }
      return HeldOutError(
        error: total.error / total.weight, difference: total.difference / total.weight,
        standardError: total.variance.squareRoot() / total.weight)
    }
  }

  private static func fold(_ block: (Int, Int)) -> Int { (block.0 + 3 * block.1) % folds }

  /// A sentence where held-out pixels prefer another number of terms by more than two errors.
  func contradiction(_ chosen: Int) -> String? {
    let better = errors.indices.filter {
      errors[$0].difference < -2 * errors[$0].standardError && terms[$0] != chosen
    }
    guard let best = better.min(by: { errors[$0].difference < errors[$1].difference }) else {
      return nil
    }
    func percent(_ value: Double) -> String { "\((1e6 * value).rounded() / 1e4) %" }
    return "\(ground) contradict the choice of N = \(chosen): N = \(terms[best]) is better by "
      + "\(percent(-errors[best].difference)) ± \(percent(errors[best].standardError)) in strain"
  }
}

/// The errors of several laws on the same pixels, summed over blocks.
private struct PairedErrors {
  let pixels: Double
  /// For each block with pixels: their number, and the sum of the errors of each law.
  private let blocks: [[Double]]

  /// Sums.
  ///
  /// Collective.
  ///
  /// - Parameter laws: of a block; nil where there is none.
  init(
    _ particle: PreparedParticle, _ model: Model, _ side: Int,
    _ laws: ((Int, Int)) -> [EigenstrainLaw?]
  ) throws(ParallelError) {
    let strains = particle.strainModel(model)
    let layout = particle.image.layout
    let across = (layout.columns + side - 1) / side
    let down = (layout.rows + side - 1) / side
    let width = 1 + laws((0, 0)).count
    var sums = [Double](repeating: 0, count: width * across * down)
    for pixel in particle.valid {
      let block = particle.block(pixel, side)
      let start = (block.1 * across + block.0) * width
      sums[start] += 1
      for (index, law) in laws(block).enumerated() {
        sums[start + 1 + index] += law.map { particle.error(strains, $0, at: pixel) } ?? .nan
      }
    }
    try particle.image.communicator.reduce(&sums, .sum)
    blocks = stride(from: 0, to: sums.count, by: width).map { Array(sums[$0..<$0 + width]) }
      .filter { $0[0] > 0 }
    pixels = blocks.reduce(0) { $0 + $1[0] }
  }

  /// A law's mean error, its difference to another's, and the variance of that difference.
  func compared(_ law: Int, _ other: Int) -> (error: Double, difference: Double, variance: Double) {
    let error = blocks.reduce(0) { $0 + $1[1 + law] } / pixels
    let difference = blocks.reduce(0) { $0 + $1[1 + law] - $1[1 + other] } / pixels
    let count = Double(blocks.count)
    guard count > 1 else { return (error, difference, .infinity) }
    let squares = blocks.reduce(0) {
      let excess = $1[1 + law] - $1[1 + other] - $1[0] * difference
      return $0 + excess * excess
    }
    return (error, difference, squares / (pixels * pixels) * count / (count - 1))
  }
}

extension PreparedParticle {
  /// The block of an own pixel: its place along a and along c.
  func block(_ pixel: Int, _ side: Int) -> (Int, Int) {
    let (i, j) = image.layout.indices(image.numbering.ownCells[pixel])
    return (i / side, j / side)
  }
}
