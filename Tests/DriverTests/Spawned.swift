// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

@testable import Driver

/// The built `vegard`, run as a user runs it, in a directory of its own.
final class Spawned {
  /// The directory; it goes with this object.
  let directory: URL

  /// Makes the directory with these files in it.
  init(files: [String: String] = [:]) throws {
    directory = FileManager.default.temporaryDirectory
      .appending(path: "vegard-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for (name, text) in files {
      try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
    }
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// The names of all files below the directory.
  var contents: [String] {
    ((try? FileManager.default.subpathsOfDirectory(atPath: directory.path)) ?? []).sorted()
  }

  /// Runs `vegard` with these words, on several ranks where `ranks` is given.
  func vegard(
    _ words: [String], ranks: Int? = nil, environment: [String: String] = [:]
  ) throws -> ChildProcess.Ended {
    let binary = try XCTUnwrap(Program.binary).deletingLastPathComponent()
      .appending(path: "vegard").path
    let all = ChildProcess.environment.merging(environment) { _, given in given }
    guard let ranks else {
      return try ChildProcess.run(binary, words, environment: all, in: directory.path)
    }
    let launch = [
      "mpirun", "--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1",
      "--timeout", "100", "-n", "\(ranks)", binary,
    ]
    return try ChildProcess.run(
      "/usr/bin/env", launch + words, environment: all, in: directory.path)
  }

  /// Spawning tests run on one process only.
  static func skipOnManyRanks() throws {
    let size = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"] ?? "1"
    try XCTSkipIf(size != "1", "one process suffices")
  }
}
