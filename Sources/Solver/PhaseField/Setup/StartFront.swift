// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel
public import Physics

extension SimulationSetup {
  /// A front between two phases, −A tanh(s/w) + r cos(10πx/L_a) cos(2πy/L_c).
  ///
  /// s = x − x₀ + t (y − L_c/2); in a box that closes along a, L_a/2π sin(2πs/L_a), a slab with a
  /// front on both sides.
  public struct Front: Sendable, Equatable {
    /// A.
    public var amplitude: Double
    /// x₀ in nm.
    public var position: Double
    /// w in nm.
    public var width: Double
    /// t, the tilt about the middle of the box along c.
    public var tilt: Double
    /// r, the amplitude of a ripple with five waves along a and one along c.
    public var ripple: Double

    /// A front from its constants.
    public init(
      amplitude: Double, position: Double, width: Double, tilt: Double = 0, ripple: Double = 0
    ) {
      self.amplitude = amplitude
      self.position = position
      self.width = width
      self.tilt = tilt
      self.ripple = ripple
    }

    /// A front between the phases of an energy, as wide as the boundary in equilibrium.
    ///
    /// - Parameters:
    ///   - energy: its binodals are the phases, its height with κ the width.
    ///   - kappa: κ across the front in eV nm².
    ///   - position: x₀ in nm.
    /// - Returns: nil where the energy has no two phases.
    public init?(between energy: BulkEnergy, kappa: Double, position: Double) {
      guard let boundary = PhaseBoundary(energy) else { return nil }
      let step = boundary.phases.high - boundary.phases.low
      // The quarters lie where A tanh(s/w) is a quarter: of 1, or of the step.
      let width = boundary.width(kappa: kappa) / (2 * atanh(boundary.quarter / (step / 2)))
      self.init(amplitude: step / 2, position: position, width: width)
    }

    /// What the front adds to X₀ at a place.
    func height(_ place: Directions<Double>, _ grid: StructuredGrid) -> Double {
      let size = grid.size
      var along = place.x - position + tilt * (place.y - size.y / 2)
      if grid.periodic.x { along = size.x / (2 * .pi) * sine(2 * .pi * along / size.x) }
      let front = -amplitude * hyperbolicTangent(along / width)
      guard ripple > 0 || ripple < 0 else { return front }
      return front
        + ripple * cosine(10 * .pi * place.x / size.x) * cosine(2 * .pi * place.y / size.y)
    }
  }
}
