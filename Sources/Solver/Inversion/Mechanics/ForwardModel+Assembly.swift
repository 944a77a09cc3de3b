// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

extension ForwardModel {
  /// Assembles the stiffness with held unknowns replaced by rows of the identity.
  ///
  /// Collective.
  static func assemble(
    _ mesh: PixelMesh, _ elements: ElementField, _ held: HeldNodes,
    _ method: LinearSolver.Method, _ communicator: Communicator
  ) throws(ParallelError) -> Matrix {
    let count = PixelElement.boundaryCount
    var storage = Matrix.Storage.symmetricBlocks(2)
    if case .multigrid = method { storage = .general(blockSize: 2) }
    let couplings = couplings(mesh, storage)
    let matrix = try Matrix(
      blockRows: mesh.own.count, storage: storage, diagonalBlocks: couplings.own,
      offDiagonalBlocks: couplings.other, communicator: communicator)
    var entries = [Double](repeating: 0, count: count * count)
    var rows = [Int](repeating: 0, count: 8)
    var columns = rows
    for index in mesh.cells.indices {
      var touched = false
      for node in 0..<8 {
        let number = mesh.nodes[8 * index + node]
        columns[node] = number
        rows[node] = mesh.own.contains(number) ? number : -1
        if held.contains(2 * number) || held.contains(2 * number + 1) { touched = true }
      }
      let element = elements[mesh.cells[index]]
      let thickness = elements.thickness(mesh.cells[index])
      // Bit for bit the element itself where the thickness is one.
      if !touched, thickness == 1 {
        try matrix.addBlocks(
          rows: rows.span, columns: columns.span, values: element.stiffness.span)
        continue
      }
      for row in 0..<count {
        let heldRow = touched && held.contains(2 * columns[row / 2] + row % 2)
        for column in 0..<count {
          let heldColumn = touched && held.contains(2 * columns[column / 2] + column % 2)
          let keep = !(heldRow || heldColumn) || row == column
          entries[row * count + column] =
            keep ? thickness * element.stiffness[row * count + column] : 0
        }
      }
      try matrix.addBlocks(rows: rows.span, columns: columns.span, values: entries.span)
    }
    try matrix.assemble()
    return matrix
  }

  /// For each own node the nodes that it shares a pixel with, itself included, and that the storage
  /// keeps: those of this rank, and those of others.
  private static func couplings(
    _ mesh: PixelMesh, _ storage: Matrix.Storage
  ) -> (own: [Int], other: [Int]) {
    var keepsLower = false
    if case .general = storage { keepsLower = true }
    let first = mesh.nodes.min() ?? 0
    // The elements of each own node, one after the other: those of node k end at ends[k].
    var ends = [Int](repeating: 0, count: mesh.own.count + 1)
    for number in mesh.nodes where mesh.own.contains(number) {
      ends[number - mesh.own.lowerBound + 1] += 1
    }
    for node in mesh.own.indices {
      ends[node - mesh.own.lowerBound + 1] += ends[node - mesh.own.lowerBound]
    }
    var elements = [Int](repeating: 0, count: ends.last ?? 0)
    var next = ends
    for (place, number) in mesh.nodes.enumerated() where mesh.own.contains(number) {
      elements[next[number - mesh.own.lowerBound]] = place / 8
      next[number - mesh.own.lowerBound] += 1
    }
    var counted = [Int](repeating: -1, count: (mesh.nodes.max() ?? 0) - first + 1)
    var result = (
      own: [Int](repeating: 0, count: mesh.own.count),
      other: [Int](repeating: 0, count: mesh.own.count)
    )
    for row in mesh.own.indices {
      let node = row - mesh.own.lowerBound
      for element in elements[ends[node]..<ends[node + 1]] {
        for column in mesh.nodes[8 * element..<8 * element + 8]
        where (keepsLower || column >= row) && counted[column - first] != row {
          counted[column - first] = row
          if mesh.own.contains(column) { result.own[node] += 1 } else { result.other[node] += 1 }
        }
      }
    }
    return result
  }

  /// Tells multigrid the two translations and the rotation.
  ///
  /// Collective.
  static func setRigidModes(
    _ matrix: borrowing Matrix, _ image: ParticleImage, _ mesh: PixelMesh
  ) throws(ParallelError) {
    let rows = 2 * mesh.own.count
    let modes = try DenseColumns(
      localRows: rows, columnCount: 3, communicator: image.communicator)
    try modes.withLocal { (local) throws(ParallelError) in
      for (index, cell) in mesh.cells.enumerated() {
        let (i, j) = image.layout.indices(cell)
        for node in 0..<8 {
          let number = mesh.nodes[8 * index + node]
          guard mesh.own.contains(number) else { continue }
          let row = 2 * (number - mesh.own.lowerBound)
          local[row] = 1
          local[row + 1 + rows] = 1
          local[row + 2 * rows] = -(Double(j) + PixelElement.nodes[node].c)
          local[row + 1 + 2 * rows] = Double(i) + PixelElement.nodes[node].a
        }
      }
    }
    try matrix.setNearNullSpace(modes)
  }
}
