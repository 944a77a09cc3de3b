// SPDX-License-Identifier: Apache-2.0

import Parallel

@testable import PhaseField
@testable import Verification

/// The elastic problem as a PETSc matrix of 24 × 24 element matrices from Gauss points, solved
/// directly.
///
/// Six springs at three nodes hold the body; a self-balanced load does not stretch them.
struct AssembledElasticity {
  let system: PhaseFieldSystem
  private let quadrature: ElementQuadrature
  /// Number of each node over all ranks, −1 where there is no material; ghosts filled.
  private let numbers: Fields
  private let own: Range<Int>

  init(_ system: PhaseFieldSystem) throws(ParallelError) {
    self.system = system
    quadrature = ElementQuadrature(system.grid, points: 2)
    numbers = Fields(system.grid.layout, count: 1)
    numbers.fill(-1)
    var count = 0
    system.forSolid { _, _ in count += 1 }
    let first = try system.grid.communicator.offset(of: count)
    own = first..<first + count
    var next = first
    let lane = numbers[0]
    system.forSolid { place, _ in
      lane[place] = Double(next)
      next += 1
    }
    try numbers.fillGhosts(system.grid.halo)
  }

  /// B at a point: strains xx, yy, zz and engineering shears xy, xz, yz by 24 displacements.
  private func strains(_ point: ElementQuadrature.Point) -> [[Double]] {
    var rows = [[Double]](repeating: [Double](repeating: 0, count: 24), count: 6)
    for (node, slope) in point.slope.enumerated() {
      rows[0][3 * node] = slope.x
      rows[1][3 * node + 1] = slope.y
      rows[2][3 * node + 2] = slope.z
      (rows[3][3 * node], rows[3][3 * node + 1]) = (slope.y, slope.x)
      (rows[4][3 * node], rows[4][3 * node + 2]) = (slope.z, slope.x)
      (rows[5][3 * node + 1], rows[5][3 * node + 2]) = (slope.z, slope.y)
    }
    return rows
  }

  private var stiffness: [[Double]] {
    guard let c = system.model.elasticity?.stiffness else { return [] }
    return [
      [c.xx, c.xy, c.xz, 0, 0, 0], [c.xy, c.yy, c.yz, 0, 0, 0], [c.xz, c.yz, c.zz, 0, 0, 0],
      [0, 0, 0, c.shearXY, 0, 0], [0, 0, 0, 0, c.shearXZ, 0], [0, 0, 0, 0, 0, c.shearYZ],
    ]
  }

  /// K of a full element, 24 × 24, per volume.
  private func elementMatrix() -> [Double] {
    var matrix = [Double](repeating: 0, count: 576)
    let c = stiffness
    for point in quadrature.points {
      let b = strains(point)
      for row in 0..<24 {
        for column in 0..<24 {
          for i in 0..<6 {
            for j in 0..<6 {
              matrix[24 * row + column] += point.weight * b[i][row] * c[i][j] * b[j][column]
            }
          }
        }
      }
    }
    return matrix
  }

  /// Writes the displacement in equilibrium with the state's composition, its rigid part removed.
  ///
  /// Collective.
  func solve(_ state: Fields, into target: Fields) throws(ParallelError) {
    let communicator = system.grid.communicator
    let expected = [Int](repeating: 27, count: own.count)
    let matrix = try Matrix(
      blockRows: own.count, storage: .general(blockSize: 3), diagonalBlocks: expected,
      offDiagonalBlocks: expected, communicator: communicator)
    let element = elementMatrix()
    var problem: ParallelError?
    var rows = [Int](repeating: 0, count: 8)
    var columns = rows
    let c = stiffness
    let (points, weights) = (quadrature.points.map(strains), system.weights[0])
    let force = Fields(system.grid.layout, count: 3)
    quadrature.forElements { place, _, _ in
      guard weights[place] > 0 else { return }
      for node in 0..<8 {
        columns[node] = Int(numbers[0][place + quadrature.nodes[node]])
        rows[node] = own.contains(columns[node]) ? columns[node] : -1
      }
      let values = element.map { $0 * weights[place] }
      do throws(ParallelError) {
        try matrix.addBlocks(rows: rows.span, columns: columns.span, values: values.span)
      } catch {
        problem = error
      }
      for (point, b) in zip(quadrature.points, points) {
        let x = quadrature.value(state[0], place, point)
        let free = [\Directions<[Double]>.x, \.y, \.z].map {
          system.model.elasticity?.eigenstrain($0, at: x) ?? 0
        }
        for row in 0..<24 {
          var work = 0.0
          for i in 0..<3 { for j in 0..<3 { work += b[i][row] * c[i][j] * free[j] } }
          force[row % 3][place + quadrature.nodes[row / 3]] +=
            weights[place] * point.weight * work
        }
      }
    }
    try communicator.agree(problem)
    try addSprings(matrix)
    try matrix.assemble()
    let solver = try LinearSolver(matrix, method: .direct, prefix: "oracle_")
    let rightSide = try DenseColumns(
      localRows: 3 * own.count, columnCount: 1, communicator: communicator)
    let solution = try DenseColumns(
      localRows: 3 * own.count, columnCount: 1, communicator: communicator)
    try rightSide.withLocal { (local) throws(ParallelError) in
      var row = 0
      system.forSolid { place, _ in
        for component in 0..<3 { local[row + component] = force[component][place] }
        row += 3
      }
    }
    try solver.solve(matrix, rightSide, into: solution)
    target.copy(state)
    try solution.withLocal { (local) throws(ParallelError) in
      var row = 0
      system.forSolid { place, _ in
        for component in 0..<3 { target[2 + component][place] = local[row + component] }
        row += 3
      }
    }
    try system.elastic?.removeRigid(target)
  }

  /// 3, 2 and 1 springs at corners of the box.
  private func addSprings(_ matrix: borrowing Matrix) throws(ParallelError) {
    let grid = system.grid
    let corners = [
      (0, 0, [1.0, 1, 1]), (grid.elements.x, 0, [0, 1, 1]), (0, grid.elements.y, [0, 0, 1]),
    ]
    for (x, y, springs) in corners {
      guard grid.own.x.contains(x), grid.own.y.contains(y) else { continue }
      let place = grid.layout.index(x - grid.own.x.lowerBound, y - grid.own.y.lowerBound, 0)
      let number = [Int(numbers[0][place])]
      let values = [springs[0], 0, 0, 0, springs[1], 0, 0, 0, springs[2]].map { $0 * 50 }
      try matrix.addBlocks(rows: number.span, columns: number.span, values: values.span)
    }
  }
}
