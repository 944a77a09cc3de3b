// SPDX-License-Identifier: Apache-2.0

/// The elastic stiffness of an orthorhombic crystal in its own axes.
///
/// Indices are Voigt's with 1, 2, 3 = a, b, c and 4, 5, 6 = bc, ac, ab. Stored in eV/nm3. The shear
/// moduli multiply engineering shear: σ_ac = C55 γ_ac = 2 C55 ε_ac with tensor ε_ac.
@frozen
public struct OrthotropicStiffness: Equatable, Sendable {
  /// C11 = C_aaaa in eV/nm3.
  public var c11: Double
  /// C22 = C_bbbb in eV/nm3.
  public var c22: Double
  /// C33 = C_cccc in eV/nm3.
  public var c33: Double
  /// C44 = C_bcbc in eV/nm3.
  public var c44: Double
  /// C55 = C_acac in eV/nm3.
  public var c55: Double
  /// C66 = C_abab in eV/nm3.
  public var c66: Double
  /// C12 = C_aabb in eV/nm3.
  public var c12: Double
  /// C13 = C_aacc in eV/nm3.
  public var c13: Double
  /// C23 = C_bbcc in eV/nm3.
  public var c23: Double

  /// A stiffness from its nine constants, each multiplied by the unit they are given in.
  ///
  /// Tables print GPa: `OrthotropicStiffness(in: gigapascal, c11: 157.4, …)`.
  ///
  /// - Parameters:
  ///   - unit: the size of the constants' unit in eV/nm3.
  ///   - c11: longitudinal constant along a.
  ///   - c22: longitudinal constant along b.
  ///   - c33: longitudinal constant along c.
  ///   - c44: shear modulus of the bc plane.
  ///   - c55: shear modulus of the ac plane.
  ///   - c66: shear modulus of the ab plane.
  ///   - c12: coupling of a and b.
  ///   - c13: coupling of a and c.
  ///   - c23: coupling of b and c.
  @inlinable
  public init(
    in unit: Double,
    c11: Double, c22: Double, c33: Double,
    c44: Double, c55: Double, c66: Double,
    c12: Double, c13: Double, c23: Double
  ) {
    self.c11 = c11 * unit
    self.c22 = c22 * unit
    self.c33 = c33 * unit
    self.c44 = c44 * unit
    self.c55 = c55 * unit
    self.c66 = c66 * unit
    self.c12 = c12 * unit
    self.c13 = c13 * unit
    self.c23 = c23 * unit
  }

  /// Whether every strain costs energy.
  ///
  /// The leading minors of the upper block and the three shear moduli; NaN anywhere gives false.
  @inlinable public var isPositiveDefinite: Bool {
    let second = c11 * c22 - c12 * c12
    let third =
      c33 * second
      - c23 * (c11 * c23 - c12 * c13)
      + c13 * (c12 * c23 - c22 * c13)
    return c11 > 0 && second > 0 && third > 0 && c44 > 0 && c55 > 0 && c66 > 0
  }

  /// The stiffness in the ac plane of a plate that is free to strain along b.
  ///
  /// Equations 3.8 and 3.9 of the SI with two corrections: the third line of 3.8 must couple
  /// through C2233 ε22 (it prints C1133), and the shear modulus multiplies engineering shear
  /// (ω = C1313 with the tensor shear of 2.4 would halve it).
  @inlinable public var planeStress: PlaneStressStiffness {
    PlaneStressStiffness(
      alpha: c11 - c12 * c12 / c22,
      beta: c13 - c12 * c23 / c22,
      gamma: c33 - c23 * c23 / c22,
      shear: c55)
  }

  /// The elastic strain along b that leaves the plate without stress along b.
  ///
  /// From σ_bb = 0 in the second line of equation 3.8 of the SI.
  @inlinable
  public func thicknessStrain(ofElasticStrain strain: SymmetricTensor2) -> Double {
    -(c12 * strain.aa + c23 * strain.cc) / c22
  }

  /// The stiffness with all constants multiplied by one factor.
  @inlinable
  public func scaled(by factor: Double) -> OrthotropicStiffness {
    OrthotropicStiffness(
      in: factor, c11: c11, c22: c22, c33: c33, c44: c44, c55: c55, c66: c66,
      c12: c12, c13: c13, c23: c23)
  }
}
