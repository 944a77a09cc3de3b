// SPDX-License-Identifier: Apache-2.0

import Images
import Numerics
import Parallel
import Physics

/// Level and correlation of the noise of a strain image, told by its shortest waves.
///
/// Mixed fourth differences with steps of one and of three pixels along either axis see noise and
/// hardly any strain, neither that of interfaces nor that of dislocations; their medians do not
/// follow hot spots. Smearing lowers the short ones more: with v(s) = 6 − 8ρ(s) + 2ρ(2s) the
/// variance of (1 −2 1) with step s, the ratio v(1)/v(3) along an axis tells the width there.
struct NoiseEstimate {
  /// The correlation between pixels.
  let correlation: NoiseCorrelation
  /// The widths of the smearing Gaussians [pixels]; 0 is white.
  let widthA, widthC: Double
  /// The standard deviations of the components, in units of the known ones where there are.
  let deviation: SymmetricTensor2
  /// The relative variance, from the finite number of pixels, of a floor that takes the deviations
  /// from here.
  let relativeVariance: Double

  /// The steps: the long one is beyond the reach of what instruments smear, and held by each rank.
  private static let (short, long) = (1, 3)
  /// Where fewer long stencils fit in, noise is taken as white.
  private static let fewest = 30

  /// Looks at both measured and residual strain and believes the smaller difference: interfaces lift
  /// that of the former, noise of X in the model that of the latter, and nothing lowers either.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - strains: images of the same noise, divided by the standard deviations where known.
  ///   - isValid: for each held cell whether it may take part.
  init(
    _ strains: [StrainImage], _ image: ParticleImage, isValid: [Bool],
    at stencil: CompatibilityStencil
  ) throws(ParallelError) {
    let operators = [
      (Self.short, Self.short), (Self.short, Self.long), (Self.long, Self.short),
      (Self.long, Self.long),
    ].map { MixedDifference(image, isValid: isValid, stepA: $0.0, stepC: $0.1) }
    let fields = strains.flatMap { [$0.aa, $0.cc, $0.ac] }
    let medians = try image.communicator.medians(
      of: fields.flatMap { field in operators.map { $0.sizes(of: field) } })
    // For each channel the variances by (short, short), (short, long), (long, short), (long, long).
    let variances = (0..<3).map { channel in
      (0..<4).map { index in
        let sizes = strains.indices.map { medians[4 * (3 * $0 + channel) + index] }
        let smallest = sizes.min() ?? .nan
        return (smallest / 0.674_489_750_196_081_7) * (smallest / 0.674_489_750_196_081_7)
      }
    }
    let count = try image.communicator.sum(operators[3].count)
    let noisy = variances.filter { $0.allSatisfy { $0 > 0 } }
    /// The geometric mean of short over long differences along an axis.
    func ratio(_ pairs: [(short: Int, long: Int)]) -> Double {
      let logarithms = noisy.flatMap { channel in
        pairs.map { logarithm(channel[$0.short] / channel[$0.long]) }
      }
      return exponential(logarithms.reduce(0, +) / Double(logarithms.count))
    }
    var (a, c) = (0.0, 0.0)
    if count >= Self.fewest, !noisy.isEmpty {
      // The mean of two logarithms in each of the channels is known to 2.75/√n in one of them.
      let chance = 3 * 2.75 / (Double(count * noisy.count)).squareRoot()
      a = Self.width(ratio([(0, 2), (1, 3)]), chance: chance)
      c = Self.width(ratio([(0, 1), (2, 3)]), chance: chance)
    }
    widthA = a
    widthC = c
    guard a > 0 || c > 0 else {
      correlation = .white
      var smallest: SymmetricTensor2?
      for strain in strains {
        let own = try WhiteNoise.deviation(
          of: strain, at: stencil, communicator: image.communicator)
        smallest =
          smallest.map {
            SymmetricTensor2(
              aa: min($0.aa, own.aa), cc: min($0.cc, own.cc), ac: min($0.ac, own.ac))
          } ?? own
      }
      deviation = smallest ?? SymmetricTensor2(aa: .nan, cc: .nan, ac: .nan)
      let stencils = try image.communicator.sum(stencil.cells.count)
      // The median of |D| has 0.3676 of the information of n values; with the correlation of
      // overlapping differences σ has a relative variance of 2.75/n, σ² four times that, in
      // independent channels of which aa and cc make nearly all of the floor.
      relativeVariance = 4 * 2.75 * 73 / 169 / Double(max(1, stencils))
      return
    }
    let shape = NoiseCorrelation(smearedAlongA: a, alongC: c)
    correlation = shape
    // Each component by the difference that its own part of r resembles: short where it is
    // differentiated, long across.
    func level(_ channel: Int, _ index: Int) -> Double {
      variances[channel][index] / shape.autocovariance(of: operators[index].weights, at: (0, 0))
    }
    deviation = SymmetricTensor2(
      aa: level(0, 2).squareRoot(), cc: level(1, 1).squareRoot(),
      ac: (level(2, 1) * level(2, 2)).squareRoot().squareRoot())
    let correlated = shape.squaredSum(reach: Self.long) { lag in
      shape.autocovariance(of: operators[1].weights, at: lag)
    }
    // Counted over many draws; the shape itself, taken as Gaussian, is trusted to 3 %.
    relativeVariance = correlated / Double(max(1, count)) / 2 + 0.03 * 0.03
  }

  /// The width of the Gaussian that gives a ratio v(1)/v(3); 0 where it is one but for chance.
  private static func width(_ ratio: Double, chance: Double) -> Double {
    guard ratio < 1 - chance else { return 0 }
    func variance(_ step: Int, _ width: Double) -> Double {
      func correlation(_ lag: Int) -> Double {
        exponential(-Double(lag * lag) / (4 * width * width))
      }
      return 6 - 8 * correlation(step) + 2 * correlation(2 * step)
    }
    // Beyond three pixels the ratio hardly changes: what is smoother than that is no noise.
    var (low, high) = (0.05, 3.0)
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if variance(short, middle) / variance(long, middle) > ratio {
        low = middle
      } else {
        high = middle
      }
    }
    return (low + high) / 2
  }
}
