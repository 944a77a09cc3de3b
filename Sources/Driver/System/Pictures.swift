// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// Files that another program makes: all of them appear, or none.
struct Pictures {
  /// Where they go; made when missing.
  let directory: String
  /// Whether existing ones are replaced.
  let force: Bool

  /// Lets `make` fill a directory beside the final place and moves what it made.
  ///
  /// On one rank.
  ///
  /// - Returns: the paths of the files, sorted.
  /// - Throws: what `make` throws; ``ParallelError`` of kind `input` when a file exists and may not
  ///   be replaced, of kind `file` when the directory cannot be written.
  func made(_ make: (String) throws(ParallelError) -> Void) throws(ParallelError) -> [String] {
    let files = FileManager.default
    let missing = missingDirectories
    var isDone = false
    // Deepest first: what this run made and did not fill goes again.
    defer { if !isDone { missing.forEach { try? files.removeItem(atPath: $0) } } }
    let stage = directory + "/.vegard-plot-\(getpid())"
    let lock = directory + "/.lock"
    defer { OutputLock.release(lock) }
    do {
      try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
      _ = try OutputLock.takeHere(lock, of: directory)
      Stages.removeAll(in: directory) { $0.hasPrefix(".vegard-plot-") }
      try files.createDirectory(atPath: stage, withIntermediateDirectories: true)
    } catch let error as ParallelError {
      throw error
    } catch {
      throw ParallelError(.file, "\(directory): the directory cannot be made or written")
    }
    defer { try? files.removeItem(atPath: stage) }
    try make(stage)
    try Stages.checkNotStopped()
    let paths = try place(from: stage)
    isDone = true
    return paths
  }

  private var missingDirectories: [String] {
    var missing: [String] = []
    var folder = URL(filePath: directory).standardizedFileURL
    while folder.path.count > 1, !FileManager.default.fileExists(atPath: folder.path) {
      missing.append(folder.path)
      folder.deleteLastPathComponent()
    }
    return missing
  }

  private func place(from stage: String) throws(ParallelError) -> [String] {
    let files = FileManager.default
    let names = ((try? files.contentsOfDirectory(atPath: stage)) ?? []).sorted()
    let paths = names.map { directory == "." ? $0 : directory + "/" + $0 }
    if !force, let existing = paths.first(where: { files.fileExists(atPath: $0) }) {
      throw ParallelError(.input, "\(existing): exists already; --force replaces it")
    }
    for path in paths { if let problem = OutputPlace.problem(path) { throw problem } }
    for (name, path) in zip(names, paths) {
      // One call that replaces: there is no moment without a picture.
      guard unsafe rename(stage + "/" + name, path) == 0 else {
        throw ParallelError(.file, "\(path): cannot be put in place: \(systemProblem())")
      }
    }
    return paths
  }
}
