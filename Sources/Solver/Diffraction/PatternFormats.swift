// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The formats of diffraction patterns, by the first bytes of a file.
enum PatternFormats {
  /// What is read, for messages.
  static let readable =
    "columns of text (position, intensity, possibly sigma; separated by blanks, tabs, commas or "
    + "semicolons; decimal point or comma) or a GSAS histogram (.gsas, .gsa, .gda, .fxye)"

  /// How files of other formats begin.
  private static let others: [(mark: String, name: String)] = [
    ("RAW1", "Bruker RAW"), ("RAW2", "Bruker RAW"), ("RAW4", "Bruker RAW"),
    ("RAW ", "Siemens RAW"), ("RAW_", "Stoe RAW"), ("FI", "Rigaku RAW"),
    ("PK\u{3}\u{4}", "a zip archive (BRML, RASX, XLSX)"),
    ("\u{89}HDF", "HDF5"), ("%PDF", "PDF"),
    ("V3RD", "Philips RD"), ("V5RD", "Philips RD"),
    ("SampleIdent", "Philips UDF"), ("*RAS_", "Rigaku RAS"), ("*TYPE", "Rigaku ASC"),
    ("_FILEVERSION", "Bruker UXD"), ("; C:", "Bruker UXD"), ("; (Bruker", "Bruker UXD"),
    ("HR-XRDScan", "PANalytical XRDML"), ("[Measurement conditions]", "PANalytical CSV"),
    ("data_", "CIF"), ("{", "JSON"),
  ]

  /// The name of a format that is known but not read; nil for what may be columns of numbers.
  static func unreadable(_ bytes: Data) -> String? {
    let start = String(decoding: bytes.prefix(400), as: UTF8.self)
    let raw = String(String.UnicodeScalarView(bytes.prefix(8).map { Unicode.Scalar($0) }))
    if start.contains("xrdMeasurement") { return "PANalytical XRDML" }
    if start.hasPrefix("<") { return "XML or HTML" }
    let word = start.drop { $0.isWhitespace }
    if let found = others.first(where: { raw.hasPrefix($0.mark) || word.hasPrefix($0.mark) }) {
      // "FI" may begin a heading; Rigaku's bytes after it are none of text.
      if found.mark != "FI" || bytes.prefix(16).contains(0) { return found.name }
    }
    return bytes.prefix(4096).contains(0) ? "binary data" : nil
  }

  /// The text of a file: UTF-8, or UTF-16 as spreadsheets write it, without a byte order mark.
  package static func text(_ bytes: Data) -> String? {
    let marks = Array(bytes.prefix(3))
    if marks == [0xEF, 0xBB, 0xBF] { return String(decoding: bytes.dropFirst(3), as: UTF8.self) }
    if marks.starts(with: [0xFF, 0xFE]) || marks.starts(with: [0xFE, 0xFF]) {
      return String(data: bytes, encoding: .utf16).map { text in
        text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
