// SPDX-License-Identifier: Apache-2.0

/// The elastic stiffness of a plate in its ac plane when no stress acts along b.
///
/// σ_aa = α ε_aa + β ε_cc, σ_cc = β ε_aa + γ ε_cc, σ_ac = 2 C55 ε_ac with tensor shear. All four
/// constants in eV/nm3. (Equation 2.4 of the SI prints ω = C1313 with tensor shear, which halves
/// the shear stiffness.)
@frozen
public struct PlaneStressStiffness: Equatable, Sendable {
  /// α = C11 − C12²/C22.
  public var alpha: Double
  /// β = C13 − C12 C23/C22.
  public var beta: Double
  /// γ = C33 − C23²/C22.
  public var gamma: Double
  /// C55, the modulus of engineering shear.
  public var shear: Double

  /// A plane-stress stiffness from its four constants in eV/nm3.
  @inlinable
  public init(alpha: Double, beta: Double, gamma: Double, shear: Double) {
    self.alpha = alpha
    self.beta = beta
    self.gamma = gamma
    self.shear = shear
  }

  /// The plane-stress stiffness of an isotropic material, the one with textbook solutions.
  ///
  /// - Parameters:
  ///   - youngsModulus: E in eV/nm3.
  ///   - poissonRatio: ν, between −1 and ½.
  @inlinable
  public init(youngsModulus: Double, poissonRatio: Double) {
    let longitudinal = youngsModulus / (1 - poissonRatio * poissonRatio)
    self.init(
      alpha: longitudinal,
      beta: poissonRatio * longitudinal,
      gamma: longitudinal,
      shear: youngsModulus / (2 * (1 + poissonRatio)))
  }

  /// Whether every in-plane strain costs energy; NaN anywhere gives false.
  @inlinable public var isPositiveDefinite: Bool {
    alpha > 0 && alpha * gamma - beta * beta > 0 && shear > 0
  }

  /// The stress of an elastic strain, in eV/nm3.
  @inlinable
  public func stress(ofElasticStrain strain: SymmetricTensor2) -> SymmetricTensor2 {
    SymmetricTensor2(
      aa: alpha * strain.aa + beta * strain.cc,
      cc: beta * strain.aa + gamma * strain.cc,
      ac: 2 * shear * strain.ac)
  }

  /// The elastic strain under a stress in eV/nm3, shear as tensor shear.
  @inlinable
  public func elasticStrain(ofStress stress: SymmetricTensor2) -> SymmetricTensor2 {
    let determinant = alpha * gamma - beta * beta
    return SymmetricTensor2(
      aa: (gamma * stress.aa - beta * stress.cc) / determinant,
      cc: (alpha * stress.cc - beta * stress.aa) / determinant,
      ac: stress.ac / (2 * shear))
  }

  /// The elastic energy density ½ σ:ε of an elastic strain, in eV/nm3.
  @inlinable
  public func energyDensity(ofElasticStrain strain: SymmetricTensor2) -> Double {
    0.5 * stress(ofElasticStrain: strain).contracted(with: strain)
  }

  /// The stiffness with all constants multiplied by one factor, such as a volume fraction.
  @inlinable
  public func scaled(by factor: Double) -> PlaneStressStiffness {
    PlaneStressStiffness(
      alpha: factor * alpha, beta: factor * beta, gamma: factor * gamma, shear: factor * shear)
  }
}
