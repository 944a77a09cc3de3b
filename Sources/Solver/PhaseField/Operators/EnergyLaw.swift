// SPDX-License-Identifier: Apache-2.0

import Numerics
import Physics

/// The bulk energy as the kernels evaluate it, eight compositions at a time (``BulkEnergy``).
struct EnergyLaw {
  private let energy: BulkEnergy
  private let polynomial: [Double]

  init(_ energy: BulkEnergy) {
    self.energy = energy
    if case .polynomial(let law) = energy {
      polynomial = law.coefficients
    } else {
      polynomial = []
    }
  }

  /// f, f' and f'' in eV; what lies outside the bounds of a regular solution is taken at one half.
  @inline(__always)
  func evaluate(_ x: Eight) -> (Eight, Eight, Eight) {
    switch energy {
    case .regularSolution(let law):
      // Padding holds zeros; its weight is zero, so that any finite number will do.
      let inside = x.replacing(with: 0.5, where: (x .<= 0) .| (x .>= 1))
      let rest = 1 - inside
      let (lnX, lnRest) = (logarithm(inside), logarithm(rest))
      let mixing = law.omega * inside * rest
      let entropy = law.thermalEnergy * (inside * lnX + rest * lnRest)
      return (
        mixing + entropy, law.omega * (rest - inside) + law.thermalEnergy * (lnX - lnRest),
        law.thermalEnergy / (inside * rest) - 2 * law.omega
      )
    case .polynomial:
      var value = Eight.zero
      var slope = Eight.zero
      var curvature = Eight.zero
      for coefficient in polynomial.reversed() {
        curvature = curvature * x + slope
        slope = slope * x + value
        value = value * x + coefficient
      }
      return (value, slope, curvature * 2)
    }
  }
}
