// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
import Parallel

/// An HDF5 file of unknown layout, read where `--map` says.
enum MappedFormat: ImportFormat {
  static let name = "HDF5 by --map"

  static func recognises(
    _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Bool { true }

  static func layouts(
    of file: borrowing InputFile, _ tree: FileTree, _ options: ImportOptions
  ) throws(ParallelError) -> [SourceLayout] {
    var layout = SourceLayout(format: name)
    layout.pixelSize = .absent("no pixel size (HDF5 of unknown layout)")
    for top in tree.groups(in: "") {
      let stated = try EMDStack.calibration(below: top, tree, file)
      if case .nanometres = stated { layout.pixelSize = stated }
    }
    for mapping in options.map {
      guard let label = ChannelLabel(mapping.label) else { continue }
      let slice = try slice(mapping, label, file, tree, options, &layout)
      try layout.add(slice, as: label, in: file.path)
    }
    return [layout]
  }

  private static func slice(
    _ mapping: ChannelMapping, _ label: ChannelLabel, _ file: borrowing InputFile,
    _ tree: FileTree, _ options: ImportOptions, _ layout: inout SourceLayout
  ) throws(ParallelError) -> SourceSlice {
    guard try file.contains(mapping.dataset), try file.kind(of: mapping.dataset) == .dataset
    else {
      throw ParallelError(
        .input,
        "\(file.path): --map \(mapping.label): no dataset \(mapping.dataset); found "
          + (try tree.summary(of: file)))
    }
    var path = mapping.dataset
    if try file.elementType(of: path) == .reference {
      let targets = try file.references(path)
      let index = (mapping.cell ?? 1) - 1
      guard index < targets.count else {
        throw ParallelError(
          .input,
          "\(file.path): dataset \(path): found \(targets.count) cells, expected cell "
            + "\(index + 1)")
      }
      path = targets[index]
    }
    let shape = try file.shape(of: path)
    var indices = mapping.indices
    while indices.count < shape.count { indices.append(nil) }
    guard indices.count == shape.count, indices.filter({ $0 == nil }).count == 2,
      zip(indices, shape).allSatisfy({ index, size in index.map { $0 < size } ?? true })
    else {
      throw ParallelError(
        .input,
        "\(file.path): dataset \(path): found shape \(shape), expected one whose slice "
          + "\(mapping.indices.map { $0.map(String.init) ?? ":" }) is a 2-D image")
    }
    // MATLAB stores columns first.
    let isMatlab = try file.attribute("MATLAB_class", of: path) != nil
    var images: [SourceSlice.Axis] =
      isMatlab != mapping.isTransposed ? [.column, .row] : [.row, .column]
    let axes = indices.map { index in
      index.map(SourceSlice.Axis.fixed) ?? images.removeFirst()
    }
    return SourceSlice(
      path, axes: axes, factor: try factor(label, path, isMatlab, file, options, &layout))
  }

  /// The unit: the option's, else the dataset's own attribute, else ratios and radians.
  private static func factor(
    _ label: ChannelLabel, _ path: String, _ isMatlab: Bool, _ file: borrowing InputFile,
    _ options: ImportOptions, _ layout: inout SourceLayout
  ) throws(ParallelError) -> Double {
    if label.map == .mask { return 1 }
    if let units = options.units, label.map.kind != .ratio {
      return try units.factor(for: label, in: file.path)
    }
    if let factor = try ChannelUnits.declared(by: path, for: label.map, in: file) {
      return factor * label.sign
    }
    if label.map.kind == .ratio { return 1 }
    if isMatlab { throw MatlabFormat.unitsMissing(file.path) }
    let note = "units taken as fraction,radians (--units says otherwise)"
    if !layout.notes.contains(note) { layout.notes.append(note) }
    return label.sign
  }
}
