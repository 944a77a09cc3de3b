// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
import Parallel

/// EMD 0.2 of NCEM: groups with `data`, `dim1`, …; taken only where labels tell which is which.
enum NCEMFormat: ImportFormat {
  static let name = "NCEM EMD 0.2"

  static func recognises(
    _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Bool {
    for group in tree.groups {
      if try file.attribute("emd_group_type", of: group)?.number == 1 { return true }
    }
    return false
  }

  /// Either a stack with a dimension of labels, or one 2-D group for each channel, by its name.
  static func layouts(
    of file: borrowing InputFile, _ tree: FileTree, _ options: ImportOptions
  ) throws(ParallelError) -> [SourceLayout] {
    var layouts: [SourceLayout] = []
    for (group, layout) in try EMDStack.layouts(of: file, tree, format: name) {
      var layout = layout
      let dimensions = (1...3).map { "\(group)/dim\($0)" }
      layout.pixelSize = try EMDStack.spacing(dimensions, tree, file)
      layouts.append(layout)
    }
    if !layouts.isEmpty { return layouts }
    for parent in [""] + tree.groups {
      var layout = SourceLayout(format: name, name: parent.isEmpty ? nil : FileTree.leaf(parent))
      for group in tree.groups(in: parent) {
        guard let label = ChannelLabel(FileTree.leaf(group)),
          tree.hasDataset(group + "/data"),
          try file.shape(of: group + "/data").count == 2
        else { continue }
        try layout.add(
          SourceSlice(group + "/data", factor: label.sign), as: label, in: file.path)
        let spacing = try EMDStack.spacing([group + "/dim1", group + "/dim2"], tree, file)
        if case .absent = layout.pixelSize { layout.pixelSize = spacing }
      }
      if layout.hasData { layouts.append(layout) }
    }
    if layouts.isEmpty { throw try EMDStack.refusal(of: file, tree, format: name) }
    return layouts
  }
}
