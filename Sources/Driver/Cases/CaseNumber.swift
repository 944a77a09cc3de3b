// SPDX-License-Identifier: Apache-2.0

import Physics

/// A number of a case file: decimal, or a fraction such as 1/2, in which Burgers vectors are written.
struct CaseNumber: Decodable {
  /// Its value.
  let value: Double

  init(from decoder: any Decoder) throws {
    guard let text = try? decoder.singleValueContainer().decode(String.self) else {
      throw CaseError(decoder.codingPath, "found a list or a mapping, expected a number")
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { CaseNumber.decimal(String($0)) }
    switch (parts.count, numbers.count) {
    case (1, 1): value = numbers[0]
    case (2, 2) where numbers[1] != 0: value = numbers[0] / numbers[1]
    default:
      throw CaseError(decoder.codingPath, "found \"\(text)\", expected a number")
    }
  }

  /// By the reader of quantities: Double's own takes hexadecimal numbers, YAML's takes 1:30.
  private static func decimal(_ text: String) -> Double? {
    let word = text.drop(while: \.isWhitespace)
    guard !word.hasSuffix("%"), let value = try? Quantity.parse(String(word), as: .ratio) else {
      return nil
    }
    return value.isFinite ? value : nil
  }
}

/// A list of numbers of a case file.
private struct CaseRow: Decodable {
  let values: [Double]

  init(from decoder: any Decoder) throws {
    guard var list = try? decoder.unkeyedContainer() else {
      throw CaseError(decoder.codingPath, "found no list, expected a list of numbers")
    }
    var numbers: [Double] = []
    while !list.isAtEnd { numbers.append(try list.decode(CaseNumber.self).value) }
    values = numbers
  }
}

extension FieldKeys {
  /// A list of so many numbers.
  func numbers(_ name: String, _ names: String...) throws -> [Double] {
    try listed(name, names, nested(name, CaseRow.self).values)
  }

  /// Three numbers as a vector.
  func vector(_ name: String, _ first: String, _ second: String, _ third: String) throws
    -> SIMD3<Double>
  {
    let numbers = try numbers(name, first, second, third)
    return SIMD3(numbers[0], numbers[1], numbers[2])
  }

  /// A list of vectors of three numbers.
  func vectors(_ name: String, _ first: String, _ second: String, _ third: String) throws
    -> [SIMD3<Double>]
  {
    try nested(name, [CaseRow].self).map { row in
      let numbers = try listed(name, [first, second, third], row.values)
      return SIMD3(numbers[0], numbers[1], numbers[2])
    }
  }

  private func listed(_ name: String, _ names: [String], _ numbers: [Double]) throws -> [Double] {
    guard numbers.count == names.count else {
      // Hexagonal crystals are often written with a fourth index, which depends on the others.
      let fourth =
        switch (numbers.count, names) {
        case (4, ["u", "v", "w"]): "; of the direction [U V T W] give [U - T, V - T, W]"
        case (4, ["h", "k", "l"]): "; of the plane (h k i l) leave i out"
        default: ""
        }
      throw problem(
        name,
        "found \(numbers.count) numbers, expected \(names.count): [\(names.joined(separator: ", "))]"
          + fourth)
    }
    return numbers
  }
}

extension CaseForm where Value == SIMD3<Double> {
  /// Three numbers of these names.
  static func vector(_ first: String, _ second: String, _ third: String) -> CaseForm {
    CaseForm(
      words: "`[\(first), \(second), \(third)]`",
      read: { try $0.vector($1, first, second, third) },
      text: { "[\($0.x), \($0.y), \($0.z)]" })
  }
}

extension CaseForm where Value == [SIMD3<Double>] {
  /// A list of three numbers each, of these names.
  static func vectors(_ first: String, _ second: String, _ third: String) -> CaseForm {
    CaseForm(
      words: "a list of `[\(first), \(second), \(third)]`",
      read: { try $0.vectors($1, first, second, third) },
      text: { list in
        "[\(list.map { "[\($0.x), \($0.y), \($0.z)]" }.joined(separator: ", "))]"
      })
  }
}
