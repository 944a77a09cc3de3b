// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// Solves a symmetric positive definite system for several right-hand sides.
public struct LinearSolver: ~Copyable {
  /// How the system is solved.
  public enum Method: Sendable {
    /// One factorisation by MUMPS, one step of iterative refinement.
    case direct
    /// Conjugate gradients with smoothed-aggregation multigrid, to a relative residual.
    case multigrid(tolerance: Double)
  }

  private let handle: KSP
  private let method: Method
  private let communicator: Communicator

  /// Factorises, or sets up the multigrid.
  ///
  /// Collective; `matrix` must outlive the solver.
  ///
  /// - Parameter prefix: what PETSc options of this solver begin with.
  /// - Throws: ``ParallelError`` of kind `notConverged` when the factorisation breaks down.
  public init(
    _ matrix: borrowing Matrix, method: Method, prefix: String
  ) throws(ParallelError) {
    var made: KSP?
    let comm = matrix.communicator
    try Door.petsc("KSPCreate") { vegard_ksp_create(&libpetsc, comm.handle, &made) }
    var keep = false
    defer { if !keep { _ = libpetsc.KSPDestroy(&made) } }
    let mat = matrix.handle
    try Door.petsc("KSPSetOptionsPrefix") { libpetsc.KSPSetOptionsPrefix(made, prefix) }
    try Door.petsc("KSPSetOperators") { libpetsc.KSPSetOperators(made, mat, mat) }
    var preconditioner: PC?
    try Door.petsc("KSPGetPC") { libpetsc.KSPGetPC(made, &preconditioner) }
    switch method {
    case .direct:
      try Door.petsc("KSPSetType") { libpetsc.KSPSetType(made, KSPPREONLY) }
      try Door.petsc("PCSetType") { libpetsc.PCSetType(preconditioner, PCCHOLESKY) }
      try Door.petsc("PCFactorSetMatSolverType") {
        libpetsc.PCFactorSetMatSolverType(preconditioner, MATSOLVERMUMPS)
      }
      // On pixel meshes approximate minimum fill (2) leaves as little as nested dissection does, in a
      // quarter of its time. The user's choice wins.
      try Self.setDefault("-\(prefix)mat_mumps_icntl_7", "2")
      // Ten columns at a time: each needs its own room beside the factors.
      try Self.setDefault("-\(prefix)mat_mumps_icntl_27", "10")
    case .multigrid(let tolerance):
      try Door.petsc("KSPSetType") { libpetsc.KSPSetType(made, KSPCG) }
      try Door.petsc("PCSetType") { libpetsc.PCSetType(preconditioner, PCGAMG) }
      try Door.petsc("KSPSetTolerances") {
        libpetsc.KSPSetTolerances(made, tolerance, 0, 1e5, 2000)
      }
      // The tolerance is the true residual's, which the caller checks.
      try Door.petsc("KSPSetNormType") { libpetsc.KSPSetNormType(made, KSP_NORM_UNPRECONDITIONED) }
    }
    try Door.petsc("KSPSetFromOptions") { libpetsc.KSPSetFromOptions(made) }
    try Door.petsc("KSPSetUp") { libpetsc.KSPSetUp(made) }
    var reason = PC_NOERROR
    try Door.petsc("PCGetFailedReason") { libpetsc.PCGetFailedReason(preconditioner, &reason) }
    try comm.agree(
      reason == PC_NOERROR
        ? nil
        : ParallelError(
          .notConverged, "the factorisation of \(matrix.globalRows) unknowns broke down"))
    keep = true
    self.method = method
    communicator = comm
    handle = unwrapped(made)
  }

  private static func setDefault(_ option: String, _ value: String) throws(ParallelError) {
    var isSet = PETSC_FALSE
    try Door.petsc("PetscOptionsHasName") { libpetsc.PetscOptionsHasName(nil, nil, option, &isSet) }
    guard isSet == PETSC_FALSE else { return }
    try Door.petsc("PetscOptionsSetValue") { libpetsc.PetscOptionsSetValue(nil, option, value) }
  }

  deinit {
    var doomed: KSP? = handle
    _ = libpetsc.KSPDestroy(&doomed)
  }

  /// Solves for all columns; the relative residual after refinement is returned.
  ///
  /// Collective.
  ///
  /// - Parameter exact: a relative residual that a direct solution is not refined for: rounding alone
  ///   leaves as much.
  /// - Throws: ``ParallelError`` of kind `notConverged` when the residual stays above 1e-8, or
  ///   an iteration gave up.
  @discardableResult
  public func solve(
    _ matrix: borrowing Matrix, _ rightSides: borrowing DenseColumns,
    into solution: borrowing DenseColumns, exact: Double = 1e-11
  ) throws(ParallelError) -> Double {
    let scale = try rightSides.largestNorm()
    guard scale.isFinite else {
      throw ParallelError(.notConverged, "a right-hand side is not finite")
    }
    try solveOnce(rightSides, into: solution)
    var left = try residualNorm(matrix, rightSides, solution)
    if case .direct = method, left > exact * scale {
      try refine(matrix, rightSides, solution)
      left = try residualNorm(matrix, rightSides, solution)
    }
    let relative = scale > 0 ? left / scale : 0
    guard relative <= 1e-8 else {
      throw ParallelError(
        .notConverged,
        "the linear system of \(matrix.globalRows) unknowns keeps a relative residual of "
          + "\(relative), expected at most 1e-8")
    }
    return relative
  }

  private func solveOnce(
    _ rightSides: borrowing DenseColumns, into solution: borrowing DenseColumns
  ) throws(ParallelError) {
    if case .direct = method {
      let source = rightSides.handle
      let target = solution.handle
      try Door.petsc("KSPMatSolve") { libpetsc.KSPMatSolve(handle, source, target) }
      return
    }
    for column in 0..<rightSides.columnCount {
      try rightSides.withVector(column) { (source) throws(ParallelError) in
        try solution.withVector(column) { (target) throws(ParallelError) in
          try Door.petsc("KSPSolve") { libpetsc.KSPSolve(handle, source, target) }
        }
      }
      var reason = KSP_CONVERGED_ITERATING
      try Door.petsc("KSPGetConvergedReason") { libpetsc.KSPGetConvergedReason(handle, &reason) }
      guard reason.rawValue > 0 else {
        throw ParallelError(
          .notConverged, "conjugate gradients gave up with PETSc's reason \(reason.rawValue)")
      }
    }
  }

  /// One step of iterative refinement.
  private func refine(
    _ matrix: borrowing Matrix, _ rightSides: borrowing DenseColumns,
    _ solution: borrowing DenseColumns
  ) throws(ParallelError) {
    let residual = try columns(rightSides.columnCount, like: rightSides)
    let correction = try columns(rightSides.columnCount, like: rightSides)
    for column in 0..<rightSides.columnCount {
      try takeResidual(matrix, rightSides, solution, column, into: residual, at: column)
    }
    try solveOnce(residual, into: correction)
    try solution.add(1, correction)
  }

  /// The largest Euclidean norm of a column's residual; one column at a time, as memory is short here.
  private func residualNorm(
    _ matrix: borrowing Matrix, _ rightSides: borrowing DenseColumns,
    _ solution: borrowing DenseColumns
  ) throws(ParallelError) -> Double {
    let residual = try columns(1, like: rightSides)
    var largest = 0.0
    for column in 0..<rightSides.columnCount {
      try takeResidual(matrix, rightSides, solution, column, into: residual, at: 0)
      let norm = try residual.largestNorm()
      guard norm.isFinite else { return norm }
      largest = max(largest, norm)
    }
    return largest
  }

  /// Writes what a column of the solution leaves into column `place`.
  private func takeResidual(
    _ matrix: borrowing Matrix, _ rightSides: borrowing DenseColumns,
    _ solution: borrowing DenseColumns, _ column: Int, into residual: borrowing DenseColumns,
    at place: Int
  ) throws(ParallelError) {
    let handle = matrix.handle
    try rightSides.withVector(column) { (source) throws(ParallelError) in
      try solution.withVector(column) { (unknowns) throws(ParallelError) in
        try residual.withVector(place) { (target) throws(ParallelError) in
          try Door.petsc("MatResidual") { libpetsc.MatResidual(handle, source, unknowns, target) }
        }
      }
    }
  }

  private func columns(
    _ count: Int, like other: borrowing DenseColumns
  ) throws(ParallelError) -> DenseColumns {
    try DenseColumns(localRows: other.localRows, columnCount: count, communicator: communicator)
  }
}
