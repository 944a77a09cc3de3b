// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// The groups and datasets of an HDF5 file, found in one walk.
package struct FileTree {
  /// All groups but the root, parents first.
  package private(set) var groups: [String] = []
  /// All datasets.
  package private(set) var datasets: [String] = []
  private var datasetsByGroup: [String: [String]] = [:]
  private var groupsByGroup: [String: [String]] = [:]

  /// Walks the file.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  package init(_ file: borrowing InputFile) throws(ParallelError) {
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
  package func datasets(in group: String) -> [String] {
    datasetsByGroup[group] ?? []
  }

  /// The groups right below a group.
  package func groups(in group: String) -> [String] {
    groupsByGroup[group] ?? []
  }

  /// Whether there is a dataset at `path`.
  package func hasDataset(_ path: String) -> Bool {
    datasetsByGroup[FileTree.parent(path)]?.contains(path) ?? false
  }

  /// The path of the group that holds an object; empty for the root.
  package static func parent(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// The last part of a path.
  package static func leaf(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? ""
  }

  /// Up to eight datasets with their shapes, to tell a user what a file holds.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  package func summary(of file: borrowing InputFile) throws(ParallelError) -> String {
    var words: [String] = []
    for path in datasets.prefix(8) { words.append("\(path) \(try file.shape(of: path))") }
    let rest = datasets.count - words.count
    if datasets.isEmpty { return "no datasets" }
    return words.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }

  /// What keeps a text from being a group's name and a file's, as "expected …"; nil where nothing does.
  public static func problem(name: String) -> String? {
    if name.isEmpty { return "expected at least one letter" }
    if name.contains("/") { return "expected none with a slash" }
    if name == "." || name == ".." { return "expected none that means a folder" }
    let isPlain = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    if !isPlain { return "expected none with control characters" }
    return name.utf8.count > 200 ? "expected at most 200 bytes, found \(name.utf8.count)" : nil
  }
}
