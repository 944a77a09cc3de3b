// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// A program that one rank runs and waits for.
enum ChildProcess {
  /// How a program ended.
  struct Ended {
    let code: Int32
    let output: String
    let errors: String
  }

  /// This process's environment without the launcher's marks, so that the child is no rank.
  static var environment: [String: String] {
    let marks = ["OMPI_", "PMIX_", "PRTE_", "PMI_", "HYDRA"]
    return ProcessInfo.processInfo.environment.filter { name, _ in
      !marks.contains { name.hasPrefix($0) }
    }
  }

  /// Runs a program to its end and keeps what it writes.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be started.
  static func run(
    _ path: String, _ words: [String], environment: [String: String], in directory: String = "."
  ) throws(ParallelError) -> Ended {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = words
    process.environment = environment
    process.currentDirectoryURL = URL(filePath: directory)
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a pipe that nobody empties while the other is read stops the child.
    let folder = FileManager.default.temporaryDirectory
    let name = "vegard-\(getpid())-\(UUID().uuidString)"
    let streams = ["out", "err"].map { folder.appending(path: "\(name).\($0)") }
    defer { for stream in streams { try? FileManager.default.removeItem(at: stream) } }
    do {
      for stream in streams { try Data().write(to: stream) }
      process.standardOutput = try FileHandle(forWritingTo: streams[0])
      process.standardError = try FileHandle(forWritingTo: streams[1])
      try process.run()
    } catch {
      throw ParallelError(.file, "\(path): cannot be started: \(error.localizedDescription)")
    }
    process.waitUntilExit()
    let texts = streams.map { (try? String(contentsOf: $0, encoding: .utf8)) ?? "" }
    return Ended(code: process.terminationStatus, output: texts[0], errors: texts[1])
  }
}
