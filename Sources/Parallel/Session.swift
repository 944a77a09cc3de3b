// SPDX-License-Identifier: Apache-2.0

import CPETSc
import Foundation

/// MPI and PETSc from start to end; it outlives every handle in its scope.
///
/// Declare it first. The corresponding PETSc routines are PetscInitialize and PetscFinalize.
public struct Session: ~Copyable {
  /// All ranks of the run.
  public let world: Communicator
  private let hasPETSc: Bool

  /// Starts MPI, and PETSc where it is needed.
  ///
  /// Collective. PETSc starts on all ranks or on none, so that a part of them may be the first to make
  /// a matrix.
  ///
  /// - Parameters:
  ///   - options: PETSc options in its own syntax, such as `-ksp_monitor`; PETSc's signal handlers are
  ///     off, so that signals mean what ``Signals`` says.
  ///   - needsPETSc: whether a ``Matrix``, ``DenseColumns`` or ``Ghosts`` will be made. Without, and
  ///     without options, PETSc is not even opened.
  /// - Throws: ``ParallelError`` when a library is not found or cannot start.
  public init(options: String = "", needsPETSc: Bool = true) throws(ParallelError) {
    setenv("OPENBLAS_NUM_THREADS", "1", 0)
    // A process without mpirun needs no session folder, where others of its kind come and go. Open
    // MPI's shared file pointers would lie there (sm) or beside the output, where a killed run leaves
    // them; HDF5 never uses them, and the individual ones make a file only when they are.
    if getenv("OMPI_COMM_WORLD_SIZE") == nil {
      setenv("OMPI_MCA_orte_create_session_dirs", "false", 0)
      setenv("OMPI_MCA_sharedfp", "individual", 0)
    }
    // A file left open after a failed write must not be closed at the end either: HDF5 hangs its end
    // on MPI's where MPI has begun before it.
    H5dont_atexit()
    H5open()
    hasPETSc = needsPETSc || !options.isEmpty
    if hasPETSc {
      try PETScLibrary.open()
      try Door.petsc("PetscInitialize") {
        vegard_petsc_initialize(&libpetsc, "-options_left no \(options)")
      }
    } else {
      try Door.mpi("MPI_Init_thread") { vegard_mpi_start() }
    }
    vegard_give_memory_back()
    if hasPETSc { try Door.keepPETScMessages() }
    vegard_h5_quiet()
    world = try Communicator.world()
  }

  /// Whether HDF5 failed on an input: on some damaged files it has then freed what was not its own,
  /// and the libraries' own end may crash.
  nonisolated(unsafe) static var isDoubtful = false

  /// Ends a process that is alone and whose memory is in doubt, everything being said.
  public static func endIfDoubtful(alone world: Communicator, code: Int32) {
    guard isDoubtful, world.size == 1 else { return }
    OutputLock.releaseAll()
    _exit(code)
  }

  deinit {
    world.release()
    if hasPETSc { _ = libpetsc.PetscFinalize() } else { MPI_Finalize() }
  }

  /// The same from within this module.
  static func end(code: Int32) -> Never { abort(code: code) }

  /// Ends all ranks at once, for a failure that only one rank knows.
  public static func abort(code: Int32) -> Never {
    vegard_abort_world(code)
    exit(code)
  }
}

/// The versions of the libraries in use and what the compiler was told about the machine.
public enum Libraries {
  /// A line for each library: PETSc, MPI, HDF5 and, once a session has opened PETSc, the BLAS that came
  /// with it.
  public static var versions: [(name: String, version: String)] {
    var major: UInt32 = 0
    var minor: UInt32 = 0
    var release: UInt32 = 0
    H5get_libversion(&major, &minor, &release)
    let mpi = Door.text(capacity: Int(vegard_max_library_text())) { buffer, length in
      vegard_library_text(buffer, length)
    }
    return [
      ("PETSc", "\(PETSC_VERSION_MAJOR).\(PETSC_VERSION_MINOR).\(PETSC_VERSION_SUBMINOR)"),
      ("MPI", mpi.split(separator: ",").first.map(String.init) ?? mpi),
      ("HDF5", "\(major).\(minor).\(release)"),
    ] + (blas.map { [("BLAS", $0)] } ?? [])
  }

  /// The vector instructions the binary was built for.
  public static var vectorLevel: String { String(cString: vegard_vector_level()) }

  /// The file the loaded BLAS comes from: MUMPS spends its time there.
  private static var blas: String? {
    guard libpetsc.PetscInitialize != nil else { return nil }
    // A file of /proc tells no size: read it to its end.
    let data = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd() ?? Data()
    let maps = data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let paths = maps.split(separator: "\n").compactMap { line in
      line.firstIndex(of: "/").map { String(line[$0...]) }
    }
    return paths.first { ($0.split(separator: "/").last ?? "").contains("blas") }
  }
}
