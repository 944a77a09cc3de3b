import Foundation
import Physics

/// The entropy of a node that comes close to the bounds 0 or 1, counted at the node itself.
///
/// Gauss points feel the bounds only through averages of nodes: on a grid too coarse for its
/// interfaces a node can be driven beyond while all Gauss points are inside. Within `reach` of a
/// bound a node gains B = kT [X ln(X/reach) − X + reach], which has the entropy's own shape, so that
/// μ holds the node inside and no content is lost. B and its slope vanish at `reach`, a twentieth of
/// the lower phase's composition: particles in equilibrium never come there.
struct BoundBarrier {
  private let reach: Double
  private let thermalEnergy: Double

  /// nil for an energy without bounds.
  init?(_ energy: BulkEnergy) {
    guard case .regularSolution(let law) = energy else { return nil }
    thermalEnergy = law.thermalEnergy
    reach = (PhaseBoundary(energy)?.phases.low ?? 0.01) / 20
  }

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
      let distance = min(x, 1 - x)
      guard distance < reach, distance > 0 else { continue }
      let slope = thermalEnergy * log(distance / reach)
      curvature[place] = thermalEnergy / distance
      row[place] -= mass[place] * (x < 0.5 ? slope : -slope)
      energy += mass[place] * (distance * slope - thermalEnergy * (distance - reach))
    }
    return energy
  }
}
