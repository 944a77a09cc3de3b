// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
import Parallel

/// MATLAB v7.3: HDF5 whose arrays are stored transposed and whose cells and arrays of structs are
/// object references.
///
/// A particle is any scope that names channels: the workspace itself, a struct, an element of an
/// array of structs or of a cell of structs, or a cell of images beside a cell of labels.
enum MatlabFormat: ImportFormat {
  static let name = "MATLAB v7.3"

  static func recognises(
    _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Bool {
    for path in tree.datasets(in: "") + tree.groups(in: "") {
      if try file.attribute("MATLAB_class", of: path) != nil { return true }
    }
    return false
  }

  static func unitsMissing(_ file: String) -> ParallelError {
    ParallelError(
      .input, "\(file): the values have no units, expected --units such as percent,degrees")
  }

  static func layouts(
    of file: borrowing InputFile, _ tree: FileTree, _ options: ImportOptions
  ) throws(ParallelError) -> [SourceLayout] {
    try refuseSparse(file, tree)
    var layouts: [SourceLayout] = []
    for scope in try scopes(of: file, tree) {
      var layout = SourceLayout(format: name, name: scope.name)
      for (field, path) in scope.fields.sorted(by: { $0.key < $1.key }) {
        guard let label = ChannelLabel(field) else { continue }
        try check(path, file)
        var factor = 1.0
        if label.map.kind != .ratio {
          guard let units = options.units else { throw unitsMissing(file.path) }
          factor = try units.factor(for: label, in: file.path)
        }
        try layout.add(
          SourceSlice(path, axes: [.column, .row], factor: factor), as: label, in: file.path)
      }
      guard layout.hasData else { continue }
      layout.pixelSize = try pixelSize(scope.fields, file)
      layouts.append(layout)
    }
    if layouts.isEmpty {
      throw ParallelError(
        .input,
        "\(file.path) (\(name)): found \(try contents(of: file, tree)), expected variables or "
          + "fields named \(ChannelLabel.known); name them with --map")
    }
    return layouts
  }

  /// A sparse matrix is a group of its columns' entries: left aside, a mask would be lost.
  private static func refuseSparse(
    _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) {
    for group in tree.groups where ChannelLabel(FileTree.leaf(group)) != nil {
      guard try file.attribute("MATLAB_sparse", of: group) != nil else { continue }
      throw ParallelError(
        .input,
        "\(file.path): \(group): found a sparse matrix, expected a full one: save "
          + "full(\(FileTree.leaf(group)))")
    }
  }

  /// A set of named arrays.
  private struct Scope {
    var name: String?
    var fields: [String: String] = [:]
  }

  private static func scopes(
    of file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> [Scope] {
    var scopes = [Scope(fields: try fields(of: "", file, tree, element: nil))]
    for group in tree.groups(in: "") where !FileTree.leaf(group).hasPrefix("#") {
      let count = try elementCount(of: group, file, tree)
      for element in 0..<max(1, count ?? 1) {
        let suffix = (count ?? 1) > 1 ? "_\(element + 1)" : ""
        scopes.append(
          Scope(
            name: FileTree.leaf(group) + suffix,
            fields: try fields(of: group, file, tree, element: count.map { _ in element })))
      }
    }
    for path in tree.datasets(in: "") {
      guard try file.elementType(of: path) == .reference else { continue }
      let targets = try file.references(path)
      var structs = 0
      for target in targets where tree.groups.contains(target) {
        structs += 1
        scopes.append(
          Scope(
            name: FileTree.leaf(path) + (targets.count > 1 ? "_\(structs)" : ""),
            fields: try fields(of: target, file, tree, element: nil)))
      }
      if structs == 0, let scope = try labelled(path, targets, file, tree) {
        scopes.append(scope)
      }
    }
    return scopes
  }

  /// The number of elements of an array of structs; nil for a single struct.
  ///
  /// The fields of an array of structs are references without a class of their own; a cell as a
  /// field of a single struct has the class "cell".
  private static func elementCount(
    of group: String, _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Int? {
    for path in tree.datasets(in: group) {
      guard try file.elementType(of: path) == .reference,
        try file.attribute("MATLAB_class", of: path) == nil
      else { continue }
      let count = try file.shape(of: path).reduce(1.0) { $0 * Double($1) }
      guard count <= 1000 else {
        throw ParallelError(
          .input, "\(file.path): \(group): found \(count) elements, expected at most 1000")
      }
      return Int(count)
    }
    return nil
  }

  /// The arrays in a group by name; references are followed.
  private static func fields(
    of group: String, _ file: borrowing InputFile, _ tree: FileTree, element: Int?
  ) throws(ParallelError) -> [String: String] {
    var fields: [String: String] = [:]
    for path in tree.datasets(in: group) {
      let name = FileTree.leaf(path)
      guard try file.elementType(of: path) == .reference else {
        fields[name] = path
        continue
      }
      guard ChannelLabel(name) != nil || name.hasPrefix("pixel_") else { continue }
      let targets = try file.references(path)
      let index = element ?? 0
      if index < targets.count { fields[name] = targets[index] }
    }
    return fields
  }

  /// A cell of images with a cell of as many labels beside it.
  private static func labelled(
    _ path: String, _ targets: [String], _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Scope? {
    for other in tree.datasets(in: "") where other != path {
      guard try file.elementType(of: other) == .reference else { continue }
      let labels = try file.references(other)
      guard labels.count == targets.count else { continue }
      var scope = Scope(name: FileTree.leaf(path))
      for (label, target) in zip(labels, targets) {
        if let text = try text(label, file) { scope.fields[text] = target }
      }
      if scope.fields.keys.contains(where: { ChannelLabel($0) != nil }) { return scope }
    }
    return nil
  }

  /// A char array, stored as 16-bit codes.
  private static func text(
    _ path: String, _ file: borrowing InputFile
  ) throws(ParallelError) -> String? {
    guard try file.attribute("MATLAB_class", of: path)?.text == "char" else { return nil }
    let codes = try file.numbers(path).map { UInt16(exactly: $0) ?? 0xFFFD }
    return String(decoding: codes, as: UTF16.self)
  }

  private static func check(
    _ path: String, _ file: borrowing InputFile
  ) throws(ParallelError) {
    let shape = try file.shape(of: path)
    let type = try file.attribute("MATLAB_class", of: path)?.text ?? "unknown"
    let isEmpty = try file.attribute("MATLAB_empty", of: path)?.number == 1
    guard shape.count == 2, !isEmpty,
      ["double", "single", "logical"].contains(type)
        || type.contains("int")
    else {
      throw ParallelError(
        .input,
        "\(file.path): dataset \(path): found \(isEmpty ? "an empty array" : "shape \(shape)") "
          + "of class \(type), expected a matrix of numbers")
    }
  }

  private static func pixelSize(
    _ fields: [String: String], _ file: borrowing InputFile
  ) throws(ParallelError) -> StatedPixelSize {
    if let path = fields["pixel_size_nm"] {
      return StatedPixelSize(try file.numbers(path).first, unit: "nm")
    }
    guard let path = fields["pixel_size"] else { return .absent("no pixel size") }
    var unit: String?
    if let units = fields["pixel_units"] { unit = try text(units, file) }
    return StatedPixelSize(try file.numbers(path).first, unit: unit)
  }

  private static func contents(
    of file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> String {
    var words: [String] = []
    for path in tree.datasets(in: "") + tree.groups(in: "") {
      let type = try file.attribute("MATLAB_class", of: path)?.text ?? "group"
      if !path.hasPrefix("/#") { words.append("\(path.dropFirst()) (\(type))") }
    }
    return words.isEmpty ? "nothing" : words.joined(separator: ", ")
  }
}
