// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// A table of numbers in a text file, read line by line so that no rank holds all of it.
///
/// Separators are commas, tabs, semicolons or blanks; decimal commas are read where the separator
/// is none. A line or cell that begins with `#` starts a comment. An empty cell, "nan", "NA" and
/// what spreadsheets and C libraries write for no value are no data. Row and column numbers, and
/// headings, are recognised and left out.
struct TextTable {
  /// Where it lies.
  let path: String
  /// Number of rows of data.
  private(set) var rows: Int
  /// Number of cells of each.
  private(set) var columns: Int
  /// What was left out, for the user's log.
  private(set) var notes: [String] = []
  /// Whether each row ends with a separator and nothing after it.
  let endsEmpty: Bool
  private let cells: TextCells
  private let skipsRow: Bool
  private let skipsColumn: Bool
  /// Where every 64th row begins: byte and number of the line.
  private let marks: [(byte: Int, line: Int)]

  /// Looks at the whole file on one rank: separator, rows, columns, what is no data.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - communicator: the ranks that will read it.
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be read, of kind `input` with the
  ///   line number when a row is longer or shorter than those above.
  init(_ path: String, communicator: Communicator) throws(ParallelError) {
    let text = try communicator.first { () throws(ParallelError) in
      let survey = try TextSurvey(path)
      return survey.words.map(String.init).joined(separator: " ")
    }
    let words = text.split(separator: " ").compactMap { Int($0) }
    self.path = path
    rows = words[0]
    columns = words[1]
    cells = TextCells(separator: UInt8(words[2]), decimal: UInt8(words[3]))
    skipsRow = words[4] == 1
    skipsColumn = words[5] == 1
    endsEmpty = words[6] == 1
    marks = stride(from: 7, to: words.count, by: 2).map { (words[$0], words[$0 + 1]) }
    if rows == 0 {
      throw ParallelError(.input, "\(path): found no rows, expected a table of numbers")
    }
    if skipsRow { notes.append("\(path): the first row is a heading or column numbers: left out") }
    if skipsColumn {
      notes.append("\(path): the first column is row numbers or names: left out")
    }
    if cells.decimal == TextCells.comma { notes.append("\(path): read with decimal commas") }
  }

  /// Drops the empty column behind the last separator.
  mutating func dropLast() {
    columns -= 1
    notes.append("\(path): nothing stands behind the last separator: left out")
  }

  /// The numbers of some rows, row by row.
  ///
  /// Collective; each rank asks for its own rows.
  ///
  /// - Parameters:
  ///   - wanted: the rows of this rank.
  ///   - communicator: the ranks that read.
  /// - Returns: the numbers; NaN where a cell has no data.
  /// - Throws: ``ParallelError`` of kind `input` with the line number for a cell that is no number.
  func read(
    _ wanted: Range<Int>, communicator: Communicator
  ) throws(ParallelError) -> [Double] {
    try communicator.together { () throws(ParallelError) in
      if wanted.isEmpty { return [] }
      // Rows of the file, a heading included.
      let first = wanted.lowerBound + (skipsRow ? 1 : 0)
      let last = wanted.upperBound + (skipsRow ? 1 : 0)
      let mark = first / TextSurvey.markStep
      var row = mark * TextSurvey.markStep
      var values: [Double] = []
      values.reserveCapacity(wanted.count * columns)
      let skipped = skipsColumn ? 1 : 0
      var lines = try TextLines(path, from: marks[mark])
      try lines.forEach { (bytes, line, number) throws(ParallelError) in
        defer { row += 1 }
        guard row >= first else { return true }
        guard row < last else { return false }
        var index = 0
        try cells.forEach(in: bytes, line) { (cell) throws(ParallelError) in
          defer { index += 1 }
          guard index >= skipped, index < skipped + columns else { return }
          guard let value = cells.number(bytes, cell) else {
            throw refusal(TextCells.text(bytes, cell), number, index)
          }
          values.append(value)
        }
        guard values.count == (row + 1 - first) * columns else {
          throw ParallelError(.input, "\(path), line \(number): changed while it was read")
        }
        return true
      }
      guard values.count == wanted.count * columns else {
        throw ParallelError(.input, "\(path): changed while it was read")
      }
      return values
    }
  }

  private func refusal(_ cell: String, _ line: Int, _ index: Int) -> ParallelError {
    let shown = cell.count > 40 ? cell.prefix(40) + "\u{2026}" : cell
    return ParallelError(
      .input,
      "\(path), line \(line), cell \(index + 1): found \"\(shown)\", expected a number without "
        + "thousands separators (# starts a comment)")
  }
}

/// The lines of a text file that hold cells, as bytes, in pieces of a megabyte.
struct TextLines {
  private let path: String
  private let handle: FileHandle
  private var byte: Int
  private var number: Int

  /// Starts at a line that begins at a byte of the file.
  init(_ path: String, from place: (byte: Int, line: Int) = (0, 1)) throws(ParallelError) {
    try InputFile.checkReadable(path)
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw ParallelError(.file, "\(path): cannot be read")
    }
    self.path = path
    self.handle = handle
    (byte, number) = (place.byte, place.line)
  }

  /// Calls `body` with the bytes, the range and the number of each line that holds more than a
  /// comment, until it returns false.
  mutating func forEach(
    _ body: (Span<UInt8>, Range<Int>, Int) throws(ParallelError) -> Bool
  ) throws(ParallelError) {
    try forEach { (bytes, line, number, _) throws(ParallelError) in
      try body(bytes, line, number)
    }
  }

  /// The same, with the byte of the file at which the line begins.
  mutating func forEach(
    _ body: (Span<UInt8>, Range<Int>, Int, Int) throws(ParallelError) -> Bool
  ) throws(ParallelError) {
    defer { try? handle.close() }
    var buffer: [UInt8] = []
    var origin = byte
    var isAtEnd = false
    do { try handle.seek(toOffset: UInt64(byte)) } catch {
      throw ParallelError(.file, "\(path): cannot be read: \(error.localizedDescription)")
    }
    while !isAtEnd {
      let piece: Data?
      do { piece = try handle.read(upToCount: 1 << 20) } catch {
        throw ParallelError(.file, "\(path): cannot be read: \(error.localizedDescription)")
      }
      isAtEnd = piece?.isEmpty ?? true
      buffer.append(contentsOf: piece ?? Data())
      if origin == 0, number == 1 { try skipMark(&buffer, &origin) }
      guard let first = try scan(buffer.span, isAtEnd, origin, body) else { return }
      origin += first
      buffer.removeFirst(first)
      guard buffer.count <= 1 << 26 else {
        throw ParallelError(
          .input, "\(path), line \(number): longer than 64 MB, expected the rows of a table")
      }
    }
  }

  /// Shows the whole lines of a piece; tells where the next begins, nil when `body` has enough.
  private mutating func scan(
    _ bytes: Span<UInt8>, _ isAtEnd: Bool, _ origin: Int,
    _ body: (Span<UInt8>, Range<Int>, Int, Int) throws(ParallelError) -> Bool
  ) throws(ParallelError) -> Int? {
    var first = 0
    while first < bytes.count {
      var end = first
      while end < bytes.count, bytes[end] != 10 { end += 1 }
      if end == bytes.count, !isAtEnd { break }
      if !TextCells.isEmpty(bytes, first..<end) {
        guard try body(bytes, first..<end, number, origin + first) else { return nil }
      }
      number += 1
      first = min(end + 1, bytes.count)
    }
    return first
  }

  /// Passes over the mark that says UTF-8, and refuses other encodings.
  private func skipMark(_ buffer: inout [UInt8], _ origin: inout Int) throws(ParallelError) {
    if buffer.starts(with: [0xEF, 0xBB, 0xBF]) {
      buffer.removeFirst(3)
      origin = 3
    }
    let isWide = buffer.starts(with: [0xFF, 0xFE]) || buffer.starts(with: [0xFE, 0xFF])
    guard !isWide, !buffer.prefix(4096).contains(0) else {
      throw ParallelError(
        .input,
        "\(path): found \(isWide ? "UTF-16" : "zero bytes"), expected text in UTF-8: save it as "
          + "plain CSV")
    }
  }
}
