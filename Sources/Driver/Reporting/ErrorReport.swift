// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// Tells the user about an error: one line on stderr.
enum ErrorReport {
  /// Writes `vegard: MESSAGE`, and the library's trace if `verbose`.
  static func write(_ error: ParallelError, verbose: Bool) {
    let text = lines(error, verbose: verbose).map { $0 + "\n" }.joined()
    // There is no place left to report a stderr that is gone; the exit code still tells.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// The lines of the report.
  static func lines(_ error: ParallelError, verbose: Bool) -> [String] {
    let message = error.message.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .joined(separator: "; ")
    return ["vegard: \(message)"] + (verbose ? error.stack.map { "  " + $0 } : [])
  }
}
