// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// Which columns of a pattern's file are what, counted from 0.
public struct PatternColumns: Sendable, Equatable {
  /// The column of the positions.
  public var position: Int
  /// The column of the intensities.
  public var intensity: Int
  /// The column of their standard deviations; nil where the file states none.
  public var deviation: Int?

  /// Columns, counted from 0.
  public init(position: Int = 0, intensity: Int = 1, deviation: Int? = nil) {
    self.position = position
    self.intensity = intensity
    self.deviation = deviation
  }

  /// The places that are read, in the order position, intensity, deviation.
  var places: [Int] { [position, intensity] + (deviation.map { [$0] } ?? []) }

  /// Rows of numbers out of text.
  ///
  /// Comments, and a heading before the first row, are skipped. Rows may fall instead of rise.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when a line is no row of numbers, rows differ in
  ///   length, or there are four columns and nobody says what they are.
  package static func rows(
    of text: String, path: String, columns: PatternColumns?
  ) throws(ParallelError) -> PatternRows {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let hasCommas = usesDecimalCommas(lines)
    var rows = PatternRows()
    var errors: [Double] = []
    var width: Int?
    var announced: Int?
    for (index, line) in lines.enumerated() {
      let words = words(of: line, decimalCommas: hasCommas)
      guard let first = words.first, let mark = first.first, !"#!%'\"/".contains(mark) else {
        continue
      }
      if rows.positions.isEmpty {
        if isHeading(words) { continue }
        // FIT2D's heading ends with the number of rows.
        if words.count == 1, let count = Int(first), count > 1, announced == nil {
          announced = count
          continue
        }
      }
      func problem(_ found: String, _ expected: String) -> ParallelError {
        ParallelError(.input, "\(path): line \(index + 1): found \(found), expected \(expected)")
      }
      guard width == nil || width == words.count else {
        throw problem("\(words.count) columns", "\(width ?? 0) as before")
      }
      width = words.count
      if columns == nil, words.count > 3 {
        throw problem(
          "\(words.count) columns",
          "a position, an intensity and possibly its standard deviation; say which columns they "
            + "are by the key columns, such as columns: [position, intensity, skip, sigma]")
      }
      let layout = columns ?? PatternColumns(deviation: words.count > 2 ? 2 : nil)
      guard layout.places.allSatisfy({ $0 < words.count }) else {
        throw problem(
          "\(words.count) columns",
          columns == nil
            ? "a position and an intensity" : "\((layout.places.max() ?? 0) + 1), as columns says")
      }
      let numbers = layout.places.compactMap { Double(words[$0]) }
      guard numbers.count == layout.places.count, numbers.allSatisfy(\.isFinite) else {
        throw problem(
          "\"\(line.prefix(40))\"",
          "a position, an intensity and possibly its standard deviation; what is read: "
            + PatternFormats.readable)
      }
      rows.positions.append(numbers[0])
      rows.intensities.append(numbers[1])
      rows.lines.append(index + 1)
      if numbers.count == 3 { errors.append(numbers[2]) }
    }
    guard announced == nil || announced == rows.positions.count else {
      throw ParallelError(
        .input,
        "\(path): found \(rows.positions.count) rows, expected \(announced ?? 0) as its heading says"
      )
    }
    rows.errors = errors.isEmpty ? nil : errors
    return rows
  }

  /// A line before the first row whose first words are no numbers.
  ///
  /// "2Theta,Intensity" and "2 theta" begin with a digit; "1O.5 7", a slip, is no heading.
  private static func isHeading(_ words: [String]) -> Bool {
    func isNumber(_ word: String) -> Bool { Double(word) != nil }
    if !isNumber(words[0]) {
      return words[0].first?.isLetter == true || words.allSatisfy { !isNumber($0) }
    }
    return words.count > 1 && !isNumber(words[1]) && (words[1].first?.isNumber == false)
  }

  /// Whether commas stand for decimal points: within words, where something else separates them and
  /// no word has a point.
  private static func usesDecimalCommas(_ lines: [Substring]) -> Bool {
    var isSeen = false
    for line in lines {
      guard let first = line.first(where: { !$0.isWhitespace }),
        first.isNumber || "+-".contains(first)
      else { continue }
      let words = line.split { $0.isWhitespace || $0 == ";" }
      guard words.count > 1 else {
        if line.contains(",") { return false }
        continue
      }
      for word in words where word.contains(",") {
        let parts = word.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.last?.isNumber ?? false }) else {
          return false
        }
        isSeen = true
      }
      if line.contains(".") { return false }
    }
    return isSeen
  }

  private static func words(of line: Substring, decimalCommas: Bool) -> [String] {
    guard decimalCommas else {
      return line.split { $0.isWhitespace || $0 == "," || $0 == ";" }.map(String.init)
    }
    return line.split { $0.isWhitespace || $0 == ";" }
      .map { String($0).replacing(",", with: ".") }
  }
}
