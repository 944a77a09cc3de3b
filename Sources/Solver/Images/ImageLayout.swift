// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// How an image is shared by the ranks: each owns whole lines along the longer dimension.
///
/// A line is a row or a column of the image. Every array of a rank runs over the lines it holds
/// (its own and up to three neighbours on each side), position fastest; `cell` counts in it.
public struct ImageLayout: Sendable {
  /// Rows (along c) and columns (along a) of the whole image.
  public let rows: Int
  /// Columns (along a) of the whole image.
  public let columns: Int
  /// Whether a line is a column (constant a) rather than a row (constant c).
  public let linesAreColumns: Bool
  /// The lines this rank owns.
  public let own: Range<Int>
  /// The lines this rank holds.
  public let held: Range<Int>

  /// Neighbouring lines that are held besides the own ones: two, so that the numbering of nodes
  /// in the first foreign line can be told without asking, and one more for the adjoint of the
  /// fourth-order pair rule.
  package static let halo = 3

  /// The number of pixels in a line.
  @inlinable public var length: Int { linesAreColumns ? rows : columns }
  /// The number of lines in the image.
  public var lineCount: Int { linesAreColumns ? columns : rows }
  /// The number of held pixels, masked or not.
  public var cellCount: Int { held.count * length }

  /// Makes the layout in which this rank owns `own`.
  public init(rows: Int, columns: Int, own: Range<Int>) {
    self.rows = rows
    self.columns = columns
    linesAreColumns = columns >= rows
    let count = linesAreColumns ? columns : rows
    self.own = own
    held =
      own.isEmpty
      ? own
      : max(0, own.lowerBound - Self.halo)..<min(count, own.upperBound + Self.halo)
  }

  /// Shares lines so that ranks own nearly equal numbers of masked pixels.
  ///
  /// - Parameter pixelsPerLine: masked pixels in each line of the whole image.
  public static func balanced(
    rows: Int, columns: Int, pixelsPerLine: [Int], rank: Int, size: Int
  ) -> ImageLayout {
    var cuts = [0]
    var before = 0
    let total = pixelsPerLine.reduce(0, +)
    for (line, count) in pixelsPerLine.enumerated() {
      // Cut where the running sum passes the next share: before or after, whichever is nearer.
      while cuts.count < size, (before + count) * size >= cuts.count * total, total > 0 {
        let target = cuts.count * total
        let nearer = target - before * size < (before + count) * size - target
        cuts.append(max(cuts[cuts.count - 1], nearer ? line : line + 1))
      }
      before += count
    }
    while cuts.count < size { cuts.append(pixelsPerLine.count) }
    cuts.append(pixelsPerLine.count)
    return ImageLayout(rows: rows, columns: columns, own: cuts[rank]..<cuts[rank + 1])
  }

  /// Shares lines evenly, for images whose mask is not known yet.
  package static func even(rows: Int, columns: Int, on communicator: Communicator) -> ImageLayout {
    let lines = max(rows, columns)
    let (rank, size) = (communicator.rank, communicator.size)
    return ImageLayout(
      rows: rows, columns: columns, own: lines * rank / size..<lines * (rank + 1) / size)
  }

  /// The window of a (rows, columns) dataset that covers `lines`.
  public func window(_ lines: Range<Int>) -> Window {
    linesAreColumns ? Window(0..<rows, lines) : Window(lines, 0..<columns)
  }

  /// Values of a window in file order, reordered so that positions run fastest.
  public func lineMajor(_ values: [Double], lines: Range<Int>) -> [Double] {
    guard linesAreColumns else { return values }
    var ordered = [Double](repeating: 0, count: values.count)
    for line in 0..<lines.count {
      for position in 0..<length {
        ordered[line * length + position] = values[position * lines.count + line]
      }
    }
    return ordered
  }

  /// The own lines of a held field in file order, for writing.
  public func fileOrder(_ field: [Double]) -> [Double] {
    let first = (own.lowerBound - held.lowerBound) * length
    let values = own.isEmpty ? [] : Array(field[first..<first + own.count * length])
    guard linesAreColumns else { return values }
    var ordered = [Double](repeating: 0, count: values.count)
    for line in 0..<own.count {
      for position in 0..<length {
        ordered[position * own.count + line] = values[line * length + position]
      }
    }
    return ordered
  }

  /// The held cell at index `i` along a and `j` along c, or nil outside what is held.
  @inlinable
  public func cell(_ i: Int, _ j: Int) -> Int? {
    guard i >= 0, j >= 0, i < columns, j < rows else { return nil }
    let line = linesAreColumns ? i : j
    guard held.contains(line) else { return nil }
    return (line - held.lowerBound) * length + (linesAreColumns ? j : i)
  }

  /// The indices along a and c of a held cell.
  @inlinable
  public func indices(_ cell: Int) -> (i: Int, j: Int) {
    let line = held.lowerBound + cell / length
    let position = cell % length
    return linesAreColumns ? (line, position) : (position, line)
  }

  /// The held cells in own lines.
  public var ownCells: Range<Int> {
    let first = (own.lowerBound - held.lowerBound) * length
    return own.isEmpty ? 0..<0 : first..<first + own.count * length
  }
}
