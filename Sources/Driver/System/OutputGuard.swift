// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// Looks at the place of an output before any work is done.
enum OutputGuard {
  /// Checks that a file may be written at `path`, and takes its lock.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - path: where the output will lie.
  ///   - inputs: the files being read, none of which may be overwritten.
  ///   - replaces: whether an existing file may go; as `--force` says where nil.
  ///   - context: all ranks, of which the first looks, and the log.
  /// - Throws: ``ParallelError`` of kind `input` when the file exists and is not to be replaced, is
  ///   an input, is no regular file, or is written by another run; of kind `file` when its directory
  ///   is missing or cannot be written.
  static func check(
    _ path: String, inputs: [String] = [], replaces: Bool? = nil, _ context: RunContext
  ) throws(ParallelError) {
    let communicator = context.communicator
    try communicator.agree(communicator.isFirst ? problemOfPlace(path) : nil)
    // Before a look at what is there: another run may be making it.
    if let note = try OutputLock.take(path, communicator: communicator) { context.log.note(note) }
    let force = replaces ?? context.replaces
    try communicator.agree(
      communicator.isFirst ? problem(path, inputs: inputs, force: force) : nil)
  }

  private static func problemOfPlace(_ path: String) -> ParallelError? {
    guard !path.isEmpty else { return ParallelError(.input, "the name of the output is empty") }
    if let problem = OutputPlace.problem(path) { return problem }
    do throws(ParallelError) {
      let place = try OutputPlace.resolved(path)
      let directory = URL(filePath: place).deletingLastPathComponent().path
      guard Folders.exists(directory) else {
        return ParallelError(.file, "\(path): there is no directory \(directory)")
      }
      return problemWriting(in: directory).map { ParallelError(.file, "\(path): \($0)") }
    } catch {
      return error
    }
  }

  private static func problem(_ path: String, inputs: [String], force: Bool) -> ParallelError? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    if inputs.contains(where: { resolved($0) == resolved(path) }) {
      return ParallelError(.input, "\(path): the output is also an input; give another name")
    }
    return force ? nil : ParallelError(.input, "\(path): exists already; --force replaces it")
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

  private static func resolved(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }
}
