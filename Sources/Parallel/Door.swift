// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// The one door through which every C routine is called.
///
/// It turns return codes into errors with the library's own text, and lets a test force the
/// failure of any routine by its name.
enum Door {
  /// The routine that shall fail at its next call, for tests.
  nonisolated(unsafe) static var forcedFailure: String?
  /// HDF5 routines that failed so far, those that a test made fail not counted.
  nonisolated(unsafe) static var failures = 0
  /// PETSc's messages since the last failure, innermost first.
  nonisolated(unsafe) static var trace: [String] = []

  /// Calls a PETSc routine and throws its error with message and stack.
  @inline(__always)
  static func petsc(
    _ routine: StaticString, _ body: () -> PetscErrorCode
  ) throws(ParallelError) {
    if forcedFailure != nil { try failIfForced(routine) }
    let code = body()
    if code != 0 { throw petscError(routine, code) }
  }

  /// Calls an MPI routine and throws its error text.
  @inline(__always)
  static func mpi(_ routine: StaticString, _ body: () -> Int32) throws(ParallelError) {
    if forcedFailure != nil { try failIfForced(routine) }
    let code = body()
    if code != 0 { throw mpiError(routine, code) }
  }

  /// Calls an HDF5 routine that returns a negative number on failure.
  @inline(__always) @discardableResult
  static func hdf5<Code: SignedInteger>(
    _ routine: StaticString, _ body: () -> Code
  ) throws(ParallelError) -> Code {
    if forcedFailure != nil { try failIfForced(routine) }
    let code = body()
    if code < 0 {
      failures += 1
      throw hdf5Error(routine)
    }
    return code
  }

  /// Pushes the handler that keeps PETSc's messages instead of printing them.
  static func keepPETScMessages() throws(ParallelError) {
    try petsc("PetscPushErrorHandler") { libpetsc.PetscPushErrorHandler(keepPETScMessage, nil) }
  }

  private static func failIfForced(_ routine: StaticString) throws(ParallelError) {
    guard forcedFailure == "\(routine)" else { return }
    forcedFailure = nil
    throw ParallelError(.library, "\(routine) failed (forced by a test)")
  }

  private static func petscError(_ routine: StaticString, _ code: PetscErrorCode) -> ParallelError {
    let stack = trace
    trace = []
    return ParallelError(
      .library, "\(routine) failed with PETSc error \(code): \(stack.first ?? "no message")",
      stack: Array(stack.dropFirst()))
  }

  private static func mpiError(_ routine: StaticString, _ code: Int32) -> ParallelError {
    let text = text(capacity: Int(vegard_max_error_text())) { buffer, length in
      vegard_error_text(code, buffer, length)
    }
    return ParallelError(.library, "\(routine) failed: \(text)")
  }

  private static func hdf5Error(_ routine: StaticString) -> ParallelError {
    var buffer = [CChar](repeating: 0, count: 256)
    vegard_h5_last_error(&buffer)
    return ParallelError(.file, "\(routine) failed: \(string(buffer))")
  }

  /// A text of a C routine that fills a buffer and tells its length.
  static func text(
    capacity: Int, _ fill: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int32>) -> Int32
  ) -> String {
    var buffer = [CChar](repeating: 0, count: capacity + 1)
    var length: Int32 = 0
    _ = buffer.withUnsafeMutableBufferPointer { pointer in
      pointer.baseAddress.map { fill($0, &length) }
    }
    return string(buffer)
  }

  /// The text before the first zero byte.
  static func string(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Keeps one frame of PETSc's error for the throw; PETSc calls it from the innermost frame out.
private func keepPETScMessage(
  _ comm: MPI_Comm?, _ line: Int32, _ function: UnsafePointer<CChar>?,
  _ file: UnsafePointer<CChar>?, _ code: PetscErrorCode, _ kind: PetscErrorType,
  _ message: UnsafePointer<CChar>?, _ context: UnsafeMutableRawPointer?
) -> PetscErrorCode {
  if kind == PETSC_ERROR_INITIAL {
    Door.trace = [message.map { String(cString: $0) } ?? ""]
  }
  let place = function.map { String(cString: $0) } ?? "?"
  Door.trace.append("\(place), \(file.map { String(cString: $0) } ?? "?"):\(line)")
  return code
}
