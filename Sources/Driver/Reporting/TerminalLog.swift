// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Parallel

/// The log of a run: rank 0 to stderr, and to a file if the user names one.
///
/// Progress is one line that is overwritten, and only where stderr is a terminal.
final class TerminalLog: RunLog {
  private let logger: Logger
  private let fileLogger: Logger?
  private let showsProgress: Bool
  private var progressIsShown = false

  /// Opens the log.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when the log file cannot be written.
  init(_ options: CommonOptions, communicator: Communicator) throws(ParallelError) {
    let speaks = communicator.isFirst || options.logAllRanks
    let prefix = options.logAllRanks && communicator.size > 1 ? "[\(communicator.rank)] " : ""
    var handlers: [any LogHandler] = []
    var fileHandler: (any LogHandler)?
    if speaks && !options.quiet {
      handlers.append(
        LineLogHandler(file: .standardError, prefix: prefix, hasTimes: false, errors: false))
    }
    if let path = options.logFile {
      let file = try communicator.together { () throws(ParallelError) -> FileHandle? in
        speaks ? try TerminalLog.append(path) : nil
      }
      if let file {
        let handler = LineLogHandler(file: file, prefix: prefix, hasTimes: true, errors: true)
        handlers.append(handler)
        fileHandler = handler
      }
    }
    let all = handlers
    // A multiplexer of nothing is a fault.
    logger = Logger(label: "vegard") { _ -> any LogHandler in
      if all.isEmpty { return SwiftLogNoOpLogHandler() }
      return MultiplexLogHandler(all)
    }
    fileLogger = fileHandler.map { handler in Logger(label: "vegard") { _ in handler } }
    showsProgress = communicator.isFirst && !options.quiet && isatty(STDERR_FILENO) == 1
  }

  private static func append(_ path: String) throws(ParallelError) -> FileHandle {
    // A FIFO that nobody reads is refused instead of waited for.
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else {
      throw ParallelError(.file, "\(path): the log cannot be written: \(systemProblem())")
    }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  func note(_ sentence: @autoclosure () -> String) {
    endProgress()
    logger.info("\(sentence())")
  }

  func warn(_ sentence: @autoclosure () -> String) {
    endProgress()
    logger.warning("\(sentence())")
  }

  func progress(_ line: @autoclosure () -> String) {
    guard showsProgress else { return }
    TerminalLog.write("\r\(line())\u{1B}[K")
    progressIsShown = true
  }

  /// As progress on a terminal, else a line of the log; the log file has every line.
  func step(share: String, _ line: String) {
    guard showsProgress else { return note(line) }
    progress(share + line)
    fileLogger?.info("\(line)")
  }

  /// Leaves the progress line, if one is shown.
  func endProgress() {
    guard progressIsShown else { return }
    TerminalLog.write("\n")
    progressIsShown = false
  }

  /// Keeps an error in the log file; stderr has its own report.
  func record(_ error: ParallelError) {
    logger.error("\(error.description)")
  }

  private static func write(_ text: String) {
    // Progress that cannot be shown is no reason to end a run.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}

/// Writes each sentence as a line.
private struct LineLogHandler: LogHandler {
  let file: FileHandle
  let prefix: String
  let hasTimes: Bool
  /// Whether errors belong here; on stderr they have their own report.
  let errors: Bool
  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  init(file: FileHandle, prefix: String, hasTimes: Bool, errors: Bool) {
    self.file = file
    self.prefix = prefix
    self.hasTimes = hasTimes
    self.errors = errors
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    if event.level >= .error && !errors { return }
    let time = hasTimes ? Date.now.formatted(.iso8601) + " " : ""
    let level =
      switch event.level {
      case .warning: "warning: "
      case .error, .critical: "error: "
      default: ""
      }
    let line = "\(time)\(prefix)\(level)\(event.message)\n"
    // A log that cannot be written is no reason to end a run.
    try? file.write(contentsOf: Data(line.utf8))
  }
}
