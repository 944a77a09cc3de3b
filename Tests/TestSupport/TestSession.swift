// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Parallel

/// The one session of the test process: MPI can start only once.
package enum TestSession {
  nonisolated(unsafe) private static let holder = SessionHolder()

  /// All ranks.
  package static var communicator: Communicator { holder.world }

  fileprivate static func end() { holder.end() }

  /// Whether this is one of several ranks: what they would only repeat or share is tested on one.
  package static var isOneOfMany: Bool { communicator.size > 1 }

  /// A new directory for a test's files, the same on every rank; removed at the end of the process.
  ///
  /// Collective.
  package static func scratch() throws -> String {
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

  /// Writes a text file on rank 0.
  ///
  /// Collective.
  package static func write(_ text: String, to path: String) throws {
    _ = try communicator.first { () throws(ParallelError) in
      do {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
      } catch {
        throw ParallelError(.file, "\(path): \(error.localizedDescription)")
      }
      return ""
    }
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
