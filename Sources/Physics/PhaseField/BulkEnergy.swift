// SPDX-License-Identifier: Apache-2.0

/// The homogeneous free energy per Li site as a function of composition, in eV.
@frozen
public enum BulkEnergy: Equatable, Sendable {
  /// Ω X(1−X) + kT [X ln X + (1−X) ln(1−X)].
  case regularSolution(RegularSolution)
  /// Any polynomial of the composition.
  case polynomial(PolynomialEnergy)
  /// An entropy, asymmetric where asked for, and X(1−X) Σ L_k (2X−1)^k.
  case redlichKister(RedlichKister)
  /// A measured potential, joined in the miscibility gap.
  case tabulated(TabulatedEnergy)

  /// Whether the energy is finite in [0, 1] only.
  @inlinable public var hasBounds: Bool {
    if case .polynomial = self { false } else { true }
  }

  /// kT in eV of its entropy; nil of a polynomial.
  @inlinable public var thermalEnergy: Double? {
    switch self {
    case .regularSolution(let law): law.thermalEnergy
    case .polynomial: nil
    case .redlichKister(let law): law.entropy.thermalEnergy
    case .tabulated(let law): law.thermalEnergy
    }
  }

  /// The energy and ½ B X², up to a straight line, which moves no tangent; B in eV.
  public func adding(curvature: Double) -> BulkEnergy {
    switch self {
    case .regularSolution(var law):
      // X² = X − X(1 − X).
      law.omega -= 0.5 * curvature
      return .regularSolution(law)
    case .polynomial(let law):
      var coefficients = law.coefficients
      coefficients[2] += 0.5 * curvature
      return .polynomial(PolynomialEnergy(coefficients))
    case .redlichKister(let law):
      var coefficients = law.coefficients
      coefficients[0] -= 0.5 * curvature
      return .redlichKister(RedlichKister(entropy: law.entropy, coefficients: coefficients))
    case .tabulated(let law): return .tabulated(law.adding(curvature: curvature))
    }
  }
}

/// The regular solution, the enthalpy and ideal entropy of mixing.
///
/// The first two terms of h in section 3 of the SI, per site.
@frozen
public struct RegularSolution: Equatable, Sendable {
  /// Ω in eV.
  public var omega: Double
  /// kT in eV.
  public var thermalEnergy: Double

  /// A regular solution from Ω and kT in eV.
  @inlinable
  public init(omega: Double, thermalEnergy: Double) {
    self.omega = omega
    self.thermalEnergy = thermalEnergy
  }

  /// Table S1: Ω = 113.08 meV at kT = 25.7 meV.
  public static let lithiumIronPhosphate = RegularSolution(
    omega: 113.08 * millielectronvolt, thermalEnergy: 25.7 * millielectronvolt)

  /// f'' in eV.
  @inlinable
  public func curvature(at composition: Double) -> Double {
    thermalEnergy / (composition * (1 - composition)) - 2 * omega
  }
}

/// A polynomial energy Σ a_n X^n in eV per site.
@frozen
public struct PolynomialEnergy: Equatable, Sendable {
  /// a_0, a_1, … in eV.
  public let coefficients: [Double]

  /// A polynomial from its coefficients, that of power 0 first.
  @inlinable
  public init(_ coefficients: [Double]) { self.coefficients = coefficients }

  /// A double well ρ (X − α)² (β − X)².
  public init(height: Double, wells: (low: Double, high: Double)) {
    let sum = wells.low + wells.high
    let product = wells.low * wells.high
    // (X² − sX + p)².
    coefficients = [
      product * product, -2 * sum * product, sum * sum + 2 * product, -2 * sum, 1,
    ].map { height * $0 }
  }
}

/// How fast lithium moves: M in nm2/(eV s), one factor for each grid direction beside it.
@frozen
public enum MobilityLaw: Equatable, Sendable {
  /// M = D.
  case constant
  /// M = D X(1−X)/kT.
  case degenerate(thermalEnergy: Double)
  /// Another law times D(X)/D, which a table gives.
  indirect case tabulated(CompositionTable, times: MobilityLaw)

  /// The law without a table.
  public var untabulated: MobilityLaw {
    if case .tabulated(_, let law) = self { law.untabulated } else { self }
  }

  /// The largest and the smallest D(X)/D.
  public var diffusivityRange: ClosedRange<Double> {
    guard case .tabulated(let table, _) = self else { return 1...1 }
    return (table.values.min() ?? 1)...(table.values.max() ?? 1)
  }

  /// M/D at a composition.
  public func factor(at composition: Double) -> Double {
    switch self {
    case .constant: 1
    case .degenerate(let thermalEnergy): composition * (1 - composition) / thermalEnergy
    case .tabulated(let table, let law):
      table.derivatives(at: composition).value * law.factor(at: composition)
    }
  }

  /// Its derivative.
  public func slope(at composition: Double) -> Double {
    switch self {
    case .constant: return 0
    case .degenerate(let thermalEnergy): return (1 - 2 * composition) / thermalEnergy
    case .tabulated(let table, let law):
      let share = table.derivatives(at: composition)
      return share.slope * law.factor(at: composition) + share.value * law.slope(at: composition)
    }
  }
}
