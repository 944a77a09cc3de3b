// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// The Python program behind `vegard plot`.
enum PlotProgram {
  /// Runs `python -m vegard_plots` with these words.
  ///
  /// On one rank.
  ///
  /// - Returns: what it says about what it did not draw, a sentence each.
  /// - Throws: ``ParallelError`` of kind `file` when there is no such Python or package, else of the
  ///   kind that the program's exit code stands for, with its message.
  static func run(_ words: [String]) throws(ParallelError) -> [String] {
    guard let python else {
      throw ParallelError(
        .file,
        "no Python with h5py and matplotlib was found (tried VEGARD_PYTHON, python3, "
          + "/usr/bin/python3): apt-get install python3-h5py python3-matplotlib")
    }
    guard let package else {
      throw ParallelError(
        .file, "the plots package was not found beside vegard; set VEGARD_PLOTS to its directory")
    }
    let ended = try ChildProcess.run(
      python, ["-c", prelude + start, package] + words, environment: environment)
    guard ended.code != 0 else { return ended.errors.split(separator: "\n").map(String.init) }
    let message = ended.errors.split(separator: "\n").last.map(String.init) ?? "no message"
    let kind: ParallelError.Kind =
      switch ended.code {
      case 2: .input
      case 4: .file
      default: .library
      }
    throw ParallelError(
      kind, message, stack: ended.errors.split(separator: "\n").dropLast().map(String.init))
  }

  /// Takes the working directory off Python's path.
  ///
  /// A module that lies there by chance would be run instead of the installed one. Python 3.11 knows
  /// PYTHONSAFEPATH; older ones put an empty name in front, and an empty entry of PYTHONPATH means
  /// the same.
  private static let prelude = """
    import sys
    sys.path[:] = [place for place in sys.path if place not in ("", ".")]

    """

  /// Runs the package in the folder that the first argument names.
  private static let start = """
    import os, runpy
    here = os.path.realpath(os.getcwd())
    sys.path[:] = [place for place in sys.path if os.path.realpath(place) != here]
    sys.path.insert(0, sys.argv.pop(1))
    runpy.run_module("vegard_plots", run_name="__main__", alter_sys=True)
    """

  private static var environment: [String: String] {
    ChildProcess.environment.merging(["PYTHONSAFEPATH": "1"]) { $1 }
  }

  /// The first Python that has what the plots need.
  private static var python: String? {
    let environment = ProcessInfo.processInfo.environment
    let path = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
    let named = path.first { FileManager.default.isExecutableFile(atPath: $0) }
    let candidates = [environment["VEGARD_PYTHON"], named, "/usr/bin/python3"].compactMap(\.self)
    return candidates.first { candidate in
      guard FileManager.default.isExecutableFile(atPath: candidate) else { return false }
      let ended = try? ChildProcess.run(
        candidate, ["-c", prelude + "import h5py, matplotlib"], environment: environment)
      return ended?.code == 0
    }
  }

  /// The directory that holds `vegard_plots`: named, installed with the binary, or in the source
  /// tree that the binary was built in.
  private static var package: String? {
    let binary = Program.binary?.deletingLastPathComponent()
    let named = ProcessInfo.processInfo.environment["VEGARD_PLOTS"].map { URL(filePath: $0) }
    let installed = binary?.appending(path: "../share/vegard/plots").standardizedFileURL
    let checkout = Folders.aboveBinary.first {
      FileManager.default.fileExists(atPath: $0.appending(path: "Package.swift").path)
    }.map { $0.appending(path: "plots") }
    return [named, installed, checkout].compactMap(\.self).first { folder in
      FileManager.default.fileExists(
        atPath: folder.appending(path: "vegard_plots/__main__.py").path)
    }?.path
  }
}
