import Parallel
import Physics

/// The number of terms by evidence: the smallest N whose held-out error is within one standard
/// error of the smallest.
///
/// The plain minimum follows the noise.
struct TermChoice {
  /// The chosen number.
  let terms: Int
  /// What it was chosen on, in words.
  let ground: String
  /// For each N the held-out error and its standard error.
  let errors: [(mean: Double, standardError: Double)]

  /// The side of the blocks that are drawn together: errors of neighbouring pixels go together.
  static let blockSide = 8
  private static let resamples = 400

  /// Chooses among fits.
  ///
  /// Collective.
  ///
  /// With test particles their error is bootstrapped over blocks of 8 × 8 pixels; without, each
  /// training particle is left out in turn; with a single particle its own blocks must do.
  init(
    _ fits: [FittedModel], _ equations: CombinedEquations, _ particles: [TrainedParticle],
    seed: Int
  ) throws(ParallelError) {
    let test = particles.filter { !$0.isTraining }
    let train = particles.filter(\.isTraining)
    var errors: [(mean: Double, standardError: Double)] = []
    if !test.isEmpty {
      ground = "the test particles, bootstrapped over blocks of 8 x 8 pixels"
      for fit in fits {
        errors.append(try Self.bootstrap(test, fit.model, fit.law, seed: seed))
      }
    } else if train.count > 1 {
      ground = "training particles left out in turn"
      for fit in fits {
        errors.append(try Self.leftOut(train, fit.model, fit.law.terms, equations))
      }
    } else {
      ground = "the training particle itself (no other was given)"
      for fit in fits {
        errors.append(try Self.bootstrap(train, fit.model, fit.law, seed: seed))
      }
    }
    let best = errors.min { $0.mean < $1.mean } ?? (.nan, 0)
    let first = errors.firstIndex { $0.mean <= best.mean + best.standardError } ?? 0
    terms = fits[first].law.terms
    self.errors = errors
  }

  /// The mean error of a law on particles, and its spread over resampled blocks.
  ///
  /// Collective.
  private static func bootstrap(
    _ particles: [TrainedParticle], _ model: Model, _ law: EigenstrainLaw, seed: Int
  ) throws(ParallelError) -> (mean: Double, standardError: Double) {
    var blocks: [(sum: Double, count: Double)] = []
    for particle in particles {
      let layout = particle.image.layout
      let across = (layout.columns + blockSide - 1) / blockSide
      let down = (layout.rows + blockSide - 1) / blockSide
      var sums = [Double](repeating: 0, count: 2 * across * down)
      for pixel in particle.valid {
        let (i, j) = layout.indices(particle.image.numbering.ownCells[pixel])
        let block = (j / blockSide) * across + i / blockSide
        sums[2 * block] += particle.error(model, law, at: pixel)
        sums[2 * block + 1] += 1
      }
      try particle.image.communicator.reduce(&sums, .sum)
      for block in 0..<across * down where sums[2 * block + 1] > 0 {
        blocks.append((sums[2 * block], sums[2 * block + 1]))
      }
    }
    let total = blocks.reduce((0.0, 0.0)) { ($0.0 + $1.sum, $0.1 + $1.count) }
    let noise = IndexedNoise(seed: seed)
    var means: [Double] = []
    for draw in 0..<resamples {
      var sum = (0.0, 0.0)
      for index in blocks.indices {
        let pick = noise.uniform(stream: 1000 + draw, index: index)
        let block = blocks[min(blocks.count - 1, Int(pick * Double(blocks.count)))]
        sum = (sum.0 + block.sum, sum.1 + block.count)
      }
      means.append(sum.0 / sum.1)
    }
    let centre = means.reduce(0, +) / Double(means.count)
    let variance =
      means.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(means.count - 1)
    return (total.0 / total.1, variance.squareRoot())
  }

  /// The mean over training particles of the error of the law learnt without each.
  ///
  /// Collective.
  private static func leftOut(
    _ particles: [TrainedParticle], _ model: Model, _ terms: Int, _ equations: CombinedEquations
  ) throws(ParallelError) -> (mean: Double, standardError: Double) {
    var errors: [Double] = []
    for index in particles.indices {
      var rest = particles
      rest.remove(at: index)
      guard let without = CombinedEquations(model, rest),
        let law = try? without.corrected.solve(terms: terms).law
      else { return (.infinity, 0) }
      let sums = try particles[index].errorSums(model, law)
      errors.append(sums.sum / sums.count)
    }
    let count = Double(errors.count)
    let mean = errors.reduce(0, +) / count
    let variance = errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return (mean, (variance / count).squareRoot())
  }
}
