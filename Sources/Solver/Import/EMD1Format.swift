// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel

/// EMD 1.0 as py4DSTEM writes it from 0.14 on: a StrainMap beside a calibration.
enum EMD1Format: ImportFormat {
  static let name = "EMD 1.0, py4DSTEM"

  static func recognises(
    _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Bool {
    if try file.attribute("emd_group_type")?.text == "file" { return true }
    for group in tree.groups(in: "") {
      if try file.attribute("emd_group_type", of: group)?.text == "root" { return true }
    }
    return false
  }

  static func layouts(
    of file: borrowing InputFile, _ tree: FileTree, _ options: ImportOptions
  ) throws(ParallelError) -> [SourceLayout] {
    if let version = try file.attribute("version_major")?.number, !(version <= 1) {
      throw ParallelError(
        .input, "\(file.path): found EMD version \(version), expected at most version 1")
    }
    var layouts: [SourceLayout] = []
    for (group, layout) in try EMDStack.layouts(of: file, tree, format: name) {
      var layout = layout
      let top = "/" + (group.split(separator: "/").first.map(String.init) ?? "")
      // The map's own dim0 and dim1 stay 0, 1 "pixels": only the calibration knows.
      layout.pixelSize = try EMDStack.calibration(below: top, tree, file)
      layouts.append(layout)
    }
    if layouts.isEmpty { throw try EMDStack.refusal(of: file, tree, format: name) }
    return layouts
  }
}

/// EMD as py4DSTEM wrote it before 0.14: `data/realslices/<name>` with the slices last.
enum LegacyEMDFormat: ImportFormat {
  static let name = "legacy EMD, py4DSTEM before 0.14"

  static func recognises(
    _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Bool {
    for group in tree.groups(in: "") {
      if try file.attribute("emd_group_type", of: group)?.number == 2 { return true }
      if tree.groups.contains(group + "/data/realslices") { return true }
    }
    return false
  }

  static func layouts(
    of file: borrowing InputFile, _ tree: FileTree, _ options: ImportOptions
  ) throws(ParallelError) -> [SourceLayout] {
    var layouts: [SourceLayout] = []
    for (group, layout) in try EMDStack.layouts(of: file, tree, format: name)
    where group.contains("/realslices/") {
      var layout = layout
      let top = "/" + (group.split(separator: "/").first.map(String.init) ?? "")
      layout.pixelSize = try EMDStack.calibration(below: top, tree, file)
      if case .absent = layout.pixelSize {
        let spacing = try EMDStack.spacing([group + "/dim1", group + "/dim2"], tree, file)
        if case .nanometres = spacing { layout.pixelSize = spacing }
      }
      layouts.append(layout)
    }
    if layouts.isEmpty { throw try EMDStack.refusal(of: file, tree, format: name) }
    return layouts
  }
}
