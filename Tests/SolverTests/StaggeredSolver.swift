// SPDX-License-Identifier: Apache-2.0

import Parallel

@testable import PhaseField

/// Alternates Cahn–Hilliard at a fixed displacement and the stress's equilibrium at a fixed
/// composition.
final class StaggeredSolver {
  private let system: PhaseFieldSystem
  private let krylov: FlexibleKrylov
  private let residual: Fields
  private let change: Fields

  init(_ system: PhaseFieldSystem) {
    self.system = system
    let layout = system.grid.layout
    krylov = FlexibleKrylov(limit: 40, communicator: system.grid.communicator) {
      Fields(layout, count: 5)
    }
    residual = system.makeState()
    change = system.makeState()
  }

  /// The largest change of X in each pass, until it is below the tolerance; the rate is the one the
  /// system solved with last.
  ///
  /// Collective.
  func solve(
    _ state: Fields, history: Fields, tolerance: Double, limit: Int
  ) throws(ParallelError) -> [Double] {
    var changes: [Double] = []
    let before = system.makeState()
    while changes.count < limit && (changes.last ?? 1) > tolerance {
      before.copy(state)
      try solveComposition(state, history)
      try system.equilibrateStress(state)
      var largest = 0.0
      system.forSolid { place, _ in
        largest = max(largest, abs(state[0][place] - before[0][place]))
      }
      changes.append(try system.grid.communicator.maximum(largest))
    }
    return changes
  }

  private func solveComposition(_ state: Fields, _ history: Fields) throws(ParallelError) {
    for _ in 0..<20 {
      _ = try system.evaluate(state, history: history)
      residual.copy(system.residual)
      hold(residual)
      let square = try system.grid.communicator.sum(VectorKernels.dot(residual, residual))
      let nodes = system.grid.nodes
      if (square / Double(nodes.x * nodes.y * nodes.z)).squareRoot() <= system.options.tolerance {
        return
      }
      try system.setUpPreconditioner()
      _ = try krylov.solve(
        residual, into: change, tolerance: 1e-6,
        precondition: { (source, target) throws(ParallelError) in
          try system.precondition(source, target, state: state)
          hold(target)
        },
        apply: { (source, target) throws(ParallelError) in
          try system.applyDerivative(source, target, state: state)
          hold(target)
        })
      VectorKernels.add(-1, change, to: state)
    }
    throw ParallelError(.notConverged, "Newton's method at a fixed displacement")
  }

  private func hold(_ fields: Fields) {
    for component in 2..<5 { VectorKernels.scale(fields, component, by: 0) }
  }
}
