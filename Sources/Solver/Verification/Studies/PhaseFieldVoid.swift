// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Rows E8 and E9, problem R.
extension PhaseFieldStudies {
  /// Problem R of the verification: 500 × 130 × 100 nm, a void of 40 nm radius.
  static func problemR(
    _ counts: (Int, Int, Int), void: Directions<Double>?, depthPenalty: Double = 100,
    _ communicator: Communicator
  ) throws(ParallelError) -> (system: PhaseFieldSystem, state: Fields) {
    let grid = StructuredGrid(
      elements: counts, size: Directions(500, 130, 100), communicator: communicator)
    var distance: ((Directions<Double>) -> Double)?
    if let void {
      distance = { place in
        let (x, y, z) = (place.x - void.x, place.y - void.y, place.z - void.z)
        return (x * x + y * y + z * z).squareRoot() - 40
      }
    }
    let system = try PhaseFieldSystem(
      grid: grid, model: .lithiumIronPhosphate(elastic: true, depthPenalty: depthPenalty),
      fractions: VolumeFractions(grid, distance: distance))
    let state = system.makeState()
    system.setComposition(state) { place in
      let front = tanh((place.x - 250 + 0.25 * (place.y - 65)) / 12.15)
      return 0.5 - 0.485 * front
        + 0.004 * cos(2 * .pi * place.x / 100) * cos(.pi * place.y / 65)
    }
    return (system, state)
  }

  /// The elastic energy in kT per solid site.
  static func siteEnergy(_ system: PhaseFieldSystem, _ elastic: Double) -> Double {
    elastic / system.solidVolume / system.model.energyScale
  }

  @Sendable static func voidStart(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let centre = Directions(250.0, 65, 50)
    var results: [StudyResult] = []
    // Element counts, energy with and without void, rms of aa, bb, cc, ac in per cent.
    typealias Row = (counts: (Int, Int, Int), energy: Double, bare: Double, rms: [Double])
    var rows: [Row] = [((50, 13, 10), 0.005706, 0.007879, [0.0532, 0.0841, 0.0736, 0.0533])]
    if !options.quick {
      rows.append(((100, 26, 20), 0.004785, 0.006684, [0.0554, 0.0849, 0.0727, 0.0547]))
    }
    for row in rows {
      let name = "\(row.counts.0)×\(row.counts.1)×\(row.counts.2)"
      for void in [centre, nil] {
        let (system, state) = try problemR(row.counts, void: void, communicator)
        let iterations = try system.equilibrateStress(state)
        let energy = siteEnergy(system, try system.energy(state).elastic)
        let target = void == nil ? row.bare : row.energy
        results.append(
          StudyResult(
            "elastic energy \(void == nil ? "without" : "with") void \(name), kT per site", energy,
            target: target, tolerance: 0.01 * target))
        log.note("\(name): \(iterations) iterations")
        guard void != nil else { continue }
        let rms = try ColumnAverages(system, state).statistics(communicator).rms
        for (index, component) in ["aa", "bb", "cc", "ac"].enumerated() {
          results.append(
            StudyResult(
              "rms b-averaged coherency strain \(component) \(name), %", 100 * rms[index],
              target: row.rms[index], tolerance: 0.01 * row.rms[index]))
        }
      }
    }
    return results
  }
}
