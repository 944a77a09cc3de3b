// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where an output will lie, symbolic links followed.
public enum OutputPlace {
  /// The file that a name stands for: links are followed to their end, which need not exist.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when links go round in a circle.
  public static func resolved(_ path: String) throws(ParallelError) -> String {
    var place = path
    for _ in 0..<40 {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let length = readlink(place, &buffer, Int(PATH_MAX))
      guard length >= 0 else { return place }
      let target = Door.string(buffer)
      guard !target.hasPrefix("/") else {
        place = target
        continue
      }
      let folder = place.lastIndex(of: "/").map { String(place[...$0]) } ?? ""
      place = folder + target
    }
    throw ParallelError(.input, "\(path): found a circle of symbolic links, expected a file")
  }

  /// What lies at a path, links followed, where it is neither nothing nor a file that can be replaced.
  public static func obstacle(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "a directory"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }

  /// Why nothing may be written at a path; nil where something may.
  public static func problem(_ path: String) -> ParallelError? {
    obstacle(path).map { found in
      ParallelError(
        found == "a directory" ? .file : .input,
        "\(path): found \(found), expected a name for a file")
    }
  }
}
