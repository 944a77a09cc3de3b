// SPDX-License-Identifier: Apache-2.0

import Formats
import Foundation
import Images
import Parallel

/// A folder of text tables, one per channel: e_xx.csv, e_yy.csv, e_xy.csv, theta.csv, mask.csv,
/// composition.csv or the stack's own names.
struct CSVFolder {
  /// Its name, for messages.
  static let name = "CSV folder"
  /// The tables by channel, with the factor of each.
  private(set) var tables: [ImageMap: (table: TextTable, factor: Double)] = [:]
  /// Rows and columns of all of them.
  private(set) var shape: [Int] = []

  /// Finds the tables and compares their shapes.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - options: the units, which CSV needs.
  ///   - communicator: the ranks that read it.
  ///   - log: where files that name no channel are mentioned.
  /// - Throws: ``ParallelError`` of kind `input` when units or channels are missing, two files name
  ///   one channel, or shapes differ.
  init(
    _ path: String, _ options: ImportOptions, communicator: Communicator, log: any RunLog
  ) throws(ParallelError) {
    let listing = try communicator.first { () throws(ParallelError) in
      do {
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
          .joined(separator: "\n")
      } catch {
        throw ParallelError(.file, "\(path): cannot be listed: \(error.localizedDescription)")
      }
    }
    let files = listing.split(separator: "\n").map(String.init).filter { file in
      [".csv", ".tsv", ".txt"].contains { file.lowercased().hasSuffix($0) }
    }
    var ignored: [String] = []
    var owners: [ImageMap: String] = [:]
    for file in files {
      let place = path + (path.hasSuffix("/") ? "" : "/") + file
      guard let label = ChannelLabel(String(file.dropLast(4))) else {
        ignored.append(file)
        continue
      }
      if let other = owners[label.map] {
        throw ParallelError(
          .input, "\(path): found \(other) and \(file) for \(label.map.name), expected one of them")
      }
      owners[label.map] = file
      var factor = 1.0
      if label.map.kind != .ratio {
        guard let units = options.units else {
          throw ParallelError(
            .input, "\(place): CSV has no units, expected --units such as percent,degrees")
        }
        factor = try units.factor(for: label, in: place)
      }
      tables[label.map] = (try TextTable(place, communicator: communicator), factor)
    }
    try agreeOnShape()
    for entry in tables.values.sorted(by: { $0.table.path < $1.table.path }) {
      for note in entry.table.notes { log.note(note) }
    }
    guard tables.keys.contains(where: { $0 != .mask }) else {
      throw ParallelError(
        .input,
        "\(path): found \(files.isEmpty ? "no tables" : files.joined(separator: ", ")), expected "
          + "files named \(ChannelLabel.known) with the ending .csv")
    }
    if !ignored.isEmpty { log.note("\(path): not read: \(ignored.joined(separator: ", "))") }
  }

  /// Compares the shapes; an empty column behind the last separator counts only where all files
  /// have one.
  private mutating func agreeOnShape() throws(ParallelError) {
    let narrowest = tables.values.map(\.table.columns).min() ?? 0
    let allEndEmpty = tables.values.allSatisfy(\.table.endsEmpty)
    for map in ImageMap.all {
      guard let table = tables[map]?.table, table.endsEmpty else { continue }
      if allEndEmpty || table.columns == narrowest + 1 { tables[map]?.table.dropLast() }
    }
    // The odd one out is named, not the first of the others.
    let shapes = ImageMap.all.compactMap { tables[$0]?.table }.map { [$0.rows, $0.columns] }
    shape =
      shapes.max { one, other in
        shapes.count { $0 == one } < shapes.count { $0 == other }
      } ?? []
    for map in ImageMap.all {
      guard let table = tables[map]?.table else { continue }
      let found = [table.rows, table.columns]
      guard found == shape else {
        throw ParallelError(
          .input,
          "\(table.path): found \(found[0]) rows and \(found[1]) columns, expected \(shape[0]) "
            + "and \(shape[1]) as in the other files")
      }
    }
  }

  /// The held values of every map.
  ///
  /// Collective. Each rank parses a block of rows, and gets its lines from those who read them.
  ///
  /// - Throws: ``ParallelError`` of kind `input` with the line number for a bad cell.
  func read(
    _ layout: ImageLayout, communicator: Communicator
  ) throws(ParallelError) -> [ImageMap: [Double]] {
    let exchange = try RowsToLines(layout, communicator)
    var maps: [ImageMap: [Double]] = [:]
    for map in ImageMap.all {
      guard let (table, factor) = tables[map] else { continue }
      let values = try table.read(exchange.rows, communicator: communicator)
      maps[map] = try exchange.lines(factor == 1 ? values : values.map { $0 * factor })
    }
    return maps
  }
}

/// Brings blocks of rows to the ranks that hold the lines.
private struct RowsToLines: ~Copyable {
  /// The rows that this rank reads.
  let rows: Range<Int>
  private let ghosts: Ghosts
  private let block: DenseColumns

  /// Plans the exchange.
  ///
  /// Collective.
  init(_ layout: ImageLayout, _ communicator: Communicator) throws(ParallelError) {
    let rows = RowBlock.rows(of: layout.rows, on: communicator)
    let count = rows.count * layout.columns
    let wanted = (0..<layout.cellCount).map { cell in
      let (i, j) = layout.indices(cell)
      return j * layout.columns + i
    }
    let ghosts = try Ghosts(localRows: count, rows: wanted, communicator: communicator)
    let block = try DenseColumns(localRows: count, columnCount: 1, communicator: communicator)
    self.rows = rows
    self.ghosts = ghosts
    self.block = block
  }

  /// The held cells' values, given those of the rows.
  ///
  /// Collective.
  func lines(_ values: [Double]) throws(ParallelError) -> [Double] {
    try block.withLocal { (local) throws(ParallelError) in
      for (index, value) in values.enumerated() { local[index] = value }
    }
    return try ghosts.fetch(block)
  }
}
