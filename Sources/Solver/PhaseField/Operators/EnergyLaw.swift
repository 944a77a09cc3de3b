// SPDX-License-Identifier: Apache-2.0

import Numerics
import Physics

/// The bulk energy as the kernels evaluate it, eight compositions at a time (``BulkEnergy``).
struct EnergyLaw {
  private let energy: BulkEnergy
  /// Of the powers of X, or of 2X − 1 for the excess of Redlich and Kister.
  private let polynomial: [Double]
  /// kT/n and kT/m of an entropy.
  private let entropy: (filled: Double, vacant: Double)
  /// A tabulated excess, a row per cell.
  private let table: [SIMD8<Double>]

  init(_ energy: BulkEnergy) {
    self.energy = energy
    (polynomial, table, entropy) =
      switch energy {
      case .regularSolution: ([], [], (0, 0))
      case .polynomial(let law): (law.coefficients, [], (0, 0))
      case .redlichKister(let law): (law.powers, [], (law.entropy.filled, law.entropy.vacant))
      case .tabulated(let law): ([], law.rows, (law.thermalEnergy, law.thermalEnergy))
      }
  }

  /// f, f' and f'' in eV; what lies outside the bounds of an entropy is taken at one half.
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
    case .redlichKister, .tabulated: return solution(x)
    }
  }

  /// An entropy and an excess.
  ///
  /// Not inlined: a kernel has eight places for it, which would be in the way of the other energies.
  @inline(never)
  private func solution(_ x: Eight) -> (Eight, Eight, Eight) {
    let inside = x.replacing(with: 0.5, where: (x .<= 0) .| (x .>= 1))
    let rest = 1 - inside
    let (lnX, lnRest) = (logarithm(inside), logarithm(rest))
    let (filled, vacant) = (Eight(repeating: entropy.filled), Eight(repeating: entropy.vacant))
    let excess = table.isEmpty ? powers(inside + inside - 1) : cells(inside)
    return (
      excess.0 + (filled * inside * lnX + vacant * rest * lnRest),
      excess.1 + (filled * (lnX + 1) - vacant * (lnRest + 1)),
      excess.2 + (filled / inside + vacant / rest)
    )
  }

  /// The excess by its powers of y = 2X − 1, and its derivatives by X.
  @inline(__always)
  private func powers(_ y: Eight) -> (Eight, Eight, Eight) {
    var (value, slope, half) = (Eight.zero, Eight.zero, Eight.zero)
    for coefficient in polynomial.reversed() {
      half = half * y + slope
      slope = slope * y + value
      value = value * y + Eight(repeating: coefficient)
    }
    return (value, slope * 2, half * 8)
  }

  /// The excess by its cells: each number's row is loaded at once, then all eight go together.
  @inline(__always)
  private func cells(_ x: Eight) -> (Eight, Eight, Eight) {
    let count = Double(TabulatedEnergy.cells)
    let place = x * count
    let cell = place.rounded(.down)
    let t = place - cell
    var (c0, c1, c2, c3, c4) = (Eight.zero, Eight.zero, Eight.zero, Eight.zero, Eight.zero)
    for lane in 0..<8 {
      // X < 1 as it stands may be 1 after the product.
      let row = table[min(Int(cell[lane]), TabulatedEnergy.cells - 1)]
      (c0[lane], c1[lane], c2[lane], c3[lane], c4[lane]) = (row[0], row[1], row[2], row[3], row[4])
    }
    let value = (((c4 * t + c3) * t + c2) * t + c1) * t + c0
    let slope = ((c4 * 4 * t + c3 * 3) * t + c2 * 2) * t + c1
    let curvature = (c4 * 12 * t + c3 * 6) * t + c2 * 2
    return (value, slope * count, curvature * (count * count))
  }
}
