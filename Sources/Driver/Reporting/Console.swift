// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// Where results go: stdout of rank 0, once the command has succeeded.
///
/// A command fills both forms and the user's `--format` picks: text with ``line(_:)`` and
/// ``table(_:)``, JSON with ``result(_:)``.
final class Console {
  private let communicator: Communicator
  private let format: CommonOptions.Format
  private var text = ""
  private(set) var object: JSONValue?

  init(communicator: Communicator, format: CommonOptions.Format) {
    self.communicator = communicator
    self.format = format
  }

  /// Adds a line for the reader.
  func line(_ line: String) {
    text += line + "\n"
  }

  /// Adds a table for the reader.
  func table(_ table: Table) {
    text += table.lines.map { $0 + "\n" }.joined()
  }

  /// Gives the one JSON object of the command.
  func result(_ object: [String: JSONValue]) {
    precondition(self.object == nil, "a command has one JSON object")
    self.object = .object(object)
  }

  /// Writes what was collected.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when stdout cannot be written.
  func flush() throws(ParallelError) {
    let output =
      switch format {
      case .text: text
      case .json: (object ?? .object([:])).encoded + "\n"
      }
    var problem: ParallelError?
    if communicator.isFirst {
      do throws(ParallelError) { try Console.show(output) } catch { problem = error }
    }
    try communicator.agree(problem)
  }

  /// Writes to stdout.
  ///
  /// A reader that has seen enough (`| head`) is no error.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be written.
  static func show(_ text: String) throws(ParallelError) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes[done...].withUnsafeBytes { rest in
        unsafe write(STDOUT_FILENO, rest.baseAddress, rest.count)
      }
      if count > 0 {
        done += count
      } else if errno == EPIPE {
        return
      } else if errno != EINTR && errno != EAGAIN {
        throw ParallelError(.file, "stdout cannot be written: \(systemProblem())")
      }
    }
  }
}
