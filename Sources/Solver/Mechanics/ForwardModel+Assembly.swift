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
    // A corner couples with the 21 nodes of four pixels, itself included.
    let matrix = try Matrix(
      blockRows: mesh.own.count, storage: storage,
      diagonalBlocks: [Int](repeating: 21, count: mesh.own.count),
      offDiagonalBlocks: coupling(mesh, storage), communicator: communicator)
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

  /// Blocks to expect in other ranks' columns: only the last line's nodes touch the next rank,
  /// and for full storage the first line's touch the one before.
  private static func coupling(_ mesh: PixelMesh, _ storage: Matrix.Storage) -> [Int] {
    if case .general = storage { return [Int](repeating: 21, count: mesh.own.count) }
    return mesh.atEnd.map { $0 ? 21 : 0 }
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
