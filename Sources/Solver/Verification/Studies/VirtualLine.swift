// SPDX-License-Identifier: Apache-2.0

package import Diffraction
import Foundation

/// A line whose size and dislocation density are known: A(L) = exp(−|L|/ε) x K1(x), x = 2π s L.
///
/// The first factor is a Lorentzian of half width 1/(2πε), the second one
/// (1 + q²/s²)^(−3/2)/(2s), whose tail is that of dislocations with ρ* = 2π²s².
package struct VirtualLine: Sendable {
  /// ε in nm; infinite for none.
  package let size: Double
  /// s in 1/nm; zero for none.
  package let strain: Double
  /// ρ* in 1/nm².
  package var density: Double { 2 * .pi * .pi * strain * strain }

  /// A line of a size in nm and of ρ* in 1/nm².
  package init(size: Double, density: Double) {
    self.size = size
    strain = (density / 2).squareRoot() / .pi
  }

  /// A(L).
  package func coefficient(_ length: Double) -> Double {
    let x = 2 * .pi * strain * length
    return exp(-length / size) * (x > 0 ? x * VirtualLine.besselK1(x) : 1)
  }

  /// The intensities at offsets q, of area one.
  package func intensities(_ offsets: [Double]) -> [Double] {
    VirtualLine.transformed(
      coefficient, width: 1 / size + 2 * .pi * strain, slope: 1 / size, at: offsets)
  }

  /// I(q) = ∫ A(L) exp(−2πiqL) dL of an even A with the slope −`slope` at zero, which falls within
  /// 1/`width`.
  static func transformed(
    _ coefficient: (Double) -> Double, width: Double, slope: Double, at offsets: [Double]
  ) -> [Double] {
    // To where the coefficient has fallen below 1e-16, in steps that see the narrower factor.
    let last = 40 / width
    let largest = offsets.map(abs).max() ?? 0
    let step = min(1 / (200 * width), 1 / (40 * largest))
    let coefficients = (0...Int(last / step)).map { coefficient(Double($0) * step) }
    return offsets.map { q in
      // cos((n+1)φ) = 2 cos φ cos nφ − cos((n−1)φ): stable enough for some 10⁵ steps.
      let turn = 2 * cos(2 * .pi * q * step)
      var (last, current) = (turn / 2, 1.0)
      var sum = -0.5
      for value in coefficients {
        sum += value * current
        (last, current) = (current, turn * current - last)
      }
      // The trapezoid's error at the kink of L = 0, by Euler and Maclaurin.
      return 2 * step * (sum - step * slope / 12)
    }
  }

  /// The full width at half maximum in 1/nm.
  package var fullWidth: Double {
    let scale = 1 / (2 * .pi * size) + strain
    let grid = (0...400).map { Double($0) * scale / 100 }
    let values = intensities(grid)
    let index = values.firstIndex { $0 < values[0] / 2 } ?? values.count - 1
    let share = (values[index - 1] - values[0] / 2) / (values[index - 1] - values[index])
    return 2 * (grid[index - 1] + share * (grid[index] - grid[index - 1]))
  }

  /// The profile to `reach` full widths on both sides, `perWidth` points a width.
  ///
  /// `counts` is the intensity at the centre; the background is in units of it.
  package func profile(
    reach: Double, perWidth: Double = 20, counts: Double = 1e6, background: Double = 0
  ) -> LineProfile {
    let width = fullWidth
    let half = Int(reach * perWidth)
    let offsets = (-half...half).map { Double($0) * width / perWidth }
    let line = intensities(offsets)
    let values = line.map { counts * ($0 / line[half] + background) }
    return LineProfile(
      offsets: offsets, intensities: values, variances: values.map { max($0, 1) },
      fullWidth: width, edgeLevel: values[0])
  }

  /// K1(x) = ∫ exp(−x cosh t) cosh t dt from 0: the trapezoid converges like exp(−π²/step).
  static func besselK1(_ x: Double) -> Double {
    let step = 0.1
    // Beyond, x cosh t exceeds 700 and the integrand is zero.
    let count = Int(acosh(max(1, 745 / x)) / step) + 1
    var sum = 0.5 * exp(-x)
    for index in 1...max(1, count) {
      let hyperbolic = cosh(Double(index) * step)
      sum += exp(-x * hyperbolic) * hyperbolic
    }
    return step * sum
  }
}
