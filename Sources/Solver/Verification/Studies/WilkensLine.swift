// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation

/// A line of restrictedly random dislocations in log-normal spheres, after Wilkens:
/// A(L) = A_S(L) exp(−ρ* L² f(L/R)), f(η) → 7/4 − ln 2η for small η.
///
/// Other than ``VirtualLine``, whose A(L) has no ln² L in its fourth power.
package struct WilkensLine: Sendable {
  /// The median and the logarithmic deviation of the diameters in nm.
  package let median, spread: Double
  /// ρ* in 1/nm².
  package let density: Double
  /// The outer cutoff R in nm.
  package let cutoff: Double
  /// ε in nm: the mean column length, by area.
  package var size: Double { 2 * median / 3 * exp(2.5 * spread * spread) }

  /// A line.
  package init(median: Double, spread: Double, density: Double, cutoff: Double) {
    self.median = median
    self.spread = spread
    self.density = density
    self.cutoff = cutoff
  }

  /// A(L).
  package func coefficient(_ length: Double) -> Double {
    guard length > 0 else { return 1 }
    let (z, root, square) = (log(length / median), spread * 2.0.squareRoot(), spread * spread)
    let ratio = length / median
    let spheres =
      0.5 * erfc((z - 3 * square) / root)
      - 0.75 * ratio * exp(-2.5 * square) * erfc((z - 2 * square) / root)
      + 0.25 * ratio * ratio * ratio * exp(-4.5 * square) * erfc(z / root)
    return spheres * exp(-density * length * length * WilkensLine.function(length / cutoff))
  }

  /// Wilkens' f (1970).
  static func function(_ eta: Double) -> Double {
    let square = eta * eta
    // Below, terms of 1/η² cancel.
    if eta < 1e-3 { return 1.75 - log(2 * eta) + square / 6 }
    let first = 512 / (90 * .pi * eta)
    if eta >= 1 { return first - (11.0 / 24 + 0.25 * log(2 * eta)) / square }
    let angle = asin(eta)
    // ∫ asin V/V dV = ∫ t cot t dt, by Simpson's rule.
    let step = angle / 32
    let integral = (0...32).reduce(0.0) { sum, index in
      let t = Double(index) * step
      let weight = index == 0 || index == 32 ? 1.0 : index % 2 == 0 ? 2 : 4
      return sum + weight * (index == 0 ? 1 : t / tan(t)) * step / 3
    }
    let odd = 769 / (180 * eta) + 41 * eta / 90 + square * eta / 45
    let even = 11 / (12 * square) + 3.5 + square / 3
    return 1.75 - log(2 * eta) + square / 6 + first + 2 / .pi * (1 - 0.25 / square) * integral
      - (odd * (1 - square).squareRoot() + even * angle) / .pi
  }

  /// The intensities at offsets q, of area one.
  package func intensities(_ offsets: [Double]) -> [Double] {
    VirtualLine.transformed(
      coefficient, width: 1 / size + (2 * density).squareRoot(), slope: 1 / size, at: offsets)
  }
}
