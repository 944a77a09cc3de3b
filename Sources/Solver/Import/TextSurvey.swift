// SPDX-License-Identifier: Apache-2.0

import Parallel

/// A first look at a text table: its separator, its size, and what in it is no data.
struct TextSurvey {
  /// Every so many rows the place of a line is kept, so that ranks find theirs.
  static let markStep = 64

  private let path: String
  private var cells = TextCells()
  private var rows = 0
  private var columns = 0
  private var marks: [Int] = []
  private var head: [Double?] = []
  private var isHeadText: [Bool] = []
  private var second: Int?
  private var leading = Progression()
  private var hasComma = false
  private var hasPoint = false
  private var endsEmpty = true

  /// Reads the file once, on this rank alone.
  init(_ path: String) throws(ParallelError) {
    self.path = path
    var lines = try TextLines(path)
    try lines.forEach { (bytes, line, number, byte) throws(ParallelError) in
      if rows == 0 { cells.separator = TextSurvey.separator(bytes, line) }
      if rows % TextSurvey.markStep == 0 { marks += [byte, number] }
      try take(bytes, line, number)
      rows += 1
      return true
    }
    if cells.separator != TextCells.comma, hasComma, !hasPoint { cells.decimal = TextCells.comma }
  }

  private mutating func take(
    _ bytes: Span<UInt8>, _ line: Range<Int>, _ number: Int
  ) throws(ParallelError) {
    var count = 0
    var isLastEmpty = false
    // Before the whole file is seen, a comma may be the decimal one.
    var loose = cells
    if cells.separator != TextCells.comma { loose.decimal = TextCells.comma }
    try cells.forEach(in: bytes, line) { (cell) throws(ParallelError) in
      isLastEmpty = cell.isEmpty
      for index in cell {
        if bytes[index] == TextCells.comma { hasComma = true }
        if bytes[index] == TextCells.point { hasPoint = true }
      }
      if rows == 0 {
        let value = cells.number(bytes, cell) ?? loose.number(bytes, cell)
        head.append(cell.isEmpty ? nil : value)
        isHeadText.append(value == nil)
      } else if count == 0 {
        leading.take(cells.number(bytes, cell) ?? loose.number(bytes, cell))
      }
      count += 1
    }
    if !isLastEmpty || cells.separator == TextCells.blank { endsEmpty = false }
    if rows == 0 { columns = count }
    // R's tables have no heading over the names of the rows.
    if rows == 1, count == columns + 1 { columns = count }
    guard count == columns else {
      throw ParallelError(
        .input,
        "\(path), line \(number): found \(count) cells, expected \(columns) as in the lines above")
    }
  }

  /// What the ranks need to know, as integers: rows, columns, separator, decimal sign, whether the
  /// first row and the first column are left out, whether rows end with a separator; marks.
  var words: [Int] {
    let (row, column) = leftOut
    return [
      rows - (row ? 1 : 0), columns - (column ? 1 : 0), Int(cells.separator), Int(cells.decimal),
      row ? 1 : 0, column ? 1 : 0, endsEmpty && columns - (column ? 1 : 0) > 1 ? 1 : 0,
    ] + marks
  }

  /// Whether the first row and the first column are numbers or names of columns and rows.
  private var leftOut: (row: Bool, column: Bool) {
    guard rows > 1, let corner = head.first else { return (false, false) }
    let isShort = head.count == columns - 1
    let hasCorner = !isShort && corner == nil
    let rest = hasCorner ? Array(head.dropFirst()) : head
    let isText = !rest.isEmpty && isHeadText.suffix(rest.count).allSatisfy(\.self)
    var above = Progression()
    for value in rest { above.take(value) }
    if isShort { return (true, true) }
    if hasCorner, rest.count > 1 {
      // With an empty corner, evenly spaced coordinates on both sides are no data either; two numbers
      // are always evenly spaced.
      let isAxis = (above.isEven && above.count > 2) || above.isCount(2) || isText
      if leading.isEven, leading.count > 2, isAxis { return (true, true) }
      return (isText, isText && leading.isCount(3))
    }
    if isText || above.isCount(3) { return (true, leading.isCount(3)) }
    // Without a heading the first row's number counts among the others.
    var all = leading
    all.prepend(corner)
    return (false, columns > 1 && all.isCount(3))
  }

  /// The separator of a line; a comma inside numbers between blanks is a decimal one.
  private static func separator(_ bytes: Span<UInt8>, _ line: Range<Int>) -> UInt8 {
    var (hasSemicolon, hasTab, hasComma) = (false, false, false)
    var (isCommaAtBlank, hasGap, isQuoted) = (false, false, false)
    var commas = 0
    func isBlank(_ index: Int) -> Bool {
      !line.contains(index) || TextCells.isBlank(bytes[index])
    }
    for index in line {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if isBlank(index - 1), TextCells.isComment(bytes, index, line.upperBound) { break }
      if isQuoted { continue }
      switch byte {
      case UInt8(ascii: ";"): hasSemicolon = true
      case 9: hasTab = true
      case TextCells.comma:
        hasComma = true
        commas += 1
        if isBlank(index - 1) || isBlank(index + 1) || commas > 1 { isCommaAtBlank = true }
      case TextCells.blank where index > line.lowerBound && !isBlank(index - 1):
        commas = 0
        if (index + 1..<line.upperBound).contains(where: { !isBlank($0) }) { hasGap = true }
      default: break
      }
    }
    if hasSemicolon { return UInt8(ascii: ";") }
    if hasTab { return 9 }
    if hasComma { return hasGap && !isCommaAtBlank ? TextCells.blank : TextCells.comma }
    return TextCells.blank
  }
}

/// Numbers that are looked at one after the other: whether they count, or rise evenly.
private struct Progression {
  private(set) var count = 0
  private var first = 0.0
  private var last = 0.0
  private var step = 0.0
  private var isBroken = false

  /// Whether all were finite numbers with one distance.
  var isEven: Bool { !isBroken && count > 0 && (count == 1 || step != 0) }

  /// Whether they are 0, 1, 2, … or 1, 2, 3, …, at least so many.
  func isCount(_ least: Int) -> Bool {
    !isBroken && count >= least && step == 1 && (first == 0 || first == 1)
  }

  mutating func take(_ value: Double?) {
    guard let value, value.isFinite else {
      isBroken = true
      return
    }
    if count == 0 { first = value }
    if count == 1 { step = value - last }
    if count > 1, abs(value - last - step) > 1e-9 * max(abs(value), abs(first)) { isBroken = true }
    last = value
    count += 1
  }

  /// Takes a number in front of all others.
  mutating func prepend(_ value: Double?) {
    guard let value, value.isFinite else {
      isBroken = true
      return
    }
    if count == 1 { step = first - value }
    if count > 1, abs(first - value - step) > 1e-9 * max(abs(value), abs(first)) {
      isBroken = true
    }
    if count == 0 { last = value }
    first = value
    count += 1
  }
}
