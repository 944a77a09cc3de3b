// SPDX-License-Identifier: Apache-2.0

import Parallel

/// What is done with mis-indexed pixels.
public enum OutlierRule: String, CaseIterable, Sendable {
  /// They are left out, counted and shown.
  case reject
  /// They take part like all others.
  case keep
}

/// Mis-indexed pixels: their strain is off by per cents, and a few in a thousand spoil a fit.
///
/// A pixel is rejected where what a model leaves over exceeds five robust standard deviations in any
/// channel; Gaussian noise does that in one pixel of a million.
enum Outliers {
  /// Robust standard deviations beyond which nothing is believed.
  static let limit = 5.0
  /// No residual below five times this strain is called mis-indexed: on images without noise the
  /// pixels of outlines and interfaces stand out of what the mesh leaves elsewhere.
  static let smallestDeviation = 1e-3

  /// Finds outliers among the residuals of own pixels.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - residuals: for each channel; NaN where there is none.
  ///   - sigmas: for each channel the standard deviations where known.
  /// - Returns: for each pixel whether it is one.
  static func found(
    in residuals: [[Double]], sigmas: [[Double]?], _ communicator: Communicator
  ) throws(ParallelError) -> [Bool] {
    let relative = zip(residuals, sigmas).map { residuals, sigmas in
      sigmas.map { zip(residuals, $0).map { $0 / $1 } } ?? residuals
    }
    let medians = try communicator.medians(
      of: relative.map { $0.filter(\.isFinite).map { abs($0) } })
    var isOutlier = [Bool](repeating: false, count: residuals.first?.count ?? 0)
    for channel in residuals.indices where medians[channel].isFinite {
      // Half of a normal distribution lies within 0.67449 standard deviations.
      let unit = medians[channel] / 0.674_489_750_196_081_7
      for pixel in isOutlier.indices {
        let deviation = max(unit * (sigmas[channel]?[pixel] ?? 1), smallestDeviation)
        if abs(residuals[channel][pixel]) > limit * deviation { isOutlier[pixel] = true }
      }
    }
    return isOutlier
  }
}
