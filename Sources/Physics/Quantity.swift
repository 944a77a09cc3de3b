// SPDX-License-Identifier: Apache-2.0

/// Reads quantities as people write them: a number and its unit.
public enum Quantity {
  /// Reads a quantity of a known dimension and converts it to inside units.
  ///
  /// `"49.5 nm"` as a length is 49.5, `"49.05 GPa"` as a stress is 0.306 eV/nm3, `"3 %"` as a ratio
  /// is 0.03, `"0.5 C"` as a current rate is 1.39e-4 of the capacity per second. Blanks between
  /// number and unit are optional. A bare number is a quantity only as a ratio.
  ///
  /// - Parameters:
  ///   - text: the quantity as written.
  ///   - dimension: what it is to be; its unit names are the accepted ones.
  /// - Returns: the value in nm, s, eV, K, rad (see ``Dimension``).
  /// - Throws: ``QuantityError`` if the text has no number, no unit, a unit of another dimension,
  ///   an unknown unit, or a value that is not finite.
  public static func parse(
    _ text: String, as dimension: Dimension
  ) throws(QuantityError) -> Double {
    let plain = normalised(text)
    guard let (number, unitText) = split(plain), let value = Double(number) else {
      throw .notANumber(text: text, dimension: dimension)
    }
    guard value.isFinite else { throw .notFinite(text: text) }
    if unitText.isEmpty {
      guard dimension == .ratio else { throw .missingUnit(text: text, dimension: dimension) }
      return value
    }
    guard let unit = dimension.units.first(where: { $0.name == unitText }) else {
      throw unitError(text: text, unit: unitText, dimension: dimension)
    }
    // A large unit may push a finite number over the edge: "1e300 m" is not a length in nm.
    let inside = value * unit.size
    guard inside.isFinite else { throw .notFinite(text: text) }
    return inside
  }

  /// Says why a unit is not one of the dimension's.
  private static func unitError(
    text: String, unit: String, dimension: Dimension
  ) -> QuantityError {
    let owner = Dimension.allCases.first { other in
      other.units.contains { $0.name == unit }
    }
    if let owner {
      return .wrongDimension(text: text, unit: unit, found: owner, dimension: dimension)
    }
    let suggestion = nearestName(to: unit, among: dimension.units.map(\.name))
    return .unknownUnit(text: text, unit: unit, dimension: dimension, suggestion: suggestion)
  }

  /// Replaces typographic signs by the ASCII of the unit tables and collapses blanks.
  private static func normalised(_ text: String) -> String {
    var plain = ""
    var blankPending = false
    for scalar in text.unicodeScalars {
      let replacement: String
      switch scalar {
      case " ", "\t", "\n", "\r", "\u{A0}", "\u{2009}", "\u{202F}", "*", "\u{B7}", "\u{22C5}":
        blankPending = !plain.isEmpty
        continue
      case "^": continue
      case "\u{2212}": replacement = "-"
      case "\u{B5}", "\u{3BC}": replacement = "u"
      case "\u{C5}", "\u{212B}": replacement = "A"
      case "\u{B0}": replacement = "degree"
      case "\u{B9}": replacement = "1"
      case "\u{B2}": replacement = "2"
      case "\u{B3}": replacement = "3"
      case "\u{207B}": replacement = "-"
      default: replacement = String(scalar)
      }
      if blankPending {
        plain += " "
        blankPending = false
      }
      plain += replacement
    }
    return plain
  }

  /// Cuts a decimal number off the front; nil where there is none.
  ///
  /// By hand, because `Double.init` also takes "inf", "nan" and hexadecimal numbers, and because
  /// the e of "5 eV" must not be read as an exponent.
  private static func split(_ text: String) -> (number: String, unit: String)? {
    let scalars = Array(text.unicodeScalars)
    var end = 0
    func skipDigits() -> Int {
      let start = end
      while end < scalars.count, ("0"..."9").contains(scalars[end]) { end += 1 }
      return end - start
    }
    if end < scalars.count, scalars[end] == "+" || scalars[end] == "-" { end += 1 }
    var digits = skipDigits()
    if end < scalars.count, scalars[end] == "." {
      end += 1
      digits += skipDigits()
    }
    guard digits > 0 else { return nil }
    let mantissaEnd = end
    if end < scalars.count, scalars[end] == "e" || scalars[end] == "E" {
      end += 1
      if end < scalars.count, scalars[end] == "+" || scalars[end] == "-" { end += 1 }
      if skipDigits() == 0 { end = mantissaEnd }
    }
    var rest = scalars[end...]
    if rest.first == " " {
      rest = rest.dropFirst()
    } else if let next = rest.first, !next.properties.isAlphabetic, next != "%" {
      // "3,5 nm" or "1.2.3 nm": the number itself is malformed.
      return nil
    }
    return (string(scalars[..<end]), string(rest))
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
