// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Yams

/// A YAML file as every rank knows it.
struct CaseFile<Value: Decodable> {
  /// What it says.
  let value: Value
  /// Its text as written.
  let text: String

  /// Reads the file on rank 0, tells the others, and decodes it strictly.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be read, of kind `input` when it is
  ///   no YAML or a key is wrong; the message has file, line, key, what was found and expected.
  init(
    _ path: String, as type: Value.Type = Value.self, communicator: Communicator
  ) throws(ParallelError) {
    text = try communicator.first { () throws(ParallelError) in try CaseReading.text(of: path) }
    value = try CaseReading.decode(type, from: text, path: path)
  }
}

/// How a case file becomes a value, without communication: from the same text all ranks come to the same
/// value, or to the same error.
enum CaseReading {
  /// The text of a file.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be read, of kind `input` when it is no
  ///   text.
  static func text(of path: String) throws(ParallelError) -> String {
    try InputFile.checkReadable(path)
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw ParallelError(.file, "\(path): cannot be read")
    }
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw ParallelError(.input, "\(path): found bytes that are not UTF-8, expected YAML text")
    }
    return text
  }

  /// Decodes a text; `path` is for the messages.
  ///
  /// - Throws: ``ParallelError`` of kind `input` with file, line and key.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from text: String, path: String
  ) throws(ParallelError) -> Value {
    try decode(type, from: tree(of: text, path: path), path: path)
  }

  /// The tree of a text, in which a sweep sets values before it is decoded.
  ///
  /// - Throws: ``ParallelError`` of kind `input` where it is no YAML.
  static func tree(of text: String, path: String) throws(ParallelError) -> Node {
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw ParallelError(.input, "\(path): found an empty file, expected YAML")
      }
      return node
    } catch {
      throw syntaxError(error, path)
    }
  }

  /// Decodes a tree; `path` is for the messages.
  ///
  /// - Throws: ``ParallelError`` of kind `input` with file, line and key.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from root: Node, path: String
  ) throws(ParallelError) -> Value {
    do {
      return try YAMLDecoder().decode(type, from: root)
    } catch {
      throw decodingError(error, root, path)
    }
  }

  /// A refusal that came after a text was decoded, when its lines were gone.
  static func refusal(_ error: any Error, _ path: String) -> ParallelError {
    guard let error = error as? CaseError else { return ParallelError(.input, "\(path): \(error)") }
    return ParallelError(
      .input, "\(path): \(error.path.joined(separator: ".")): \(error.problem)")
  }

  /// The libraries' errors name a place in their own words: the sentence is one for all.
  private static func syntaxError(_ error: any Error, _ path: String) -> ParallelError {
    switch error {
    case let error as ParallelError: return error
    case YamlError.duplicatedKeysInMapping(let keys, let context):
      let names = Set(keys).sorted().map { "\"\($0)\"" }.joined(separator: ", ")
      return ParallelError(
        .input,
        "\(path): line \(context.mark.line): found the key \(names) twice, expected it once")
    case YamlError.scanner(_, let problem, let mark, _),
      YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      return ParallelError(
        .input, "\(path): line \(mark.line): not YAML: \(problem) at column \(mark.column)")
    default:
      return ParallelError(.input, "\(path): not YAML: \(error)")
    }
  }

  private static func decodingError(
    _ error: any Error, _ root: Node, _ path: String
  ) -> ParallelError {
    let (keys, problem) =
      switch error {
      case let error as CaseError: (error.path, error.problem)
      case let error as DecodingError: description(of: error)
      default: ([], "\(error)")
      }
    let line = mark(of: keys, in: root).map { "line \($0.line): " } ?? ""
    let place = keys.isEmpty ? "" : keys.joined(separator: ".") + ": "
    return ParallelError(.input, "\(path): \(line)\(place)\(problem)")
  }

  private static func description(of error: DecodingError) -> ([String], String) {
    switch error {
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      (context.codingPath.map(\.stringValue), "found another kind of value, expected \(type)")
    case .keyNotFound(let key, let context):
      (
        (context.codingPath + [key]).map(\.stringValue), "found nothing, expected the key"
      )
    case .dataCorrupted(let context):
      (context.codingPath.map(\.stringValue), context.debugDescription)
    @unknown default: ([], "\(error)")
    }
  }

  /// The line of a key, or of the nearest mapping above one that is missing.
  private static func mark(of keys: [String], in root: Node) -> Mark? {
    var node = root
    var mark = root.mark
    for key in keys {
      guard let pair = node.mapping?.first(where: { $0.key.string == key }) else { break }
      mark = pair.key.mark ?? mark
      node = pair.value
    }
    return mark
  }
}
