// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// The distribution of the densities that stay within the tolerance.
///
/// Uniform over ρ ≥ 0, |ρ* − Λρ| ≤ τ|ρ*|. Chains are spread over the ranks in blocks and numbered
/// across them, so that neither the samples nor the statistics depend on the rank count.
public struct AcceptableSet: Sendable {
  /// How it is sampled.
  public struct Options: Sendable {
    /// The number of samples in all.
    public var samples: Int
    /// The number of chains.
    public var chains: Int
    /// Steps between samples.
    public var thinning: Int
    /// The seed.
    public var seed: Int

    /// Options with their defaults.
    public init(samples: Int = 100_000, chains: Int = 8, thinning: Int = 40, seed: Int = 1) {
      self.samples = samples
      self.chains = chains
      self.thinning = thinning
      self.seed = seed
    }
  }

  /// Mean density of each system, in 1/nm².
  public let means: [Double]
  /// Standard deviation of each.
  public let deviations: [Double]
  /// Mean and standard deviation of the sum over all systems.
  public let total: Measured
  /// The potential scale reduction of each system over the halves of all chains (Gelman and Rubin).
  public let reductions: [Double]
  /// The largest of them.
  public var largestReduction: Double { reductions.max() ?? 1 }
  /// Whether the chains agree: no reduction above 1.1.
  public var isConverged: Bool { largestReduction <= 1.1 }
  /// This rank's samples, shape (its samples, systems), in 1/nm².
  public let samples: [Double]
  /// Where this rank's samples stand among all.
  public let range: Range<Int>
  /// The number of samples over all ranks.
  public let count: Int

  /// Samples the set.
  ///
  /// Collective.
  ///
  /// Returns nil where no densities are within the tolerance.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for options out of range.
  public init?(
    _ decomposition: Decomposition, _ options: Options, communicator: Communicator
  ) throws(ParallelError) {
    guard options.chains >= 2, options.samples >= 8 * options.chains, options.thinning >= 1 else {
      throw ParallelError(
        .input,
        "acceptable set: found \(options.samples) samples, \(options.chains) chains and a thinning "
          + "of \(options.thinning); expected two chains or more with eight samples each")
    }
    guard !decomposition.vertices.isEmpty else { return nil }
    let systems = decomposition.problem.labels.count
    let each = options.samples / options.chains
    let first = options.chains * communicator.rank / communicator.size
    let last = options.chains * (communicator.rank + 1) / communicator.size
    var samples: [Double] = []
    samples.reserveCapacity((last - first) * each * systems)
    // Sums over each half of each chain: of each system and the total, and of their squares about
    // a common origin.
    let columns = systems + 1
    var sums = [Double](repeating: 0, count: 2 * options.chains * columns)
    var squares = sums
    let origin = AcceptableSet.origin(decomposition)
    for chain in first..<last {
      var walker = HitAndRun(
        decomposition.problem, vertices: decomposition.vertices, seed: options.seed, chain: chain)
      walker.warmUp()
      let found = walker.run(samples: each, thinning: options.thinning)
      for sample in 0..<each {
        let half = (2 * chain + (sample < each / 2 ? 0 : 1)) * columns
        var total = -origin[systems]
        for system in 0..<systems {
          let density = found[sample * systems + system]
          total += density
          let value = density - origin[system]
          sums[half + system] += value
          squares[half + system] += value * value
        }
        sums[half + systems] += total
        squares[half + systems] += total * total
      }
      samples += found
    }
    // Each entry comes from one rank: adding the others' zeros is exact.
    try communicator.reduce(&sums, .sum)
    try communicator.reduce(&squares, .sum)
    self.samples = samples
    range = first * each..<last * each
    count = options.chains * each
    let halves = (0..<2 * options.chains).map { half in
      half % 2 == 0 ? each / 2 : each - each / 2
    }
    let statistics = (0..<columns).map { column in
      ChainStatistics(
        sums: halves.indices.map { sums[$0 * columns + column] },
        squares: halves.indices.map { squares[$0 * columns + column] }, counts: halves)
    }
    means = (0..<systems).map { origin[$0] + statistics[$0].mean }
    deviations = (0..<systems).map { statistics[$0].deviation }
    reductions = (0..<systems).map { statistics[$0].reduction }
    total = Measured(origin[systems] + statistics[systems].mean, statistics[systems].deviation)
  }

  /// A point inside, so that squares about it do not cancel; the last entry is its sum.
  private static func origin(_ decomposition: Decomposition) -> [Double] {
    let vertices = decomposition.vertices
    let middle = decomposition.problem.labels.indices.map { system in
      vertices.reduce(0) { $0 + $1[system] } / Double(vertices.count)
    }
    return middle + [middle.reduce(0, +)]
  }
}

/// Mean, deviation and potential scale reduction from sums over parts of chains.
struct ChainStatistics {
  let mean: Double
  let deviation: Double
  let reduction: Double

  init(sums: [Double], squares: [Double], counts: [Int]) {
    let total = Double(counts.reduce(0, +))
    let mean = sums.reduce(0, +) / total
    let variance = max(0, squares.reduce(0, +) / total - mean * mean)
    let means = zip(sums, counts).map { $0 / Double($1) }
    // W, the mean variance within, and the variance of the means between the parts.
    let within =
      zip(squares, zip(means, counts)).reduce(0.0) { sum, part in
        let (square, (mean, count)) = part
        return sum + max(0, square - Double(count) * mean * mean) / Double(max(count - 1, 1))
      } / Double(counts.count)
    let between =
      means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(counts.count - 1, 1))
    let length = total / Double(counts.count)
    self.mean = mean
    deviation = variance.squareRoot()
    // A density that cannot move agrees with itself. Chains that do not move but differ never do.
    let isFixed = variance <= 1e-24 * (mean * mean + variance)
    reduction =
      if isFixed { 1 } else if within > 0 {
        ((length - 1) / length + between / within).squareRoot()
      } else { .infinity }
  }
}
