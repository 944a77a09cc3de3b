import Foundation
import Parallel

/// Looks at the place of an output before any work is done.
enum OutputGuard {
  /// Checks that a file may be written at `path`.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - path: where the output will lie.
  ///   - inputs: the files being read, none of which may be overwritten.
  ///   - options: `--force` lets an existing file go.
  ///   - communicator: all ranks; the first one looks.
  /// - Throws: ``ParallelError`` of kind `input` when the file exists and is not to be replaced, or
  ///   is an input; of kind `file` when its directory is missing or cannot be written.
  static func check(
    _ path: String, inputs: [String] = [], options: CommonOptions, communicator: Communicator
  ) throws(ParallelError) {
    try communicator.agree(
      communicator.isFirst ? problem(path, inputs: inputs, force: options.force) : nil)
  }

  /// Checks that files may be written in the directory `path`, and makes it.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be made or written.
  static func prepareDirectory(
    _ path: String, communicator: Communicator
  ) throws(ParallelError) {
    try communicator.agree(communicator.isFirst ? problemPreparing(path) : nil)
  }

  private static func problem(_ path: String, inputs: [String], force: Bool) -> ParallelError? {
    guard !path.isEmpty else { return ParallelError(.input, "the name of the output is empty") }
    let file = URL(filePath: path)
    let directory = file.deletingLastPathComponent().path
    switch kind(path) {
    case .directory:
      return ParallelError(.file, "\(path): found a directory, expected a name for a file")
    case .file:
      let isInput = inputs.contains { resolved($0) == resolved(path) }
      if isInput {
        return ParallelError(.input, "\(path): the output is also an input; give another name")
      }
      if !force {
        return ParallelError(.input, "\(path): exists already; --force replaces it")
      }
    case nil: break
    }
    guard kind(directory) == .directory else {
      return ParallelError(.file, "\(path): there is no directory \(directory)")
    }
    return problemWriting(in: directory).map { ParallelError(.file, "\(path): \($0)") }
  }

  private static func problemPreparing(_ path: String) -> ParallelError? {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
    } catch {
      return ParallelError(.file, "\(path): the directory cannot be made")
    }
    return problemWriting(in: path).map { ParallelError(.file, "\(path): \($0)") }
  }

  /// Tries, because permissions do not tell about read-only and virtual file systems.
  private static func problemWriting(in directory: String) -> String? {
    let probe = directory + "/.vegard-\(getpid())"
    let descriptor = unsafe open(probe, O_WRONLY | O_CREAT | O_EXCL, 0o666)
    guard descriptor >= 0 else {
      return "cannot write in \(directory): \(systemProblem())"
    }
    close(descriptor)
    unsafe unlink(probe)
    return nil
  }

  private enum Kind { case file, directory }

  private static func kind(_ path: String) -> Kind? {
    var isDirectory: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      return nil
    }
    return isDirectory.boolValue ? .directory : .file
  }

  private static func resolved(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }
}
