import Parallel

/// The operator of a coarsest grid as a dense matrix that every rank factorises.
///
/// The grid has a few dozen nodes; nothing larger ever comes here.
final class DenseBlock {
  private let grid: StructuredGrid
  private let components: Int
  private let count: Int
  private var matrix: [Double]
  private var pivots: [Int] = []

  /// Builds the matrix by applying the operator to unit vectors.
  ///
  /// Collective.
  ///
  /// Nodes where `active` is above zero take part; `apply` fills ghosts and writes the product without
  /// ghosts.
  init(
    _ grid: StructuredGrid, components: Int, active: Lane,
    apply: (Fields, Fields) throws(ParallelError) -> Void
  ) throws(ParallelError) {
    self.grid = grid
    self.components = components
    let nodes = grid.nodes
    let nodeCount = nodes.x * nodes.y * nodes.z
    count = nodeCount * components
    matrix = [Double](repeating: 0, count: count * count)
    let unit = Fields(grid.layout, count: components)
    let product = Fields(grid.layout, count: components)
    var isActive = [Double](repeating: 0, count: nodeCount)
    for (number, place) in DenseBlock.ownNodes(grid) where active[place] > 0 {
      isActive[number] = 1
    }
    try grid.communicator.reduce(&isActive, .sum)
    for column in 0..<count {
      unit.fill()
      let (component, node) = (column / nodeCount, column % nodeCount)
      for (number, place) in DenseBlock.ownNodes(grid) where number == node {
        unit[component][place] = 1
      }
      try apply(unit, product)
      for (number, place) in DenseBlock.ownNodes(grid) {
        for row in 0..<components {
          matrix[(row * nodeCount + number) * count + column] = product[row][place]
        }
      }
    }
    try grid.communicator.reduce(&matrix, .sum)
    for column in 0..<count where isActive[column % nodeCount] == 0 {
      for other in 0..<count {
        matrix[column * count + other] = 0
        matrix[other * count + column] = 0
      }
      matrix[column * count + column] = 1
    }
    factorise()
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

  private func factorise() {
    pivots = Array(0..<count)
    for column in 0..<count {
      var best = column
      for row in column..<count
      where abs(matrix[row * count + column]) > abs(matrix[best * count + column]) {
        best = row
      }
      if best != column {
        for other in 0..<count { matrix.swapAt(best * count + other, column * count + other) }
        pivots.swapAt(best, column)
      }
      let pivot = matrix[column * count + column]
      guard pivot != 0 else { continue }
      for row in column + 1..<max(count, column + 1) where matrix[row * count + column] != 0 {
        let factor = matrix[row * count + column] / pivot
        matrix[row * count + column] = factor
        for other in column + 1..<count {
          matrix[row * count + other] -= factor * matrix[column * count + other]
        }
      }
    }
  }

  /// Solves on every rank and keeps the own share.
  ///
  /// Collective.
  func solve(_ rightSide: Fields, into solution: Fields) throws(ParallelError) {
    let nodeCount = count / components
    let own = DenseBlock.ownNodes(grid)
    var global = [Double](repeating: 0, count: count)
    for (number, place) in own {
      for row in 0..<components { global[row * nodeCount + number] = rightSide[row][place] }
    }
    try grid.communicator.reduce(&global, .sum)
    var x = pivots.map { global[$0] }
    for row in 0..<count {
      for column in 0..<row { x[row] -= matrix[row * count + column] * x[column] }
    }
    for row in (0..<count).reversed() {
      for column in row + 1..<max(count, row + 1) {
        x[row] -= matrix[row * count + column] * x[column]
      }
      let pivot = matrix[row * count + row]
      x[row] = pivot == 0 ? 0 : x[row] / pivot
    }
    for (number, place) in own {
      for row in 0..<components { solution[row][place] = x[row * nodeCount + number] }
    }
  }
}
