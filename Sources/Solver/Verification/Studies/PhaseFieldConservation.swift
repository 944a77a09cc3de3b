// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Row E4, what a run must keep.
extension PhaseFieldStudies {
  /// A regular solution with degenerate mobility around a hole, from a wavy start.
  ///
  /// With no flux through the outline ∂X/∂t = ∇·M∇μ keeps ∫X, and dF/dt = −∫∇μ·M∇μ ≤ 0: the energy
  /// is a Lyapunov function. M = D X(1 − X)/kT and the logarithms of f keep X in (0, 1) without a
  /// clip.
  @Sendable static func conservation(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let grid = StructuredGrid(
      elements: (32 * options.refine, 16 * options.refine, 8 * options.refine),
      size: Directions(160, 80, 40), communicator: communicator)
    let solid = VolumeFractions(grid) { place in
      let (x, y, z) = (place.x - 70, place.y - 40, place.z - 20)
      return (x * x + y * y + z * z).squareRoot() - 15
    }
    let system = try PhaseFieldSystem(
      grid: grid, model: .lithiumIronPhosphate(elastic: false), fractions: solid)
    let state = system.makeState()
    system.setComposition(state) { place in
      0.5 + 0.1 * cos(0.09 * place.x) * cos(0.13 * place.y) + 0.05 * sin(0.11 * place.x + place.z)
    }
    var stepping = StepOptions()
    stepping.tolerance = 1e-3
    stepping.firstStep = 1e-4
    let stepper = try TimeStepper(system, state: state, options: stepping)
    var last = stepper.energy.chemical
    var rise = 0.0
    let limit = options.quick ? 60 : 200
    var outside = 0
    while stepper.steps < limit && stepper.time < 1e5 {
      try stepper.advance(to: 1e5)
      let x = stepper.state[.composition]
      system.forSolid { place, _ in if !(x[place] > 0 && x[place] < 1) { outside += 1 } }
      rise = max(rise, stepper.energy.chemical - last)
      last = stepper.energy.chemical
    }
    log.note(
      "\(stepper.steps) steps to \(stepper.time) s, \(stepper.rejected) rejected, "
        + "\(stepper.newton) Newton, \(stepper.krylov) Krylov iterations")
    let range = try system.compositionRange(stepper.state)
    return [
      StudyResult("drift of the content, relative", abs(try stepper.massDrift()), atMost: 1e-12),
      StudyResult(
        "rise of the energy in a step, over that of the tolerance",
        rise / system.energyTolerance(stepping.tolerance), atMost: 1),
      StudyResult(
        "nodes outside (0, 1) over all steps", Double(try communicator.sum(outside)), atMost: 0),
      StudyResult("smallest X", range.lowest, within: 1e-12...0.5),
      StudyResult("largest X", range.highest, within: 0.5...1 - 1e-12),
    ]
  }
}
