// SPDX-License-Identifier: Apache-2.0

/// A mapping of a case file whose keys are declared once.
///
/// From ``fields`` come the reader, the text of the effective case, the table of the documents and
/// the paths that a sweep may name. Four lists of the same keys would drift apart: a key that the
/// reader takes and the effective case leaves out makes a run that cannot be repeated.
protocol CaseMapping: Decodable {
  /// The mapping with all keys left out.
  init()
  /// Its keys, in the order in which they are read and written: one may depend on those before it.
  static var fields: [CaseField<Self>] { get }
  /// Looks at the keys together, after each was read.
  ///
  /// - Throws: ``CaseError`` at the key that does not go with the others.
  mutating func finish(_ keys: FieldKeys) throws
}

extension CaseMapping {
  init(from decoder: any Decoder) throws {
    try self.init(FieldKeys(decoder, names: Self.names))
  }

  /// Reads the keys that stand there, in the order of their declaration.
  ///
  /// - Throws: ``CaseError`` at the first key that is wrong.
  init(_ keys: FieldKeys) throws {
    self.init()
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

/// One key of a mapping.
struct CaseField<Owner> {
  /// The key.
  let name: String
  /// What may stand there, in words; empty where the meaning says it.
  let words: String
  /// What it is where it is left out, in words.
  let usual: String
  /// The same as a case writes it; nil where it depends on other keys or there is none.
  let value: String?
  /// What it does.
  let meaning: String
  /// The keys below it, where it may be a mapping or a list of some; asked for by a sweep only, not
  /// whenever a case is read.
  let parts: () -> [CasePath]
  /// Reads the key if it stands there.
  let read: (inout Owner, FieldKeys) throws -> Void
  /// The value's text; nil where the key is left out.
  let text: (Owner) -> String?

  private init(
    name: String, words: String, usual: String, value: String?, meaning: String,
    parts: @escaping () -> [CasePath],
    read: @escaping (inout Owner, FieldKeys) throws -> Void,
    text: @escaping (Owner) -> String?
  ) {
    self.name = name
    self.words = words
    self.usual = usual
    self.value = value
    self.meaning = meaning
    self.parts = parts
    self.read = read
    self.text = text
  }

  /// A key with a value of its own making.
  init(
    _ name: String, words: String = "", unless usual: String, value: String? = nil,
    _ meaning: String, parts: @escaping () -> [CasePath] = { [] },
    read: @escaping (inout Owner, FieldKeys, String) throws -> Void,
    text: @escaping (Owner) -> String?
  ) {
    self.init(
      name: name, words: words, usual: usual, value: value, meaning: meaning, parts: parts,
      read: { owner, keys in if keys.has(name) { try read(&owner, keys, name) } }, text: text)
  }

  /// A key with a default: what the owner has before it is read.
  init<Value>(
    _ name: String, _ path: WritableKeyPath<Owner, Value>, _ form: CaseForm<Value>,
    unless usual: String? = nil, _ meaning: String
  ) where Owner: CaseMapping {
    let value = usual == nil ? form.text(Owner()[keyPath: path]) : nil
    self.init(
      name, words: form.words, unless: usual ?? value ?? "", value: value, meaning,
      parts: form.parts,
      read: { owner, keys, key in owner[keyPath: path] = try form.read(keys, key) },
      text: { form.text($0[keyPath: path]) })
  }

  /// A key without a default.
  init<Value>(
    _ name: String, optional path: WritableKeyPath<Owner, Value?>, _ form: CaseForm<Value>,
    unless usual: String, _ meaning: String
  ) {
    self.init(
      name, words: form.words, unless: usual, meaning, parts: form.parts,
      read: { owner, keys, key in owner[keyPath: path] = try form.read(keys, key) },
      text: { $0[keyPath: path].map(form.text) })
  }

  /// A key that must stand there.
  init<Value>(
    _ name: String, required path: WritableKeyPath<Owner, Value>, _ form: CaseForm<Value>,
    _ meaning: String
  ) {
    self.init(
      name: name, words: form.words, usual: CasePath.required, value: nil, meaning: meaning,
      parts: form.parts,
      read: { owner, keys in owner[keyPath: path] = try form.read(keys, name) },
      text: { form.text($0[keyPath: path]) })
  }
}

extension CaseField {
  /// The same key in a mapping that has this one's owner as a part.
  func of<Whole>(_ part: WritableKeyPath<Whole, Owner>) -> CaseField<Whole> {
    CaseField<Whole>(
      name: name, words: words, usual: usual, value: value, meaning: meaning, parts: parts,
      read: { whole, keys in try read(&whole[keyPath: part], keys) },
      text: { text($0[keyPath: part]) })
  }
}
