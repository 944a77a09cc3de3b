// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// Which Vegard this is.
enum Release {
  /// The version, as in CHANGELOG.md.
  static let version = "0.1.0"

  /// The text of `--version`: Vegard, how it was built, and the libraries it runs on.
  static var description: String {
    let lines =
      [("vegard", version), ("commit", commit ?? "unknown"), ("vectors", Libraries.vectorLevel)]
      + Libraries.versions.map { ($0.name, $0.version) }
    let width = lines.map(\.0.count).max() ?? 0
    return lines.map { name, value in
      name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + value
    }.joined(separator: "\n")
  }

  /// The commit that `make build` recorded beside the binary, or `make install` in its share.
  ///
  /// A record older than the binary belongs to an earlier build and does not count.
  static var commit: String? {
    guard let binary = Program.binary else { return nil }
    let folder = binary.deletingLastPathComponent()
    let places = [
      folder.appending(path: "vegard.commit"),
      folder.appending(path: "../share/vegard/commit").standardizedFileURL,
    ]
    guard let built = modified(binary) else { return nil }
    for place in places {
      guard let recorded = modified(place), recorded >= built,
        let text = try? String(contentsOf: place, encoding: .utf8)
      else { continue }
      return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return nil
  }

  private static func modified(_ file: URL) -> Date? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    return attributes?[.modificationDate] as? Date
  }
}

/// The running program's place on the disk.
enum Program {
  /// The binary, with symbolic links resolved; a test bundle when tests run.
  static var binary: URL? {
    guard
      let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return nil }
    return URL(filePath: path)
  }
}
