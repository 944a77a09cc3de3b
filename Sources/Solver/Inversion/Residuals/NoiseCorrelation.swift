// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel

/// How the noise of neighbouring pixels goes together: white noise that the instrument smeared with
/// a Gaussian, of a width of its own along a and along c.
///
/// The correlation at (i, j) pixels is the product of the two along the axes.
struct NoiseCorrelation: Sendable {
  /// The correlation at 0, 1, 2, … pixels along a and along c.
  let alongA, alongC: [Double]

  /// Independent from pixel to pixel.
  static let white = NoiseCorrelation(alongA: [1], alongC: [1])

  private init(alongA: [Double], alongC: [Double]) {
    self.alongA = alongA
    self.alongC = alongC
  }

  /// White noise smeared with Gaussians of these standard deviations [pixels].
  init(smearedAlongA a: Double, alongC c: Double) {
    self.init(alongA: Self.gaussian(a), alongC: Self.gaussian(c))
  }

  /// A Gaussian of width ℓ with itself, exp(−d²/4ℓ²); beyond 7.5 ℓ that is below 1e-6.
  private static func gaussian(_ width: Double) -> [Double] {
    (0...Int((7.5 * width).rounded(.up))).map { lag in
      lag == 0 ? 1 : exponential(-Double(lag * lag) / (4 * width * width))
    }
  }

  /// Whether pixels are independent.
  var isWhite: Bool { alongA.count == 1 && alongC.count == 1 }

  /// The farthest lag along either axis with a correlation.
  var reach: Int { max(alongA.count, alongC.count) - 1 }

  /// The correlation of pixels that are `a` and `c` apart.
  func at(_ a: Int, _ c: Int) -> Double {
    guard abs(a) < alongA.count, abs(c) < alongC.count else { return 0 }
    return alongA[abs(a)] * alongC[abs(c)]
  }

  /// The correlation of means over whole blocks of N × N pixels, and the variance of such a mean in
  /// units of a pixel's.
  func averaged(over size: Int) -> (correlation: NoiseCorrelation, variance: Double) {
    func blocks(_ fine: [Double]) -> [Double] {
      (0...((fine.count + size - 1) / size)).map { lag in
        var sum = 0.0
        for shift in -(size - 1)...(size - 1) {
          let distance = abs(lag * size + shift)
          if distance < fine.count { sum += Double(size - abs(shift)) * fine[distance] }
        }
        return sum / Double(size * size)
      }
    }
    let (a, c) = (blocks(alongA), blocks(alongC))
    func normalised(_ values: [Double]) -> [Double] {
      let relative = values.map { $0 / values[0] }
      // Lags that no pair of pixels reaches are no correlation.
      return Array(relative[...(relative.lastIndex { $0 != 0 } ?? 0)])
    }
    return (NoiseCorrelation(alongA: normalised(a), alongC: normalised(c)), a[0] * c[0])
  }

  /// The autocovariance of Σ w ε at a lag, for noise of unit variance.
  ///
  /// - Parameter weights: (a, c, w) of the pixels of the sum.
  func autocovariance(
    of weights: [(a: Int, c: Int, weight: Double)], at lag: (a: Int, c: Int)
  ) -> Double {
    weights.reduce(0) { sum, first in
      weights.reduce(sum) {
        $0 + first.weight * $1.weight * at(lag.a + $1.a - first.a, lag.c + $1.c - first.c)
      }
    }
  }

  /// Σ γ²/γ₀² over all lags of a field with autocovariance γ: what divides the number of its squares.
  func squaredSum(
    reach stencil: Int, _ autocovariance: (_ lag: (a: Int, c: Int)) -> Double
  ) -> Double {
    let farthest = 2 * stencil + reach
    let centre = autocovariance((0, 0))
    var sum = 0.0
    for a in -farthest...farthest {
      for c in -farthest...farthest {
        let value = autocovariance((a, c)) / centre
        sum += value * value
      }
    }
    return sum
  }
}
