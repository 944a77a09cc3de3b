// SPDX-License-Identifier: Apache-2.0

import Physics

/// A mapping of a case file whose keys are declared once.
///
/// From ``fields`` come the reader, the text of the effective case, and the table of the documents.
protocol CaseMapping: Decodable {
  /// The mapping with all keys left out.
  init()
  /// Its keys, in the order in which they are read and written.
  static var fields: [CaseField<Self>] { get }
  /// Looks at the keys together, after each was read.
  mutating func finish(_ keys: FieldKeys) throws
}

extension CaseMapping {
  /// Reads the keys that stand there, in the order of their declaration.
  init(from decoder: any Decoder) throws {
    self.init()
    let keys = try FieldKeys(decoder, names: Self.names)
    for field in Self.fields { try field.read(&self, keys) }
    try finish(keys)
  }

  mutating func finish(_ keys: FieldKeys) throws {}

  /// The names of the keys.
  static var names: [String] { fields.map(\.name) }

  /// The keys with their values, a line each.
  func lines(_ fields: [CaseField<Self>]) -> [String] {
    fields.compactMap { field in field.text(self).map { "\(field.name): \($0)" } }
  }

  /// The mapping on one line, read back to the last bit.
  var flow: String { "{\(lines(Self.fields).joined(separator: ", "))}" }
}

/// How a kind of value stands in a case: in words, its reader and its writer.
struct CaseForm<Value> {
  /// What may stand there, for documents; empty where the key's meaning says it.
  let words: String
  let read: (FieldKeys, FieldKey) throws -> Value
  let text: (Value) -> String
}

/// One key of a mapping.
struct CaseField<Owner> {
  /// The key.
  let name: String
  /// What may stand there, in words; empty where the meaning says it.
  let words: String
  /// What it is where it is left out.
  let usual: String
  /// What it does.
  let meaning: String
  /// Reads the key if it stands there.
  let read: (inout Owner, FieldKeys) throws -> Void
  /// The value's text; nil where the key is left out.
  let text: (Owner) -> String?

  private init(
    name: String, words: String, usual: String, meaning: String,
    read: @escaping (inout Owner, FieldKeys) throws -> Void,
    text: @escaping (Owner) -> String?
  ) {
    self.name = name
    self.words = words
    self.usual = usual
    self.meaning = meaning
    self.read = read
    self.text = text
  }

  /// A key with a value of its own making.
  init(
    _ name: String, words: String = "", unless usual: String, _ meaning: String,
    read: @escaping (inout Owner, FieldKeys, FieldKey) throws -> Void,
    text: @escaping (Owner) -> String?
  ) {
    self.name = name
    self.words = words
    self.usual = usual
    self.meaning = meaning
    self.read = { owner, keys in
      let key = FieldKey(rawValue: name)
      if keys.has(key) { try read(&owner, keys, key) }
    }
    self.text = text
  }

  /// A key with a default: what the owner has before it is read.
  init<Value>(
    _ name: String, _ path: WritableKeyPath<Owner, Value>, _ form: CaseForm<Value>,
    unless usual: String? = nil, _ meaning: String
  ) where Owner: CaseMapping {
    self.init(
      name, words: form.words, unless: usual ?? form.text(Owner()[keyPath: path]), meaning,
      read: { owner, keys, key in owner[keyPath: path] = try form.read(keys, key) },
      text: { form.text($0[keyPath: path]) })
  }

  /// A key without a default.
  init<Value>(
    _ name: String, optional path: WritableKeyPath<Owner, Value?>, _ form: CaseForm<Value>,
    unless usual: String, _ meaning: String
  ) {
    self.init(
      name, words: form.words, unless: usual, meaning,
      read: { owner, keys, key in owner[keyPath: path] = try form.read(keys, key) },
      text: { $0[keyPath: path].map(form.text) })
  }

  /// A key that must stand there.
  init<Value>(
    _ name: String, required path: WritableKeyPath<Owner, Value>, _ form: CaseForm<Value>,
    _ meaning: String
  ) {
    self.name = name
    self.meaning = meaning
    words = form.words
    usual = "required"
    read = { owner, keys in
      owner[keyPath: path] = try form.read(keys, FieldKey(rawValue: name))
    }
    text = { form.text($0[keyPath: path]) }
  }
}

extension CaseField {
  /// The same key in a mapping that has this one's owner as a part.
  func of<Whole>(_ part: WritableKeyPath<Whole, Owner>) -> CaseField<Whole> {
    CaseField<Whole>(
      name: name, words: words, usual: usual, meaning: meaning,
      read: { whole, keys in try read(&whole[keyPath: part], keys) },
      text: { text($0[keyPath: part]) })
  }
}

extension CaseForm where Value == Double {
  /// A plain number within a range.
  static func number(in range: ClosedRange<Double>? = nil) -> CaseForm {
    CaseForm(
      words: range.map { "a number from \($0.lowerBound) to \($0.upperBound)" } ?? "a number",
      read: { keys, key in
        if let range { try keys.number(key, in: range) } else { try keys.number(key) }
      },
      text: { "\($0)" })
  }

  /// A quantity with its unit, above zero where asked for; `unit` is that of inside numbers.
  static func quantity(
    _ dimension: Dimension, _ unit: String, isPositive: Bool = false
  ) -> CaseForm {
    CaseForm(
      words: "in \(dimension.unitList)",
      read: { keys, key in
        isPositive ? try keys.positiveQuantity(key, dimension) : try keys.quantity(key, dimension)
      },
      text: { "\($0) \(unit)" })
  }

  /// A length in nm; a place where it need not be positive.
  static var length: CaseForm { .quantity(.length, "nm", isPositive: true) }
  /// A coordinate in nm.
  static var place: CaseForm { .quantity(.length, "nm") }
  /// A time in s, above zero.
  static var time: CaseForm { .quantity(.time, "s", isPositive: true) }
}

extension CaseForm where Value == Int {
  /// A whole number within a range.
  static func integer(in range: ClosedRange<Int>? = nil) -> CaseForm {
    CaseForm(
      words: range.map { "a whole number from \($0.lowerBound) to \($0.upperBound)" }
        ?? "a whole number",
      read: { keys, key in
        if let range { try keys.integer(key, in: range) } else { try keys.integer(key) }
      },
      text: { "\($0)" })
  }
}

extension CaseForm where Value == Bool {
  /// Yes or no.
  static var flag: CaseForm {
    CaseForm(words: "true or false", read: { try $0.flag($1) }, text: { "\($0)" })
  }
}

extension CaseForm where Value == String {
  /// A text, such as a file's path.
  static var text: CaseForm {
    CaseForm(words: "", read: { try $0.text($1) }, text: { "\"\($0)\"" })
  }
}

extension CaseForm where Value: CaseIterable & RawRepresentable<String> {
  /// One of an enum's texts.
  static var choice: CaseForm {
    let names = Value.allCases.map { "`\($0.rawValue)`" }
    return CaseForm(
      words: names.joined(separator: ", "), read: { try $0.choice($1) }, text: { $0.rawValue })
  }
}

extension CaseForm where Value: CaseMapping {
  /// A mapping of its own.
  static var mapping: CaseForm {
    CaseForm(
      words: "`{\(Value.names.joined(separator: ", "))}`", read: { try $0.nested($1) },
      text: { $0.flow })
  }
}

extension CaseForm where Value == [Double] {
  /// Quantities; `unit` is that of inside numbers.
  static func quantities(_ dimension: Dimension, _ unit: String = "") -> CaseForm {
    CaseForm(
      words: dimension == .ratio ? "a list of numbers" : "a list, in \(dimension.unitList)",
      read: { try $0.quantities($1, dimension) },
      text: { list in
        "[\(list.map { unit.isEmpty ? "\($0)" : "\($0) \(unit)" }.joined(separator: ", "))]"
      })
  }
}

extension CaseForm {
  /// A list of mappings.
  static func list<Item: CaseMapping>(_ words: String) -> CaseForm where Value == [Item] {
    CaseForm(
      words: words, read: { try $0.list($1, of: Item.self) },
      text: { "[\($0.map(\.flow).joined(separator: ", "))]" })
  }
}

extension CaseForm where Value == [String] {
  /// A list of texts.
  static var texts: CaseForm {
    CaseForm(
      words: "a list", read: { try $0.list($1, of: String.self) },
      text: { "[\($0.map { "\"\($0)\"" }.joined(separator: ", "))]" })
  }
}

extension CaseForm where Value == [Int] {
  /// A list of whole numbers within a range.
  static func integers(in range: ClosedRange<Int>) -> CaseForm {
    CaseForm(
      words: "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)",
      read: { keys, key in
        let found = try keys.list(key, of: String.self)
        let numbers = found.compactMap { Int($0) }.filter { range.contains($0) }
        guard numbers.count == found.count, !numbers.isEmpty else {
          throw keys.problem(
            key,
            "found \(found), expected whole numbers from \(range.lowerBound) to "
              + "\(range.upperBound)")
        }
        return numbers
      },
      text: { "[\($0.map { "\($0)" }.joined(separator: ", "))]" })
  }
}

extension CaseForm {
  /// A list of an enum's texts.
  static func choices<Item: CaseIterable & RawRepresentable<String>>() -> CaseForm
  where Value == [Item] {
    let names = Item.allCases.map(\.rawValue).joined(separator: ", ")
    return CaseForm(
      words: "a list of \(names)",
      read: { keys, key in
        try keys.list(key, of: String.self).map { text in
          guard let item = Item(rawValue: text) else {
            throw keys.problem(key, "found \"\(text)\", expected \(names)")
          }
          return item
        }
      },
      text: { "[\($0.map { "\($0.rawValue)" }.joined(separator: ", "))]" })
  }
}
