// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A Swift file of the repository, as the rules of the house read it.
struct SourceFile {
  /// Where it lies below the repository's root.
  let path: String
  /// Its lines, with comments and the insides of texts left out.
  let lines: [String]

  /// The repository's root, known from this file's own place.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All files of the program, read once.
  static let sources = Result { try all(below: "Sources") }

  /// All Swift files below a folder of the repository.
  static func all(below folder: String) throws -> [SourceFile] {
    let paths = try FileManager.default.subpathsOfDirectory(
      atPath: root.appending(path: folder).path)
    return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
      let text = try String(contentsOf: root.appending(path: "\(folder)/\(path)"), encoding: .utf8)
      return SourceFile(path: "\(folder)/\(path)", text: text)
    }
  }

  /// Reads a file's text.
  init(path: String, text: String) {
    self.path = path
    lines = SourceFile.code(of: text)
  }

  /// The target, the folder below Sources; of the solver, the room below it.
  var target: String {
    let folders = path.split(separator: "/")
    return String(folders[folders[1] == "Solver" ? 2 : 1])
  }

  /// The modules it imports.
  var imports: [String] {
    lines.compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard let place = words.firstIndex(of: "import"), place < words.count - 1 else { return nil }
      let before = words[..<place]
      let modifiers = ["public", "package", "internal", "private", "fileprivate"]
      guard before.allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") }) else { return nil }
      // "import struct Module.Name" names the module after the kind.
      let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      guard let named = words[(place + 1)...].first(where: { !kinds.contains($0) }) else {
        return nil
      }
      return named.split(separator: ".").first.map(String.init)
    }
  }

  /// The folder below the target, or nothing.
  var folder: String {
    let folders = path.split(separator: "/").dropLast()
    return folders.count > (folders[1] == "Solver" ? 3 : 2) ? String(folders.last ?? "") : ""
  }

  /// The types and functions that it declares for others.
  var declared: [String] {
    let pattern =
      #/^(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|final|indirect|nonisolated)\s+)*(?:struct|class|enum|protocol|typealias|func|let|var)\s+(\w+)/#
    return lines.compactMap { $0.prefixMatch(of: pattern).map { String($0.output.1) } }
  }

  /// All words of its code.
  var words: Set<String> {
    Set(lines.flatMap { $0.matches(of: #/\w+/#).map { String($0.output) } })
  }

  /// The lines that match, as "path:line: text" for a message.
  func places(matching pattern: some RegexComponent) -> [String] {
    lines.enumerated().compactMap { number, line in
      line.contains(pattern) ? "\(path):\(number + 1): \(line)" : nil
    }
  }

  private static func code(of text: String) -> [String] {
    var isInText = false
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let marks = line.ranges(of: "\"\"\"").count
      defer { if marks % 2 == 1 { isInText.toggle() } }
      if isInText || marks > 0 { return "" }
      return String(
        line.replacing(#/"(\\.|[^"\\])*"/#, with: "\"\"").replacing(#/\/\/.*/#, with: ""))
    }
  }
}
