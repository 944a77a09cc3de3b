// SPDX-License-Identifier: Apache-2.0

import Physics

/// A key of a mapping by its name.
struct FieldKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// The keys that stand in one mapping of a case file, and the readers of their values.
///
/// A mapping knows all its keys: an unknown one is refused with the nearest valid one, since a
/// mistyped key that is passed over would run the case with a default that nobody asked for. Every
/// reader says what it found and what it expected.
struct FieldKeys {
  private let container: KeyedDecodingContainer<FieldKey>

  /// Opens the mapping that `decoder` stands at.
  ///
  /// - Throws: ``CaseError`` when it is no mapping or has a key that is not one of `names`.
  init(_ decoder: any Decoder, names: [String]) throws {
    guard let found = try? decoder.container(keyedBy: FieldKey.self) else {
      throw CaseError(
        decoder.codingPath, "found no keys, expected \(names.joined(separator: ", "))")
    }
    for key in found.allKeys where !names.contains(key.stringValue) {
      throw CaseError(decoder.codingPath, FieldKeys.refusal(key.stringValue, names))
    }
    container = found
  }

  /// The keys from the top to this mapping, for errors.
  var path: [String] { container.codingPath.map(\.stringValue) }

  /// What is said of a key that is none of `names`.
  static func refusal(_ name: String, _ names: [String]) -> String {
    let nearest = nearestName(to: name, among: names).map { "; did you mean \"\($0)\"?" }
    return "found the unknown key \"\(name)\""
      + (nearest ?? ", expected one of \(names.joined(separator: ", "))")
  }

  /// Whether the key stands there with a value.
  func has(_ name: String) -> Bool {
    let key = FieldKey(stringValue: name)
    return container.contains(key) && (try? container.decodeNil(forKey: key)) == false
  }

  /// A quantity with its unit, converted to inside units.
  func quantity(_ name: String, _ dimension: Dimension) throws -> Double {
    let text = try scalar(name, "a quantity of \(dimension.rawValue) in \(dimension.unitList)")
    do {
      return try Quantity.parse(text, as: dimension)
    } catch {
      throw CaseError(path(name), "found \(error)")
    }
  }

  /// A quantity above zero.
  func positiveQuantity(_ name: String, _ dimension: Dimension) throws -> Double {
    let value = try quantity(name, dimension)
    guard value > 0 else {
      throw CaseError(path(name), "found \(try scalar(name, "")), expected more than zero")
    }
    return value
  }

  /// A plain number within a range.
  func number(
    _ name: String,
    in range: ClosedRange<Double> = -Double
      .greatestFiniteMagnitude...Double
      .greatestFiniteMagnitude
  ) throws -> Double {
    let text = try scalar(name, "a number")
    // By Quantity's reader: Double's own takes hexadecimal numbers, YAML's takes 1:30.
    guard !text.hasSuffix("%"), let value = try? Quantity.parse(text, as: .ratio) else {
      throw CaseError(path(name), "found \"\(text)\", expected a number")
    }
    guard range.contains(value) else {
      throw CaseError(
        path(name), "found \(text), expected \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A whole number within a range.
  func integer(_ name: String, in range: ClosedRange<Int> = .min ... .max) throws -> Int {
    let text = try scalar(name, "a whole number")
    guard let value = Int(text) else {
      throw CaseError(path(name), "found \"\(text)\", expected a whole number")
    }
    guard range.contains(value) else {
      throw CaseError(
        path(name), "found \(text), expected \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// Yes or no.
  func flag(_ name: String) throws -> Bool {
    let text = try scalar(name, "true or false")
    switch text.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default: throw CaseError(path(name), "found \"\(text)\", expected true or false")
    }
  }

  /// A text that is not empty.
  func text(_ name: String) throws -> String {
    try scalar(name, "a text")
  }

  /// One of an enum's texts.
  func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ name: String, _ type: Choice.Type = Choice.self
  ) throws -> Choice {
    let names = Choice.allCases.map(\.rawValue)
    let text = try scalar(name, "one of \(names.joined(separator: ", "))")
    if let choice = Choice(rawValue: text) { return choice }
    let nearest = nearestName(to: text, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
    throw CaseError(
      path(name), "found \"\(text)\", expected one of \(names.joined(separator: ", "))\(nearest)")
  }

  /// Anything else that reads itself, such as a nested mapping.
  func nested<Value: Decodable>(_ name: String, _ type: Value.Type = Value.self) throws -> Value {
    guard has(name) else { throw CaseError(path(name), "found nothing, expected the key") }
    return try container.decode(Value.self, forKey: FieldKey(stringValue: name))
  }

  /// What a reader makes of a nested mapping that has these keys.
  func nested<Value>(
    _ name: String, names: [String], _ read: (FieldKeys) throws -> Value
  ) throws -> Value {
    guard has(name) else { throw CaseError(path(name), "found nothing, expected the key") }
    let decoder = try container.superDecoder(forKey: FieldKey(stringValue: name))
    return try read(FieldKeys(decoder, names: names))
  }

  /// A list.
  func list<Value: Decodable>(_ name: String, of type: Value.Type) throws -> [Value] {
    if has(name), (try? text(name)) != nil {
      throw problem(name, "found \"\(try text(name))\", expected a list")
    }
    return try nested(name, [Value].self)
  }

  /// Quantities of a list.
  func quantities(_ name: String, _ dimension: Dimension) throws -> [Double] {
    try list(name, of: String.self).map { text in
      do { return try Quantity.parse(text, as: dimension) } catch {
        throw problem(name, "found \(error)")
      }
    }
  }

  /// An error at a key, for a check that concerns its value.
  func problem(_ name: String, _ sentence: String) -> CaseError {
    CaseError(path(name), sentence)
  }

  private func path(_ name: String) -> [String] { path + [name] }

  private func scalar(_ name: String, _ expected: String) throws -> String {
    guard has(name) else { throw CaseError(path(name), "found nothing, expected \(expected)") }
    // As text, whatever YAML takes it for: "no" may be a name and 157.4 lacks its unit.
    guard let text = try? container.decode(String.self, forKey: FieldKey(stringValue: name)) else {
      throw CaseError(path(name), "found a list or a mapping, expected \(expected)")
    }
    let start = text.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
