// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Row E1, orders of convergence on manufactured solutions with every term of the equations.
extension PhaseFieldStudies {
  /// The orders of BDF2 and of trilinear elements on manufactured solutions.
  ///
  /// A solution is chosen and put into the equations; what they leave becomes their source, so that
  /// it solves them exactly (Roache, J. Fluids Eng. 124 (2002) 4).
  ///
  /// Two orders of two errors apart: of BDF2 in the step, where the source is taken from the
  /// *discrete* operators, so that the grid adds nothing; of trilinear elements in their size, for
  /// a stationary problem with the exact source.
  @Sendable static func order(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    let shapes = [(3, (6, 5, 4)), (2, (8, 6, 0))]
    for (dimension, elements) in shapes {
      let ratios = options.quick ? [dimension == 3 ? 1.7 : 1] : [1, 1.7]
      for ratio in ratios {
        let solution = ManufacturedSolution(elements, communicator)
        let name = ratio == 1 ? "equal steps" : "ratio \(ratio) and 1/\(ratio)"
        try results += orders(
          "\(dimension)D, \(name)", halvings: options.quick ? [16, 32] : [16, 32, 64, 128], log
        ) { (steps) throws(ParallelError) in
          let (system, state) = try integrate(solution, steps: steps, ratio: ratio)
          return try solution.errors(system, state, 1)
        }
      }
      var sides = dimension == 3 ? [1, 2, 4] : [1, 2, 4, 8]
      if options.quick { sides.removeLast() }
      try results += orders("\(dimension)D, element size", halvings: sides, log) {
        (side) throws(ParallelError) in
        let solution = ManufacturedSolution(
          (elements.0 * side, elements.1 * side, elements.2 * side), communicator)
        return try solution.errors(try steady(solution))
      }
      results.append(
        StudyResult(
          "\(dimension)D, largest difference from one rank",
          try differenceFromOneRank(elements, communicator), atMost: 1e-10))
    }
    return results
  }

  /// The orders between the last two of `counts`, and all errors in the log.
  private static func orders(
    _ name: String, halvings counts: [Int], _ log: any RunLog,
    _ errors: (Int) throws(ParallelError) -> [Double]
  ) throws(ParallelError) -> [StudyResult] {
    var rows: [[Double]] = []
    for count in counts {
      rows.append(try errors(count))
      log.note("\(name), \(count): errors of X, μ (eV), u (nm) \(rows[rows.count - 1])")
    }
    let (coarse, fine) = (rows[rows.count - 2], rows[rows.count - 1])
    return zip(["X", "μ", "displacement"], zip(coarse, fine)).map { field, pair in
      StudyResult(
        "order of \(field), \(name)", log2(pair.0 / pair.1), target: 2, tolerance: 0.1)
    }
  }

  /// One second in `steps` prescribed steps, every other one `ratio` times longer.
  static func integrate(
    _ solution: ManufacturedSolution, steps: Int, ratio: Double
  ) throws(ParallelError) -> (PhaseFieldSystem, Fields) {
    let system = try solution.system()
    let state = system.makeState()
    system.setComposition(state) { solution.fields[0].value($0, 0) }
    // Pairs of steps (r Δ, Δ) make up the second: steps/2 (1 + r) Δ = 1.
    let size = 2 / (Double(steps) * (1 + ratio))
    var stepping = StepOptions()
    stepping.tolerance = .infinity
    stepping.firstStep = size * ratio
    let stepper = try TimeStepper(system, state: state, options: stepping)
    for step in 0..<steps {
      let end = size * (Double(step / 2) * (1 + ratio) + (step % 2 == 0 ? 1 : 1 + ratio))
      system.source = try solution.discreteSource(system, end)
      try stepper.advance(to: end)
    }
    guard stepper.steps == steps else {
      throw ParallelError(
        .notConverged, "\(stepper.steps) steps were taken, \(steps) were prescribed")
    }
    return (system, stepper.state)
  }

  /// The stationary problem X/s − ∇·M∇μ = …, which one step of 1 s solves.
  private static func steady(
    _ solution: ManufacturedSolution
  ) throws(ParallelError) -> (PhaseFieldSystem, Fields) {
    let system = try solution.system()
    let state = system.makeState()
    solution.set(state) { $0.value($1, 0) }
    system.source = solution.exactSource(rate: 1)
    let outcome = try system.solve(
      state, rate: 1, history: Fields(solution.grid.layout, count: 1))
    guard outcome.converged else { throw ParallelError(.notConverged, outcome.reason) }
    return (system, state)
  }

  /// Ten coupled steps on all ranks beside the same on each rank alone.
  private static func differenceFromOneRank(
    _ elements: (Int, Int, Int), _ communicator: Communicator
  ) throws(ParallelError) -> Double {
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    let (system, state) = try integrate(
      ManufacturedSolution(elements, communicator), steps: 10, ratio: 1.7)
    let (serial, reference) = try integrate(
      ManufacturedSolution(elements, alone), steps: 10, ratio: 1.7)
    let (grid, layout) = (system.grid, serial.grid.layout)
    var largest = 0.0
    for component in 0..<5 {
      for k in 0..<grid.layout.z {
        for j in 0..<grid.layout.y {
          for i in 0..<grid.layout.x {
            let own = state[component][grid.layout.index(i, j, k)]
            let place = layout.index(grid.own.x.lowerBound + i, grid.own.y.lowerBound + j, k)
            largest = max(largest, abs(own - reference[component][place]))
          }
        }
      }
    }
    return try communicator.maximum(largest)
  }
}

extension ManufacturedSolution {
  fileprivate func errors(
    _ solved: (system: PhaseFieldSystem, state: Fields)
  ) throws(ParallelError) -> [Double] { try errors(solved.system, solved.state, 0) }
}
