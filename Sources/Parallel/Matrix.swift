// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// A sparse matrix with rows in contiguous blocks over the ranks.
///
/// The corresponding PETSc type is Mat.
public struct Matrix: ~Copyable {
  /// How the entries are kept.
  public enum Storage: Sendable {
    /// The upper triangle in square blocks: half the memory, for direct solvers.
    case symmetricBlocks(Int)
    /// All entries, for algebraic multigrid; blocks tell it the unknowns per node.
    case general(blockSize: Int)

    var blockSize: Int {
      switch self {
      case .symmetricBlocks(let size), .general(let size): size
      }
    }
  }

  let handle: Mat
  /// The ranks that share it.
  public let communicator: Communicator
  /// The rows of this rank.
  public let rows: Range<Int>
  /// The number of rows over all ranks.
  public let globalRows: Int
  private let blockSize: Int

  /// Makes an empty square matrix.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - blockRows: rows of blocks that this rank owns.
  ///   - storage: how the entries are kept.
  ///   - diagonalBlocks: for each own block row, the blocks to expect in own columns.
  ///   - offDiagonalBlocks: the blocks to expect in other ranks' columns.
  ///     For symmetric storage both count all blocks at or right of the diagonal.
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public init(
    blockRows: Int, storage: Storage, diagonalBlocks: [Int], offDiagonalBlocks: [Int],
    communicator: Communicator
  ) throws(ParallelError) {
    precondition(diagonalBlocks.count == blockRows && offDiagonalBlocks.count == blockRows)
    let size = storage.blockSize
    var made: Mat?
    try Door.petsc("MatCreate") { vegard_mat_create(&libpetsc, communicator.handle, &made) }
    var keep = false
    defer { if !keep { _ = libpetsc.MatDestroy(&made) } }
    let local = PetscInt(blockRows * size)
    try Door.petsc("MatSetSizes") {
      libpetsc.MatSetSizes(made, local, local, PetscInt(PETSC_DETERMINE), PetscInt(PETSC_DETERMINE))
    }
    // PETSc refuses to expect more blocks in a row than there are, on the rank it concerns alone.
    let elsewhere = try communicator.sum(blockRows) - blockRows
    let own = diagonalBlocks.map { PetscInt(min($0, blockRows)) }
    let other = offDiagonalBlocks.map { PetscInt(min($0, elsewhere)) }
    try Door.petsc("MatSetBlockSize") { libpetsc.MatSetBlockSize(made, PetscInt(size)) }
    switch storage {
    case .symmetricBlocks:
      try Door.petsc("MatSetType") { libpetsc.MatSetType(made, MATSBAIJ) }
      try Door.petsc("MatXAIJSetPreallocation") {
        libpetsc.MatXAIJSetPreallocation(made, PetscInt(size), own, other, own, other)
      }
      try Door.petsc("MatSetOption") {
        libpetsc.MatSetOption(made, MAT_IGNORE_LOWER_TRIANGULAR, PETSC_TRUE)
      }
    case .general:
      try Door.petsc("MatSetType") { libpetsc.MatSetType(made, MATAIJ) }
      try Door.petsc("MatXAIJSetPreallocation") {
        libpetsc.MatXAIJSetPreallocation(made, PetscInt(size), own, other, own, other)
      }
    }
    try Door.petsc("MatSetOption") { libpetsc.MatSetOption(made, MAT_SPD, PETSC_TRUE) }
    try Door.petsc("MatSetOption") {
      libpetsc.MatSetOption(made, MAT_NO_OFF_PROC_ENTRIES, PETSC_TRUE)
    }
    var start: PetscInt = 0
    var end: PetscInt = 0
    try Door.petsc("MatGetOwnershipRange") { libpetsc.MatGetOwnershipRange(made, &start, &end) }
    var total: PetscInt = 0
    var columns: PetscInt = 0
    try Door.petsc("MatGetSize") { libpetsc.MatGetSize(made, &total, &columns) }
    keep = true
    self.communicator = communicator
    rows = Int(start)..<Int(end)
    globalRows = Int(total)
    blockSize = size
    handle = unwrapped(made)
  }

  deinit {
    var doomed: Mat? = handle
    _ = libpetsc.MatDestroy(&doomed)
  }

  /// Adds a dense element matrix, row by row, at block rows and columns of global numbers.
  ///
  /// Only own rows may be named; a negative block row is left out.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func addBlocks(
    rows: Span<Int>, columns: Span<Int>, values: Span<Double>
  ) throws(ParallelError) {
    precondition(values.count >= rows.count * columns.count * blockSize * blockSize)
    var code: PetscErrorCode = 0
    withUnsafeTemporaryAllocation(of: PetscInt.self, capacity: rows.count + columns.count) {
      numbers in
      for index in rows.indices { numbers[index] = PetscInt(rows[index]) }
      for index in columns.indices { numbers[rows.count + index] = PetscInt(columns[index]) }
      guard let first = numbers.baseAddress else { return }
      code = values.withUnsafeBufferPointer { entries in
        libpetsc.MatSetValuesBlocked(
          handle, PetscInt(rows.count), first, PetscInt(columns.count), first + rows.count,
          entries.baseAddress, ADD_VALUES)
      }
    }
    try Door.petsc("MatSetValuesBlocked") { code }
  }

  /// Ends the assembly.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func assemble() throws(ParallelError) {
    try Door.petsc("MatAssemblyBegin") { libpetsc.MatAssemblyBegin(handle, MAT_FINAL_ASSEMBLY) }
    try Door.petsc("MatAssemblyEnd") { libpetsc.MatAssemblyEnd(handle, MAT_FINAL_ASSEMBLY) }
  }

  /// Writes the product with each column of `columns` into `product`.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func multiply(
    _ columns: borrowing DenseColumns, into product: borrowing DenseColumns
  ) throws(ParallelError) {
    for column in 0..<columns.columnCount {
      try columns.withVector(column) { (source) throws(ParallelError) in
        try product.withVector(column) { (target) throws(ParallelError) in
          try Door.petsc("MatMult") { libpetsc.MatMult(handle, source, target) }
        }
      }
    }
  }

  /// Tells algebraic multigrid the motions that cost no energy, as columns.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - modes: one motion a column.
  ///   - isNullSpace: whether nothing holds them, so that solvers must leave them out.
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func setNearNullSpace(
    _ modes: borrowing DenseColumns, isNullSpace: Bool = false
  ) throws(ParallelError) {
    var vectors: [Vec?] = []
    defer { for index in vectors.indices { _ = libpetsc.VecDestroy(&vectors[index]) } }
    for column in 0..<modes.columnCount {
      // In the list before it is made, so that it is released whatever fails.
      vectors.append(nil)
      try modes.withVector(column) { (vector) throws(ParallelError) in
        try Door.petsc("VecDuplicate") { libpetsc.VecDuplicate(vector, &vectors[column]) }
        try Door.petsc("VecCopy") { libpetsc.VecCopy(vector, vectors[column]) }
      }
    }
    // The modes must be orthonormal: modified Gram-Schmidt.
    for index in vectors.indices {
      for earlier in 0..<index {
        var product = 0.0
        try Door.petsc("VecDot") { libpetsc.VecDot(vectors[index], vectors[earlier], &product) }
        try Door.petsc("VecAXPY") { libpetsc.VecAXPY(vectors[index], -product, vectors[earlier]) }
      }
      try Door.petsc("VecNormalize") { libpetsc.VecNormalize(vectors[index], nil) }
    }
    var space: MatNullSpace?
    defer { _ = libpetsc.MatNullSpaceDestroy(&space) }
    try Door.petsc("MatNullSpaceCreate") {
      vegard_null_space_create(
        &libpetsc, communicator.handle, PetscInt(vectors.count), &vectors, &space)
    }
    try Door.petsc("MatSetNearNullSpace") { libpetsc.MatSetNearNullSpace(handle, space) }
    if isNullSpace { try Door.petsc("MatSetNullSpace") { libpetsc.MatSetNullSpace(handle, space) } }
  }
}
