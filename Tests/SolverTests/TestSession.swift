import Foundation
import Parallel
import XCTest

/// The one session of the test process: MPI can start only once.
enum TestSession {
  nonisolated(unsafe) private static let holder = SessionHolder()

  /// All ranks.
  static var communicator: Communicator { holder.world }

  fileprivate static func end() { holder.end() }

  /// A new directory for a test's files, the same on every rank; removed at the end of the process.
  ///
  /// Collective.
  static func scratch() throws -> String {
    let path = try communicator.first { () throws(ParallelError) in
      let url = FileManager.default.temporaryDirectory
        .appendingPathComponent("vegard-test-\(UUID().uuidString)")
      do {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      } catch {
        throw ParallelError(.file, "\(url.path): \(error.localizedDescription)")
      }
      return url.path
    }
    holder.directories.append(path)
    return path
  }

  /// A file or folder of the shared data; without it the test is skipped, or fails where CI is set.
  static func data(_ name: String) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let places = [
      environment["VEGARD_DATA"], package.appendingPathComponent("../shared/data").path,
      "../shared/data", "/work/shared/data",
    ].compactMap { $0 }
    for place in places {
      let path = place + "/" + name
      if FileManager.default.fileExists(atPath: path) { return path }
    }
    guard environment["CI"] == nil else {
      throw ParallelError(.file, "shared/data/\(name) is absent, and CI is set")
    }
    throw XCTSkip("shared/data/\(name) is absent")
  }

  /// Writes a text file on rank 0.
  ///
  /// Collective.
  static func write(_ text: String, to path: String) throws {
    _ = try communicator.first { () throws(ParallelError) in
      do {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
      } catch {
        throw ParallelError(.file, "\(path): \(error.localizedDescription)")
      }
      return ""
    }
  }

  /// The message of the error that `action` throws; fails the test where it throws none or another
  /// kind.
  static func message(
    _ kind: ParallelError.Kind = .input, file: StaticString = #filePath, line: UInt = #line,
    _ action: () throws -> Void
  ) -> String {
    do {
      try action()
      XCTFail("nothing was thrown", file: file, line: line)
    } catch let error as ParallelError {
      XCTAssertEqual(error.kind, kind, error.message, file: file, line: line)
      return error.message
    } catch {
      XCTFail("\(error)", file: file, line: line)
    }
    return ""
  }
}

/// Keeps the session alive until the process ends.
private final class SessionHolder {
  private var session: Session?
  let world: Communicator
  var directories: [String] = []

  init() {
    do {
      let started = try Session()
      world = started.world
      session = consume started
    } catch {
      fatalError("the session cannot start: \(error)")
    }
    atexit(endTestSession)
  }

  func end() {
    if world.isFirst {
      for path in directories { try? FileManager.default.removeItem(atPath: path) }
    }
    session = nil
  }
}

/// Called by C at the end of the process; without it mpirun reports a missing finalize.
private func endTestSession() { TestSession.end() }
