// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Driver
@testable import Formats
@testable import Inversion

/// What the formats declare, some code writes.
struct FormatDeclarationTests {
  /// The texts of all sources by their path.
  private static let sources: [String: String] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources").standardizedFileURL
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    var texts: [String: String] = [:]
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      texts[file.path] = try? String(contentsOf: file, encoding: .utf8)
    }
    return texts
  }()

  /// The texts of all sources but the declarations.
  private static let writers = sources.filter { !$0.key.contains("/Formats+") }.values.joined()

  // MARK: Files

  /// The objects of a declaration, `enum …Format`, that none of the other sources uses: its constants
  /// and functions, those private to the tree apart, and members of its types.
  private static func unused(in declaration: String, by others: [String]) -> [String] {
    declaration.split(separator: "\nenum ").flatMap { part in
      part.split(separator: "\npackage enum ")
    }.dropFirst().flatMap { part in
      let owner = String(part.prefix { $0.isLetter })
      let users = others.filter { $0.contains(owner) }
      func isUsed(_ pattern: String) -> Bool {
        users.contains { $0.range(of: pattern + "\\b", options: .regularExpression) != nil }
      }
      let constants = part.matches(of: #/\n  (?:package )?static (?:let|func) (\w+)/#).map {
        String($0.output.1)
      }
      let members = part.matches(of: #/\n    let ([\w, ]+): (?:Dataset|Group|\[Column\])/#)
        .flatMap { $0.output.1.split(separator: ", ").map(String.init) }
      // Writers that use one format only call it Declared.
      return constants.filter { !isUsed("(\(owner)|Declared)\\.\($0)") }.map { "\(owner).\($0)" }
        + members.filter { !isUsed("\\.\($0)") }.map { "\(owner)…\($0)" }
    }
  }

  /// What a declaration lists in place, so that no writer can use it, without a value that is
  /// written with its owner.
  private static func nameless(in declaration: String) -> [String] {
    declaration.matches(
      of: #/[\[,]\s*(?:\.init|Attribute|Dataset)\(\s*("\w+"),\s*((?:\.\w+\(|\[)[\s\S]*?"\))/#
    ).filter { match in
      !match.output.2.contains(".former") && !match.output.2.contains(#/^\.texts?\([^)]/#)
    }.map { String($0.output.1) }
  }

  private static var declarations: [String: String] {
    sources.filter { $0.key.contains("/Formats+") && $0.value.contains("= FileFormat(") }
  }

  @Test
  func nothingIsDeclaredInFilesThatNoCodeWrites() {
    #expect(Self.declarations.count == 7)
    for (name, text) in Self.declarations {
      let others = Self.sources.filter { $0.key != name }.map(\.value)
      #expect(Self.unused(in: text, by: others) == [], "\(name)")
      #expect(Self.nameless(in: text) == [], "\(name)")
    }
  }

  @Test
  func aDeclaredObjectThatNoCodeWritesIsFound() {
    let declaration = """
      extension Formats { }
      enum OfFormat {
        struct Pair: Sendable {
          let right, wrong: Dataset
        }
        static let all = Group(
          "all", attributes: [
            Attribute("lone", .text(), .optional, "listed"), .init("old", .list(), .former, ""),
            Attribute("axes", .texts(["c"]), .written, "written with the group"), written,
          ])
        static let written = Dataset("written")
        static let idle = Attribute("idle")
        private static let own = 1
      }
      """
    let writer =
      "typealias Declared = OfFormat; make(OfFormat.all); write(Declared.written); pair.right"
    #expect(Self.unused(in: declaration, by: [writer]) == ["OfFormat.idle", "OfFormat…wrong"])
    #expect(Self.unused(in: declaration, by: ["Declared.idle"]).count == 5)
    #expect(Self.nameless(in: declaration) == ["\"lone\""])
  }

  // MARK: What commands print

  /// Whether a name stands in the code as a literal, or as one with a part filled in.
  private static func isWritten(_ name: String) -> Bool {
    // Curves are printed and stored by this table.
    if LawFormat.averagedLaw.columns.contains(where: { $0.dataset.name == name }) { return true }
    let fixed = name.prefix { $0 != "<" }
    if fixed != name { return fixed.isEmpty || writers.contains("\"\(fixed)") }
    if ["\"\(name)\"", "/\(name)\"", "\"\(name)["].contains(where: writers.contains) {
      return true
    }
    // As "total_\(component)", or of a table of cases.
    let stem = name.split(separator: "_").dropLast().joined(separator: "_")
    let end = name.split(separator: "_").last ?? ""
    let isFilled =
      !stem.isEmpty
      && (writers.contains("\(stem)_\\(") || writers.contains(")_\(end)\"")
        || writers.contains("\"_\(end)\""))
    return isFilled || writers.contains("case \(name)\n") || writers.contains("case \(name),")
      || writers.contains(", \(name)\n") || writers.contains(", \(name), ")
  }

  @Test
  func noKeyIsDeclaredThatNoCodePrints() {
    let keys = Formats.json.flatMap { format in
      format.keys.flatMap { $0.path.split(separator: ".").map(String.init) }
    }.map { $0.replacingOccurrences(of: "[]", with: "") }
    #expect(Set(keys).filter { !FormatDeclarationTests.isWritten($0) }.sorted() == [])
  }

  @Test
  func aKeyThatNoCodePrintsIsFound() {
    #expect(!FormatDeclarationTests.isWritten("mean_absolute_density_per_um2"))
    #expect(!FormatDeclarationTests.isWritten("density_of_nothing"))
    #expect(FormatDeclarationTests.isWritten("composition"))
  }
}
