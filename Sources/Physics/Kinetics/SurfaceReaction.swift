// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Insertion of lithium at a particle's surface, a symmetric Butler–Volmer law.
///
/// (3.12) of the SI, read so that it is well posed: e multiplies Δφ only, and lithium enters where
/// eΔφ + μ is negative,
///
///     R = −k₀ X^½ (1 − X)^{3/2} sinh[(eΔφ + μ)/2kT],   V = V₀ + Δφ.
///
/// Printed without the sign, a uniform particle would take up lithium the faster the higher its
/// potential is.
@frozen
public struct SurfaceReaction: Equatable, Sendable {
  /// k₀ in 1/s; zero is a closed surface.
  public var rateConstant: Double
  /// kT in eV.
  public var thermalEnergy: Double
  /// V₀ in V.
  public var referenceVoltage: Double

  /// A reaction from k₀ in 1/s, kT in eV and V₀ in V.
  @inlinable
  public init(rateConstant: Double, thermalEnergy: Double, referenceVoltage: Double) {
    self.rateConstant = rateConstant
    self.thermalEnergy = thermalEnergy
    self.referenceVoltage = referenceVoltage
  }

  /// The SI's: k₀ = 0.4 h⁻¹, with V₀ = 3.42 V.
  public static let lithiumIronPhosphate = SurfaceReaction(
    rateConstant: 0.4 / hour,
    thermalEnergy: RegularSolution.lithiumIronPhosphate.thermalEnergy, referenceVoltage: 3.42)

  /// X^½ (1 − X)^{3/2}, the exchange current over k₀.
  @inlinable
  public static func exchange(at composition: Double) -> Double {
    let rest = 1 - composition
    return rest * (composition * rest).squareRoot()
  }

  /// The derivative of ``exchange(at:)`` over ``exchange(at:)``: ½/X − (3/2)/(1 − X).
  @inlinable
  public static func relativeSlope(at composition: Double) -> Double {
    0.5 / composition - 1.5 / (1 - composition)
  }

  /// Δφ in V at which a uniform composition takes up lithium at a given rate.
  ///
  /// - Parameters:
  ///   - rate: dX/dt in 1/s.
  ///   - composition: X.
  ///   - potential: μ in eV.
  public func overpotential(rate: Double, composition: Double, potential: Double) -> Double {
    let exchange = rateConstant * SurfaceReaction.exchange(at: composition)
    return -potential - 2 * thermalEnergy * asinh(rate / exchange)
  }

  /// Δφ in V at which many places together take up lithium at a given rate, exactly.
  ///
  /// With E = exp(eΔφ/2kT) the sum of the rates is −½(E S₊ − S₋/E): a quadratic in E.
  ///
  /// - Parameters:
  ///   - rate: the mean of dX/dt in 1/s.
  ///   - rising: S₊, the mean of k₀ X^½ (1 − X)^{3/2} exp(μ/2kT).
  ///   - falling: S₋, the same with exp(−μ/2kT).
  public func overpotential(rate: Double, rising: Double, falling: Double) -> Double {
    let root = (rate * rate + rising * falling).squareRoot()
    // The form without cancellation.
    let factor = rate > 0 ? falling / (rate + root) : (root - rate) / rising
    return 2 * thermalEnergy * log(factor)
  }
}
