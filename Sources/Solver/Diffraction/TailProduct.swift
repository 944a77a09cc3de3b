import Foundation

/// The part of the tail that comes from the product of size and strain broadening.
///
/// Equations 4.3 and 4.4 add the two tails; the Fourier coefficients multiply. With
/// A(L) = 1 − L/ε + L²(ρ* ln L + B) + L³(C + D ln L) the product gives D = −ρ*/ε and
/// C = −B/ε + t/ε³, and B is what c0 measures. Transformed,
/// I/A = 3/(4π⁴q⁴) {ρ*/ε (ln q − 1/3) + 2π²c0/ε + t/ε³}: no new unknown. Without it ρ* comes out 2
/// to 12 per cent too large where the size broadens as much as the strain.
struct TailProduct: Sendable {
  /// The factors of ln q/q⁴ and of 1/q⁴ in 3/(4π⁴), times the area.
  private(set) var logarithm = 0.0
  private(set) var plain = 0.0

  /// t: 1/3 for exponential A(L), 4/27 for spheres.
  private static let shape = 0.25

  /// The term that follows from 1/ε, ρ* and c0; none where the size comes out negative.
  init(inverseSize: Double, density: Double, constant: Double, area: Double) {
    let inverse = max(inverseSize, 0)
    logarithm = area * inverse * density
    plain =
      area * inverse
      * (2 * .pi * .pi * constant + TailProduct.shape * inverse * inverse - density / 3)
  }

  /// No term.
  init() {}

  /// What it adds to the second moment up to q, beyond a constant.
  func secondMoment(_ q: Double) -> Double {
    -2 * TailTerm.squareFactor * (logarithm * (log(q) + 1) + plain) / q
  }

  /// What it adds to the fourth moment up to q, beyond a constant.
  func fourthMoment(_ q: Double) -> Double {
    2 * TailTerm.squareFactor * q * (logarithm * (log(q) - 1) + plain)
  }

  /// The area of both tails beyond q.
  func areaBeyond(_ q: Double) -> Double {
    2 * TailTerm.squareFactor * (logarithm * (log(q) / 3 + 1.0 / 9) + plain / 3) / (q * q * q)
  }
}
