import CPETSc
import Foundation

/// PETSc and MPI from start to end; it outlives every handle in its scope.
///
/// Declare it first. The corresponding PETSc routines are PetscInitialize and PetscFinalize.
public struct Session: ~Copyable {
  /// All ranks of the run.
  public let world: Communicator

  /// Starts MPI and PETSc.
  ///
  /// Collective.
  ///
  /// - Parameter options: PETSc options in its own syntax, such as `-ksp_monitor`; PETSc's signal
  ///   handler is off, so that Swift's own traces stay readable.
  /// - Throws: ``ParallelError`` when a library cannot start.
  public init(options: String = "") throws(ParallelError) {
    setenv("OPENBLAS_NUM_THREADS", "1", 0)
    // A process without mpirun shares its session folder with others of its kind, and Open MPI's
    // shared file pointers in memory live there: it takes a lock beside the file instead.
    if getenv("OMPI_COMM_WORLD_SIZE") == nil { setenv("OMPI_MCA_sharedfp", "^sm", 0) }
    // A file left open after a failed write must not be closed at the end either.
    H5dont_atexit()
    try Door.petsc("PetscInitialize") {
      vegard_petsc_initialize("-no_signal_handler -options_left no \(options)")
    }
    try Door.installErrorHandler()
    world = try Communicator.world()
  }

  deinit {
    world.release()
    PetscFinalize()
  }

  /// Ends all ranks at once, for a failure that only one rank knows.
  public static func abort(code: Int32) -> Never {
    vegard_abort_world(code)
    exit(code)
  }
}

/// The versions of the libraries in use and what the compiler was told about the machine.
public enum Libraries {
  /// A line for each library: PETSc, MPI, HDF5 and the BLAS that is loaded.
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
      ("BLAS", blas),
    ]
  }

  /// The vector instructions the binary was built for.
  public static var vectorLevel: String { String(cString: vegard_vector_level()) }

  /// The file the loaded BLAS comes from: MUMPS spends its time there.
  private static var blas: String {
    // A file of /proc tells no size: read it to its end.
    let data = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd() ?? Data()
    let maps = data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let paths = maps.split(separator: "\n").compactMap { line in
      line.firstIndex(of: "/").map { String(line[$0...]) }
    }
    return paths.first { ($0.split(separator: "/").last ?? "").contains("blas") } ?? "unknown"
  }
}
