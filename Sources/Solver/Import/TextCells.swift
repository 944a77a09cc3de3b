// SPDX-License-Identifier: Apache-2.0

import Parallel

/// The cells of one line of a text table, and the numbers in them, read from bytes.
struct TextCells {
  /// What separates cells; a blank stands for any run of blanks and tabs.
  var separator: UInt8 = comma
  /// What separates a number's whole part from its fraction.
  var decimal: UInt8 = point

  static let comma = UInt8(ascii: ",")
  static let point = UInt8(ascii: ".")
  static let blank = UInt8(ascii: " ")
  private static let hash = UInt8(ascii: "#")
  private static let quote = UInt8(ascii: "\"")

  /// Calls `body` with each cell's bytes, trimmed of blanks and quotes.
  ///
  /// A "#" ends the line where it begins a cell or follows a blank, unless it begins one of the
  /// words that spreadsheets write for missing values.
  @inline(__always)
  func forEach(
    in bytes: Span<UInt8>, _ line: Range<Int>,
    _ body: (Range<Int>) throws(ParallelError) -> Void
  ) throws(ParallelError) {
    let end = line.upperBound
    var first = line.lowerBound
    if separator == TextCells.blank {
      while true {
        while first < end, TextCells.isBlank(bytes[first]) { first += 1 }
        if first == end || TextCells.isComment(bytes, first, end) { return }
        var last = first
        while last < end, !TextCells.isBlank(bytes[last]) { last += 1 }
        try body(TextCells.trimmed(bytes, first..<last))
        first = last
      }
    }
    while true {
      var last = first
      var isQuoted = false
      var isCut = false
      while last < end, isQuoted || bytes[last] != separator {
        let byte = bytes[last]
        if byte == TextCells.quote { isQuoted.toggle() }
        if byte == TextCells.hash, !isQuoted,
          last == first || TextCells.isBlank(bytes[last - 1]),
          TextCells.isComment(bytes, last, end)
        {
          isCut = true
          break
        }
        last += 1
      }
      try body(TextCells.trimmed(bytes, first..<last))
      if isCut || last >= end { return }
      first = last + 1
    }
  }

  /// Whether a line holds nothing, or a comment only.
  static func isEmpty(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
    var first = line.lowerBound
    while first < line.upperBound, isBlank(bytes[first]) { first += 1 }
    return first == line.upperBound || isComment(bytes, first, line.upperBound)
  }

  /// Whether a "#" stands at `first` that begins no spreadsheet's error.
  static func isComment(_ bytes: Span<UInt8>, _ first: Int, _ end: Int) -> Bool {
    guard bytes[first] == hash else { return false }
    var last = first + 1
    while last < end, !isBlank(bytes[last]), bytes[last] != comma, bytes[last] != quote,
      bytes[last] != UInt8(ascii: ";")
    {
      last += 1
    }
    return !errors.contains(word(bytes, first..<last))
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == blank || byte == 9 || byte == 13 }

  private static func trimmed(_ bytes: Span<UInt8>, _ cell: Range<Int>) -> Range<Int> {
    var (first, last) = (cell.lowerBound, cell.upperBound)
    while first < last, isBlank(bytes[first]) { first += 1 }
    while first < last, isBlank(bytes[last - 1]) { last -= 1 }
    if last - first >= 2, bytes[first] == quote, bytes[last - 1] == quote {
      return trimmed(bytes, first + 1..<last - 1)
    }
    return first..<last
  }

  /// The text of a cell.
  package static func text(_ bytes: Span<UInt8>, _ cell: Range<Int>) -> String {
    var copy: [UInt8] = []
    for index in cell { copy.append(bytes[index]) }
    return String(decoding: copy, as: UTF8.self)
  }

  private static func word(_ bytes: Span<UInt8>, _ cell: Range<Int>) -> String {
    text(bytes, cell).lowercased()
  }

  /// What spreadsheets in several languages write for a value that is none.
  private static let errors: Set<String> = [
    "#n/a", "#na", "#nv", "#n/d", "#nd", "#div/0!", "#value!", "#wert!", "#valor!", "#valeur!",
    "#ref!", "#bezug!", "#name?", "#num!", "#zahl!", "#null!", "#nan",
  ]
  private static let missing: Set<String> = [
    "nan", "+nan", "-nan", "nan(ind)", "-nan(ind)", "nan(snan)", "na", "n/a", "null", "none",
    "nil", "--", "<na>", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity",
  ]

  /// Powers of ten that are exact.
  private static let powers: [Double] = (0...22).reduce(into: []) { powers, _ in
    powers.append((powers.last ?? 0.1) * 10)
  }

  /// The number in a cell, NaN where it says that there is none, nil where it is no number.
  @inline(__always)
  package func number(_ bytes: Span<UInt8>, _ cell: Range<Int>) -> Double? {
    var index = cell.lowerBound
    let end = cell.upperBound
    if index == end { return .nan }
    let isNegative = bytes[index] == UInt8(ascii: "-")
    if isNegative || bytes[index] == UInt8(ascii: "+") { index += 1 }
    var mantissa: UInt64 = 0
    var exponent = 0
    var digits = 0
    var zeros = 0
    var isLong = false
    var sawPoint = false
    // Zeros at the end only wait: they count where another digit follows.
    while index < end {
      let byte = bytes[index]
      if byte &- 48 < 10 {
        digits += 1
        if byte == 48 {
          zeros += 1
        } else {
          for _ in 0...zeros where !isLong {
            isLong = mantissa > (UInt64.max - 9) / 10
            if !isLong { mantissa *= 10 }
          }
          mantissa &+= UInt64(byte &- 48)
          zeros = 0
        }
        if sawPoint { exponent -= 1 }
      } else if byte == decimal, !sawPoint {
        sawPoint = true
      } else {
        break
      }
      index += 1
    }
    exponent += zeros
    guard digits > 0 else { return word(bytes, cell) }
    if index < end {
      guard bytes[index] | 32 == UInt8(ascii: "e"), index + 1 < end else {
        return word(bytes, cell)
      }
      index += 1
      let isDown = bytes[index] == UInt8(ascii: "-")
      if isDown || bytes[index] == UInt8(ascii: "+") { index += 1 }
      guard index < end else { return nil }
      var power = 0
      while index < end, bytes[index] &- 48 < 10 {
        power = min(9999, 10 * power + Int(bytes[index] &- 48))
        index += 1
      }
      guard index == end else { return nil }
      exponent += isDown ? -power : power
    }
    if mantissa == 0, !isLong { return isNegative ? -0.0 : 0 }
    // Both factors are exact, so that the one rounding is right (Clinger).
    if !isLong, mantissa < 1 << 53, abs(exponent) <= 22 {
      let power = TextCells.powers[abs(exponent)]
      let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
      return isNegative ? -value : value
    }
    return slow(bytes, cell)
  }

  /// A number with too many digits for the short way.
  @inline(never)
  private func slow(_ bytes: Span<UInt8>, _ cell: Range<Int>) -> Double? {
    var text = TextCells.text(bytes, cell)
    if decimal != TextCells.point {
      text = text.replacing(String(UnicodeScalar(decimal)), with: ".")
    }
    guard let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// NaN for a word that means no data.
  @inline(never)
  private func word(_ bytes: Span<UInt8>, _ cell: Range<Int>) -> Double? {
    let word = TextCells.word(bytes, cell)
    let isMissing =
      TextCells.missing.contains(word) || TextCells.errors.contains(word)
      // What Microsoft's C library prints: 1.#QNAN, -1.#IND00, 1.#INF.
      || word.drop { $0 == "-" || $0 == "+" }.hasPrefix("1.#")
    return isMissing ? .nan : nil
  }
}
