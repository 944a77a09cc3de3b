// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where things that belong to the source tree are looked for.
enum Folders {
  /// The binary's directory, the working directory and all directories above them.
  static var aboveHereAndBinary: [URL] {
    aboveBinary + parents(of: URL(filePath: FileManager.default.currentDirectoryPath))
  }

  /// The binary's directory and all above it: where code that is run may come from.
  static var aboveBinary: [URL] {
    Program.binary.map { parents(of: $0.deletingLastPathComponent()) } ?? []
  }

  /// Whether there is a directory at `path`.
  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/.")
  }

  private static func parents(of folder: URL) -> [URL] {
    var all = [folder.standardizedFileURL]
    while let last = all.last, last.path.count > 1 { all.append(last.deletingLastPathComponent()) }
    return all
  }
}
