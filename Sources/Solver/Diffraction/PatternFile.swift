import Foundation
public import Parallel

/// Reads diffraction patterns: columns of text, or GSAS histograms.
public enum PatternFile {
  /// Reads a pattern.
  ///
  /// Collective: rank 0 reads the file, all ranks parse it.
  ///
  /// - Parameters:
  ///   - path: columns "position intensity [standard deviation]", or a GSAS histogram where the
  ///     name ends in `.gsas`, `.gsa`, `.gda` or `.fxye`.
  ///   - abscissa: what the first column is; a histogram's is always 2θ.
  ///   - model: where the errors come from.
  ///   - bank: which histogram of a GSAS file; nil stands for the only one.
  ///   - communicator: all ranks.
  /// - Returns: the pattern.
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be read, `input` when a line is no
  ///   row of numbers, positions do not rise, or an intensity is negative.
  public static func read(
    _ path: String, abscissa: DiffractionPattern.Abscissa,
    model: DiffractionPattern.ErrorModel = .auto, bank: Int? = nil, communicator: Communicator
  ) throws(ParallelError) -> DiffractionPattern {
    let text = try communicator.first { () throws(ParallelError) in
      guard let bytes = FileManager.default.contents(atPath: path) else {
        throw ParallelError(.file, "\(path): the file cannot be read")
      }
      return String(decoding: bytes, as: UTF8.self)
    }
    let suffix = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    let rows: PatternRows
    if ["gsas", "gsa", "gda", "fxye"].contains(suffix) {
      guard abscissa == .twoTheta else {
        throw ParallelError(
          .input, "\(path): a GSAS histogram is over 2θ, found the abscissa \(abscissa.rawValue)")
      }
      rows = try GSASHistogram.rows(of: text, path: path, bank: bank)
    } else {
      rows = try columns(of: text, path: path)
    }
    try validate(rows, path: path)
    if model == .stated && rows.errors == nil {
      throw ParallelError(
        .input, "\(path): found two columns, expected a third with standard deviations")
    }
    return DiffractionPattern(
      abscissa: abscissa, positions: rows.positions, intensities: rows.intensities,
      errors: rows.errors, model: model)
  }

  /// Rows of two or three numbers; lines that start with a sign of comment or a letter are skipped.
  static func columns(of text: String, path: String) throws(ParallelError) -> PatternRows {
    var rows = PatternRows()
    var errors: [Double] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let words = line.split { $0.isWhitespace || $0 == "," || $0 == ";" }
      guard let first = words.first?.first, !"#!%'\"/".contains(first) else { continue }
      if first.isLetter && rows.positions.isEmpty { continue }
      let numbers = words.prefix(3).compactMap { Double($0) }
      guard numbers.count == min(words.count, 3), numbers.count >= 2,
        numbers.allSatisfy(\.isFinite)
      else {
        throw ParallelError(
          .input,
          "\(path): line \(index + 1): found \"\(line.prefix(40))\", expected a position, an "
            + "intensity and possibly its standard deviation")
      }
      rows.positions.append(numbers[0])
      rows.intensities.append(numbers[1])
      rows.lines.append(index + 1)
      if numbers.count == 3 { errors.append(numbers[2]) }
    }
    guard errors.isEmpty || errors.count == rows.positions.count else {
      throw ParallelError(
        .input,
        "\(path): found \(errors.count) standard deviations on \(rows.positions.count) rows")
    }
    rows.errors = errors.isEmpty ? nil : errors
    return rows
  }

  private static func validate(_ rows: PatternRows, path: String) throws(ParallelError) {
    guard rows.positions.count >= 2 else {
      throw ParallelError(.input, "\(path): found \(rows.positions.count) points of a pattern")
    }
    for index in rows.positions.indices {
      let place = rows.lines.isEmpty ? "point \(index + 1)" : "line \(rows.lines[index])"
      if index > 0, rows.positions[index] <= rows.positions[index - 1] {
        throw ParallelError(
          .input,
          "\(path): \(place): the position \(rows.positions[index]) does not lie above "
            + "\(rows.positions[index - 1])")
      }
      if rows.intensities[index] < 0 {
        throw ParallelError(
          .input,
          "\(path): \(place): found the negative intensity \(rows.intensities[index]); give the "
            + "pattern as measured, without its background subtracted")
      }
      if let errors = rows.errors, !(errors[index] > 0) {
        throw ParallelError(
          .input,
          "\(path): \(place): found the standard deviation \(errors[index]), expected more than 0")
      }
    }
  }
}

/// The numbers of a pattern's file.
struct PatternRows {
  var positions: [Double] = []
  var intensities: [Double] = []
  var errors: [Double]?
  /// The line of each row, counted from one; empty where rows are no lines.
  var lines: [Int] = []
}
