// SPDX-License-Identifier: Apache-2.0

/// The homogeneous free energy per Li site as a function of composition, in eV.
@frozen
public enum BulkEnergy: Equatable, Sendable {
  /// Ω X(1−X) + kT [X ln X + (1−X) ln(1−X)].
  case regularSolution(RegularSolution)
  /// Any polynomial of the composition.
  case polynomial(PolynomialEnergy)

  /// The interval in which the energy is finite; nil where it is everywhere.
  @inlinable public var hasBounds: Bool {
    if case .regularSolution = self { true } else { false }
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

  /// M/D at a composition.
  @inlinable
  public func factor(at composition: Double) -> Double {
    switch self {
    case .constant: 1
    case .degenerate(let thermalEnergy): composition * (1 - composition) / thermalEnergy
    }
  }

  /// Its derivative.
  @inlinable
  public func slope(at composition: Double) -> Double {
    switch self {
    case .constant: 0
    case .degenerate(let thermalEnergy): (1 - 2 * composition) / thermalEnergy
    }
  }
}
