// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The entropy of mixing on a lattice, −TS = kT [X ln X/n + (1 − X) ln(1 − X)/m] per site.
///
/// n = m = 1 is ideal mixing. Flory (J. Chem. Phys. 10 (1942) 51) and Huggins (J. Chem. Phys. 9
/// (1941) 440): an intercalated unit takes n sites, a vacant one m. With n = m = 1/a the mixing is
/// that on a sublattice of a sites per formula unit (Hillert, J. Alloys Compd. 320 (2001) 161).
@frozen
public struct MixingEntropy: Equatable, Sendable {
  /// kT in eV.
  public let thermalEnergy: Double
  /// n and m.
  public let chainLengths: (filled: Double, vacant: Double)

  /// An entropy from kT in eV and the sites that a unit takes.
  public init(thermalEnergy: Double, chainLengths: (filled: Double, vacant: Double) = (1, 1)) {
    self.thermalEnergy = thermalEnergy
    self.chainLengths = chainLengths
  }

  /// kT/n in eV.
  public var filled: Double { thermalEnergy / chainLengths.filled }
  /// kT/m in eV.
  public var vacant: Double { thermalEnergy / chainLengths.vacant }

  /// Whether all numbers are the same; pairs compare by parts.
  public static func == (left: MixingEntropy, right: MixingEntropy) -> Bool {
    left.thermalEnergy == right.thermalEnergy && left.chainLengths == right.chainLengths
  }

  /// −TS and its first two derivatives in eV.
  func derivatives(at x: Double) -> EnergyDerivatives {
    let (lnX, lnRest) = (log(x), log(1 - x))
    return EnergyDerivatives(
      value: filled * x * lnX + vacant * (1 - x) * lnRest,
      slope: filled * (lnX + 1) - vacant * (lnRest + 1),
      curvature: filled / x + vacant / (1 - x))
  }
}

/// An energy and its first two derivatives by X, in eV.
struct EnergyDerivatives {
  var value: Double
  var slope: Double
  var curvature: Double

  static func + (left: EnergyDerivatives, right: EnergyDerivatives) -> EnergyDerivatives {
    EnergyDerivatives(
      value: left.value + right.value, slope: left.slope + right.slope,
      curvature: left.curvature + right.curvature)
  }
}

/// An entropy of mixing and the excess X(1 − X) Σ L_k (2X − 1)^k per site.
///
/// Redlich and Kister, Ind. Eng. Chem. 40 (1948) 345. L_0 = Ω alone is the regular solution, L_0 and
/// L_1 make a subregular one.
@frozen
public struct RedlichKister: Equatable, Sendable {
  /// The entropy.
  public let entropy: MixingEntropy
  /// L_0, L_1, … in eV.
  public let coefficients: [Double]
  /// The coefficients in eV of the excess as a polynomial in y = 2X − 1: X(1 − X) = (1 − y²)/4.
  public let powers: [Double]

  /// An energy from its entropy and L_0, L_1, … in eV.
  public init(entropy: MixingEntropy, coefficients: [Double]) {
    self.entropy = entropy
    self.coefficients = coefficients
    var powers = [Double](repeating: 0, count: coefficients.count + 2)
    for (power, coefficient) in coefficients.enumerated() {
      powers[power] += 0.25 * coefficient
      powers[power + 2] -= 0.25 * coefficient
    }
    self.powers = powers
  }

  /// The excess and its first two derivatives.
  func excess(at x: Double) -> EnergyDerivatives {
    let y = 2 * x - 1
    var (value, slope, half) = (0.0, 0.0, 0.0)
    for coefficient in powers.reversed() {
      half = half * y + slope
      slope = slope * y + value
      value = value * y + coefficient
    }
    return EnergyDerivatives(value: value, slope: 2 * slope, curvature: 8 * half)
  }
}
