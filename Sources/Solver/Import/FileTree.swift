import Parallel

/// The groups and datasets of an HDF5 file, found in one walk.
struct FileTree {
  /// All groups but the root, parents first.
  private(set) var groups: [String] = []
  /// All datasets.
  private(set) var datasets: [String] = []
  private var datasetsByGroup: [String: [String]] = [:]
  private var groupsByGroup: [String: [String]] = [:]

  /// Walks the file.
  ///
  /// Collective.
  init(_ file: borrowing InputFile) throws(ParallelError) {
    var pending = [""]
    var walked: [InputFile.Identity: String] = [:]
    while let group = pending.popLast() {
      // Links may lead to one group from many places: below the first only its datasets are listed,
      // and nothing where it holds itself.
      let identity = try file.identity(of: group.isEmpty ? "/" : group)
      let first = walked[identity]
      if let first, group.hasPrefix(first + "/") { continue }
      if first == nil { walked[identity] = group }
      for name in try file.members(of: group.isEmpty ? "/" : group) {
        let path = group + "/" + name
        guard groups.count + datasets.count < FileTree.mostObjects else {
          throw ParallelError(
            .input, "\(file.path): found more than \(FileTree.mostObjects) groups and datasets")
        }
        switch try FileTree.kind(of: path, in: file) {
        case .group where first == nil:
          groups.append(path)
          pending.append(path)
        case .dataset: datasets.append(path)
        case .group, .other: break
        }
      }
    }
    groups.sort()
    datasets.sort()
    datasetsByGroup = Dictionary(grouping: datasets) { FileTree.parent($0) }
    groupsByGroup = Dictionary(grouping: groups) { FileTree.parent($0) }
  }

  /// Files of other programs hold hundreds; each costs a look.
  private static let mostObjects = 100_000

  /// A dangling link is nothing to read and no reason to stop.
  static func kind(
    of path: String, in file: borrowing InputFile
  ) throws(ParallelError) -> InputFile.ObjectKind {
    do {
      return try file.kind(of: path)
    } catch {
      if error.kind == .library { throw error }
      return .other
    }
  }

  /// The datasets right below a group.
  func datasets(in group: String) -> [String] {
    datasetsByGroup[group] ?? []
  }

  /// The groups right below a group.
  func groups(in group: String) -> [String] {
    groupsByGroup[group] ?? []
  }

  /// Whether there is a dataset at `path`.
  func hasDataset(_ path: String) -> Bool {
    datasetsByGroup[FileTree.parent(path)]?.contains(path) ?? false
  }

  /// The path of the group that holds an object; empty for the root.
  static func parent(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// The last part of a path.
  static func leaf(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? ""
  }

  /// Up to eight datasets with their shapes, to tell a user what a file holds.
  ///
  /// Collective.
  func summary(of file: borrowing InputFile) throws(ParallelError) -> String {
    var words: [String] = []
    for path in datasets.prefix(8) { words.append("\(path) \(try file.shape(of: path))") }
    let rest = datasets.count - words.count
    if datasets.isEmpty { return "no datasets" }
    return words.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
