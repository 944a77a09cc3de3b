// SPDX-License-Identifier: Apache-2.0

import Parallel

/// The graph Laplacian of neighbouring pixels, with some of them held fixed.
///
/// It serves the displacement (least squares over pixel pairs) and the harmonic filling of dead
/// pixels. Row i reads Σ_j (d_i − d_j) over the neighbours j in the mask.
struct PixelLaplacian: ~Copyable {
  private let matrix: Matrix
  private let solver: LinearSolver
  private let image: ParticleImage
  private let fixed: [Bool]

  /// Assembles and factorises.
  ///
  /// Collective.
  ///
  /// - Parameter fixed: for each held cell, whether its value is given; every component needs one.
  init(_ image: ParticleImage, fixed: [Bool]) throws(ParallelError) {
    let numbering = image.numbering
    let made = try Matrix(
      blockRows: numbering.own.count, storage: .symmetricBlocks(1),
      diagonalBlocks: [Int](repeating: 5, count: numbering.own.count),
      offDiagonalBlocks: [Int](repeating: 5, count: numbering.own.count),
      communicator: image.communicator)
    for cell in numbering.ownCells {
      var columns = [numbering.number[cell]]
      var values = [1.0]
      if !fixed[cell] {
        let around = neighbours(of: cell, image)
        values[0] = Double(around.count)
        for other in around where !fixed[other] {
          columns.append(numbering.number[other])
          values.append(-1)
        }
        // A pixel without neighbours keeps the row of a fixed one.
        if around.isEmpty { values[0] = 1 }
      }
      let row = [numbering.number[cell]]
      try made.addBlocks(rows: row.span, columns: columns.span, values: values.span)
    }
    try made.assemble()
    let factorised = try LinearSolver(made, method: .direct, prefix: "pixels_")
    self.image = image
    self.fixed = fixed
    matrix = made
    solver = factorised
  }

  /// Solves for several fields at once.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - fields: on held cells; where fixed, the given values.
  ///   - sources: on held cells; the right-hand sides where free.
  /// - Returns: the fields on held cells, NaN outside the mask.
  func solve(_ fields: [[Double]], sources: [[Double]]) throws(ParallelError) -> [[Double]] {
    let numbering = image.numbering
    let rightSides = try columns(fields.count)
    let solution = try columns(fields.count)
    try rightSides.withLocal { (local) throws(ParallelError) in
      for (index, cell) in numbering.ownCells.enumerated() {
        for field in fields.indices {
          var value = fixed[cell] ? fields[field][cell] : sources[field][cell]
          if !fixed[cell] {
            for other in neighbours(of: cell, image) where fixed[other] {
              value += fields[field][other]
            }
          }
          local[index + field * numbering.own.count] = value
        }
      }
    }
    try solver.solve(matrix, rightSides, into: solution)
    let exchange = try PixelExchange(numbering, image.communicator)
    var solved: [[Double]] = []
    for field in fields.indices {
      var values = [Double](repeating: .nan, count: image.layout.cellCount)
      try solution.withLocal { (local) throws(ParallelError) in
        for (index, cell) in numbering.ownCells.enumerated() {
          values[cell] = local[index + field * numbering.own.count]
        }
      }
      try exchange.fill(&values)
      solved.append(values)
    }
    return solved
  }

  private func columns(_ count: Int) throws(ParallelError) -> DenseColumns {
    try DenseColumns(
      localRows: image.numbering.own.count, columnCount: count,
      communicator: image.communicator)
  }
}

/// The held cells in the mask that share an edge with an own cell.
@inlinable
public func neighbours(of cell: Int, _ image: ParticleImage) -> Neighbours {
  let (i, j) = image.layout.indices(cell)
  var found = Neighbours()
  found.add(image.layout.cell(i - 1, j), image)
  found.add(image.layout.cell(i + 1, j), image)
  found.add(image.layout.cell(i, j - 1), image)
  found.add(image.layout.cell(i, j + 1), image)
  return found
}

/// At most four cells; kept in place, as there is one of these for each pixel.
@frozen
public struct Neighbours: RandomAccessCollection {
  @usableFromInline var cells: (Int, Int, Int, Int) = (0, 0, 0, 0)
  /// The number of cells.
  public var endIndex = 0
  /// Zero.
  @inlinable public var startIndex: Int { 0 }

  /// None.
  @inlinable
  public init() {}

  /// The cell at a place below ``endIndex``.
  @inlinable
  public subscript(place: Int) -> Int {
    switch place {
    case 0: cells.0
    case 1: cells.1
    case 2: cells.2
    default: cells.3
    }
  }

  /// Adds a cell that is held and in the mask.
  @inlinable
  mutating func add(_ cell: Int?, _ image: ParticleImage) {
    guard let cell, image.mask[cell] else { return }
    switch endIndex {
    case 0: cells.0 = cell
    case 1: cells.1 = cell
    case 2: cells.2 = cell
    default: cells.3 = cell
    }
    endIndex += 1
  }
}
