// SPDX-License-Identifier: Apache-2.0

/// Why a text is not a quantity of the dimension asked for; its description says what to write.
public enum QuantityError: Error, Equatable, Sendable {
  /// The text does not begin with a decimal number.
  case notANumber(text: String, dimension: Dimension)
  /// The number stands without the unit that its dimension needs.
  case missingUnit(text: String, dimension: Dimension)
  /// The unit is a known one, but of another dimension.
  case wrongDimension(text: String, unit: String, found: Dimension, dimension: Dimension)
  /// The unit belongs to no dimension.
  case unknownUnit(text: String, unit: String, dimension: Dimension, suggestion: String?)
  /// The value is infinite in the inside unit.
  case notFinite(text: String)
}

extension QuantityError: CustomStringConvertible {
  /// A sentence that names the text, the fault and the accepted units.
  public var description: String {
    switch self {
    case .notANumber(let text, let dimension):
      return "\"\(text)\" is not a number with a unit; \(Self.advice(dimension))"
    case .missingUnit(let text, let dimension):
      return "\"\(text)\" has no unit; \(Self.advice(dimension))"
    case .wrongDimension(let text, let unit, let found, let dimension):
      return "\"\(text)\": \(unit) is a unit of \(found.rawValue); \(Self.advice(dimension))"
    case .unknownUnit(let text, let unit, let dimension, let suggestion):
      let question = suggestion.map { " (did you mean \($0)?)" } ?? ""
      return "\"\(text)\": unknown unit \"\(unit)\"\(question); \(Self.advice(dimension))"
    case .notFinite(let text):
      return "\"\(text)\" is not a finite quantity"
    }
  }

  private static func advice(_ dimension: Dimension) -> String {
    let example = dimension.units.first?.name ?? ""
    return "a quantity of \(dimension.rawValue) is written in \(dimension.unitList), "
      + "for example \"1 \(example)\""
  }
}
