// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// The files of a run: where they lie, and what may be written.
struct RunFiles {
  /// The run.
  let output: String
  /// Its checkpoint: `run.h5` has `run.checkpoint.h5`.
  let checkpoint: String
  /// What the run continues from.
  let restart: String?
  /// Whether the output is there and goes on.
  let continues: Bool

  /// Looks at the places.
  ///
  /// Collective. A restart whose output exists continues in it; `--force` replaces it instead.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when something would be overwritten.
  init(
    output: String, restart: String?, caseFile: String, _ context: RunContext
  ) throws(ParallelError) {
    let (communicator, force) = (context.communicator, context.replaces)
    let checkpoint =
      (output.hasSuffix(".h5") ? String(output.dropLast(3)) : output) + ".checkpoint.h5"
    try OutputGuard.check(
      output, inputs: [caseFile] + [restart].compactMap(\.self),
      replaces: restart != nil ? true : nil, context)
    try OutputGuard.check(checkpoint, replaces: true, context)
    let answer = try communicator.first { () throws(ParallelError) in
      let files = FileManager.default
      let isOwn = restart.map { RunFiles.isSame($0, checkpoint) } ?? false
      if !force, !isOwn, files.fileExists(atPath: checkpoint) {
        throw ParallelError(
          .input,
          "\(checkpoint): exists already; --restart \(checkpoint) continues from it, --force "
            + "replaces it")
      }
      let exists = restart != nil && !force && files.fileExists(atPath: output)
      return exists ? "continues" : ""
    }
    self.output = output
    self.checkpoint = checkpoint
    self.restart = restart
    continues = !answer.isEmpty
  }

  private static func isSame(_ first: String, _ second: String) -> Bool {
    func resolved(_ path: String) -> String {
      URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    return resolved(first) == resolved(second)
  }
}
