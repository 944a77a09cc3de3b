// SPDX-License-Identifier: Apache-2.0

import TestSupport
import XCTest

@testable import Parallel

/// Every wrapper of PETSc releases its handles when the next call fails.
///
/// Collective.
final class AlgebraFailureTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  func testMatrixReleasesItsHandles() throws {
    try ForcedFailure.visit([
      "MatCreate", "MatSetSizes", "MatSetBlockSize", "MatSetType", "MatXAIJSetPreallocation",
      "MatSetOption", "MatGetOwnershipRange", "MatGetSize", "MatSetValuesBlocked",
      "MatAssemblyBegin", "MatDenseGetColumnVec", "MatMult", "VecDuplicate", "VecCopy", "VecDot",
      "VecAXPY", "VecNormalize", "MatNullSpaceCreate", "MatSetNearNullSpace",
    ]) {
      for storage in [Matrix.Storage.symmetricBlocks(2), .general(blockSize: 2)] {
        let matrix = try Chain.matrix(storage, communicator)
        let source = try Chain.columns(communicator, count: 2)
        let product = try Chain.columns(communicator, count: 2)
        try matrix.multiply(source, into: product)
        try matrix.setNearNullSpace(source)
      }
    }
  }

  func testDenseColumnsReleaseTheirHandle() throws {
    try ForcedFailure.visit([
      "MatCreateDense", "MatDenseGetArray", "MatAXPY", "MatDenseGetColumnVec", "VecNorm",
    ]) {
      let columns = try Chain.columns(communicator, count: 2)
      let others = try Chain.columns(communicator, count: 2)
      try columns.add(2, others)
      _ = try columns.largestNorm()
    }
  }

  func testDirectSolverReleasesItsHandles() throws {
    try ForcedFailure.visit([
      "KSPCreate", "KSPSetOptionsPrefix", "KSPSetOperators", "KSPGetPC", "KSPSetType",
      "PCSetType", "PCFactorSetMatSolverType", "KSPSetFromOptions", "KSPSetUp",
      "PCGetFailedReason", "PetscOptionsHasName", "KSPMatSolve", "MatResidual", "MatAXPY",
    ]) {
      try Chain.solve(.direct, .symmetricBlocks(2), communicator)
    }
  }

  func testMultigridReleasesItsHandles() throws {
    try ForcedFailure.visit([
      "KSPCreate", "KSPSetTolerances", "KSPSetUp", "KSPSolve", "KSPGetConvergedReason",
      "MatResidual",
    ]) {
      try Chain.solve(.multigrid(tolerance: 1e-10), .general(blockSize: 2), communicator)
    }
  }

  func testGhostsReleaseTheirHandles() throws {
    try ForcedFailure.visit([
      "VecCreateMPI", "VecCreateSeq", "ISCreateGeneral", "VecScatterCreate", "VecScatterBegin",
      "VecGetArrayRead",
    ]) {
      let columns = try Chain.columns(communicator, count: 1)
      let ghosts = try Ghosts(
        localRows: 2 * Chain.nodes, rows: [0, 1], communicator: communicator)
      let fetched = try ghosts.fetch(columns)
      XCTAssertEqual(fetched, [1, 2])
    }
  }

  func testBothMethodsSolveTheChain() throws {
    for (method, storage, limit) in [
      (LinearSolver.Method.direct, Matrix.Storage.symmetricBlocks(2), 1e-13),
      (.multigrid(tolerance: 1e-10), .general(blockSize: 2), 1e-8),
    ] {
      let residual = try Chain.solve(method, storage, communicator)
      XCTAssertLessThan(residual, limit)
    }
  }

  func testARightSideThatIsNotFiniteIsRefusedOnAllRanks() throws {
    let matrix = try Chain.matrix(.symmetricBlocks(2), communicator)
    let solver = try LinearSolver(matrix, method: .direct, prefix: "test_")
    let source = try Chain.columns(communicator, count: 2)
    let target = try Chain.columns(communicator, count: 2)
    let isLast = communicator.rank == communicator.size - 1
    // One number on one rank, in the second column.
    try source.withLocal { (local) throws(ParallelError) in
      if isLast { local[3 * Chain.nodes] = .nan }
    }
    let error = thrown { try solver.solve(matrix, source, into: target) }
    XCTAssertEqual(error?.kind, .notConverged)
    XCTAssertEqual(error?.message.contains("not finite"), true)
  }
}

/// A chain of springs, two unknowns a node, the same number of nodes on every rank.
enum Chain {
  static let nodes = 5

  /// Tridiagonal, 4 on the diagonal.
  static func matrix(
    _ storage: Matrix.Storage, _ communicator: Communicator
  ) throws(ParallelError) -> Matrix {
    let matrix = try Matrix(
      blockRows: nodes, storage: storage, diagonalBlocks: [Int](repeating: 3, count: nodes),
      offDiagonalBlocks: [Int](repeating: 2, count: nodes), communicator: communicator)
    let total = nodes * communicator.size
    for node in communicator.rank * nodes..<(communicator.rank + 1) * nodes {
      let row = [node]
      for (other, value) in [(node - 1, -1.0), (node, 4), (node + 1, -1)]
      where (0..<total).contains(other) {
        let column = [other]
        let values = [value, 0, 0, value]
        try matrix.addBlocks(rows: row.span, columns: column.span, values: values.span)
      }
    }
    try matrix.assemble()
    return matrix
  }

  /// Columns that count: row + 1, and its square further on.
  static func columns(
    _ communicator: Communicator, count: Int
  ) throws(ParallelError) -> DenseColumns {
    let columns = try DenseColumns(
      localRows: 2 * nodes, columnCount: count, communicator: communicator)
    let first = communicator.rank * 2 * nodes
    try columns.withLocal { (local) throws(ParallelError) in
      for column in 0..<count {
        for row in 0..<2 * nodes {
          let number = Double(first + row + 1)
          local[row + column * 2 * nodes] = column == 0 ? number : number * number
        }
      }
    }
    return columns
  }

  @discardableResult
  static func solve(
    _ method: LinearSolver.Method, _ storage: Matrix.Storage, _ communicator: Communicator
  ) throws(ParallelError) -> Double {
    let matrix = try matrix(storage, communicator)
    let solver = try LinearSolver(matrix, method: method, prefix: "test_")
    let source = try columns(communicator, count: 2)
    let target = try DenseColumns(
      localRows: 2 * nodes, columnCount: 2, communicator: communicator)
    // Refined whatever the residual.
    return try solver.solve(matrix, source, into: target, exact: 0)
  }
}

/// The error that `action` throws, or nil.
func thrown<Result>(_ action: () throws -> Result) -> ParallelError? {
  do {
    _ = try action()
    return nil
  } catch { return error as? ParallelError }
}
