// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Driver
@testable import Formats
@testable import Images

/// What the formats declare, some code writes.
struct FormatDeclarationTests {
  /// The texts of all sources but the declarations.
  private static let sources: String = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources").standardizedFileURL
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    var text = ""
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift", !file.lastPathComponent.hasPrefix("Formats") else {
        continue
      }
      text += (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }
    return text
  }()

  /// Whether a name stands in the code as a literal, in a path, or as one with a part filled in.
  private static func isWritten(_ name: String) -> Bool {
    // The stack's writer and its declaration share this table.
    if ImageMap(name) != nil { return true }
    let fixed = name.prefix { $0 != "<" }
    if fixed != name { return fixed.isEmpty || sources.contains("\"\(fixed)") }
    if ["\"\(name)\"", "/\(name)\"", "/\(name)/", "\"\(name)["].contains(where: sources.contains) {
      return true
    }
    // As "total_\(component)", or of a table of cases.
    let stem = name.split(separator: "_").dropLast().joined(separator: "_")
    let end = name.split(separator: "_").last ?? ""
    let isFilled =
      !stem.isEmpty
      && (sources.contains("\(stem)_\\(") || sources.contains(")_\(end)\"")
        || sources.contains("\"_\(end)\""))
    return isFilled || sources.contains("case \(name)\n") || sources.contains("case \(name),")
      || sources.contains(", \(name)\n") || sources.contains(", \(name), ")
  }

  private static func names(_ group: FileFormat.Group) -> [String] {
    let written = group.datasets.filter { $0.presence != .former }
    return group.attributes.filter { $0.presence != .former }.map(\.name)
      + written.flatMap { [$0.name] + $0.attributes.map(\.name) } + group.groups.flatMap(names)
  }

  @Test
  func nothingIsDeclaredThatNoCodeWrites() {
    let files = Formats.all.flatMap { FormatDeclarationTests.names($0.root) }
    let keys = Formats.json.flatMap { format in
      format.keys.flatMap { $0.path.split(separator: ".").map(String.init) }
    }.map { $0.replacingOccurrences(of: "[]", with: "") }
    let missing = Set(files + keys).filter { !FormatDeclarationTests.isWritten($0) }
    #expect(missing.sorted() == [])
  }

  @Test
  func aNameThatNoCodeWritesIsFound() {
    #expect(!FormatDeclarationTests.isWritten("mean_absolute_density_per_um2"))
    #expect(!FormatDeclarationTests.isWritten("density_of_nothing"))
    #expect(FormatDeclarationTests.isWritten("composition"))
  }
}
