// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import XCTest

@testable import Parallel

/// An output replaces a file or nothing, is written by one run at a time, and finds out about a full
/// disk before it writes.
///
/// Collective.
final class OutputPlaceTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  /// Runs something on the first rank.
  ///
  /// Collective.
  private func onFirst(_ action: () -> Bool) throws {
    let done = try communicator.first { () throws(ParallelError) in action() ? "yes" : "no" }
    XCTAssertEqual(done, "yes")
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  func testAnOutputNeverReplacesAFIFO() throws {
    let path = try TestSession.scratch() + "/fifo"
    try onFirst { mkfifo(path, 0o600) == 0 }
    let error = thrown { _ = try OutputFile(path, communicator: communicator) }
    XCTAssertEqual(error?.kind, .input)
    XCTAssertEqual(error?.message, "\(path): found a FIFO, expected a name for a file")
    XCTAssertEqual(OutputPlace.obstacle(path), "a FIFO")
    XCTAssertEqual(OutputPlace.obstacle("/dev/zero"), "a device")
    XCTAssertFalse(exists(path + ".partial"))
    // Nor does an input wait for one.
    let refused = thrown { _ = try InputFile(path, communicator: communicator) }
    XCTAssertEqual(refused?.message, "\(path): found a FIFO, expected a file")
    XCTAssertFalse(InputFile.isHDF5(path))
  }

  func testTheTargetOfALinkIsWritten() throws {
    let folder = try TestSession.scratch()
    let (link, target) = (folder + "/link", folder + "/deep/target")
    try onFirst { mkdir(folder + "/deep", 0o700) == 0 && symlink("deep/target", link) == 0 }
    // At first it leads nowhere, then to what is there.
    for _ in 0..<2 {
      try FileSketch.write(link, communicator)
      var status = stat()
      XCTAssertEqual(lstat(link, &status), 0)
      XCTAssertEqual(status.st_mode & S_IFMT, S_IFLNK)
      XCTAssertEqual(lstat(target, &status), 0)
      XCTAssertEqual(status.st_mode & S_IFMT, S_IFREG)
      try FileSketch.readAll(link, communicator)
    }
    try onFirst { symlink("round", folder + "/round") == 0 }
    XCTAssertEqual(
      thrown { _ = try OutputFile(folder + "/round", communicator: communicator) }?.kind, .input)
  }

  func testALockIsRefusedByNameAndADeadOneTakenOver() throws {
    let output = try TestSession.scratch() + "/out.h5"
    let lock = output + ".lock"
    func line(_ host: String, _ pid: Int32) -> String {
      "{\"command\":\"vegard learn\",\"host\":\"\(host)\",\"pid\":\(pid),"
        + "\"started\":\"2024-01-01T00:00:00Z\",\"user\":\"somebody\"}"
    }
    func lay(_ text: String) throws {
      try onFirst { (try? text.write(toFile: lock, atomically: false, encoding: .utf8)) != nil }
    }
    XCTAssertNil(try OutputLock.take(output, communicator: communicator))
    XCTAssertTrue(exists(lock))
    // The first rank's release is not to come before the others have looked.
    try communicator.barrier()
    OutputLock.releaseAll()
    try communicator.barrier()
    XCTAssertFalse(exists(lock))
    // Another host's is never broken.
    try lay(line("elsewhere.example", 1))
    let refused = thrown { _ = try OutputLock.take(output, communicator: communicator) }
    XCTAssertEqual(refused?.kind, .input)
    XCTAssertEqual(refused?.message.contains("elsewhere.example"), true, "\(refused as Any)")
    XCTAssertEqual(refused?.message.contains("remove \(lock)"), true, "\(refused as Any)")
    // This host's is dead when nobody holds it.
    try lay(line(OutputLock.Owner.hostName, 999_999_999))
    var holder: Int32 = -1
    try onFirst {
      holder = open(lock, O_RDWR)
      return flock(holder, LOCK_EX | LOCK_NB) == 0
    }
    let taken = thrown { _ = try OutputLock.take(output, communicator: communicator) }
    XCTAssertEqual(taken?.message.contains("somebody"), true, "\(taken as Any)")
    if holder >= 0 { close(holder) }
    let note = try OutputLock.take(output, communicator: communicator)
    XCTAssertEqual(note?.contains("process 999999999, which is gone"), true, "\(note as Any)")
    OutputLock.releaseAll()
  }

  func testAFileThatDoesNotFitFailsBeforeItIsWritten() throws {
    let folder = try TestSession.scratch()
    signal(SIGXFSZ, SIG_IGN)
    defer { signal(SIGXFSZ, SIG_DFL) }
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    XCTAssertEqual(getrlimit(resource, &limit), 0)
    let before = limit
    limit.rlim_cur = 100_000
    XCTAssertEqual(setrlimit(resource, &limit), 0)
    let error = thrown { try FileSketch.write(folder + "/out.h5", communicator) }
    var again = before
    XCTAssertEqual(setrlimit(resource, &again), 0)
    XCTAssertEqual(error?.kind, .file)
    XCTAssertEqual(error?.message.contains("ulimit -f"), true, "\(error as Any)")
    try communicator.barrier()
    XCTAssertFalse(exists(folder + "/out.h5.partial"))
    XCTAssertFalse(exists(folder + "/out.h5"))
  }

  func testAFinishedFileTakesNoMoreRoomThanItNeeds() throws {
    let path = try TestSession.scratch() + "/out.h5"
    try FileSketch.write(path, communicator)
    var status = stat()
    XCTAssertEqual(stat(path, &status), 0)
    XCTAssertLessThanOrEqual(512 * Int(status.st_blocks), Int(status.st_size) + 65_536)
  }
}
