// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics

/// Intensities of a diffraction pattern at rising positions, with the variance of each.
public struct DiffractionPattern: Sendable {
  /// What the first column of a file is.
  public enum Abscissa: String, CaseIterable, Sendable {
    /// The scattering angle 2θ in degrees.
    case twoTheta = "two_theta"
    /// q = (2/λ) sin θ = 1/d in 1/nm, absolute or from the line's centre.
    case q
    /// Q = (4π/λ) sin θ = 2π/d in 1/nm.
    case scatteringVector = "q_per_nm"
    /// The same in 1/Å, as most beamlines write it.
    case scatteringVectorPerAngstrom = "q_per_angstrom"
    /// The spacing d in Å, as time-of-flight instruments write it.
    case spacing = "d_angstrom"

    /// The unit of the positions, for messages.
    public var unit: String {
      switch self {
      case .twoTheta: "degrees of 2θ"
      case .q, .scatteringVector: "1/nm"
      case .scatteringVectorPerAngstrom: "1/Å"
      case .spacing: "Å"
      }
    }

    /// 2 sin θ/λ in 1/nm at a position; nil for angles without a wavelength, and for no spacing.
    public func reciprocal(_ position: Double, wavelength: Double?) -> Double? {
      switch self {
      case .twoTheta: wavelength.map { 2 / $0 * sine(position * .pi / 360) }
      case .q: position
      case .scatteringVector: position / (2 * .pi)
      case .scatteringVectorPerAngstrom: 10 * position / (2 * .pi)
      case .spacing: position > 0 ? 10 / position : nil
      }
    }

    /// The position of 2 sin θ/λ in 1/nm: the inverse of ``reciprocal(_:wavelength:)``.
    public func position(_ reciprocal: Double, wavelength: Double?) -> Double? {
      switch self {
      case .twoTheta:
        wavelength.flatMap { wavelength in
          let sine = reciprocal * wavelength / 2
          return abs(sine) <= 1 ? asin(sine) * 360 / .pi : nil
        }
      case .q: reciprocal
      case .scatteringVector: 2 * .pi * reciprocal
      case .scatteringVectorPerAngstrom: 0.2 * .pi * reciprocal
      case .spacing: reciprocal > 0 ? 10 / reciprocal : nil
      }
    }
  }

  /// Where the variance of an intensity comes from.
  public enum ErrorModel: String, CaseIterable, Sendable {
    /// Stated errors where the file has them, counts where all intensities are whole numbers,
    /// else the scatter.
    case auto
    /// The file states the standard deviations.
    case stated
    /// Intensities are counts: the variance is their local mean.
    case counts
    /// The variance is proportional to the intensity, its size taken from the scatter of
    /// neighbouring points.
    case scatter
  }

  /// What the positions are.
  public let abscissa: Abscissa
  /// Positions, rising, in the unit of ``abscissa``.
  public let positions: [Double]
  /// Intensities, not negative.
  public let intensities: [Double]
  /// The variance of each intensity.
  public let variances: [Double]
  /// How the variances were found; never `auto`.
  public let errorModel: ErrorModel

  /// Makes a pattern; `errors` are standard deviations where the source states them.
  public init(
    abscissa: Abscissa, positions: [Double], intensities: [Double], errors: [Double]? = nil,
    model: ErrorModel = .auto
  ) {
    precondition(positions.count == intensities.count, "an intensity for each position")
    self.abscissa = abscissa
    self.positions = positions
    self.intensities = intensities
    let found: ErrorModel =
      if model != .auto {
        model
      } else if errors != nil {
        .stated
      } else {
        intensities.allSatisfy { $0 == $0.rounded() } ? .counts : .scatter
      }
    if found == .stated, let errors {
      errorModel = .stated
      variances = errors.map { $0 * $0 }
    } else if found == .counts {
      errorModel = .counts
      variances = DiffractionPattern.localMeans(intensities).map { max($0, 1) }
    } else {
      errorModel = .scatter
      variances = DiffractionPattern.scatter(intensities)
    }
  }

  /// Means over seven points.
  ///
  /// The count itself would give points that happen to be low too much weight, and a mean in the
  /// tail would come out below the truth.
  private static func localMeans(_ values: [Double]) -> [Double] {
    values.indices.map { index in
      let near = max(0, index - 3)...min(values.count - 1, index + 3)
      return near.reduce(0) { $0 + values[$1] } / Double(near.count)
    }
  }

  /// A variance proportional to the intensity.
  ///
  /// Fourth differences, whose squares sum to 70 times the variance of independent points, do not
  /// see a smooth curve. The median over the points keeps the line's own curvature out.
  private static func scatter(_ values: [Double]) -> [Double] {
    let largest = values.max() ?? 0
    // What is left where nothing scatters: the rounding of six printed digits.
    let floor = 1e-12 * largest
    guard values.count >= 9 else { return values.map { max($0 * 1e-4, floor) } }
    var ratios: [Double] = []
    for i in 2..<values.count - 2 where values[i] > 0 {
      let difference =
        values[i - 2] - 4 * values[i - 1] + 6 * values[i] - 4 * values[i + 1] + values[i + 2]
      ratios.append(difference * difference / 70 / values[i])
    }
    ratios.sort()
    // The median of the square of a normal number is 0.4549 of its mean.
    let factor = ratios.isEmpty ? 0 : ratios[ratios.count / 2] / 0.4549
    return values.map { max(factor * $0, floor * floor) }
  }

  /// The part between two positions.
  func part(from low: Double, to high: Double) -> (range: Range<Int>, isComplete: Bool) {
    let first = positions.firstIndex { $0 >= low } ?? positions.count
    let last = positions.lastIndex { $0 <= high }.map { $0 + 1 } ?? 0
    let complete = (positions.first ?? .infinity) <= low && (positions.last ?? -.infinity) >= high
    return (first..<max(first, last), complete)
  }
}
