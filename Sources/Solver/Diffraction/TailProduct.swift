// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The part of the tail that comes from the product of size and strain broadening.
///
/// Equations 4.3 and 4.4 add the two tails; the Fourier coefficients multiply. With
/// A(L) = 1 − L/ε + L²(ρ* ln L + B) + L³(C + D ln L) the product gives D = −ρ*/ε and
/// C = −B/ε + t/ε³, and B is what c0 measures. Transformed,
/// I/A = 3/(4π⁴q⁴) {ρ*/ε (ln q − 1/3) + 2π²c0/ε + t/ε³}: no new unknown. Without it ρ* comes out 2
/// to 12 per cent too large where the size broadens as much as the strain.
///
/// The square of the strain broadening, L⁴(ρ* ln L + B)²/2 of an exponential of L² ln L, makes
/// 3ρ*²/(4π⁴q⁵) {ln(q/q1)} with ln q1 = 7/12 − 2π²c0/ρ*; a line (1 + q²/s²)^(−3/2) has −1/4 instead
/// of the logarithm. The mean of both is taken off; half their difference is what the columns ln²q/q²
/// and ln q/q² of M4 are assumed to be off by, or more.
struct TailProduct: Sendable {
  /// The factors of ln q/q⁴ and of 1/q⁴ in 3/(4π⁴), times the area.
  private(set) var logarithm = 0.0
  private(set) var plain = 0.0
  /// The factors of ln q/q⁵ and of 1/q⁵ in 3/(4π⁴), times the area.
  private(set) var square = 0.0
  private(set) var squarePlain = 0.0
  /// ln(q/q1) at the window's start.
  private(set) var startLogarithm = TailProduct.usualLogarithm

  /// t: 1/3 for exponential A(L), 4/27 for spheres.
  private static let shape = 0.25
  /// What ln(q/q1) is at three full widths of many lines.
  static let usualLogarithm = 2.0

  /// The terms that follow from 1/ε, ρ* and c0; none of a size or density that comes out negative.
  init(inverseSize: Double, density: Double, constant: Double, area: Double, start: Double) {
    let inverse = max(inverseSize, 0)
    logarithm = area * inverse * density
    plain =
      area * inverse
      * (2 * .pi * .pi * constant + TailProduct.shape * inverse * inverse - density / 3)
    guard density > 0 else { return }
    // Further off, c0 is not that of a line of dislocations.
    let found = log(start) - 7.0 / 12 + 2 * .pi * .pi * constant / density
    startLogarithm = min(max(found, -1), 6)
    square = area * density * density / 2
    squarePlain = square * (startLogarithm - log(start) - 0.25)
  }

  /// No term.
  init() {}

  /// What it adds to the second moment up to q, beyond a constant.
  func secondMoment(_ q: Double) -> Double {
    -TailTerm.squareFactor
      * (2 * (logarithm * (log(q) + 1) + plain) / q
        + (square * (log(q) + 0.5) + squarePlain) / (q * q))
  }

  /// What it adds to the fourth moment up to q, beyond a constant.
  func fourthMoment(_ q: Double) -> Double {
    TailTerm.squareFactor
      * (2 * q * (logarithm * (log(q) - 1) + plain)
        + (square * log(q) + 2 * squarePlain) * log(q))
  }

  /// The area of both tails beyond q.
  func areaBeyond(_ q: Double) -> Double {
    let third = (logarithm * (log(q) / 3 + 1.0 / 9) + plain / 3) / (q * q * q)
    let fourth = (square * (log(q) / 2 + 0.125) + squarePlain / 2) / (q * q * q * q)
    return TailTerm.squareFactor * (2 * third + fourth)
  }
}
