import Foundation
public import Parallel

/// Writes what a file holds as CSV: an image for each 2-D dataset, a table for each set of curves.
///
/// Images start with comments, so that a particle's folder can be imported again; tables start
/// with a heading that names the units.
public struct TableExport {
  private let communicator: Communicator
  private let directory: String
  private let origin: String

  /// Prepares an export into a directory that exists.
  ///
  /// - Parameters:
  ///   - directory: where the files go.
  ///   - origin: words for the first comment of each image: program and source.
  ///   - communicator: the ranks that write.
  public init(into directory: String, origin: String, communicator: Communicator) {
    self.directory = directory
    self.origin = origin
    self.communicator = communicator
  }

  /// Reads what the file holds, without its numbers: nothing need be made for a damaged one.
  ///
  /// Collective.
  public static func check(_ file: borrowing InputFile) throws(ParallelError) {
    try checkNames(try FileTree(file), file.path)
  }

  /// Writes the files; ranks take turns, so that none holds a whole image.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - file: what is exported.
  ///   - log: where skipped datasets are mentioned.
  /// - Returns: the names of the files in the directory, sorted.
  /// - Throws: ``ParallelError`` of kind `input` when there is nothing to export, of kind `file`
  ///   when a file cannot be written.
  public func write(
    _ file: borrowing InputFile, log: any RunLog
  ) throws(ParallelError) -> [String] {
    let tree = try FileTree(file)
    try TableExport.checkNames(tree, file.path)
    var written: [String] = []
    var skipped: [String] = []
    // A run has its averages twice, by step and of the last one; fields are for ParaView.
    let isRun = try file.attribute("format")?.text == RunWriter.format.name
    for group in [""] + tree.groups where !(isRun && group.hasPrefix("/steps")) {
      var curves: [Int: [String]] = [:]
      for path in tree.datasets(in: group) {
        let shape = try file.shape(of: path)
        let isNumber = try file.elementType(of: path).isNumber
        if isNumber, shape.count == 2, !(isRun && group.isEmpty) {
          written.append(try writeImage(path, shape, file))
        } else if isNumber, shape.count == 1 {
          curves[shape[0], default: []].append(path)
        } else {
          skipped.append("\(path) \(shape)")
        }
      }
      // Curves over the same abscissa are one table; what else lies beside them has its own.
      let most = curves.values.map(\.count).max() ?? 0
      for (_, paths) in curves.sorted(by: { $0.key < $1.key }) {
        let isOnly = curves.values.filter { $0.count == most }.count == 1
        let name = paths.count > 1 && paths.count == most && isOnly ? group : nil
        let sets = name == nil ? paths.map { [$0] } : [paths]
        for set in sets { written.append(try writeTable(name ?? set[0], set, file)) }
      }
    }
    if !skipped.isEmpty { log.note("not exported: \(skipped.joined(separator: ", "))") }
    guard !written.isEmpty else {
      throw ParallelError(
        .input, "\(file.path): found \(try tree.summary(of: file)), expected 1-D or 2-D numbers")
    }
    return written.sorted()
  }

  /// Refuses names that would lead out of the directory or that no file can have.
  private static func checkNames(_ tree: FileTree, _ file: String) throws(ParallelError) {
    for path in tree.groups + tree.datasets {
      let name = FileTree.leaf(path)
      guard let problem = StackNames.problem(particle: name) else { continue }
      throw ParallelError(
        .input,
        "\(file): the name \(name.debugDescription) cannot become a file's: \(problem)")
    }
  }

  private func writeImage(
    _ path: String, _ shape: [Int], _ file: borrowing InputFile
  ) throws(ParallelError) -> String {
    let unit = try file.attribute("units", of: path)?.text
    let name = path.dropFirst() + ".csv"
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
    try append(text, to: String(name))
    return String(name)
  }

  private func writeTable(
    _ place: String, _ paths: [String], _ file: borrowing InputFile
  ) throws(ParallelError) -> String {
    // What the curves are drawn over comes first.
    let leading = ["composition", "terms", "time"]
    let ordered =
      paths.filter { leading.contains(FileTree.leaf($0)) }
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
    let name = (place.isEmpty ? "root" : String(place.dropFirst())) + ".csv"
    try append(communicator.isFirst ? text : "", to: name)
    return name
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
  private func append(_ text: String, to name: String) throws(ParallelError) {
    let path = directory + "/" + name
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
      try FileManager.default.createDirectory(
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
