// SPDX-License-Identifier: Apache-2.0

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
  ///     name ends in `.gsas`, `.gsa`, `.gda` or `.fxye`, or a line begins with `BANK`.
  ///   - abscissa: what the first column is; a histogram's is always 2θ.
  ///   - model: where the errors come from.
  ///   - columns: what the columns are; nil for the order above, three at most.
  ///   - bank: which histogram of a GSAS file; nil stands for the only one.
  ///   - communicator: all ranks.
  /// - Returns: the pattern.
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be read, `input` when a line is no
  ///   row of numbers, positions neither rise nor fall, an intensity is negative, or the format is
  ///   another one.
  public static func read(
    _ path: String, abscissa: DiffractionPattern.Abscissa,
    model: DiffractionPattern.ErrorModel = .auto, columns: PatternColumns? = nil, bank: Int? = nil,
    communicator: Communicator
  ) throws(ParallelError) -> DiffractionPattern {
    let text = try communicator.first { () throws(ParallelError) in
      let bytes = try InputFile.contents(of: path)
      if let format = PatternFormats.unreadable(bytes), !isWide(bytes) {
        throw ParallelError(
          .input,
          "\(path): found \(format), expected \(PatternFormats.readable); export it as columns")
      }
      guard let text = PatternFormats.text(bytes) else {
        throw ParallelError(.input, "\(path): found no text, expected \(PatternFormats.readable)")
      }
      return text
    }
    let suffix = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    var rows: PatternRows
    let hasBank = text.hasPrefix("BANK ") || text.contains("\nBANK ")
    if ["gsas", "gsa", "gda", "fxye"].contains(suffix) || hasBank {
      guard columns == nil else {
        throw ParallelError(
          .input, "\(path): found the key columns for a GSAS histogram, expected none")
      }
      guard abscissa == .twoTheta else {
        throw ParallelError(
          .input, "\(path): a GSAS histogram is over 2θ, found the abscissa \(abscissa.rawValue)")
      }
      rows = try GSASHistogram.rows(of: text, path: path, bank: bank)
    } else {
      rows = try PatternColumns.rows(of: text, path: path, columns: columns)
    }
    if let first = rows.positions.first, let last = rows.positions.last, first > last {
      rows.reverse()
    }
    try validate(rows, path: path)
    if model == .stated && rows.errors == nil {
      throw ParallelError(
        .input, "\(path): found two columns, expected one with standard deviations")
    }
    return DiffractionPattern(
      abscissa: abscissa, positions: rows.positions, intensities: rows.intensities,
      errors: rows.errors, model: model)
  }

  /// Whether a mark says UTF-16, whose bytes hold zeros.
  private static func isWide(_ bytes: Data) -> Bool {
    bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
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
            + "\(rows.positions[index - 1]), expected positions that rise (or fall) all the way")
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
package struct PatternRows {
  package var positions: [Double] = []
  package var intensities: [Double] = []
  package var errors: [Double]?
  /// The line of each row, counted from one; empty where rows are no lines.
  var lines: [Int] = []

  /// Turns falling positions into rising ones.
  mutating func reverse() {
    positions.reverse()
    intensities.reverse()
    errors?.reverse()
    lines.reverse()
  }
}
