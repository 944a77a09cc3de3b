import Parallel

/// Our own stack: particles pass through, all or those that are named.
enum StackFormat: ImportFormat {
  static let name = StackNames.format

  static func recognises(
    _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Bool {
    try file.attribute("format")?.text == StackNames.format
  }

  static func layouts(
    of file: borrowing InputFile, _ tree: FileTree, _ options: ImportOptions
  ) throws(ParallelError) -> [SourceLayout] {
    try checkVersion(of: file)
    let names = StackNames.channels + StackNames.deviations + ["mask"]
    var layouts: [SourceLayout] = []
    for group in tree.groups(in: "") {
      var layout = SourceLayout(format: name, name: FileTree.leaf(group))
      layout.keepsOutside = true
      for path in tree.datasets(in: group) where names.contains(FileTree.leaf(path)) {
        if let label = ChannelLabel(FileTree.leaf(path)) {
          try layout.add(SourceSlice(path), as: label, in: file.path)
        }
      }
      if let size = try file.attribute("pixel_size", of: group)?.number {
        layout.pixelSize = .nanometres(size)
      } else {
        layout.pixelSize = .absent("no attribute pixel_size of \(group)")
      }
      layout.origin = try file.attribute("origin", of: group)?.list
      if let text = try file.attribute("role", of: group)?.text {
        guard let role = ImportedParticle.Role(rawValue: text) else {
          throw ParallelError(
            .input,
            "\(file.path): attribute role of \(group): found \"\(text)\", expected train or test")
        }
        layout.role = role
      }
      layouts.append(layout)
    }
    if layouts.isEmpty {
      throw ParallelError(
        .input, "\(file.path): found a stack without particles, expected at least one")
    }
    return layouts
  }

  /// Refuses a stack that a newer program wrote.
  static func checkVersion(of file: borrowing InputFile) throws(ParallelError) {
    guard let version = try file.attribute("version")?.number else {
      throw ParallelError(
        .input, "\(file.path): found no attribute version, expected \(StackNames.version)")
    }
    if version > Double(StackNames.version) {
      throw ParallelError(
        .input,
        "\(file.path): found \(StackNames.format) version \(Int(version)), expected at most "
          + "\(StackNames.version): it was written by a newer program")
    }
  }
}
