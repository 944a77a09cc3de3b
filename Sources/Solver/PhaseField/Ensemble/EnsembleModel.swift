// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
public import Physics

/// What drives particles.
public enum Drive: Equatable, Sendable {
  /// A mean dX/dt in 1/s, positive on discharge; zero is rest at open circuit.
  case current(Double)
  /// A voltage in V.
  case voltage(Double)
}

/// Particles in one dimension, all alike but for the speed of their reaction.
///
/// (3.10)–(3.15) of the SI: surface diffusion along the particle, reaction all over it.
public struct EnsembleModel: Sendable {
  /// What a particle's composition is at its ends.
  public enum Ends: Equatable, Sendable {
    /// ∂X/∂x = 0.
    case neutral
    /// X = c_s, (3.14).
    case composition(Double)
    /// The ends meet.
    case periodic
  }

  /// Which noise acts, conserved or of the reaction.
  public struct Noise: Equatable, Sendable {
    /// Fluctuations of the flux.
    public var isConserved: Bool
    /// Fluctuations of the reaction.
    public var isReactive: Bool
    /// Of the random numbers.
    public var seed: Int
    /// The shortest time in s whose fluctuations are resolved.
    public var resolution: Double

    /// Noise of a seed.
    public init(isConserved: Bool, isReactive: Bool, seed: Int, resolution: Double) {
      self.isConserved = isConserved
      self.isReactive = isReactive
      self.seed = seed
      self.resolution = resolution
    }
  }

  /// The homogeneous energy per site.
  public var energy = BulkEnergy.regularSolution(.lithiumIronPhosphate)
  /// κ in eV nm².
  public var kappa = 13.4
  /// D₀ in nm²/s; the mobility is D₀ X(1 − X)/kT.
  public var diffusivity = 1.0
  /// B/c_max in eV: the coherency stress per site.
  public var coherency = 0.19 * gigapascal / 13.76
  /// Sites per nm³, c_max.
  public var siteDensity = 13.76
  /// The area A of a particle's section in nm².
  public var crossSection = 3e5
  /// The reaction at the surface, its k₀ that of a particle of factor 1.
  public var reaction = SurfaceReaction.lithiumIronPhosphate
  /// The ends.
  public var ends = Ends.composition(0.98)
  /// The noise, where there is any.
  public var noise: Noise?
  /// The length of a particle in nm.
  public var length: Double
  /// Cells along a particle.
  public var cells: Int
  /// k₀ᵢ/k₀ of each particle.
  public var factors: [Double]

  /// LiFePO₄ with one particle of a length in nm.
  public init(length: Double, cells: Int) {
    self.length = length
    self.cells = cells
    factors = [1]
  }

  /// The edge of a cell in nm.
  public var spacing: Double { length / Double(cells) }
  /// Whether lithium enters and leaves.
  public var isOpen: Bool { reaction.rateConstant > 0 }

  /// The compositions between which a coherent particle is unstable to the longest waves:
  /// f″ + B/c_max < 0; nil where there are none.
  public var coherentSpinodal: (low: Double, high: Double)? {
    func isUnstable(_ x: Double) -> Bool { energy.curvature(at: x) + coherency < 0 }
    let grid = (1..<2000).map { Double($0) / 2000 }
    guard let first = grid.first(where: isUnstable), let last = grid.last(where: isUnstable)
    else { return nil }
    func edge(_ stable: Double, _ unstable: Double) -> Double {
      var (stable, unstable) = (stable, unstable)
      for _ in 0..<60 {
        let middle = 0.5 * (stable + unstable)
        if isUnstable(middle) { unstable = middle } else { stable = middle }
      }
      return 0.5 * (stable + unstable)
    }
    return (edge(first - 1.0 / 2000, first), edge(last + 1.0 / 2000, last))
  }

  /// The largest rate in 1/s at which a wave grows in a uniform particle, at any composition.
  ///
  /// With s = −(f″ + B/c_max) a wave grows by diffusion by M k²(s − κk²), the fastest one by M s²/4κ,
  /// and by the reaction by at most k₀g cosh(·) s/2kT, where k₀g cosh(·) ≤ k₀g + the current.
  ///
  /// - Parameter current: dX̄/dt in 1/s.
  func fastestGrowth(current: Double) -> Double {
    let thermal = reaction.thermalEnergy
    let constant = reaction.rateConstant * (factors.max() ?? 1)
    return (1..<200).map { index in
      let x = Double(index) / 200
      let drive = -(energy.curvature(at: x) + coherency)
      guard drive > 0 else { return 0 }
      let mobility = diffusivity * x * (1 - x) / thermal
      let exchange = constant * SurfaceReaction.exchange(at: x) + abs(current)
      return mobility * drive * drive / (4 * kappa) + exchange * drive / (2 * thermal)
    }.max() ?? 0
  }

  /// A uniform start; where the ends hold another composition, X may fall from it by
  /// exp(−distance/skin).
  ///
  /// - Parameters:
  ///   - mean: X away from the ends.
  ///   - skin: in nm; nil takes the width of an interface where the ends would pull so much that no
  ///     step could begin (μ of the cells there contains 2κ(X − c_s)/h²), else none.
  public func start(mean: Double, skin: Double? = nil) -> @Sendable (Int, Double) -> Double {
    guard case .composition(let wall) = ends, let skin = skin ?? usualSkin(mean, wall) else {
      return { _, _ in mean }
    }
    let length = length
    return { _, place in
      let (left, right) = (exp(-place / skin), exp((place - length) / skin))
      return mean + (wall - mean) * (left + right) / (1 + exp(-length / skin))
    }
  }

  private func usualSkin(_ mean: Double, _ wall: Double) -> Double? {
    let pull = 2 * kappa * abs(wall - mean) / (spacing * spacing)
    guard cells > 1, pull > 200 * reaction.thermalEnergy else { return nil }
    return boundary?.width(kappa: kappa) ?? length / 10
  }

  /// A boundary between the coherent phases, those of f + ½(B/c_max)(X − X̄)²; nil where there are
  /// none.
  public var boundary: PhaseBoundary? { PhaseBoundary(energy.adding(curvature: coherency)) }

  /// k₀ᵢ/k₀ = exp(spread · N), N normal: (3.16)'s log-normal distribution, drawn by the particle's
  /// number.
  public static func randomFactors(count: Int, spread: Double, seed: Int) -> [Double] {
    let noise = IndexedNoise(seed: seed)
    return (0..<count).map { exp(spread * noise.normal(stream: 0, index: $0)) }
  }

  /// The same with N at the quantiles (i − ½)/count: no draw, the distribution itself.
  public static func quantileFactors(count: Int, spread: Double) -> [Double] {
    (0..<count).map { exp(spread * normalQuantile((Double($0) + 0.5) / Double(count))) }
  }
}
