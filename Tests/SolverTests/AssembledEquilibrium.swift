// SPDX-License-Identifier: Apache-2.0

import Parallel

@testable import PhaseField
@testable import Verification

/// Elastic equilibrium by the benchmark's assembled matrix and a direct solver; the eigenstrain's load
/// is taken at Gauss points.
///
/// Six springs at three nodes hold the body; a self-balanced load does not stretch them.
struct AssembledEquilibrium {
  let system: PhaseFieldSystem

  /// Writes the displacement in equilibrium with the state's composition, its rigid part removed.
  ///
  /// Collective.
  func solve(_ state: Fields, into target: Fields) throws(ParallelError) {
    let grid = system.grid
    guard let elasticity = system.model.elasticity else { return }
    let assembled = try AssembledElasticity(grid, elasticity.stiffness, weights: system.weights)
    try addSprings(assembled)
    let solver = try LinearSolver(assembled.matrix, method: .direct, prefix: "oracle_")
    let rows = 3 * assembled.places.count
    let load = try DenseColumns(
      localRows: rows, columnCount: 1, communicator: grid.communicator)
    let solution = try DenseColumns(
      localRows: rows, columnCount: 1, communicator: grid.communicator)
    try assembled.copy(force(state, elasticity), into: load)
    try solver.solve(assembled.matrix, load, into: solution)
    target.copy(state)
    try solution.withLocal { (local) throws(ParallelError) in
      for (node, place) in assembled.places.enumerated() {
        for axis in 0..<3 { target[2 + axis][place] = local[3 * node + axis] }
      }
    }
    try system.elastic?.removeRigid(target)
  }

  /// ∫ Bᵀ C ε⁰(X) at own nodes.
  private func force(_ state: Fields, _ elasticity: ElasticModel) -> Fields {
    let s = elasticity.stiffness
    let quadrature = ElementQuadrature(system.grid, points: 2)
    let force = Fields(system.grid.layout, count: 3)
    let weights = system.weights[0]
    quadrature.forElements { place, _, _ in
      guard weights[place] > 0 else { return }
      for point in quadrature.points {
        let x = quadrature.value(state[0], place, point)
        let free = [\Directions<[Double]>.x, \.y, \.z].map { elasticity.eigenstrain($0, at: x) }
        let stress = [
          s.xx * free[0] + s.xy * free[1] + s.xz * free[2],
          s.xy * free[0] + s.yy * free[1] + s.yz * free[2],
          s.xz * free[0] + s.yz * free[1] + s.zz * free[2],
        ]
        for (node, slope) in point.slope.enumerated() {
          let at = place + quadrature.nodes[node]
          let weight = weights[place] * point.weight
          force[0][at] += weight * slope.x * stress[0]
          force[1][at] += weight * slope.y * stress[1]
          force[2][at] += weight * slope.z * stress[2]
        }
      }
    }
    return force
  }

  /// 3, 2 and 1 springs at corners of the box.
  private func addSprings(_ assembled: borrowing AssembledElasticity) throws(ParallelError) {
    let grid = system.grid
    let corners = [
      (0, 0, [1.0, 1, 1]), (grid.elements.x, 0, [0, 1, 1]), (0, grid.elements.y, [0, 0, 1]),
    ]
    let start = try grid.communicator.offset(of: assembled.places.count)
    for (x, y, springs) in corners {
      guard grid.own.x.contains(x), grid.own.y.contains(y) else { continue }
      let place = grid.layout.index(x - grid.own.x.lowerBound, y - grid.own.y.lowerBound, 0)
      let node = assembled.places.firstIndex(of: place) ?? 0
      let number = [start + node]
      let values = [springs[0], 0, 0, 0, springs[1], 0, 0, 0, springs[2]].map { $0 * 50 }
      try assembled.matrix.addBlocks(rows: number.span, columns: number.span, values: values.span)
    }
    try assembled.matrix.assemble()
  }
}
