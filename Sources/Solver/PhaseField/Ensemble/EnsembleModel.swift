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
  /// A wave grows by −M k²(f″ + B/c_max + κk²), at a composition the fastest one by
  /// M (f″ + B/c_max)²/4κ.
  var fastestGrowth: Double {
    (1..<200).map { index in
      let x = Double(index) / 200
      let bend = energy.curvature(at: x) + coherency
      let mobility = diffusivity * x * (1 - x) / reaction.thermalEnergy
      return bend < 0 ? mobility * bend * bend / (4 * kappa) : 0
    }.max() ?? 0
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
