// SPDX-License-Identifier: Apache-2.0

import Physics

/// Holds nodes inside (0, 1) where an energy has an entropy.
///
/// Gauss points feel the bounds only through averages of nodes: on a grid too coarse for its
/// interfaces a node can be driven beyond while all Gauss points are inside. Within ``reach`` of a
/// bound a node gains B = ½ S (reach − X)²/reach, which stands against a force of up to S = 30 kT.
/// Its slope is piecewise linear, so that Newton's method finds the nodes that are held in a few
/// steps, whatever way they take. B and its slope vanish at the reach: nothing is added to a dilute
/// phase of at least a millionth, nor to a phase in equilibrium.
struct BoundBarrier {
  /// The distance from a bound within which a node is held.
  let reach: Double
  /// B'' of a held node in eV.
  private let stiffness: Double

  /// nil for an energy without bounds.
  init?(_ energy: BulkEnergy) {
    guard let thermalEnergy = energy.thermalEnergy else { return nil }
    let phases = PhaseBoundary(energy)?.phases ?? (low: 1, high: 0)
    reach = min(1e-6, min(phases.low, 1 - phases.high) / 20)
    // More would make the rounding of 1 − X felt in μ.
    stiffness = 30 * thermalEnergy / reach
  }

  /// Whether a node of this composition is held.
  func holds(_ x: Double) -> Bool { min(x, 1 - x) < reach }

  /// Subtracts m B' from the row of μ and writes B'' at all nodes, ghosts included.
  ///
  /// - Returns: this rank's energy.
  func residual(
    _ composition: Lane, mass: Lane, into row: Lane, curvature: Lane, _ layout: FieldLayout
  )
    -> Double
  {
    var energy = 0.0
    for place in 0..<layout.size {
      let x = composition[place]
      curvature[place] = 0
      let depth = reach - min(x, 1 - x)
      guard depth > 0 else { continue }
      curvature[place] = stiffness
      row[place] -= mass[place] * (x < 0.5 ? -stiffness : stiffness) * depth
      energy += mass[place] * 0.5 * stiffness * depth * depth
    }
    return energy
  }
}
