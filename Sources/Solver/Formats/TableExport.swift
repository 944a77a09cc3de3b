// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Parallel

/// Writes what a file holds as CSV: an image for each 2-D dataset, a table for each set of curves.
///
/// Images start with comments, so that a particle's folder can be imported again; tables start
/// with a heading that names the units.
public struct TableExport {
  private let communicator: Communicator
  private let origin: String

  /// Prepares an export.
  ///
  /// - Parameters:
  ///   - origin: words for the first comment of each image: program and source.
  ///   - communicator: the ranks that write.
  public init(origin: String, communicator: Communicator) {
    self.origin = origin
    self.communicator = communicator
  }

  /// What becomes of a file's datasets.
  private struct Plan {
    /// An image with its shape, or curves side by side.
    enum Sheet {
      case image(String, shape: [Int])
      case table(String, [String])
    }
    var sheets: [Sheet] = []
    var skipped: [String] = []
  }

  /// Refuses what cannot be exported, before anything is made.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for names that no file can have and where there is
  ///   nothing to export.
  public static func check(_ file: borrowing InputFile) throws(ParallelError) {
    _ = try plan(file)
  }

  /// Writes the files; ranks take turns, so that none holds a whole image.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - file: what is exported.
  ///   - directory: where the files go; it exists.
  ///   - log: where skipped datasets are mentioned.
  /// - Returns: the names of the files in the directory, sorted.
  /// - Throws: ``ParallelError`` of kind `input` when there is nothing to export, of kind `file`
  ///   when a file cannot be written.
  public func write(
    _ file: borrowing InputFile, into directory: String, log: any RunLog
  ) throws(ParallelError) -> [String] {
    let plan = try TableExport.plan(file)
    var written: [String] = []
    for sheet in plan.sheets {
      let (name, text) =
        switch sheet {
        case .image(let path, let shape):
          (path.dropFirst() + ".csv", try imageText(path, shape, file))
        case .table(let place, let paths):
          ((place.isEmpty ? "root" : place.dropFirst()) + ".csv", try tableText(paths, file))
        }
      try append(text, to: directory + "/" + name)
      written.append(String(name))
    }
    if !plan.skipped.isEmpty { log.note("not exported: \(plan.skipped.joined(separator: ", "))") }
    return written.sorted()
  }

  private static func plan(_ file: borrowing InputFile) throws(ParallelError) -> Plan {
    let tree = try FileTree(file)
    try checkNames(tree, file.path)
    var plan = Plan()
    // A run has its averages twice, by step and of the last one; fields are for ParaView, those in
    // one dimension and along lines apart.
    let isLine = try file.attribute("dimension")?.number == 1
    let isRun = tree.groups.contains("/steps") && !isLine
    for group in [""] + tree.groups
    where !(isRun && group.hasPrefix("/steps") && !group.contains("/lines/")) {
      var curves: [Int: [String]] = [:]
      for path in tree.datasets(in: group) {
        let shape = try file.shape(of: path)
        let isNumber = try file.elementType(of: path).isNumber
        if isNumber, shape.count == 2, !(isRun && group.isEmpty) {
          plan.sheets.append(.image(path, shape: shape))
        } else if isNumber, shape.count == 1 {
          curves[shape[0], default: []].append(path)
        } else {
          plan.skipped.append("\(path) \(shape)")
        }
      }
      // Curves over the same abscissa are one table; what else lies beside them has its own.
      let most = curves.values.map(\.count).max() ?? 0
      for (_, paths) in curves.sorted(by: { $0.key < $1.key }) {
        let isOnly = curves.values.filter { $0.count == most }.count == 1
        let name = paths.count > 1 && paths.count == most && isOnly ? group : nil
        let sets = name == nil ? paths.map { [$0] } : [paths]
        for set in sets { plan.sheets.append(.table(name ?? set[0], set)) }
      }
    }
    guard !plan.sheets.isEmpty else {
      throw ParallelError(
        .input, "\(file.path): found \(try tree.summary(of: file)), expected 1-D or 2-D numbers")
    }
    return plan
  }

  /// Refuses names that would lead out of the directory, that no file can have, or that come twice, as
  /// in a damaged file.
  private static func checkNames(_ tree: FileTree, _ file: String) throws(ParallelError) {
    var names: Set<String> = []
    for path in tree.datasets where !names.insert(path).inserted {
      throw ParallelError(.input, "\(file): holds two datasets of the name \(path)")
    }
    for path in tree.groups + tree.datasets {
      let name = FileTree.leaf(path)
      guard let problem = FileTree.problem(name: name) else { continue }
      throw ParallelError(
        .input,
        "\(file): the name \(name.debugDescription) cannot become a file's: \(problem)")
    }
  }

  /// This rank's part of an image's text.
  private func imageText(
    _ path: String, _ shape: [Int], _ file: borrowing InputFile
  ) throws(ParallelError) -> String {
    let unit = try file.attribute("units", of: path)?.text
    var head = "# \(FileTree.leaf(path)) [\(unit ?? "no unit")], \(shape[0]) x \(shape[1])\n"
    head += "# \(origin), dataset \(path)\n"
    if let size = try file.attribute("spacing")?.list, size.count > 1 {
      head += "# lines run along +c, cells along +a; elements of \(size[0]) nm x \(size[1]) nm\n"
    } else if let size = try file.attribute("pixel_size", of: FileTree.parent(path) + "/")?.number {
      head += "# lines run along +c, cells along +a; pixels of \(size) nm\n"
    }
    let rows = RowBlock.rows(of: shape[0], on: communicator)
    let values = try file.declaredNumbers(path, window: Window(rows, 0..<shape[1]))
    var text = communicator.isFirst ? head : ""
    for row in 0..<rows.count {
      let cells = values[row * shape[1]..<(row + 1) * shape[1]]
      text += cells.map(TableExport.text).joined(separator: ",") + "\n"
    }
    return text
  }

  /// The text of curves side by side; of the first rank alone.
  private func tableText(
    _ paths: [String], _ file: borrowing InputFile
  ) throws(ParallelError) -> String {
    // What the curves are drawn over comes first.
    let leading = ["distance", "a_center", "composition", "particle", "terms", "time"]
    let ordered =
      leading.flatMap { name in paths.filter { FileTree.leaf($0) == name } }
      + paths.filter { !leading.contains(FileTree.leaf($0)) }
    var headings: [String] = []
    var columns: [[String]] = []
    for path in ordered {
      let unit = try file.attribute("units", of: path)?.text
      headings.append(FileTree.leaf(path) + (unit.map { " [\($0)]" } ?? ""))
      columns.append(try file.declaredNumbers(path).map(TableExport.text))
    }
    var text = headings.joined(separator: ",") + "\n"
    for row in 0..<(columns.first?.count ?? 0) {
      text += columns.map { $0[row] }.joined(separator: ",") + "\n"
    }
    return communicator.isFirst ? text : ""
  }

  /// The shortest text that reads back as the same number.
  private static func text(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    return "\(value)"
  }

  /// Adds each rank's text to a file, in the order of the ranks.
  ///
  /// Collective.
  private func append(_ text: String, to path: String) throws(ParallelError) {
    for rank in 0..<communicator.size {
      try communicator.together { () throws(ParallelError) in
        guard rank == communicator.rank, rank == 0 || !text.isEmpty else { return }
        do {
          try TableExport.put(text, path, isNew: rank == 0)
        } catch {
          throw ParallelError(.file, "\(path): cannot be written: \(error.localizedDescription)")
        }
      }
    }
  }

  private static func put(_ text: String, _ path: String, isNew: Bool) throws {
    let url = URL(fileURLWithPath: path)
    if isNew {
      let files = FileManager.default
      var missing = [path]
      while !files.fileExists(atPath: FileTree.parent(missing[0])) {
        missing.insert(FileTree.parent(missing[0]), at: 0)
      }
      for place in missing { Leftovers.add(place) }
      try files.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    } else {
      let handle = try FileHandle(forWritingTo: url)
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(text.utf8))
    }
  }
}
