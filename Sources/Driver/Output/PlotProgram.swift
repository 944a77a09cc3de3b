import Foundation
import Parallel

/// The Python program behind `vegard plot`.
enum PlotProgram {
  /// Runs `python -m vegard_plots` with these words.
  ///
  /// On one rank.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when there is no such Python or package, else of the
  ///   kind that the program's exit code stands for, with its message.
  static func run(_ words: [String]) throws(ParallelError) {
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
    var environment = ChildProcess.environment
    let others = environment["PYTHONPATH"].map { ":" + $0 } ?? ""
    environment["PYTHONPATH"] = package + others
    let ended = try ChildProcess.run(
      python, ["-m", "vegard_plots"] + words, environment: environment)
    guard ended.code != 0 else { return }
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

  /// The first Python that has what the plots need.
  private static var python: String? {
    let environment = ProcessInfo.processInfo.environment
    let path = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
    let named = path.first { FileManager.default.isExecutableFile(atPath: $0) }
    let candidates = [environment["VEGARD_PYTHON"], named, "/usr/bin/python3"].compactMap(\.self)
    return candidates.first { candidate in
      guard FileManager.default.isExecutableFile(atPath: candidate) else { return false }
      let ended = try? ChildProcess.run(
        candidate, ["-c", "import h5py, matplotlib"], environment: ChildProcess.environment)
      return ended?.code == 0
    }
  }

  /// The directory that holds `vegard_plots`: named, installed, or in the source tree.
  private static var package: String? {
    let binary = Program.binary?.deletingLastPathComponent()
    let named = ProcessInfo.processInfo.environment["VEGARD_PLOTS"].map { URL(filePath: $0) }
    let installed = binary?.appending(path: "../share/vegard/plots").standardizedFileURL
    let above = Folders.aboveHereAndBinary.map { $0.appending(path: "plots") }
    return ([named, installed].compactMap(\.self) + above).first { folder in
      FileManager.default.fileExists(
        atPath: folder.appending(path: "vegard_plots/__main__.py").path)
    }?.path
  }
}
