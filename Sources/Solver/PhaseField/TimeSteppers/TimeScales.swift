// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// The times in s that a grid and its physics have.
struct TimeScales {
  /// Of the fastest change: diffusion between neighbouring nodes, driven by κ too.
  let shortest: Double
  /// Of the slowest: diffusion along the box.
  let longest: Double

  init(_ grid: StructuredGrid, _ model: PhaseFieldModel) {
    // D of a small deviation in a phase: M times the scale of f″ where M is given.
    let factor = model.mobility == .constant ? model.energyScale : 1
    func rate(_ diffusivity: Double, _ kappa: Double, _ length: Double) -> Double {
      let square = length * length
      return diffusivity * factor / square * (1 + kappa / (model.energyScale * square))
    }
    let (d, kappa, h, box) = (model.diffusivity, model.kappa, grid.spacing, grid.size)
    var fast = [rate(d.x, kappa.x, h.x), rate(d.y, kappa.y, h.y)]
    var slow = [rate(d.x, 0, box.x), rate(d.y, 0, box.y)]
    if grid.dimension == 3 {
      fast.append(rate(d.z, kappa.z, h.z))
      slow.append(rate(d.z, 0, box.z))
    }
    shortest = 1 / (fast.max() ?? 1)
    longest = 1 / (slow.min() ?? 1)
  }
}

extension PhaseFieldSystem {
  /// The root mean square of a nodal field over the solid.
  ///
  /// Collective.
  func rootMeanSquare(_ field: Lane) throws(ParallelError) -> Double {
    var sum = 0.0
    forSolid { place, m in sum += m * field[place] * field[place] }
    return (try grid.communicator.sum(sum) / solidVolume).squareRoot()
  }

  /// The root mean square deviation of the composition from its mean.
  ///
  /// Collective.
  package func deviation(_ state: Fields) throws(ParallelError) -> Double {
    let (mean, x) = (try content(state) / solidVolume, state[0])
    var sum = 0.0
    forSolid { place, m in sum += m * (x[place] - mean) * (x[place] - mean) }
    return (try grid.communicator.sum(sum) / solidVolume).squareRoot()
  }

  /// What an error of the composition may add to the energy, in eV nm³ over the site density.
  ///
  /// In equilibrium the energy is stationary, so that this is second order in the error. Sums round
  /// at 1e-12 of the energy's scale.
  package func energyTolerance(_ error: Double) -> Double {
    solidVolume * model.energyScale * max(error * error, 1e-12)
  }
}
