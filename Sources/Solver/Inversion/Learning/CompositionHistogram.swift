// SPDX-License-Identifier: Apache-2.0

import Parallel

/// How many training pixels lie at which composition: where none does, the law is the prior's.
public struct CompositionHistogram: Sendable {
  /// The ends of the bins, one more than there are bins.
  public let edges: [Double]
  /// Pixels in each bin; the outer bins hold those beyond, too.
  public let counts: [Double]

  // Noise puts some compositions outside [0, 1].
  private static let (first, width) = (-0.1, 0.02)
  /// Bins of the composition.
  static let bins = 60

  /// The bin of a composition; the outer ones hold what is beyond.
  static func bin(_ composition: Double) -> Int {
    Int(min(max((composition - first) / width, 0), Double(bins) - 0.5))
  }

  /// Counts the valid pixels of the training particles.
  ///
  /// Collective.
  init(_ particles: [PreparedParticle]) throws(ParallelError) {
    var counts = [Double](repeating: 0, count: Self.bins)
    for particle in particles where particle.isTraining {
      for pixel in particle.valid {
        counts[Self.bin(particle.composition[pixel])] += 1
      }
    }
    try particles.first?.image.communicator.reduce(&counts, .sum)
    edges = (0...Self.bins).map { Self.first + Self.width * Double($0) }
    self.counts = counts
  }

  /// The middle of each bin.
  public var middles: [Double] { counts.indices.map { (edges[$0] + edges[$0 + 1]) / 2 } }

  /// The pixels in the bins whose middle lies at most `distance` from a composition.
  public func pixels(near composition: Double, within distance: Double) -> Int {
    Int(
      zip(middles, counts).reduce(0.0) {
        abs($1.0 - composition) <= distance ? $0 + $1.1 : $0
      })
  }
}
