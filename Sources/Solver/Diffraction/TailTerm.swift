// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A term of a line's tail, with what it adds to the restricted moments.
///
/// Equations 4.3 and 4.4 of the SI say that, far from the centre,
/// M2 = q/(π²ε) + c0 + ρ*/(2π²) ln q and
/// M4/q² = q/(3π²ε) + ρ*/(4π²) + 3⟨ρ*²⟩/(4π⁴ q²) ln²(q/q1); the printed 4π² of the last denominator
/// must read 4π⁴. Both are integrals of one tail,
/// I/A = 1/(2π²ε q²) + ρ*/(4π² q³) + 3⟨ρ*²⟩ ln(q/q1)/(4π⁴ q⁵),
/// so the increments of M4 are those of M2 times q² and one fit of the increments is the fit of
/// both moments with their full covariance. The constants c0 and ln² q1 (the column 1/q² of
/// M4/q²) follow from the moments at the window's start.
enum TailTerm: String, CaseIterable, Sendable {
  /// 1/ε, the size.
  case size
  /// ρ*, the effective dislocation density.
  case density
  /// A constant background: the column q³.
  case background
  /// What bends it: q², and q⁴, of an uneven background and of the tails of neighbours.
  case curvature, quartic
  /// ⟨ρ*²⟩: the column ln² q/q² of M4/q².
  case square
  /// The column ln q/q² of M4/q².
  case logarithm

  /// Whether it is no part of the line.
  var isBackground: Bool { self == .background || self == .curvature || self == .quartic }

  /// What it adds to the second moment up to q, beyond a constant.
  ///
  /// `spread` is the instrument's variance: a convolution adds ½ spread I'' to the tail. The
  /// logarithm of `square` is that of q/reference: another one moves a part of ⟨ρ*²⟩ into the column
  /// ln q/q².
  func secondMoment(_ q: Double, spread: Double = 0, reference: Double = 1) -> Double {
    switch self {
    case .size: (q - 3 * spread / q) / (.pi * .pi)
    case .density: (log(q) - 3 * spread / (q * q)) / (2 * .pi * .pi)
    case .background: 2 * q * q * q / 3
    case .curvature: 2 * q * q * q * q * q / 5
    case .quartic: 2 * q * q * q * q * q * q * q / 7
    case .square: -TailTerm.squareFactor * (log(q / reference) + 0.5) / (q * q)
    case .logarithm: -0.5 / (q * q)
    }
  }

  /// What it adds to the fourth moment up to q, beyond a constant.
  func fourthMoment(_ q: Double, spread: Double = 0, reference: Double = 1) -> Double {
    switch self {
    case .size: (q * q * q / 3 + 3 * spread * q) / (.pi * .pi)
    case .density: (q * q / 2 + 6 * spread * log(q)) / (2 * .pi * .pi)
    case .background: 2 * q * q * q * q * q / 5
    case .curvature: 2 * q * q * q * q * q * q * q / 7
    case .quartic: 2 * q * q * q * q * q * q * q * q * q / 9
    case .square: TailTerm.squareFactor * log(q / reference) * log(q / reference)
    case .logarithm: log(q)
    }
  }

  /// The area of both tails beyond q; of a background, what it adds below q, negative.
  func areaBeyond(_ q: Double, reference: Double = 1) -> Double {
    let square = q * q
    return switch self {
    case .size: 1 / (.pi * .pi * q)
    case .density: 1 / (4 * .pi * .pi * square)
    case .background: -2 * q
    case .curvature: -2 * q * square / 3
    case .quartic: -2 * q * square * square / 5
    case .square:
      TailTerm.squareFactor * (log(q / reference) / 2 + 0.125) / (square * square)
    case .logarithm: 0.25 / (square * square)
    }
  }

  /// 3/(4π⁴).
  static var squareFactor: Double { 0.75 / (.pi * .pi * .pi * .pi) }
}
