// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The displacement of a straight dislocation, multivalued by b across the half plane x1 < 0.
///
///     2π u = −S b ln(r/nm) + b θ + Σ_j (A_j sin 2jθ − B_j cos 2jθ)/2j
///
/// A and B are the Fourier coefficients of the distortion along the circle. The constant is chosen
/// so that the angular part has no mean over −π < θ ≤ π. Works where Stroh roots coincide.
public struct DislocationDisplacement: Sendable {
  private let dislocation: StraightDislocation
  /// A_j, nm.
  private let cosines: [SIMD3<Double>]
  /// B_j, nm.
  private let sines: [SIMD3<Double>]

  /// The displacement of a dislocation; the series is cut where its terms are rounding.
  public init(_ dislocation: StraightDislocation) {
    self.dislocation = dislocation
    let size = length(dislocation.burgers)
    var points = 32
    var series = Self.series(dislocation, points: points)
    // The last quarter of the coefficients shows whether the sampling sufficed.
    while points < 1 << 12, Self.tail(series) > 1e-13 * size {
      points *= 2
      series = Self.series(dislocation, points: points)
    }
    let last = series.lastIndex { Self.tail([$0]) > 1e-16 * size } ?? -1
    cosines = series[...last].map(\.0)
    sines = series[...last].map(\.1)
  }

  /// The displacement in nm at a point in nm; at the line itself at a distance of 1e-6 nm from it.
  public func displacement(at point: SIMD3<Double>) -> SIMD3<Double> {
    let frame = dislocation.frame
    let (x1, x2) = (dot(frame.e1, point), dot(frame.e2, point))
    let angle = atan2(x2, x1)
    var sum = angle * dislocation.burgers - log(max(hypot(x1, x2), 1e-6)) * dislocation.radial
    for index in cosines.indices {
      let order = 2 * Double(index + 1)
      sum += (1 / order) * (sin(order * angle) * cosines[index] - cos(order * angle) * sines[index])
    }
    return (1 / (2 * Double.pi)) * sum
  }

  private static func series(
    _ dislocation: StraightDislocation, points: Int
  ) -> [(SIMD3<Double>, SIMD3<Double>)] {
    let angles = (0..<points).map { Double($0) * Double.pi / Double(points) }
    let samples = angles.map {
      dislocation.circumferential(cosine: cos($0), sine: sin($0))
    }
    return (1..<points / 2).map { order in
      var (cosine, sine) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
      for (angle, sample) in zip(angles, samples) {
        cosine += cos(2 * Double(order) * angle) * sample
        sine += sin(2 * Double(order) * angle) * sample
      }
      return ((2 / Double(points)) * cosine, (2 / Double(points)) * sine)
    }
  }

  private static func tail(_ series: [(SIMD3<Double>, SIMD3<Double>)]) -> Double {
    series.suffix(max(1, series.count / 4)).map {
      max(largestComponent($0.0), largestComponent($0.1))
    }.max() ?? 0
  }
}
