// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// A few long vectors side by side, rows in contiguous blocks over the ranks.
///
/// The corresponding PETSc type is a dense Mat, columns first.
public struct DenseColumns: ~Copyable {
  let handle: Mat
  /// The rows of this rank.
  public let localRows: Int
  /// The number of columns.
  public let columnCount: Int

  /// Makes columns of zeros.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public init(
    localRows: Int, columnCount: Int, communicator: Communicator
  ) throws(ParallelError) {
    precondition(localRows >= 0 && columnCount > 0)
    var made: Mat?
    try Door.petsc("MatCreateDense") {
      vegard_mat_create_dense(
        &libpetsc, communicator.handle, PetscInt(localRows), PetscInt(columnCount), &made)
    }
    self.localRows = localRows
    self.columnCount = columnCount
    handle = unwrapped(made)
  }

  deinit {
    var doomed: Mat? = handle
    _ = libpetsc.MatDestroy(&doomed)
  }

  /// Lends the own rows of all columns: element (row, column) stands at row + column · localRows.
  ///
  /// - Throws: what `body` throws.
  public func withLocal<Result>(
    _ body: (inout MutableSpan<Double>) throws(ParallelError) -> Result
  ) throws(ParallelError) -> Result {
    var array: UnsafeMutablePointer<Double>?
    try Door.petsc("MatDenseGetArray") { libpetsc.MatDenseGetArray(handle, &array) }
    defer { _ = libpetsc.MatDenseRestoreArray(handle, &array) }
    let buffer = UnsafeMutableBufferPointer(start: array, count: localRows * columnCount)
    var span = buffer.mutableSpan
    return try body(&span)
  }

  /// Lends one column as a vector.
  func withVector<Result>(
    _ column: Int, _ body: (Vec?) throws(ParallelError) -> Result
  ) throws(ParallelError) -> Result {
    var vector: Vec?
    try Door.petsc("MatDenseGetColumnVec") {
      libpetsc.MatDenseGetColumnVec(handle, PetscInt(column), &vector)
    }
    defer { _ = libpetsc.MatDenseRestoreColumnVec(handle, PetscInt(column), &vector) }
    return try body(vector)
  }

  /// Adds `factor` times the columns of `other`.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func add(_ factor: Double, _ other: borrowing DenseColumns) throws(ParallelError) {
    try Door.petsc("MatAXPY") {
      libpetsc.MatAXPY(handle, factor, other.handle, SAME_NONZERO_PATTERN)
    }
  }

  /// The largest Euclidean norm of a column.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func largestNorm() throws(ParallelError) -> Double {
    var largest = 0.0
    for column in 0..<columnCount {
      var norm = 0.0
      try withVector(column) { (vector) throws(ParallelError) in
        try Door.petsc("VecNorm") { libpetsc.VecNorm(vector, NORM_2, &norm) }
      }
      // max(_, NaN) would drop the NaN.
      if !norm.isFinite { return norm }
      largest = max(largest, norm)
    }
    return largest
  }
}
