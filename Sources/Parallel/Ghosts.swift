// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// Brings values that other ranks own to this rank.
///
/// The corresponding PETSc type is VecScatter.
public struct Ghosts: ~Copyable {
  private let handle: VecScatter
  private let target: Vec
  /// The number of values that are fetched.
  public let count: Int

  /// Plans the exchange.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - localRows: rows of the vectors that this rank owns.
  ///   - rows: the global rows wanted here, in any order, own rows included.
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public init(
    localRows: Int, rows: [Int], communicator: Communicator
  ) throws(ParallelError) {
    var source: Vec?
    var received: Vec?
    var wanted: IS?
    var plan: VecScatter?
    var keep = false
    defer {
      _ = libpetsc.VecDestroy(&source)
      _ = libpetsc.ISDestroy(&wanted)
      if !keep {
        _ = libpetsc.VecDestroy(&received)
        _ = libpetsc.VecScatterDestroy(&plan)
      }
    }
    try Door.petsc("VecCreateMPI") {
      vegard_vec_create(&libpetsc, communicator.handle, PetscInt(localRows), &source)
    }
    try Door.petsc("VecCreateSeq") {
      libpetsc.VecCreateSeq(vegard_comm_self(), PetscInt(rows.count), &received)
    }
    let numbers = rows.map { PetscInt($0) }
    try Door.petsc("ISCreateGeneral") {
      vegard_is_create(&libpetsc, communicator.handle, PetscInt(numbers.count), numbers, &wanted)
    }
    try Door.petsc("VecScatterCreate") {
      libpetsc.VecScatterCreate(source, wanted, received, nil, &plan)
    }
    keep = true
    count = rows.count
    target = unwrapped(received)
    handle = unwrapped(plan)
  }

  deinit {
    var doomedTarget: Vec? = target
    _ = libpetsc.VecDestroy(&doomedTarget)
    var doomed: VecScatter? = handle
    _ = libpetsc.VecScatterDestroy(&doomed)
  }

  /// The wanted rows of one column, in the order they were named.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func fetch(
    _ columns: borrowing DenseColumns, column: Int = 0
  ) throws(ParallelError) -> [Double] {
    try columns.withVector(column) { (source) throws(ParallelError) in
      try Door.petsc("VecScatterBegin") {
        libpetsc.VecScatterBegin(handle, source, target, INSERT_VALUES, SCATTER_FORWARD)
      }
      try Door.petsc("VecScatterEnd") {
        libpetsc.VecScatterEnd(handle, source, target, INSERT_VALUES, SCATTER_FORWARD)
      }
    }
    var array: UnsafePointer<Double>?
    try Door.petsc("VecGetArrayRead") { libpetsc.VecGetArrayRead(target, &array) }
    defer { _ = libpetsc.VecRestoreArrayRead(target, &array) }
    return Array(UnsafeBufferPointer(start: array, count: count))
  }
}
