// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField

/// Row E5s: PFHub benchmark 1 by the spectral solver.
extension PhaseFieldStudies {
  /// A free energy at a time and how far off it may be, relative.
  private typealias Target = (time: Double, energy: Double, tolerance: Double)

  /// 1b, without flux, on 200² points with the default steps; unless quick, 1b and 1a, periodic, with a
  /// tolerance of 1e-5: the default steps are 2.5 % above for 1b at 1e4, 0.8 % for 1a at 200.
  ///
  /// References: ETDRK4 on 128² to 384² points, its start of 1a projected.
  @Sendable static func fieldBenchmark(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var closed: [Target] = [(20, 209.434, 0.001), (100, 129.881, 0.001)]
    if !options.quick { closed += [(1000, 73.983, 0.01), (1e6, 9.5406, 0.001)] }
    var results = try run("1b", .closed, closed, options, communicator, log)
    guard !options.quick else { return results }
    let late: [Target] = [
      (100, 129.881, 0.001), (200, 111.450, 0.001), (1000, 73.983, 0.001), (1e4, 38.80, 0.001),
    ]
    results += try run("1b, 1e-5", .closed, late, options, communicator, log, tolerance: 1e-5)
    let periodic: [Target] = [(20, 212.9305, 0.001), (100, 136.982, 0.005), (200, 118.715, 0.005)]
    results += try run(
      "1a, 1e-5", .periodic, periodic, options, communicator, log, tolerance: 1e-5)
    return results
  }

  private static func run(
    _ name: String, _ sides: BoxSides, _ targets: [Target], _ options: StudyOptions,
    _ communicator: Communicator, _ log: any RunLog, tolerance: Double? = nil
  ) throws(ParallelError) -> [StudyResult] {
    let points = 200 * options.refine
    let box = SpectralBox(
      points: Directions(points, points, 1), size: Directions(200, 200, 1),
      sides: Directions(sides, sides, sides), communicator: communicator)
    let system = FieldSystem(.pfhub1, box)
    // The start of 1a jumps from one end to the other: it is projected.
    let state = try system.makeStart(oversampling: sides == .periodic ? 8 : 1) { _, place in
      let (x, y) = (place.x, place.y)
      let first = cos(0.105 * x) * cos(0.11 * y)
      let second = cos(0.13 * x) * cos(0.087 * y)
      let third = cos(0.025 * x - 0.15 * y) * cos(0.07 * x - 0.02 * y)
      return 0.5 + 0.01 * (first + second * second + third)
    }
    var stepping = StepOptions()
    if let tolerance { stepping.tolerance = tolerance }
    let stepper = try TimeStepper(system, state: state, options: stepping)
    var results: [StudyResult] = []
    var (rise, seconds) = (0.0, 0.0)
    for (time, target, tolerance) in targets {
      seconds += try Stopwatch.cpu { () throws(ParallelError) in
        while stepper.time < time {
          let former = stepper.energy
          try stepper.advance(to: time)
          rise = max(rise, (stepper.energy - former) / former)
          log.progress("t = \(stepper.time), F = \(stepper.energy)")
        }
      }
      results.append(
        StudyResult(
          "F(\(Int(time))) of PFHub \(name), spectral", stepper.energy, target: target,
          tolerance: tolerance * target))
      log.note(
        "\(name), F(\(time)) = \(stepper.energy): \(stepper.steps) steps, \(stepper.rejected) "
          + "rejected, \(stepper.newton) Newton, \(stepper.krylov) Krylov iterations, "
          + "\(seconds) s of CPU on this rank")
    }
    let total = try communicator.sum(seconds)
    let last = Int(stepper.time)
    results += [
      StudyResult("\(name): CPU time of all ranks to t = \(last) [s]", reported: total),
      StudyResult("\(name): rise of the energy in a step, relative", rise, atMost: 1e-4),
      StudyResult(
        "\(name): drift of the mean", abs(try stepper.drift()[0]), atMost: 1e-12),
    ]
    return results
  }
}
