// SPDX-License-Identifier: Apache-2.0

import Parallel

/// How many training pixels lie where in the plane of composition and one measured strain: the cloud
/// that a law runs through.
///
/// The strain is the whole one that was measured, eigenstrain and elastic strain. Everything is counted
/// in whole numbers, so it is the same on any number of ranks.
public struct PixelDensity: Sendable {
  /// The ends of the bins of the strain, one more than there are bins; those of the composition are
  /// ``CompositionHistogram``'s.
  public let strainEdges: [Double]
  /// Pixels in each bin, shape (compositions, strains); the outer bins hold those beyond, too.
  public let counts: [Double]

  /// Bins of the strain.
  static let strainBins = 60
  /// The share of the pixels that may lie beyond either end.
  static let tail = 5e-4

  /// The middle of each bin of the strain.
  public var strainMiddles: [Double] {
    (0..<Self.strainBins).map { (strainEdges[$0] + strainEdges[$0 + 1]) / 2 }
  }

  /// Counts the valid pixels of the training particles.
  ///
  /// Collective.
  ///
  /// - Parameter field: a strain.
  init(
    _ particles: [PreparedParticle], _ field: ForwardModel.Field, _ communicator: Communicator
  ) throws(ParallelError) {
    var compositions: [Double] = []
    var strains: [Double] = []
    for particle in particles where particle.isTraining {
      for pixel in particle.valid {
        compositions.append(particle.composition[pixel])
        strains.append(particle.measured[field.rawValue][pixel])
      }
    }
    let (low, high) = try Self.range(strains, communicator)
    let width = (high - low) / Double(Self.strainBins)
    var counts = [Double](repeating: 0, count: CompositionHistogram.bins * Self.strainBins)
    for (composition, strain) in zip(compositions, strains) {
      let column = Self.bin((strain - low) / width, of: Self.strainBins)
      counts[CompositionHistogram.bin(composition) * Self.strainBins + column] += 1
    }
    try communicator.reduce(&counts, .sum)
    strainEdges = (0...Self.strainBins).map { low + width * Double($0) }
    self.counts = counts
  }

  /// What nearly all of the values lie between.
  ///
  /// Collective. A wild value that makes the bins wide falls out with the tail; narrower ones are then
  /// counted in.
  private static func range(
    _ values: [Double], _ communicator: Communicator
  ) throws(ParallelError) -> (low: Double, high: Double) {
    var ends = [values.min() ?? .infinity, -(values.max() ?? -.infinity)]
    try communicator.reduce(&ends, .minimum)
    var (low, high) = (ends[0], -ends[1])
    let bins = 512
    for _ in 0..<3 where high > low {
      let width = (high - low) / Double(bins)
      var counts = [Int](repeating: 0, count: bins)
      for value in values { counts[bin((value - low) / width, of: bins)] += 1 }
      try communicator.reduce(&counts, .sum)
      let limit = Int(tail * Double(counts.reduce(0, +)))
      // The outer bins hold what was left out before.
      var (first, last, below, above) = (0, bins - 1, counts[0], counts[bins - 1])
      while below <= limit {
        first += 1
        below += counts[first]
      }
      while above <= limit {
        last -= 1
        above += counts[last]
      }
      (low, high) = (low + width * Double(first), low + width * Double(last + 1))
    }
    // One value has a bin of its own.
    let least = max(1e-6, 1e-6 * abs(low))
    return high - low > least ? (low, high) : (low - least, low + least)
  }

  private static func bin(_ place: Double, of bins: Int) -> Int {
    Int(min(max(place, 0), Double(bins) - 0.5))
  }
}
