// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
import Parallel

/// The labelled image stack that all EMD dialects share: `data` beside a list of slice labels.
enum EMDStack {
  /// The strain maps in a file, one layout each, without their pixel sizes.
  ///
  /// Collective.
  static func layouts(
    of file: borrowing InputFile, _ tree: FileTree, format: String
  ) throws(ParallelError) -> [(group: String, layout: SourceLayout)] {
    var found: [(group: String, layout: SourceLayout)] = []
    for group in tree.groups {
      let datasets = tree.datasets(in: group)
      guard datasets.contains(group + "/data"),
        let labels = try labels(of: group, datasets, file)
      else { continue }
      var layout = SourceLayout(format: format, name: FileTree.leaf(group))
      let path = group + "/data"
      let shape = try file.shape(of: path)
      guard shape.count == 3 else {
        throw ParallelError(
          .input,
          "\(file.path): dataset \(path): found shape \(shape), expected three dimensions for "
            + "the labels \(labels.joined(separator: ", "))")
      }
      // 0.14 puts the stack first, the older writers last; a 6 x n x 6 map is taken as 0.14's.
      let isFirst = shape[0] == labels.count
      guard isFirst || shape[2] == labels.count else {
        throw ParallelError(
          .input,
          "\(file.path): dataset \(path): found shape \(shape), expected \(labels.count) slices "
            + "(\(labels.joined(separator: ", ")))")
      }
      for (index, text) in labels.enumerated() {
        guard let label = ChannelLabel(text) else { continue }
        let axes: [SourceSlice.Axis] =
          isFirst ? [.fixed(index), .row, .column] : [.row, .column, .fixed(index)]
        try layout.add(
          SourceSlice(path, axes: axes, factor: label.sign), as: label, in: file.path)
      }
      found.append((group, layout))
    }
    return found
  }

  /// The slice labels of a group, where one of its dimensions holds texts that name strains.
  private static func labels(
    of group: String, _ datasets: [String], _ file: borrowing InputFile
  ) throws(ParallelError) -> [String]? {
    for dataset in datasets where FileTree.leaf(dataset).hasPrefix("dim") {
      guard try file.elementType(of: dataset) == .text else { continue }
      let texts = try file.texts(dataset)
      if texts.contains(where: { ChannelLabel($0)?.map.kind == .strain }) { return texts }
    }
    return nil
  }

  /// What the calibration below `top` says of the pixel size; in older files it is attributes.
  static func calibration(
    below top: String, _ tree: FileTree, _ file: borrowing InputFile
  ) throws(ParallelError) -> StatedPixelSize {
    for group in tree.groups
    where FileTree.leaf(group) == "calibration" && group.hasPrefix(top + "/") {
      let value = try number("R_pixel_size", of: group, tree, file)
      let unit = try text("R_pixel_units", of: group, tree, file)
      if value != nil { return StatedPixelSize(value, unit: unit) }
    }
    return .absent("no pixel size (R_pixel_size) in a calibration below \(top)")
  }

  private static func number(
    _ name: String, of group: String, _ tree: FileTree, _ file: borrowing InputFile
  ) throws(ParallelError) -> Double? {
    let path = group + "/" + name
    guard tree.hasDataset(path) else {
      return try file.attribute(name, of: group)?.number
    }
    // An unset value is the text "_None".
    guard try file.elementType(of: path).isNumber else { return nil }
    let values = try file.numbers(path)
    guard let first = values.first else { return nil }
    guard values.allSatisfy({ $0 == first }) else {
      let words = values.prefix(4).map { "\($0)" }.joined(separator: " by ")
      throw ParallelError(
        .input,
        "\(file.path): dataset \(path): found pixels of \(words), expected one size: "
          + "pixels must be square")
    }
    return first
  }

  private static func text(
    _ name: String, of group: String, _ tree: FileTree, _ file: borrowing InputFile
  ) throws(ParallelError) -> String? {
    let path = group + "/" + name
    guard tree.hasDataset(path) else {
      return try file.attribute(name, of: group)?.text
    }
    guard try file.elementType(of: path) == .text else { return nil }
    return try file.texts(path).first
  }

  /// The pixel size by the first two coordinates of two dimensions, which must agree.
  static func spacing(
    _ dimensions: [String], _ tree: FileTree, _ file: borrowing InputFile
  ) throws(ParallelError) -> StatedPixelSize {
    var stated: [StatedPixelSize] = []
    for path in dimensions where tree.hasDataset(path) {
      guard try file.elementType(of: path).isNumber else { continue }
      let values = try file.numbers(path)
      guard values.count >= 2 else { continue }
      let unit = try file.attribute("units", of: path)?.text
      stated.append(StatedPixelSize(values[1] - values[0], unit: unit))
    }
    guard let first = stated.first else { return .absent("no pixel size") }
    if case .nanometres(let one) = first, let last = stated.last,
      case .nanometres(let other) = last, abs(one - other) > 1e-6 * abs(one)
    {
      throw ParallelError(
        .input,
        "\(file.path): found pixels of \(one) nm by \(other) nm, expected square ones")
    }
    return first
  }

  /// What a file without a strain map holds instead: the arrays with class and shape.
  ///
  /// Collective.
  static func contents(
    of file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> String {
    var words: [String] = []
    for path in tree.datasets where FileTree.leaf(path) == "data" {
      let shape = try file.shape(of: path)
      let group = FileTree.parent(path)
      var kind = shape.count == 4 ? "a datacube" : "an array"
      for name in ["python_class", "py4dstem_class"] {
        if let text = try file.attribute(name, of: group)?.text { kind = "a \(text)" }
      }
      words.append("\(kind) \(group) \(shape)")
    }
    return words.isEmpty ? try tree.summary(of: file) : words.joined(separator: ", ")
  }

  /// The refusal of a file that holds no strain map.
  static func refusal(
    of file: borrowing InputFile, _ tree: FileTree, format: String
  ) throws(ParallelError) -> ParallelError {
    let contents = try contents(of: file, tree)
    return ParallelError(
      .input,
      "\(file.path) (\(format)): found \(contents), expected a strain map with slices labelled "
        + "e_xx, e_yy, e_xy; name the datasets with --map if they lie elsewhere")
  }
}
