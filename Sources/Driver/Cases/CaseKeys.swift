// SPDX-License-Identifier: Apache-2.0

import Physics

/// The keys of one mapping of a case file, an enum of texts.
typealias CaseKey = CodingKey & CaseIterable & RawRepresentable<String>

/// A key that a field declares.
struct FieldKey: CodingKey, RawRepresentable {
  let rawValue: String
  var stringValue: String { rawValue }
  var intValue: Int? { nil }
  init(rawValue: String) { self.rawValue = rawValue }
  init(stringValue: String) { rawValue = stringValue }
  init?(intValue: Int) { nil }
}

/// The keys of a mapping whose fields are declared.
typealias FieldKeys = CaseKeys<FieldKey>

/// A mapping of a case file that knows all its keys.
///
/// Decode with it in `init(from:)`: an unknown key is refused with the nearest valid one, and every
/// reader says what it found and what it expected.
struct CaseKeys<Key: CodingKey & RawRepresentable<String>> {
  private let container: KeyedDecodingContainer<Key>

  /// Opens the mapping that `decoder` stands at.
  ///
  /// - Throws: ``CaseError`` when it is no mapping or has a key that is not one of `names`.
  init(_ decoder: any Decoder, names: [String]) throws {
    guard let all = try? decoder.container(keyedBy: FieldKey.self) else {
      throw CaseError(
        decoder.codingPath, "found no keys, expected \(names.joined(separator: ", "))")
    }
    for key in all.allKeys where !names.contains(key.stringValue) {
      throw CaseError(decoder.codingPath, CaseKeys.refusal(key.stringValue, names))
    }
    container = try decoder.container(keyedBy: Key.self)
  }

  /// Opens the mapping that `decoder` stands at.
  ///
  /// - Throws: ``CaseError`` when it is no mapping or has a key that is not one of `Key`.
  init(_ decoder: any Decoder) throws where Key: CaseIterable {
    try self.init(decoder, names: Key.allCases.map(\.rawValue))
  }

  /// The place in the file, for errors.
  var path: [any CodingKey] { container.codingPath }

  private static func refusal(_ name: String, _ names: [String]) -> String {
    let nearest = nearestName(to: name, among: names).map { "; did you mean \"\($0)\"?" }
    return "found the unknown key \"\(name)\""
      + (nearest ?? ", expected one of \(names.joined(separator: ", "))")
  }

  /// Whether the key stands there with a value.
  func has(_ key: Key) -> Bool {
    container.contains(key) && (try? container.decodeNil(forKey: key)) == false
  }

  /// A quantity with its unit, converted to inside units.
  func quantity(_ key: Key, _ dimension: Dimension) throws -> Double {
    let text = try scalar(key, "a quantity of \(dimension.rawValue) in \(dimension.unitList)")
    do {
      return try Quantity.parse(text, as: dimension)
    } catch {
      throw CaseError(path(key), "found \(error)")
    }
  }

  /// A quantity above zero.
  func positiveQuantity(_ key: Key, _ dimension: Dimension) throws -> Double {
    let value = try quantity(key, dimension)
    guard value > 0 else {
      throw CaseError(path(key), "found \(try scalar(key, "")), expected more than zero")
    }
    return value
  }

  /// A plain number within a range.
  func number(
    _ key: Key,
    in range: ClosedRange<Double> = -Double
      .greatestFiniteMagnitude...Double
      .greatestFiniteMagnitude
  ) throws -> Double {
    let text = try scalar(key, "a number")
    // By Quantity's reader: Double's own takes hexadecimal numbers, YAML's takes 1:30.
    guard !text.hasSuffix("%"), let value = try? Quantity.parse(text, as: .ratio) else {
      throw CaseError(path(key), "found \"\(text)\", expected a number")
    }
    guard range.contains(value) else {
      throw CaseError(
        path(key), "found \(text), expected \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A whole number within a range.
  func integer(_ key: Key, in range: ClosedRange<Int> = .min ... .max) throws -> Int {
    let text = try scalar(key, "a whole number")
    guard let value = Int(text) else {
      throw CaseError(path(key), "found \"\(text)\", expected a whole number")
    }
    guard range.contains(value) else {
      throw CaseError(
        path(key), "found \(text), expected \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// Yes or no.
  func flag(_ key: Key) throws -> Bool {
    let text = try scalar(key, "true or false")
    switch text.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default: throw CaseError(path(key), "found \"\(text)\", expected true or false")
    }
  }

  /// A text that is not empty.
  func text(_ key: Key) throws -> String {
    try scalar(key, "a text")
  }

  /// One of an enum's texts.
  func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: Key, _ type: Choice.Type = Choice.self
  ) throws -> Choice {
    let names = Choice.allCases.map(\.rawValue)
    let text = try scalar(key, "one of \(names.joined(separator: ", "))")
    if let choice = Choice(rawValue: text) { return choice }
    let nearest = nearestName(to: text, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
    throw CaseError(
      path(key), "found \"\(text)\", expected one of \(names.joined(separator: ", "))\(nearest)")
  }

  /// Anything else that reads itself, such as a nested mapping.
  func nested<Value: Decodable>(_ key: Key, _ type: Value.Type = Value.self) throws -> Value {
    guard has(key) else { throw CaseError(path(key), "found nothing, expected the key") }
    return try container.decode(Value.self, forKey: key)
  }

  /// What a reader makes of a nested mapping that has these keys.
  func nested<Value>(
    _ key: Key, names: [String], _ read: (FieldKeys) throws -> Value
  ) throws -> Value {
    guard has(key) else { throw CaseError(path(key), "found nothing, expected the key") }
    return try read(FieldKeys(try container.superDecoder(forKey: key), names: names))
  }

  /// A list.
  func list<Value: Decodable>(_ key: Key, of type: Value.Type) throws -> [Value] {
    if has(key), (try? text(key)) != nil {
      throw problem(key, "found \"\(try text(key))\", expected a list")
    }
    return try nested(key, [Value].self)
  }

  /// Quantities of a list.
  func quantities(_ key: Key, _ dimension: Dimension) throws -> [Double] {
    try list(key, of: String.self).map { text in
      do { return try Quantity.parse(text, as: dimension) } catch {
        throw problem(key, "found \(error)")
      }
    }
  }

  /// The value if the key stands there, else the default.
  func optional<Value>(_ key: Key, default value: Value, _ read: (Key) throws -> Value) throws
    -> Value
  {
    has(key) ? try read(key) : value
  }

  /// An error at a key, for a check that concerns its value.
  func problem(_ key: Key, _ sentence: String) -> CaseError {
    CaseError(path(key), sentence)
  }

  private func path(_ key: Key) -> [any CodingKey] { container.codingPath + [key] }

  private func scalar(_ key: Key, _ expected: String) throws -> String {
    guard has(key) else { throw CaseError(path(key), "found nothing, expected \(expected)") }
    // As text, whatever YAML takes it for: "no" may be a name and 157.4 lacks its unit.
    guard let text = try? container.decode(String.self, forKey: key) else {
      throw CaseError(path(key), "found a list or a mapping, expected \(expected)")
    }
    let start = text.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
