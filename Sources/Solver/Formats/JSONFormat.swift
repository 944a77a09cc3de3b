// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The declaration of a command's JSON result: every key, once.
public struct JSONFormat: Sendable {
  /// What a key holds.
  public enum Content: String, Sendable {
    case number, text, boolean, numbers, texts, list
    /// A text or a number.
    case textOrNumber = "text or number"
    /// A matrix, as a list of its rows.
    case rows = "rows of numbers"
    /// Nothing (`null`) or a number, where a number may be unknown.
    case numberOrNull = "number or null"
  }

  /// One key; its path has `.` between levels, `<…>` for a name and `[]` for a list's elements.
  public struct Key: Sendable {
    let path: String
    let content: Content
    let isOptional: Bool
    let meaning: String

    package init(_ path: String, _ content: Content, optional: Bool = false, _ meaning: String) {
      self.path = path
      self.content = content
      isOptional = optional
      self.meaning = meaning
    }
  }

  /// The command that prints it.
  public let command: String
  /// What it prints this of, where that makes a difference.
  let subject: String?
  /// The keys of its leaves.
  public let keys: [Key]

  package init(command: String, of subject: String? = nil, keys: [Key]) {
    self.command = command
    self.subject = subject
    self.keys = keys
  }

  /// The result as a section of a Markdown page.
  public var markdown: String {
    let rows = keys.map { key in
      "| `\(key.path)` | \(key.content.rawValue) | \(key.isOptional ? "optional" : "always") | "
        + "\(key.meaning) |"
    }
    return
      ([
        "## `vegard \(command)`\(subject.map { " of \($0)" } ?? "")", "",
        "| key | type | presence | meaning |",
      ]
      + ["| --- | --- | --- | --- |"] + rows).joined(separator: "\n") + "\n"
  }

  /// The differences between a printed object and the declaration: missing keys, keys of another
  /// type, and keys that nobody declared.
  public func differences(in text: String) -> [String] {
    guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)),
      object is [String: Any]
    else { return ["found no JSON object"] }
    var differences: [String] = []
    for key in keys {
      let found = JSONFormat.values(at: key.path.split(separator: ".").map(String.init), in: object)
      if found.contains(where: { $0 == nil }), !key.isOptional {
        differences.append("\(key.path): missing")
      }
      for case .some(let value) in found where !JSONFormat.fits(value, key.content) {
        differences.append("\(key.path): expected \(key.content.rawValue)")
      }
    }
    var leaves: Set<String> = []
    JSONFormat.collect(object, "", into: &leaves)
    for leaf in leaves.sorted() where !keys.contains(where: { JSONFormat.covers($0.path, leaf) }) {
      let path = leaf.split(separator: JSONFormat.separator).joined(separator: ".")
      differences.append("\(path): not declared")
    }
    return differences
  }

  /// The values at a path; nil for each place where it ends early.
  private static func values(at path: [String], in value: Any) -> [Any?] {
    guard let first = path.first else { return [value] }
    let rest = Array(path.dropFirst())
    let name = first.hasSuffix("[]") ? String(first.dropLast(2)) : first
    guard let object = value as? [String: Any] else { return [nil] }
    if name.hasPrefix("<") {
      return object.sorted { $0.key < $1.key }.flatMap { values(at: rest, in: $0.value) }
    }
    guard let child = object[name] else { return [nil] }
    guard first.hasSuffix("[]") else { return values(at: rest, in: child) }
    guard let list = child as? [Any] else { return [nil] }
    return list.flatMap { values(at: rest, in: $0) }
  }

  /// Between the keys of a path as found: names may have dots.
  private static let separator: Character = "\u{1}"

  private static func fits(_ value: Any, _ content: Content) -> Bool {
    switch content {
    case .number: value is NSNumber
    case .numberOrNull: value is NSNumber || value is NSNull
    case .text: value is String
    case .textOrNumber: value is String || value is NSNumber || value is NSNull
    case .boolean: value is Bool
    case .numbers: (value as? [Any])?.allSatisfy { $0 is NSNumber || $0 is NSNull } ?? false
    case .texts: value is [String]
    case .list: value is [Any]
    case .rows: value is [[NSNumber]]
    }
  }

  private static func collect(_ value: Any, _ path: String, into leaves: inout Set<String>) {
    if let object = value as? [String: Any] {
      for (key, child) in object {
        collect(child, path.isEmpty ? key : path + String(separator) + key, into: &leaves)
      }
    } else if let list = value as? [Any], list.contains(where: { $0 is [String: Any] }) {
      for child in list { collect(child, path + "[]", into: &leaves) }
    } else {
      leaves.insert(path)
    }
  }

  private static func covers(_ path: String, _ leaf: String) -> Bool {
    let declared = path.split(separator: ".")
    let found = leaf.split(separator: separator)
    return declared.count == found.count
      && zip(declared, found).allSatisfy { $0 == $1 || $0.hasPrefix("<") }
  }
}
