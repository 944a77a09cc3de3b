// SPDX-License-Identifier: Apache-2.0

import Numerics

/// The smallest and the largest density of each system that the tolerance allows.
///
/// The residual that is left when one density is held and the others are best is a convex function
/// of it. The end of the interval in which it stays below the tolerance is bisected, a non-negative
/// fit at each step. The densities found at the ends span the acceptable set and start the chains.
struct DensityExtremes {
  /// The interval of each system, in 1/nm².
  private(set) var intervals: [ClosedRange<Double>] = []
  /// The densities of all systems at each end.
  private(set) var vertices: [[Double]] = []

  /// Nil where no densities stay within the tolerance.
  init?(_ problem: DecompositionProblem) {
    let best = problem.best()
    guard best.residual <= problem.tolerance else { return nil }
    for column in problem.labels.indices {
      let middle = best.densities[column]
      func attempt(_ density: Double) -> (densities: [Double], isAcceptable: Bool) {
        let trial = problem.best(holding: [column: density])
        return (trial.densities, trial.residual <= problem.tolerance)
      }
      var lowest = (density: middle, densities: best.densities)
      let none = attempt(0)
      if none.isAcceptable {
        lowest = (0, none.densities)
      } else {
        lowest = DensityExtremes.end(inside: lowest, outside: 0, attempt)
      }
      // Λ ≥ 0: beyond this the system alone exceeds the data by the tolerance.
      let length = norm(
        problem.factors.indices.map { row in
          problem.weights[row] * problem.factors[row][column]
        })
      let outside = 2 * problem.scale * (1 + problem.tolerance) / length
      let highest = DensityExtremes.end(
        inside: (middle, best.densities), outside: max(outside, 2 * middle), attempt)
      intervals.append(lowest.density...max(lowest.density, highest.density))
      vertices.append(lowest.densities)
      vertices.append(highest.densities)
    }
  }

  private static func end(
    inside: (density: Double, densities: [Double]), outside: Double,
    _ attempt: (Double) -> (densities: [Double], isAcceptable: Bool)
  ) -> (density: Double, densities: [Double]) {
    var inside = inside
    var outside = outside
    // To 1e-10 of the interval.
    for _ in 0..<34 {
      let middle = (inside.density + outside) / 2
      let trial = attempt(middle)
      if trial.isAcceptable { inside = (middle, trial.densities) } else { outside = middle }
    }
    return inside
  }
}
