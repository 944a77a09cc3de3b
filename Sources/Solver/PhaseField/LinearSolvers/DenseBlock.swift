// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel

/// The operator of a coarsest grid, of a few dozen nodes, as a dense matrix that every rank
/// factorises.
final class DenseBlock {
  private let factors: PivotedFactors
  private let communicator: Communicator
  private let own: [(number: Int, place: Int)]
  private let nodeCount: Int
  private let components: Int
  private var global: [Double]

  /// Builds the matrix by applying the operator to unit vectors.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - grid: the coarsest grid.
  ///   - components: fields per node.
  ///   - active: nodes above zero take part.
  ///   - shift: the share by which the diagonal grows, which holds motions that cost nothing.
  ///   - apply: fills ghosts and writes the product without ghosts.
  init(
    _ grid: StructuredGrid, components: Int, active: Lane, shift: Double = 0,
    apply: (Fields, Fields) throws(ParallelError) -> Void
  ) throws(ParallelError) {
    let nodes = grid.nodes
    let nodeCount = nodes.x * nodes.y * nodes.z
    let count = nodeCount * components
    let own = DenseBlock.ownNodes(grid)
    var places = [Int?](repeating: nil, count: nodeCount)
    var isActive = [Double](repeating: 0, count: nodeCount)
    for (number, place) in own {
      places[number] = place
      isActive[number] = active[place] > 0 ? 1 : 0
    }
    try grid.communicator.reduce(&isActive, .sum)
    var matrix = [Double](repeating: 0, count: count * count)
    let unit = Fields(grid.layout, count: components)
    let product = Fields(grid.layout, count: components)
    for column in 0..<count where isActive[column % nodeCount] > 0 {
      unit.fill()
      if let place = places[column % nodeCount] { unit[column / nodeCount][place] = 1 }
      try apply(unit, product)
      for (number, place) in own where isActive[number] > 0 {
        for row in 0..<components {
          matrix[(row * nodeCount + number) * count + column] = product[row][place]
        }
      }
    }
    try grid.communicator.reduce(&matrix, .sum)
    for row in 0..<count {
      let entry = matrix[row * (count + 1)]
      matrix[row * (count + 1)] = isActive[row % nodeCount] > 0 ? entry * (1 + shift) : 1
    }
    do {
      factors = try PivotedFactors(matrix, count: count)
    } catch {
      throw ParallelError(.notConverged, "a dense matrix of \(count) unknowns is singular")
    }
    communicator = grid.communicator
    self.own = own
    self.nodeCount = nodeCount
    self.components = components
    global = [Double](repeating: 0, count: count)
  }

  private static func ownNodes(_ grid: StructuredGrid) -> [(number: Int, place: Int)] {
    let nodes = grid.nodes
    var list: [(number: Int, place: Int)] = []
    for k in 0..<grid.layout.z {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          let number =
            grid.own.x.lowerBound + i + nodes.x * (grid.own.y.lowerBound + j + nodes.y * k)
          list.append((number, grid.layout.index(i, j, k)))
        }
      }
    }
    return list
  }

  /// Solves on every rank and keeps the own share.
  ///
  /// Collective.
  func solve(_ rightSide: Fields, into solution: Fields) throws(ParallelError) {
    for index in global.indices { global[index] = 0 }
    for (number, place) in own {
      for row in 0..<components { global[row * nodeCount + number] = rightSide[row][place] }
    }
    if communicator.size > 1 { try communicator.reduce(&global, .sum) }
    let values = factors.solved(global)
    for (number, place) in own {
      for row in 0..<components { solution[row][place] = values[row * nodeCount + number] }
    }
  }
}
