// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField

/// The elastic operator as an assembled matrix, the way of the general codes.
///
/// The reference of the benchmarks. Element matrices come from Gauss quadrature of BᵀCB, not from the
/// modes of ``ElasticKernel``.
struct AssembledElasticity: ~Copyable {
  /// The stiffness matrix, three rows a node in the order x, y, z.
  let matrix: Matrix
  /// For each own node its place in a field.
  let places: [Int]
  private let hasMaterial: [Bool]
  private let grid: StructuredGrid

  /// Assembles; nothing holds the body, and nodes without material have a unit diagonal.
  ///
  /// Collective; three dimensions.
  init(
    _ grid: StructuredGrid, _ stiffness: GridStiffness, weights: Fields
  ) throws(ParallelError) {
    precondition(grid.dimension == 3)
    let layout = grid.layout
    let own = layout.x * layout.y * layout.z
    let start = try grid.communicator.offset(of: own)
    var places: [Int] = []
    places.reserveCapacity(own)
    let numbers = Fields(layout, count: 2)
    numbers.fill(-1)
    LumpedMass.assemble(weights[0], into: numbers[1], layout)
    for k in 0..<layout.z {
      for j in 0..<layout.y {
        for i in 0..<layout.x {
          let place = layout.index(i, j, k)
          numbers[0][place] = Double(start + places.count)
          places.append(place)
        }
      }
    }
    try numbers.fillGhosts(grid.halo, of: 0..<1)
    let expected = [Int](repeating: 27, count: own)
    let matrix = try Matrix(
      blockRows: own, storage: .general(blockSize: 3), diagonalBlocks: expected,
      offDiagonalBlocks: grid.communicator.size == 1 ? [Int](repeating: 0, count: own) : expected,
      communicator: grid.communicator)
    let element = AssembledElasticity.element(stiffness, grid.spacing)
    // Numbered by bits as in Octet.
    let corners = (0..<8).map { ($0 & 1) + ($0 >> 1 & 1) * layout.line + ($0 >> 2) * layout.plane }
    var rows = [Int](repeating: 0, count: 8)
    var columns = rows
    var values = element
    for k in 0..<layout.elementLayers {
      for j in -1..<layout.y {
        for i in -1..<layout.x {
          let place = layout.index(i, j, k)
          let weight = weights[0][place]
          guard weight > 0 else { continue }
          for corner in 0..<8 {
            columns[corner] = Int(numbers[0][place + corners[corner]])
            let isOwn = (start..<start + own).contains(columns[corner])
            rows[corner] = isOwn ? columns[corner] : -1
          }
          for index in values.indices { values[index] = element[index] * weight }
          try matrix.addBlocks(rows: rows.span, columns: columns.span, values: values.span)
        }
      }
    }
    let unit: [Double] = [1, 0, 0, 0, 1, 0, 0, 0, 1]
    for (local, place) in places.enumerated() where numbers[1][place] <= 0 {
      let row = [start + local]
      try matrix.addBlocks(rows: row.span, columns: row.span, values: unit.span)
    }
    try matrix.assemble()
    self.matrix = matrix
    hasMaterial = places.map { numbers[1][$0] > 0 }
    self.places = places
    self.grid = grid
  }

  /// The 24 × 24 matrix of an element per volume, rows and columns by corner, then axis.
  static func element(_ stiffness: GridStiffness, _ h: Directions<Double>) -> [Double] {
    let s = stiffness
    // Voigt xx, yy, zz, yz, xz, xy with engineering shear.
    let c: [[Double]] = [
      [s.xx, s.xy, s.xz, 0, 0, 0], [s.xy, s.yy, s.yz, 0, 0, 0], [s.xz, s.yz, s.zz, 0, 0, 0],
      [0, 0, 0, s.shearYZ, 0, 0], [0, 0, 0, 0, s.shearXZ, 0], [0, 0, 0, 0, 0, s.shearXY],
    ]
    var matrix = [Double](repeating: 0, count: 576)
    let point = 1 / 3.0.squareRoot()
    for gauss in 0..<8 {
      let at = (0..<3).map { gauss >> $0 & 1 == 0 ? -point : point }
      // Strains of a unit displacement of each corner along each axis.
      var strains: [[Double]] = []
      for corner in 0..<8 {
        let sign = (0..<3).map { corner >> $0 & 1 == 0 ? -1.0 : 1 }
        let f = (0..<3).map { 1 + sign[$0] * at[$0] }
        let d = [
          sign[0] * f[1] * f[2] / 4 / h.x, sign[1] * f[0] * f[2] / 4 / h.y,
          sign[2] * f[0] * f[1] / 4 / h.z,
        ]
        strains.append([d[0], 0, 0, 0, d[2], d[1]])
        strains.append([0, d[1], 0, d[2], 0, d[0]])
        strains.append([0, 0, d[2], d[1], d[0], 0])
      }
      for row in 0..<24 {
        for column in 0..<24 {
          var sum = 0.0
          for a in 0..<6 {
            for b in 0..<6 { sum += strains[row][a] * c[a][b] * strains[column][b] }
          }
          matrix[row * 24 + column] += sum / 8
        }
      }
    }
    return matrix
  }

  /// Three fields as one column.
  func copy(_ fields: Fields, into columns: borrowing DenseColumns) throws(ParallelError) {
    try columns.withLocal { (span) throws(ParallelError) in
      for (node, place) in places.enumerated() {
        for axis in 0..<3 { span[3 * node + axis] = fields[axis][place] }
      }
    }
  }

  /// Six rigid motions of the nodes with material, one a column.
  func rigidMotions(into columns: borrowing DenseColumns) throws(ParallelError) {
    let count = 3 * places.count
    let (layout, size) = (grid.layout, grid.size)
    try columns.withLocal { (span) throws(ParallelError) in
      for node in places.indices where hasMaterial[node] {
        let (i, rest) = (node % layout.x, node / layout.x)
        let p = grid.position(i, rest % layout.y, rest / layout.y)
        let (x, y, z) = (p.x - size.x / 2, p.y - size.y / 2, p.z - size.z / 2)
        for axis in 0..<3 { span[axis * count + 3 * node + axis] = 1 }
        (span[3 * count + 3 * node + 1], span[3 * count + 3 * node + 2]) = (-z, y)
        (span[4 * count + 3 * node], span[4 * count + 3 * node + 2]) = (z, -x)
        (span[5 * count + 3 * node], span[5 * count + 3 * node + 1]) = (-y, x)
      }
    }
  }
}
