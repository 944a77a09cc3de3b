// SPDX-License-Identifier: Apache-2.0

public import Physics

/// The physics of a phase-field run.
public struct PhaseFieldModel: Sendable {
  /// The homogeneous energy per site.
  public var energy: BulkEnergy
  /// The gradient penalty κ along x, y, z in eV nm².
  public var kappa: Directions<Double>
  /// How the mobility depends on the composition.
  public var mobility: MobilityLaw
  /// D along x, y, z in nm²/s (times the unit of the mobility law).
  public var diffusivity: Directions<Double>
  /// The energy to which μ is compared: kT, or the height of a polynomial.
  public var energyScale: Double
  /// The elasticity, where there is any.
  public var elasticity: ElasticModel?
  /// The noise of the flux, where there is any.
  public var noise: Noise?

  /// Langevin noise that thermal equilibrium asks for.
  public struct Noise: Equatable, Sendable {
    /// Of the random numbers.
    public var seed: Int
    /// kT in eV.
    public var thermalEnergy: Double
    /// c_max, sites per nm³.
    public var sitesPerVolume: Double
    /// The shortest time in s whose fluctuations are resolved; nil leaves it to the time scales.
    public var resolution: Double?

    /// Noise of a seed.
    public init(
      seed: Int, thermalEnergy: Double, sitesPerVolume: Double, resolution: Double? = nil
    ) {
      self.seed = seed
      self.thermalEnergy = thermalEnergy
      self.sitesPerVolume = sitesPerVolume
      self.resolution = resolution
    }
  }

  /// A model from its constants.
  public init(
    energy: BulkEnergy, kappa: Directions<Double>, mobility: MobilityLaw,
    diffusivity: Directions<Double>, energyScale: Double, elasticity: ElasticModel? = nil
  ) {
    self.energy = energy
    self.kappa = kappa
    self.mobility = mobility
    self.diffusivity = diffusivity
    self.energyScale = energyScale
    self.elasticity = elasticity
  }

  /// PFHub benchmark 1: ρ = 5, wells at 0.3 and 0.7, κ = 2, M = 5.
  public static let pfhub1 = PhaseFieldModel(
    energy: .polynomial(PolynomialEnergy(height: 5, wells: (0.3, 0.7))),
    kappa: Directions(2, 2, 2), mobility: .constant, diffusivity: Directions(5, 5, 5),
    energyScale: 1)

  package var terms: CompositionTerms {
    CompositionTerms(
      energy: energy, mobility: mobility, diffusivity: diffusivity, kappa: kappa)
  }
}

extension PhaseFieldModel {
  /// What the rounding of X makes of ∇·κ∇X, over the scale of the energy: no solver gets below it.
  func rounding(_ spacing: Directions<Double>) -> Double {
    let (h, k) = (spacing, kappa)
    let stiffness = k.x / (h.x * h.x) + k.y / (h.y * h.y) + k.z / (h.z * h.z)
    return 4 * Double.ulpOfOne * stiffness / energyScale
  }

  func rounding(_ grid: StructuredGrid) -> Double {
    let h = grid.spacing
    return rounding(Directions(h.x, h.y, grid.dimension == 2 ? .infinity : h.z))
  }
}
