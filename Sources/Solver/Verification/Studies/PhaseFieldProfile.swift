// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Row E2 of the verification, the flat phase boundary of the regular solution.
extension PhaseFieldStudies {
  /// Widths, tension and binodals of a relaxed front against quadratures of its first integral.
  ///
  /// At rest μ = f′(X) − κX″ is the same everywhere, zero by the symmetry of the regular solution
  /// about X = ½ (Cahn and Hilliard, J. Chem. Phys. 28 (1958) 258). Multiplied by X′ it integrates
  /// to
  ///
  ///     ½ κ X′² = f(X) − f(X_b) = Δf,     f′(X_b) = Ω (1 − 2X_b) + kT ln(X_b/(1 − X_b)) = 0,
  ///
  /// so that a front runs from X₁ to X₂ over ∫ √(κ/2Δf) dX, and its excess energy is the tension γ
  /// = c_max ∫ √(2κΔf) dX between the binodals. Ω = 113.08 meV, kT = 25.7 meV, κ = 13.4 eV nm² and
  /// c_max = 13.76 nm⁻³ give the numbers below. Both integrals grow as √κ, and the box with them.
  @Sendable static func profile(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for factor in [1.0, 100.0] {
      let stretch = factor.squareRoot()
      let length = 160 * stretch
      let count = 320 * options.refine
      var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
      model.kappa = Directions(13.4 * factor, 13.4 * factor, 13.4 * factor)
      let grid = StructuredGrid(
        elements: (count, 4, 0), size: Directions(length, 2 * stretch, 1),
        communicator: communicator)
      let system = try PhaseFieldSystem(grid: grid, model: model, fractions: VolumeFractions(grid))
      let state = system.makeState()
      system.setComposition(state) { place in
        0.5 - 0.48 * tanh((place.x - length / 2) / (8 * stretch))
      }
      var stepping = StepOptions()
      stepping.tolerance = 1e-3
      stepping.firstStep = 1e-3
      let stepper = try TimeStepper(system, state: state, options: stepping)
      guard try stepper.relax(potentialSpread: 1e-6 * model.energyScale, log: log) else {
        throw ParallelError(.notConverged, "the profile did not relax in \(stepper.steps) steps")
      }
      let line = try system.firstLine(stepper.state)
      let h = grid.spacing.x
      func crossing(_ level: Double) -> Double {
        for i in 0..<line.count - 1 where line[i] >= level && line[i + 1] < level {
          return (Double(i) + (line[i] - level) / (line[i] - line[i + 1])) * h
        }
        return .nan
      }
      // The tension is the excess over the binodal phase; f(X_b) is the same on either side.
      let range = try system.compositionRange(stepper.state)
      let law = RegularSolution.lithiumIronPhosphate
      let low = range.lowest
      let bulk =
        law.omega * low * (1 - low)
        + law.thermalEnergy * (low * log1(low) + (1 - low) * log1(1 - low))
      let area = 2 * stretch
      let tension = 13.76 * (stepper.energy.chemical / area - bulk * length)
      func row(_ name: String, _ value: Double, _ target: Double) -> StudyResult {
        StudyResult("\(name), κ × \(Int(factor))", value, target: target, tolerance: 0.005 * target)
      }
      results += [
        row("X .25 to .75, nm", crossing(0.25) - crossing(0.75), 13.329 * stretch),
        row("X .15 to .85, nm", crossing(0.15) - crossing(0.85), 20.362 * stretch),
        row("tension, eV/nm2", tension, 5.2442 * stretch),
        row("binodal, low", range.lowest, 0.01366), row("binodal, high", range.highest, 0.98634),
      ]
    }
    return results + (try EnsembleStudies.profile(options, communicator))
  }

  private static func log1(_ value: Double) -> Double { Foundation.log(value) }
}

extension PhaseFieldSystem {
  /// The composition along x at y = z = 0, on every rank.
  ///
  /// Collective; for grids of a few thousand
  /// nodes along x.
  func firstLine(_ state: Fields) throws(ParallelError) -> [Double] {
    var line = [Double](repeating: 0, count: grid.nodes.x)
    if grid.own.y.lowerBound == 0 {
      for i in 0..<grid.layout.x {
        line[grid.own.x.lowerBound + i] = state[.composition][grid.layout.index(i, 0, 0)]
      }
    }
    try grid.communicator.reduce(&line, .sum)
    return line
  }
}
