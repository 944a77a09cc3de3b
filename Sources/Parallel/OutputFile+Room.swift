// SPDX-License-Identifier: Apache-2.0

import CPETSc
import Foundation

/// Room on the disk, taken before HDF5 writes: a parallel file in which a write has failed cannot be
/// closed any more, its ranks wait for each other.
extension OutputFile {
  /// What HDF5 adds to a dataset's numbers: headers, and nodes of the index of its chunks.
  private static let overhead = 16_384
  /// What attributes and the file's own tables take.
  private static let slack = 131_072
  /// How long a rank whose write failed waits for the others, who may hang in theirs [s].
  private static let patience = 30.0

  /// Takes room for so many bytes more; the file's size stays as it is.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when the disk, a quota or the limit of a file's size
  ///   has no room.
  func reserve(_ bytes: Int) throws(ParallelError) {
    health.pending += bytes + Self.overhead
    let (place, wanted) = (place, health.pending + Self.slack)
    let problem = communicator.isFirst ? Self.problemReserving(wanted, in: place, as: path) : nil
    do {
      try communicator.agree(problem)
    } catch {
      // What is in the making goes anyway: no need to write its tables to a full disk.
      if place != end { health.isBroken = true }
      throw error
    }
  }

  private static func problemReserving(
    _ bytes: Int, in place: String, as path: String
  ) -> ParallelError? {
    let descriptor = open(place, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    if let problem = limitProblem(Int(status.st_size) + bytes, path) { return problem }
    var code: Int32 = 0
    repeat {
      errno = 0
      code = vegard_take_room(descriptor, status.st_size, off_t(bytes)) == 0 ? 0 : errno
    } while code == EINTR
    switch code {
    case ENOSPC, EDQUOT, EFBIG:
      return ParallelError(
        .file,
        "\(path): no room for \(bytes / 1000) kB more: \(String(cString: strerror(code)))")
    case 0: return nil
    // Not every file system can take room beforehand; its free space tells something.
    default: return DiskSpace.problem(bytes, path)
    }
  }

  /// Gives back what was taken beyond the file's end.
  static func giveBackRoom(_ place: String) {
    var status = stat()
    if stat(place, &status) == 0 { truncate(place, status.st_size) }
  }

  private static func limitProblem(_ size: Int, _ path: String) -> ParallelError? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0,
      limit.rlim_cur < UInt64(size)
    else { return nil }
    return ParallelError(
      .file,
      "\(path): the limit of a file's size (ulimit -f) is \(limit.rlim_cur / 1000) kB, needed are "
        + "\(size / 1000) kB")
  }

  /// Waits until all ranks have come out of a transfer; ends them where one failed alone and the
  /// others do not come.
  ///
  /// Collective.
  func awaitOthers(_ failure: ParallelError?) throws(ParallelError) {
    var all: Int32 = 0
    let seconds = failure == nil ? -1 : Self.patience
    try Door.mpi("MPI_Ibarrier") { vegard_barrier_within(communicator.handle, seconds, &all) }
    guard all == 0, let failure else { return }
    let words = "vegard: \(path): \(failure.message); the other ranks still wait in their writing\n"
    try? FileHandle.standardError.write(contentsOf: Data(words.utf8))
    unlink(place)
    Leftovers.unlinkAll()
    Session.end(code: 4)
  }
}
