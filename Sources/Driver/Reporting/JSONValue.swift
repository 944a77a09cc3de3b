// SPDX-License-Identifier: Apache-2.0

/// A value of JSON, to be encoded with sorted keys.
enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  /// Encoded so that reading it gives the same number; `null` where it is not finite.
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// A list of numbers.
  static func numbers(_ values: some Sequence<Double>) -> JSONValue {
    .list(values.map { .number($0) })
  }

  /// The text of the value, two blanks deeper for each level; a list of scalars on one line.
  var encoded: String {
    var text = ""
    encode(into: &text, indentation: "")
    return text
  }

  private func encode(into text: inout String, indentation: String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    // Swift prints the shortest text that reads back as the same number, and it is legal JSON.
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .text(let value): JSONValue.encode(value, into: &text)
    case .list(let values): JSONValue.encode(values, into: &text, indentation)
    case .object(let members): JSONValue.encode(members, into: &text, indentation)
    }
  }

  private static func encode(
    _ values: [JSONValue], into text: inout String, _ indentation: String
  ) {
    let isFlat = values.allSatisfy(\.isScalar)
    let inner = indentation + "  "
    text += "["
    for (index, value) in values.enumerated() {
      if index > 0 { text += isFlat ? ", " : "," }
      if !isFlat { text += "\n" + inner }
      value.encode(into: &text, indentation: inner)
    }
    if !isFlat { text += "\n" + indentation }
    text += "]"
  }

  private static func encode(
    _ members: [String: JSONValue], into text: inout String, _ indentation: String
  ) {
    guard !members.isEmpty else {
      text += "{}"
      return
    }
    let inner = indentation + "  "
    text += "{"
    for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
      text += index > 0 ? ",\n" + inner : "\n" + inner
      encode(member.key, into: &text)
      text += ": "
      member.value.encode(into: &text, indentation: inner)
    }
    text += "\n" + indentation + "}"
  }

  private var isScalar: Bool {
    switch self {
    case .list, .object: false
    default: true
    }
  }

  private static func encode(_ value: String, into text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .text(value) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(floatLiteral value: Double) { self = .number(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }
}
