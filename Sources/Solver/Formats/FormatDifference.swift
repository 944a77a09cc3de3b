// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// Where a file departs from the declaration of its format.
public struct FormatDifference: Sendable, Equatable {
  /// In what way.
  public enum Kind: String, Sendable { case missing, extra, type, shape, unit, value }
  /// In what way.
  public let kind: Kind
  /// The object, with `@name` for an attribute.
  public let path: String
  /// What was found and what was expected.
  public let text: String

  /// The difference in a line.
  public var line: String { "\(path): \(kind.rawValue): \(text)" }
}

extension FileFormat {
  /// How closely a file is held to the declaration.
  public enum Strictness: Sendable {
    /// A file of anybody: number types are free, NeXus attributes and units may be missing, and
    /// attributes that nobody declared are ignored.
    case read
    /// A file that Vegard wrote: exactly as declared.
    case written
  }

  /// The differences between a file and this format, in the order of the declaration.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func differences(
    in file: borrowing InputFile, as strictness: Strictness = .written
  ) throws(ParallelError) -> [FormatDifference] {
    var check = FormatCheck(strictness: strictness, hasScales: hasScales)
    try check.group(root, at: "/", sizes: [:], file)
    let versions = strictness == .read ? read : version...version
    if let found = try file.attribute("version")?.number,
      !versions.contains(where: { Double($0) == found })
    {
      let text = found == found.rounded() && abs(found) < 1e9 ? "\(Int(found))" : "\(found)"
      check.add(.value, "/@version", "found \(text), expected \(version)")
    }
    return check.differences
  }
}

/// One walk through a file beside the declaration of its format.
private struct FormatCheck {
  let strictness: FileFormat.Strictness
  let hasScales: Bool
  var differences: [FormatDifference] = []

  init(strictness: FileFormat.Strictness, hasScales: Bool) {
    self.strictness = strictness
    self.hasScales = hasScales
  }

  mutating func add(_ kind: FormatDifference.Kind, _ path: String, _ text: String) {
    differences.append(FormatDifference(kind: kind, path: path, text: text))
  }

  func demands(_ presence: FileFormat.Presence) -> Bool {
    presence == .always || (presence == .written && strictness == .written)
  }

  mutating func group(
    _ declared: FileFormat.Group, at path: String, sizes above: [String: Int],
    _ file: borrowing InputFile
  ) throws(ParallelError) {
    try attributes(declared.attributes, of: path, file, isDataset: false)
    let base = path == "/" ? "/" : path + "/"
    var sizes = above
    var known: Set<String> = []
    var datasets: [String] = []
    var groups: [String] = []
    for name in try file.members(of: path) {
      switch try FileTree.kind(of: base + name, in: file) {
      case .dataset: datasets.append(name)
      case .group: groups.append(name)
      case .other: add(.extra, base + name, "a link that leads nowhere, or no group or dataset")
      }
    }
    for dataset in declared.datasets {
      let found = datasets.filter {
        !known.contains($0) && FileFormat.matches($0, dataset.name)
      }
      if found.isEmpty, demands(dataset.presence) {
        add(.missing, base + dataset.name, "expected a dataset: \(dataset.meaning)")
      }
      for name in found {
        known.insert(name)
        if dataset.presence == .former, strictness == .written {
          add(.extra, base + name, "former")
        }
        try self.dataset(dataset, at: base + name, sizes: &sizes, file)
      }
    }
    for child in declared.groups {
      let found = groups.filter { !known.contains($0) && FileFormat.matches($0, child.name) }
      if found.isEmpty, demands(child.presence) {
        add(.missing, base + child.name, "expected a group: \(child.meaning)")
      }
      for name in found {
        known.insert(name)
        try group(child, at: base + name, sizes: sizes, file)
      }
    }
    for name in datasets + groups where !known.contains(name) {
      add(.extra, base + name, "\(datasets.contains(name) ? "dataset" : "group") not declared")
    }
  }

  private mutating func dataset(
    _ declared: FileFormat.Dataset, at path: String, sizes: inout [String: Int],
    _ file: borrowing InputFile
  ) throws(ParallelError) {
    let type = try file.elementType(of: path)
    let isRight =
      strictness == .written
      ? declared.types.contains(type) : type.isNumber == (declared.types != [.text])
    if !isRight { add(.type, path, "found \(type), expected \(declared.typeNames)") }
    let shape = try file.shape(of: path)
    let names = declared.sizes(count: shape.count)
    let expected = names.map { FileFormat.size($0, sizes) }
    let fits = FileFormat.bind(names, shape, &sizes)
    if !fits {
      let text = zip(names, expected).map { name, size in
        size.map(String.init) ?? name
      }
      add(.shape, path, "found \(shape), expected [\(text.joined(separator: ", "))]")
    }
    var declarations = declared.attributes
    if let unit = declared.unit {
      declarations.append(.init("units", .text(unit), .written, "unit of the dataset"))
    }
    // Particles that are copied keep the names that others gave them.
    if declared.longName != nil {
      declarations.append(.init("long_name", .text(), .written, "name of the dataset in pictures"))
    }
    try attributes(declarations, of: path, file, isDataset: true)
  }

  private mutating func attributes(
    _ declared: [FileFormat.Attribute], of owner: String, _ file: borrowing InputFile,
    isDataset: Bool
  ) throws(ParallelError) {
    for attribute in declared {
      let path = owner + "@" + attribute.name
      guard let found = try file.attribute(attribute.name, of: owner) else {
        if demands(attribute.presence) {
          add(.missing, path, "expected an attribute: \(attribute.meaning)")
        }
        continue
      }
      check(found, attribute, path)
    }
    guard strictness == .written else { return }
    let names = try file.attributeNames(of: owner)
    let scales = isDataset ? OutputFile.scaleAttributes : []
    for name in names
    where !declared.contains(where: { $0.name == name && $0.presence != .former })
      && !scales.contains(name)
    {
      add(.extra, owner + "@" + name, "attribute not declared")
    }
    if isDataset, hasScales, !names.contains("CLASS"), !names.contains("DIMENSION_LIST") {
      add(.missing, owner + "@DIMENSION_LIST", "expected axes")
    }
  }

  private mutating func check(
    _ found: InputFile.AttributeValue, _ attribute: FileFormat.Attribute, _ path: String
  ) {
    switch (attribute.content, found) {
    case (.text(let value), .texts(let texts)):
      if let value, texts != [value] {
        add(
          attribute.name == "units" ? .unit : .value, path,
          "found \(texts.map { "\"\($0)\"" }.joined(separator: ", ")), expected \"\(value)\"")
      }
    case (.texts(let values), .texts(let texts)):
      if let values, texts != values { add(.value, path, "found \(texts), expected \(values)") }
    case (.numbers(let count, _, _), .numbers(let numbers)):
      if numbers.count != count {
        add(.shape, path, "found \(numbers.count) numbers, expected \(count)")
      }
    case (.list, .numbers): break
    case (_, .other): add(.type, path, "found \(found.kind), expected text or numbers")
    case (.text, .numbers), (.texts, .numbers):
      add(.type, path, "found numbers, expected text")
    case (.numbers, .texts), (.list, .texts):
      add(.type, path, "found text, expected numbers")
    }
  }
}
