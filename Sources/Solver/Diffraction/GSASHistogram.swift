// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// The raw powder histograms of GSAS with constant steps in 2θ.
///
/// A header `BANK n points records CONST start step 0 0 TYPE` in hundredths of a degree is followed
/// by records of the type: STD has ten fields (I2, F6.0) a record, the number of counters and the
/// mean count; ESD five pairs (F8, F8) of intensity and standard deviation; FXYE three free numbers
/// a record, position in hundredths of a degree, intensity and standard deviation.
enum GSASHistogram {
  private enum Kind: String, CaseIterable { case std = "STD", esd = "ESD", fxye = "FXYE" }

  private struct Header {
    var bank: Int
    var points: Int
    var binning: String
    var start: Double
    var step: Double
    var kind: Kind
  }

  /// The rows of one histogram in degrees.
  static func rows(
    of text: String, path: String, bank: Int?
  ) throws(ParallelError) -> PatternRows {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let headers = lines.indices.filter { lines[$0].hasPrefix("BANK") }
    var found: [Int] = []
    for line in headers {
      let header = try header(lines[line], path: path, line: line + 1)
      found.append(header.bank)
      guard bank == nil || bank == header.bank else { continue }
      guard bank != nil || headers.count == 1 else { break }
      let end = headers.first { $0 > line } ?? lines.count
      return try rows(header, lines[(line + 1)..<end], path: path)
    }
    let names = headers.isEmpty ? "no BANK line" : "banks \(found)"
    throw ParallelError(
      .input,
      "\(path): found \(names), expected \(bank.map { "bank \($0)" } ?? "one bank, or the key bank")"
    )
  }

  private static func header(
    _ line: Substring, path: String, line number: Int
  ) throws(ParallelError) -> Header {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count >= 7, let bank = Int(words[1]), let points = Int(words[2]), points > 1,
      let start = Double(words[5]), let step = Double(words[6])
    else {
      throw ParallelError(
        .input,
        "\(path): line \(number): found \"\(line.prefix(60))\", expected BANK n points records "
          + "CONST start step 0 0 FXYE")
    }
    // Without a type the histogram is STD.
    let name = words.count > 9 ? words[9] : "STD"
    guard let kind = Kind(rawValue: name) else {
      throw ParallelError(
        .input, "\(path): line \(number): found data of type \(name), expected STD, ESD or FXYE")
    }
    guard ["CONST", "CONS"].contains(words[4]) else {
      throw ParallelError(
        .input,
        "\(path): line \(number): found the binning \(words[4]), expected CONST (steps in 2θ)")
    }
    return Header(
      bank: bank, points: points, binning: words[4], start: start, step: step, kind: kind)
  }

  private static func rows(
    _ header: Header, _ records: ArraySlice<Substring>, path: String
  ) throws(ParallelError) -> PatternRows {
    let fields: [(Double, Double, Double)]
    switch header.kind {
    case .fxye: fields = try freeFields(records, header, path)
    case .std, .esd: fields = try fixedFields(records, header, path)
    }
    guard fields.count >= header.points else {
      throw ParallelError(
        .input,
        "\(path): bank \(header.bank): found \(fields.count) points, expected \(header.points)")
    }
    let used = fields.prefix(header.points)
    return PatternRows(
      positions: used.map { $0.0 / 100 }, intensities: used.map(\.1), errors: used.map(\.2))
  }

  private static func freeFields(
    _ records: ArraySlice<Substring>, _ header: Header, _ path: String
  ) throws(ParallelError) -> [(Double, Double, Double)] {
    var fields: [(Double, Double, Double)] = []
    for (line, record) in zip(records.indices, records) {
      let words = record.split(whereSeparator: \.isWhitespace)
      guard !words.isEmpty else { continue }
      let numbers = words.compactMap { Double($0) }
      guard numbers.count >= 3 else { throw broken(path, line, record) }
      fields.append((numbers[0], numbers[1], numbers[2] > 0 ? numbers[2] : 1))
    }
    return fields
  }

  private static func fixedFields(
    _ records: ArraySlice<Substring>, _ header: Header, _ path: String
  ) throws(ParallelError) -> [(Double, Double, Double)] {
    var fields: [(Double, Double, Double)] = []
    for (line, record) in zip(records.indices, records) {
      let letters = Array(record)
      for start in stride(from: 0, to: letters.count, by: header.kind == .std ? 8 : 16) {
        func number(_ from: Int, _ width: Int) -> Double? {
          guard start + from < letters.count else { return nil }
          let end = min(letters.count, start + from + width)
          let word = String(letters[(start + from)..<end]).trimmingCharacters(in: .whitespaces)
          return word.isEmpty ? 0 : Double(word)
        }
        if letters[start...].allSatisfy(\.isWhitespace) { break }
        let position = header.start + Double(fields.count) * header.step
        if header.kind == .std {
          guard let counters = number(0, 2), let count = number(2, 6) else {
            throw broken(path, line, record)
          }
          // A blank number of counters stands for one; the count is the mean over them.
          let error = (max(count, 1) / max(counters, 1)).squareRoot()
          fields.append((position, count, error))
        } else {
          guard let value = number(0, 8), let error = number(8, 8) else {
            throw broken(path, line, record)
          }
          fields.append((position, value, error > 0 ? error : 1))
        }
      }
    }
    return fields
  }

  private static func broken(_ path: String, _ line: Int, _ record: Substring) -> ParallelError {
    ParallelError(
      .input, "\(path): line \(line + 1): found \"\(record.prefix(40))\", expected numbers")
  }
}
