import Foundation
import Parallel
import Physics

/// Rows of table E of the verification: the phase field.
enum PhaseFieldStudies {
  static let all = [
    Study("E4", "lithium content, energy and bounds of a coarsening run", run: conservation),
    Study("E5", "PFHub benchmark 1b: spinodal decomposition without flux", run: benchmark),
  ]

  /// PFHub 1b on a square of 200 with `side` elements a side; the free energy at the given times.
  @Sendable static func benchmark(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let side = 200 * options.refine
    let grid = StructuredGrid(
      elements: (side, side, 0), size: Directions(200, 200, 1), communicator: communicator)
    let system = try PhaseFieldSystem(
      grid: grid, model: .pfhub1, fractions: VolumeFractions(grid))
    let state = system.makeState()
    system.setComposition(state) { place in
      let (x, y) = (place.x, place.y)
      let first = cos(0.105 * x) * cos(0.11 * y)
      let second = cos(0.13 * x) * cos(0.087 * y)
      let third = cos(0.025 * x - 0.15 * y) * cos(0.07 * x - 0.02 * y)
      return 0.5 + 0.01 * (first + second * second + third)
    }
    var stepping = TimeStepper.Options()
    stepping.tolerance = 1e-5
    stepping.firstStep = 1e-3
    let stepper = try TimeStepper(system, state: state, options: stepping)
    var targets = [(20.0, 209.43, 0.005), (100.0, 129.88, 0.005)]
    if options.quick { targets.removeLast() } else { targets.append((1000, 73.98, 0.01)) }
    var results: [StudyResult] = []
    var highest = stepper.energy.chemical
    var rise = 0.0
    for (time, target, tolerance) in targets {
      while stepper.time < time * (1 - 1e-12) {
        try stepper.advance(to: time)
        rise = max(rise, (stepper.energy.chemical - highest) / highest)
        highest = min(highest, stepper.energy.chemical)
        log.progress("t = \(stepper.time), F = \(stepper.energy.chemical)")
      }
      results.append(
        StudyResult(
          "F(\(Int(time))) of PFHub 1b", stepper.energy.chemical, target: target,
          tolerance: tolerance * target))
      log.note(
        "F(\(time)) = \(stepper.energy.chemical): \(stepper.steps) steps, \(stepper.rejected) "
          + "rejected, \(stepper.newton) Newton, \(stepper.krylov) Krylov iterations")
    }
    results.append(StudyResult("rise of the energy in a step, relative", rise, atMost: 1e-4))
    results.append(
      StudyResult("drift of the content, relative", abs(try stepper.massDrift()), atMost: 1e-12))
    return results
  }
}

extension PhaseFieldStudies {
  /// A regular solution with degenerate mobility around a hole, from a wavy start.
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
    var stepping = TimeStepper.Options()
    stepping.tolerance = 1e-3
    stepping.firstStep = 1e-4
    let stepper = try TimeStepper(system, state: state, options: stepping)
    var last = stepper.energy.chemical
    var rise = 0.0
    let limit = options.quick ? 60 : 200
    while stepper.steps < limit && stepper.time < 1e5 {
      try stepper.advance(to: 1e5)
      rise = max(rise, (stepper.energy.chemical - last) / abs(last))
      last = stepper.energy.chemical
    }
    log.note(
      "\(stepper.steps) steps to \(stepper.time) s, \(stepper.rejected) rejected, "
        + "\(stepper.newton) Newton, \(stepper.krylov) Krylov iterations")
    let range = try system.compositionRange(stepper.state)
    return [
      StudyResult("drift of the content, relative", abs(try stepper.massDrift()), atMost: 1e-12),
      StudyResult(
        "rise of the energy in a step, relative", rise, atMost: stepping.tolerance),
      StudyResult("smallest X", range.lowest, within: 1e-12...0.5),
      StudyResult("largest X", range.highest, within: 0.5...1 - 1e-12),
    ]
  }
}
