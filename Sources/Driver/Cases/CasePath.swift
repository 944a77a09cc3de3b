// SPDX-License-Identifier: Apache-2.0

import Yams

/// A key of a case by its way down from the top, such as `start.amplitude`.
///
/// A sweep names a key so. What may stand there, in which units and range, and what it is where it is
/// left out are the words of the key's declaration.
struct CasePath {
  /// The keys from the top; ``item`` stands for a place in a list, ``anyName`` for a free name.
  let keys: [String]
  /// What may stand there, in words; empty where the meaning says it.
  let words: String
  /// What it is where it is left out, in words.
  let usual: String
  /// The same as a case writes it; nil where it depends on other keys or there is none.
  let value: String?
  /// What it does.
  let meaning: String
  /// Whether no keys are declared below it.
  let isLeaf: Bool

  /// A place in a list, counted from 1 as the messages do.
  static let item = "#"
  /// A name that no declaration knows, such as the label of a slip system.
  static let anyName = "*"
  /// What `usual` says of a key that must stand there.
  static let required = "required"

  /// As a plan writes it.
  var name: String { keys.joined(separator: ".") }

  /// The same keys below a place in a list.
  static func items(_ paths: [CasePath]) -> [CasePath] { paths.map { $0.below(item) } }

  /// The same key below another one.
  func below(_ key: String) -> CasePath {
    CasePath(
      keys: [key] + keys, words: words, usual: usual, value: value, meaning: meaning,
      isLeaf: isLeaf)
  }

  /// Whether a key of a plan may stand for a declared one.
  fileprivate static func matches(_ declared: String, _ key: String) -> Bool {
    switch declared {
    case anyName: true
    case item: (Int(key) ?? 0) > 0
    default: declared == key
    }
  }
}

extension CaseField {
  /// The key and all below it.
  var paths: [CasePath] {
    let parts = parts()
    let own = CasePath(
      keys: [name], words: words, usual: usual, value: value, meaning: meaning,
      isLeaf: parts.isEmpty)
    return [own] + parts.map { $0.below(name) }
  }
}

extension CaseMapping {
  /// The keys of the mapping and all below them, in the order of their declaration.
  static var paths: [CasePath] { fields.flatMap(\.paths) }

  /// Sets the value at a path in a case's tree; null leaves the key out.
  ///
  /// Mappings on the way that are missing are made. The value is looked at when the tree is decoded,
  /// by the reader that any case meets.
  ///
  /// - Throws: ``CaseError`` where no such key is declared, naming the nearest one, or where the case
  ///   has a single value or too short a list on the way.
  static func set(_ value: Node, at path: String, in tree: inout Node) throws(CaseError) {
    let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    var open = paths.map(\.keys)
    for (level, key) in keys.enumerated() {
      var names: [String] = []
      for other in open where other.count > level && !names.contains(other[level]) {
        names.append(other[level])
      }
      guard names.contains(where: { CasePath.matches($0, key) }) else {
        throw CaseError(Array(keys[..<level]), refusal(key, names))
      }
      open = open.filter { $0.count > level && CasePath.matches($0[level], key) }
    }
    try tree.set(value, at: keys[...], below: [])
  }

  private static func refusal(_ key: String, _ names: [String]) -> String {
    switch names {
    case []: "found \"\(key)\" below it, expected a key without parts"
    case [CasePath.item]: "found \"\(key)\", expected a place in the list, from 1"
    default: FieldKeys.refusal(key, names)
    }
  }
}

extension Node {
  /// Sets what stands at `keys`; `above` leads to this node, for errors.
  fileprivate mutating func set(
    _ value: Node, at keys: ArraySlice<String>, below above: [String]
  ) throws(CaseError) {
    guard let key = keys.first else {
      self = value
      return
    }
    switch self {
    case .mapping(var mapping):
      var inner = mapping[Node(key)] ?? [:]
      try inner.set(value, at: keys.dropFirst(), below: above + [key])
      mapping[Node(key)] = inner
      self = .mapping(mapping)
    case .sequence(var list):
      guard let number = Int(key), list.indices.contains(number - 1) else {
        throw CaseError(above, "found \"\(key)\", expected a place from 1 to \(list.count)")
      }
      try list[number - 1].set(value, at: keys.dropFirst(), below: above + [key])
      self = .sequence(list)
    case .scalar, .alias:
      guard null != nil else {
        throw CaseError(
          above, "found \"\(string ?? "")\", expected a mapping that may have the key \"\(key)\"")
      }
      // A key that stands there without a value counts as left out.
      self = [:]
      try set(value, at: keys, below: above)
    }
  }
}
