// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Rows E8b to E8d and E9, problem R relaxed.
extension PhaseFieldStudies {
  /// The two places of the void.
  static let centreVoid = Directions(250.0, 65, 50)
  static let edgeVoid = Directions(60.0, 65, 50)

  /// Problem R relaxed until the potential is equal to 1e-4 kT.
  ///
  /// Collective.
  static func relaxed(
    _ counts: (Int, Int, Int), void: Directions<Double>, depthPenalty: Double = 100,
    _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> PhaseFieldStepper {
    let (system, state) = try problemR(
      counts, void: void, depthPenalty: depthPenalty, communicator)
    let stepper = try TimeStepper(system, state: state, options: StepOptions())
    guard try stepper.relax(potentialSpread: 1e-4 * system.model.energyScale, log: log) else {
      throw ParallelError(.notConverged, "the particle did not relax in \(stepper.steps) steps")
    }
    log.note(
      "\(name(counts)), void at \(void.x) nm, κ_b \(depthPenalty) κ: relaxed at \(stepper.time) s "
        + "after \(stepper.steps) steps, \(stepper.rejected) rejected, \(stepper.newton) Newton, "
        + "\(stepper.krylov) Krylov iterations")
    return stepper
  }

  private static func name(_ counts: (Int, Int, Int)) -> String {
    "\(counts.0)×\(counts.1)×\(counts.2)"
  }

  @Sendable static func voidRelaxed(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    typealias Row = (counts: (Int, Int, Int), energy: Double, rms: [Double])
    var rows: [Row] = [((36, 9, 8), 0.006475, [0.0541, 0.0779, 0.0891, 0.0577])]
    if !options.quick { rows.append(((50, 13, 10), 0.005620, [0.0566, 0.0795, 0.0909, 0.0593])) }
    var results: [StudyResult] = []
    for row in rows {
      let name = name(row.counts)
      let stepper = try relaxed(row.counts, void: centreVoid, communicator, log)
      let system = stepper.system
      results.append(
        StudyResult(
          "elastic energy \(name), kT per site", siteEnergy(system, stepper.energy.elastic),
          target: row.energy, tolerance: 0.02 * row.energy))
      let statistics = try stepper.columnStatistics()
      for (index, component) in ["aa", "bb", "cc", "ac"].enumerated() {
        results.append(
          StudyResult(
            "rms b-averaged coherency strain \(component) \(name), %",
            100 * statistics.rms[index], target: row.rms[index],
            tolerance: 0.03 * row.rms[index]))
      }
      results.append(
        StudyResult(
          "largest b-averaged coherency strain \(name), %",
          100 * (statistics.largest.max() ?? .nan), atMost: 0.6))
      let range = try system.compositionRange(stepper.state)
      results.append(
        StudyResult("smallest X \(name)", range.lowest, target: 0.0113, tolerance: 0.001))
      results.append(
        StudyResult("largest X \(name)", range.highest, target: 0.9887, tolerance: 0.001))
      results.append(
        StudyResult("content drift \(name)", abs(try stepper.massDrift()), atMost: 1e-12))
    }
    return results
  }

  @Sendable static func columnResidual(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let stepper = try relaxed((36, 9, 8), void: centreVoid, communicator, log)
    guard let residual = try stepper.columnResidual() else { return [] }
    let statistics = try residual.statistics(communicator)
    var results: [StudyResult] = []
    for (index, row) in [("aa", 0.031), ("cc", 0.016), ("ac", 0.020)].enumerated() {
      results.append(
        StudyResult(
          "rms b-averaged residual strain \(row.0), %", 100 * statistics.rms[index],
          target: row.1, tolerance: 0.15 * row.1))
    }
    results.append(
      StudyResult(
        "largest b-averaged residual strain, %", 100 * (statistics.largest.max() ?? .nan),
        atMost: 0.15))
    return results
  }

  /// The paper's statement that the b-averaged coherency strain stays below 0.6 %: both places of
  /// the void, both penalties along b, two resolutions.
  @Sendable static func statement(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for counts in options.quick ? [(36, 9, 8)] : [(36, 9, 8), (50, 13, 10)] {
      for (place, void) in [("centre", centreVoid), ("edge", edgeVoid)] {
        for penalty in [100.0, 1] {
          let name = "\(place), κ_b = \(Int(penalty)) κ, \(name(counts))"
          let stepper = try relaxed(
            counts, void: void, depthPenalty: penalty, communicator, log)
          let energy = siteEnergy(stepper.system, stepper.energy.elastic)
          if place == "edge" && penalty == 100 && counts.0 == 36 {
            results.append(
              StudyResult(
                "\(name): elastic energy, kT per site", energy, target: 0.008676,
                tolerance: 0.02 * 0.008676))
          } else {
            results.append(
              StudyResult("\(name): elastic energy, kT per site", reported: energy))
          }
          let statistics = try stepper.columnStatistics()
          for (index, component) in ["aa", "bb", "cc", "ac"].enumerated() {
            results.append(
              StudyResult(
                "\(name): rms \(component), %", reported: 100 * statistics.rms[index]))
            results.append(
              StudyResult(
                "\(name): largest \(component), %", 100 * statistics.largest[index], atMost: 0.6))
          }
        }
      }
    }
    return results
  }

  @Sendable static func isotropy(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let counts = options.quick ? (36, 9, 8) : (50, 13, 10)
    var maps: [ColumnAverages] = []
    for penalty in [100.0, 1] {
      let stepper = try relaxed(
        counts, void: centreVoid, depthPenalty: penalty, communicator, log)
      try stepper.state.fillGhosts(stepper.system.grid.halo)
      maps.append(ColumnAverages(stepper.system, stepper.state))
    }
    var sums = [0.0, 0.0]
    var largest = 0.0
    for column in maps[0].volume.indices where maps[0].volume[column] > 0 {
      let difference = maps[0].composition[column] - maps[1].composition[column]
      sums[0] += difference * difference
      sums[1] += 1
      largest = max(largest, abs(difference))
    }
    try communicator.reduce(&sums, .sum)
    return [
      StudyResult(
        "rms difference of b-averaged X, %", 100 * (sums[0] / sums[1]).squareRoot(), atMost: 0.2),
      StudyResult(
        "largest difference of b-averaged X, %", 100 * (try communicator.maximum(largest)),
        atMost: 0.8),
    ]
  }
}
