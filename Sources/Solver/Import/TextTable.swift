import Foundation
import Parallel

/// A table of numbers in a text file, read line by line so that no rank holds all of it.
///
/// Separators are commas, tabs, semicolons or blanks; `#` starts a comment; a cell "nan", "NA" or
/// an empty one is no data.
struct TextTable {
  /// Where it lies.
  let path: String
  /// Number of lines with cells.
  let rows: Int
  /// Number of cells of each.
  let columns: Int
  private let separator: Character

  /// Counts rows and columns on one rank.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - communicator: the ranks that will read it.
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be read, of kind `input` with the
  ///   line number when a row is longer or shorter than the first.
  init(_ path: String, communicator: Communicator) throws(ParallelError) {
    let text = try communicator.first { () throws(ParallelError) in
      var rows = 0
      var columns = 0
      var separator: Character = ","
      try TextTable.forEachLine(of: path) { (number, line) throws(ParallelError) in
        if rows == 0 { separator = TextTable.separator(of: line) }
        let count = TextTable.cells(of: line, separator).count
        if rows == 0 { columns = count }
        guard count == columns else {
          throw ParallelError(
            .input,
            "\(path), line \(number): found \(count) cells, expected \(columns) as in the lines "
              + "above")
        }
        rows += 1
      }
      return "\(rows) \(columns) \(separator.asciiValue ?? 44)"
    }
    let numbers = text.split(separator: " ").compactMap { Int($0) }
    self.path = path
    rows = numbers[0]
    columns = numbers[1]
    separator = Character(Unicode.Scalar(UInt8(numbers[2])))
    if rows == 0 {
      throw ParallelError(.input, "\(path): found no rows, expected a table of numbers")
    }
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
      var values: [Double] = []
      values.reserveCapacity(wanted.count * columns)
      var row = 0
      try TextTable.forEachLine(of: path) { (number, line) throws(ParallelError) in
        defer { row += 1 }
        guard wanted.contains(row) else { return }
        for (index, cell) in TextTable.cells(of: line, separator).enumerated() {
          guard let value = TextTable.number(cell) else {
            throw ParallelError(
              .input,
              "\(path), line \(number), cell \(index + 1): found \"\(cell)\", expected a number "
                + "(decimal point; # starts a comment)")
          }
          values.append(value)
        }
      }
      return values
    }
  }

  private static func separator(of line: Substring) -> Character {
    for candidate in [";", "\t", ","] as [Character] where line.contains(candidate) {
      return candidate
    }
    return " "
  }

  private static func cells(of line: Substring, _ separator: Character) -> [Substring] {
    separator == " "
      ? line.split(whereSeparator: \.isWhitespace)
      : line.split(separator: separator, omittingEmptySubsequences: false)
  }

  private static func number(_ cell: Substring) -> Double? {
    let plain = cell.filter { !$0.isWhitespace }
    if plain.isEmpty || ["nan", "na"].contains(plain.lowercased()) { return .nan }
    return Double(plain)
  }

  /// Calls `body` with the number and text of each line that holds more than a comment.
  private static func forEachLine(
    of path: String, _ body: (Int, Substring) throws(ParallelError) -> Void
  ) throws(ParallelError) {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw ParallelError(.file, "\(path): cannot be read")
    }
    defer { try? handle.close() }
    var number = 0
    var rest: [UInt8] = []
    var isAtEnd = false
    while !isAtEnd {
      let chunk: Data?
      do {
        chunk = try handle.read(upToCount: 1 << 20)
      } catch {
        throw ParallelError(.file, "\(path): cannot be read: \(error.localizedDescription)")
      }
      isAtEnd = chunk?.isEmpty ?? true
      rest.append(contentsOf: chunk ?? Data())
      var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      rest = isAtEnd ? [] : Array(lines.popLast() ?? [])
      for bytes in lines {
        number += 1
        var text = String(decoding: bytes, as: UTF8.self)
        if number == 1, text.hasPrefix("\u{FEFF}") { text.removeFirst() }
        let line = text.prefix { $0 != "#" }
        if line.contains(where: { !$0.isWhitespace }) {
          try body(number, line.last == "\r" ? line.dropLast() : line)
        }
      }
    }
  }
}
