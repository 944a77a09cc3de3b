// SPDX-License-Identifier: Apache-2.0

import Physics

/// How a kind of value stands in a case: in words, its reader and its writer.
struct CaseForm<Value> {
  /// What may stand there, for documents; empty where the key's meaning says it.
  let words: String
  /// The keys below it, where it may be a mapping or a list of some.
  var parts: () -> [CasePath] = { [] }
  /// Reads the value of a key.
  let read: (FieldKeys, String) throws -> Value
  /// The value as a case writes it, read back to the last bit.
  let text: (Value) -> String
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

extension CaseForm where Value == Double {
  /// A share, as a number or in per cent.
  static var share: CaseForm {
    CaseForm(
      words: "a share", read: { try $0.quantity($1, .ratio) }, text: { "\($0)" })
  }
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
      words: "`{\(Value.names.joined(separator: ", "))}`", parts: { Value.paths },
      read: { try $0.nested($1) }, text: { $0.flow })
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
      words: words, parts: { CasePath.items(Item.paths) }, read: { try $0.list($1, of: Item.self) },
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

extension CaseForm where Value == [String] {
  /// A list of some names, each once.
  static func names(of known: [String]) -> CaseForm {
    CaseForm(
      words: "a list of \(known.joined(separator: ", "))",
      read: { keys, key in
        let found = try keys.list(key, of: String.self)
        for name in found where !known.contains(name) {
          let nearest = nearestName(to: name, among: known).map { "; did you mean \"\($0)\"?" }
          throw keys.problem(
            key,
            "found \"\(name)\"" + (nearest ?? ", expected some of \(known.joined(separator: ", "))")
          )
        }
        guard Set(found).count == found.count, !found.isEmpty else {
          throw keys.problem(
            key, "found \(found.isEmpty ? "none" : "one of them twice"), expected each name once")
        }
        return found
      },
      text: { "[\($0.joined(separator: ", "))]" })
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
