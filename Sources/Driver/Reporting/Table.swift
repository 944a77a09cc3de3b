// SPDX-License-Identifier: Apache-2.0

/// A table for the reader: headings with units, columns aligned.
struct Table {
  /// The headings; units stand here, in brackets.
  var headings: [String]
  /// The cells of each row.
  var rows: [[String]] = []

  init(_ headings: String...) {
    self.headings = headings
  }

  /// Adds a row.
  mutating func add(_ cells: String...) {
    precondition(cells.count == headings.count, "a row has a cell for each heading")
    rows.append(cells)
  }

  /// The lines, columns two blanks apart; a column that holds only numbers is set to the right.
  var lines: [String] {
    let columns = headings.indices
    let widths = columns.map { column in
      ([headings] + rows).map { $0[column].count }.max() ?? 0
    }
    let numeric = columns.map { column in
      !rows.isEmpty && rows.allSatisfy { Double($0[column]) != nil || $0[column] == Table.nothing }
    }
    return ([headings] + rows).map { cells in
      let padded = columns.map { column in
        let blanks = String(repeating: " ", count: widths[column] - cells[column].count)
        return numeric[column] ? blanks + cells[column] : cells[column] + blanks
      }
      let line = padded.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// What stands where there is no value.
  static let nothing = "-"

  /// A number with `digits` significant ones, for reading only.
  static func number(_ value: Double, digits: Int = 6) -> String {
    guard value.isFinite else { return nothing }
    return formatted(value, significant: digits)
  }
}
