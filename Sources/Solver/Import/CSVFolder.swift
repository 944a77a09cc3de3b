// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Parallel

/// A folder of text tables, one per channel: e_xx.csv, e_yy.csv, e_xy.csv, theta.csv, mask.csv,
/// composition.csv or the stack's own names.
struct CSVFolder {
  /// Its name, for messages.
  static let name = "CSV folder"
  /// The tables by channel, with the factor of each.
  private(set) var tables: [String: (table: TextTable, factor: Double)] = [:]
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
    var owners: [String: String] = [:]
    for file in files {
      let place = path + (path.hasSuffix("/") ? "" : "/") + file
      guard let label = ChannelLabel(String(file.dropLast(4))) else {
        ignored.append(file)
        continue
      }
      if let other = owners[label.name] {
        throw ParallelError(
          .input, "\(path): found \(other) and \(file) for \(label.name), expected one of them")
      }
      owners[label.name] = file
      var factor = 1.0
      if label.kind == .strain || label.kind == .angle {
        guard let units = options.units else {
          throw ParallelError(
            .input, "\(place): CSV has no units, expected --units such as percent,degrees")
        }
        factor = try units.factor(for: label, in: place)
      }
      tables[label.name] = (try TextTable(place, communicator: communicator), factor)
    }
    try agreeOnShape()
    for entry in tables.values.sorted(by: { $0.table.path < $1.table.path }) {
      for note in entry.table.notes { log.note(note) }
    }
    guard tables.keys.contains(where: { $0 != "mask" }) else {
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
    for name in tables.keys.sorted() {
      guard let table = tables[name]?.table, table.endsEmpty else { continue }
      if allEndEmpty || table.columns == narrowest + 1 { tables[name]?.table.dropLast() }
    }
    // The odd one out is named, not the first of the others.
    let shapes = tables.keys.sorted().compactMap { tables[$0]?.table }.map {
      [$0.rows, $0.columns]
    }
    shape =
      shapes.max { one, other in
        shapes.count { $0 == one } < shapes.count { $0 == other }
      } ?? []
    for name in tables.keys.sorted() {
      guard let table = tables[name]?.table else { continue }
      let found = [table.rows, table.columns]
      guard found == shape else {
        throw ParallelError(
          .input,
          "\(table.path): found \(found[0]) rows and \(found[1]) columns, expected \(shape[0]) "
            + "and \(shape[1]) as in the other files")
      }
    }
  }

  /// This rank's rows of every channel.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - rows: the rows of this rank.
  ///   - communicator: the ranks that read.
  /// - Returns: the values by channel.
  /// - Throws: ``ParallelError`` of kind `input` with the line number for a bad cell.
  func read(
    _ rows: Range<Int>, communicator: Communicator
  ) throws(ParallelError) -> [String: [Double]] {
    var channels: [String: [Double]] = [:]
    for (name, entry) in tables.sorted(by: { $0.key < $1.key }) {
      let values = try entry.table.read(rows, communicator: communicator)
      channels[name] = entry.factor == 1 ? values : values.map { $0 * entry.factor }
    }
    return channels
  }
}
