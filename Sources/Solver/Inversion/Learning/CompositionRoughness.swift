// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Parallel

extension ParticleImage {
  /// Second differences of the composition where it is flat, as a standard deviation per unit of
  /// `scale`.
  ///
  /// Collective.
  ///
  /// Along rows and columns, where the first difference is below its median: it does not depend on
  /// the second one's noise, and interfaces are left out. The median is deaf to what is left of them.
  ///
  /// - Parameter scale: on held cells; pixels where it is not positive are left out.
  func flatRoughness(_ scale: [Double]? = nil) throws(ParallelError) -> Double {
    guard let composition = channels[.composition] else { return 0 }
    var pairs: [(slope: Double, bend: Double)] = []
    for cell in numbering.ownCells {
      let (i, j) = layout.indices(cell)
      let unit = scale?[cell] ?? 1
      guard unit > 0 else { continue }
      for (di, dj) in [(1, 0), (0, 1)] {
        guard let before = layout.cell(i - di, j - dj), let after = layout.cell(i + di, j + dj),
          mask[before], mask[after]
        else { continue }
        let bend = (composition[before] - 2 * composition[cell] + composition[after]) / unit
        guard bend.isFinite else { continue }
        pairs.append((abs(composition[after] - composition[before]), abs(bend)))
      }
    }
    let limit = try communicator.medians(of: [pairs.map(\.slope)])[0]
    let flat = pairs.filter { $0.slope <= limit }.map(\.bend)
    // The median of |N(0, 1)| is 0.6745.
    let roughness = try communicator.medians(of: [flat])[0] / 0.6745
    return roughness.isNaN ? 0 : roughness
  }

  /// The noise of the composition: of the size that is given, that the stack knows, or that the
  /// composition's roughness tells; correlated as the stack says, or as a known size and the roughness
  /// tell together.
  ///
  /// Collective.
  ///
  /// - Returns: nil where it is too small to matter.
  func compositionNoise(_ options: LearningOptions) throws(ParallelError) -> CompositionNoise? {
    let measured = try values(.composition)
    let (filled, _) = try filled(.composition)
    let live = numbering.ownCells.filter { measured[$0].isFinite }
    func held(_ sigma: (Int) -> Double) -> [Double] {
      measured.indices.map { mask[$0] && measured[$0].isFinite ? sigma($0) : 0 }
    }
    let source: CompositionNoise.Source
    let sigma: [Double]
    var width = correlationLengths[.composition]
    if let given = options.sigmaComposition {
      source = .given
      sigma = held { _ in given }
    } else if let known = try knownSigma(.composition, live) {
      source = .map
      sigma = held { known[$0] }
    } else {
      source = .roughness
      let correlation = Self.secondDifference(width ?? 0)
      let level = try flatRoughness() / correlation.squareRoot()
      sigma = held { _ in level }
    }
    if width == nil, source != .roughness {
      let ratio = try flatRoughness(sigma)
      width = Self.width(ratio * ratio)
    }
    let noise = try CompositionNoise(
      self, sigma: sigma, width: width ?? 0, source: source, composition: filled,
      seed: options.seed)
    return noise.level > CompositionNoise.negligible ? noise : nil
  }

  /// The variance of a second difference of unit noise that a Gaussian of `width` correlates: 6 for
  /// white noise.
  static func secondDifference(_ width: Double) -> Double {
    guard width > 0.1 else { return 6 }
    func correlation(_ distance: Double) -> Double {
      exp(-distance * distance / (4 * width * width))
    }
    return 6 - 8 * correlation(1) + 2 * correlation(2)
  }

  /// The width that gives unit noise a second difference of a variance; 0 within 15 % of white noise.
  static func width(_ variance: Double) -> Double {
    guard variance < 0.85 * 6 else { return 0 }
    var (low, high) = (0.1, 10.0)
    // Fifty halvings: to the last digit.
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if secondDifference(middle) > variance { low = middle } else { high = middle }
    }
    return high
  }

  /// The pixels whose composition is exactly 0 or 1: a sign of clipping.
  ///
  /// Collective.
  func clippedCount() throws(ParallelError) -> Int {
    guard let composition = channels[.composition] else { return 0 }
    return try communicator.sum(
      numbering.ownCells.filter { composition[$0] == 0 || composition[$0] == 1 }.count)
  }
}
