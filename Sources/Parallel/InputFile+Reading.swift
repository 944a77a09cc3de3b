// SPDX-License-Identifier: Apache-2.0

import CPETSc

extension InputFile {
  /// Runs what one rank does with an object of the file, and lets all ranks agree on its failure.
  ///
  /// Collective. While it runs, a crash of HDF5 on damaged bytes ends with the file's name; what HDF5
  /// refuses is said with file and object. So does what takes more than `seconds` of computing.
  func reading<Result: ~Copyable>(
    _ object: String, seconds: Int = 5, _ action: () throws(ParallelError) -> Result
  ) throws(ParallelError) -> Result {
    try communicator.together { () throws(ParallelError) in
      CrashWatch.begin(path, seconds: seconds)
      defer { CrashWatch.end() }
      do throws(ParallelError) { return try action() } catch {
        guard error.kind == .file else { throw error }
        Session.isDoubtful = true
        throw ParallelError(
          .input, "\(path): \(object): missing or damaged (\(error.message))", stack: error.stack)
      }
    }
  }

  /// The error for an object that cannot be opened: what a link leads to, where it is one.
  func unreachable(_ object: String, _ error: ParallelError) -> ParallelError {
    var target = [CChar](repeating: 0, count: 4096)
    vegard_h5_link_target(id, object, &target, target.count)
    let text = Door.string(target)
    if text.isEmpty {
      return ParallelError(.input, "\(path): \(object) cannot be opened (\(error.message))")
    }
    return ParallelError(
      .input, "\(path): \(object) is a link to \(text), and nothing is found there")
  }

  /// What an object is in the file, whatever path leads to it.
  public struct Identity: Hashable, Sendable {
    let words: [UInt64]
  }

  /// The identity of an object: equal for all links to it.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func identity(of object: String) throws(ParallelError) -> Identity {
    try reading(object) { () throws(ParallelError) in
      let handle = try opened(object)
      var words = [UInt64](repeating: 0, count: 3)
      try Door.hdf5("H5Oget_info") { vegard_h5_identity(handle.id, &words) }
      return Identity(words: words)
    }
  }

  /// An object's handle; on one rank.
  func opened(_ object: String) throws(ParallelError) -> HDF5Handle {
    do {
      return try HDF5Handle.object(id, object)
    } catch {
      throw error.kind == .file ? unreachable(object, error) : error
    }
  }
}

/// The last words in case HDF5 crashes.
///
/// The state lies in static variables of a header, so all calls must come from this file's object.
enum CrashWatch {
  /// From here on a crash is HDF5's on this file, and so is a search that takes longer.
  @inline(never)
  static func begin(_ path: String, seconds: Int = 60) {
    vegard_h5_reading_begins(path, Int32(clamping: seconds)) { Leftovers.unlinkAll() }
  }

  /// Ends the watch.
  @inline(never)
  static func end() { vegard_h5_reading_ends() }
}
