// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// Writing from the declaration, which gives names, number types, units and shapes.
///
/// What contradicts a declaration is a mistake in the program: a precondition.
extension OutputFile {
  /// Says what the file is: format, version, and all other root attributes of a declared value.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func start(as format: FileFormat) throws(ParallelError) {
    try setDeclared(format.root, of: "/")
    try set(FileFormat.version(format.version), format.version)
  }

  /// Makes a group with the attributes of a declared value.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - group: what is declared.
  ///   - parent: the group it lies in.
  ///   - name: for a name that varies.
  /// - Returns: its path.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  @discardableResult
  package func make(
    _ group: FileFormat.Group, in parent: String = "/", named name: String? = nil
  ) throws(ParallelError) -> String {
    let path = group.path(in: parent, named: name)
    try makeGroup(path)
    try setDeclared(group, of: path)
    return path
  }

  /// Gives a group the attributes of a declared value.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func setDeclared(
    _ group: FileFormat.Group, of path: String
  ) throws(ParallelError) {
    try setDeclared(group.attributes, of: path)
  }

  /// Writes a dataset that every rank holds whole.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - dataset: what is declared.
  ///   - values: slowest dimension first.
  ///   - group: where it lies.
  ///   - name: for a name that varies.
  ///   - sizes: by the names of the declared shape; one that is missing follows from the count.
  /// - Returns: its path.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  @discardableResult
  package func write(
    _ dataset: FileFormat.Dataset, _ values: [Double], in group: String,
    named name: String? = nil, sizes: [String: Int] = [:]
  ) throws(ParallelError) -> String {
    let path = dataset.path(in: group, named: name)
    guard let shape = dataset.shape(of: sizes, count: values.count) else {
      preconditionFailure("\(path): \(values.count) values and \(sizes) for \(dataset.shape)")
    }
    try write(path, values, shape: shape, as: dataset.types[0])
    try describe(path, dataset)
    return path
  }

  /// Writes a dataset, each rank its own window.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - dataset: what is declared.
  ///   - values: this rank's, slowest dimension first.
  ///   - group: where it lies.
  ///   - name: for a name that varies.
  ///   - sizes: of the whole, by the names of the declared shape; without the optional one it is
  ///     plane.
  ///   - window: where the values belong; nil on a rank without a share.
  ///   - type: the one that the user chose, where several are declared.
  ///   - filter: how the numbers lie in the file.
  /// - Returns: its path.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  @discardableResult
  package func write(
    _ dataset: FileFormat.Dataset, _ values: [Double], in group: String,
    named name: String? = nil, sizes: [String: Int], window: Window?, as type: ElementType? = nil,
    filter: Filter = .fast
  ) throws(ParallelError) -> String {
    let path = dataset.path(in: group, named: name)
    let type = type ?? dataset.types[0]
    guard let shape = dataset.shape(of: sizes), dataset.types.contains(type) else {
      preconditionFailure("\(path): \(type) and \(sizes) for \(dataset.shape)")
    }
    try write(path, values, shape: shape, window: window, as: type, filter: filter)
    try describe(path, dataset)
    return path
  }

  /// Writes a list of texts.
  ///
  /// Collective.
  ///
  /// - Returns: its path.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  @discardableResult
  package func write(
    _ dataset: FileFormat.Dataset, texts: [String], in group: String
  ) throws(ParallelError) -> String {
    let path = dataset.path(in: group)
    precondition(dataset.types == [.text], "\(path): no texts are declared")
    precondition(
      dataset.shape(of: [:], count: texts.count) != nil, "\(path): \(texts.count) texts")
    try write(path, texts: texts)
    try describe(path, dataset)
    return path
  }

  /// Makes an empty series, which `append` extends.
  ///
  /// Collective.
  ///
  /// - Returns: its path.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func makeSeries(
    _ dataset: FileFormat.Dataset, in group: String
  ) throws(ParallelError) -> String {
    let path = dataset.path(in: group)
    precondition(dataset.shape.count == 1, "\(path): a series has one dimension")
    try makeSeries(path, as: dataset.types[0])
    try describe(path, dataset)
    return path
  }

  /// Extends a series by numbers that every rank holds whole.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - values: what is added.
  ///   - dataset: what is declared.
  ///   - group: where it lies.
  ///   - count: how many numbers of it are kept; all of them where nil.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func append(
    _ values: [Double], to dataset: FileFormat.Dataset, in group: String, keeping count: Int? = nil
  ) throws(ParallelError) {
    try append(
      values, to: dataset.path(in: group), keeping: count, as: dataset.types[0])
  }

  /// Gives an object a text.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func set(
    _ attribute: FileFormat.Attribute, _ text: String, of object: String = "/"
  ) throws(ParallelError) {
    guard case .text(let value) = attribute.content, value == nil || value == text else {
      preconditionFailure("\(object): \(text) is no declared \(attribute.name)")
    }
    try setAttribute(attribute.name, text, of: object)
  }

  /// Gives an object a list of texts.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func set(
    _ attribute: FileFormat.Attribute, texts: [String], of object: String = "/"
  ) throws(ParallelError) {
    guard case .texts(let values) = attribute.content, values == nil || values == texts else {
      preconditionFailure("\(object): \(texts) are no declared \(attribute.name)")
    }
    try setAttribute(attribute.name, texts: texts, of: object)
  }

  /// Gives an object numbers.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func set(
    _ attribute: FileFormat.Attribute, _ numbers: [Double], of object: String = "/"
  ) throws(ParallelError) {
    switch attribute.content {
    case .numbers(let count, let type, _):
      precondition(numbers.count == count, "\(object): \(numbers) as \(attribute.name)")
      try setAttribute(attribute.name, numbers, as: type, of: object)
    case .list: try setAttribute(attribute.name, numbers, of: object)
    default: preconditionFailure("\(object): \(attribute.name) is declared as text")
    }
  }

  /// Gives an object a number.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func set(
    _ attribute: FileFormat.Attribute, _ number: Double, of object: String = "/"
  ) throws(ParallelError) {
    try set(attribute, [number], of: object)
  }

  /// Gives an object a whole number.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  package func set(
    _ attribute: FileFormat.Attribute, _ number: Int, of object: String = "/"
  ) throws(ParallelError) {
    try set(attribute, [Double(number)], of: object)
  }

  /// Writes the unit of a dataset, its name in pictures and its attributes of a declared value.
  private func describe(
    _ path: String, _ dataset: FileFormat.Dataset
  ) throws(ParallelError) {
    if let unit = dataset.unit { try setAttribute("units", unit, of: path) }
    if let name = dataset.longName { try setAttribute("long_name", name, of: path) }
    try setDeclared(dataset.attributes, of: path)
  }

  private func setDeclared(
    _ attributes: [FileFormat.Attribute], of object: String
  ) throws(ParallelError) {
    for attribute in attributes where [.always, .written].contains(attribute.presence) {
      switch attribute.content {
      case .text(.some(let text)): try set(attribute, text, of: object)
      case .texts(.some(let texts)): try set(attribute, texts: texts, of: object)
      default: break
      }
    }
  }
}

extension FileFormat.Group {
  /// Its path in a group; `name` is for one that varies.
  package func path(in parent: String = "/", named name: String? = nil) -> String {
    FileFormat.path(self.name, in: parent, named: name)
  }
}

extension FileFormat.Dataset {
  /// Its path in a group; `name` is for one that varies.
  package func path(in group: String = "/", named name: String? = nil) -> String {
    FileFormat.path(self.name, in: group, named: name)
  }
}

extension FileFormat {
  fileprivate static func path(
    _ pattern: String, in parent: String, named name: String?
  ) -> String {
    precondition(
      name.map { matches($0, pattern) } ?? !pattern.contains("<"),
      "\(parent): \(name ?? "no name") for \(pattern)")
    return (parent == "/" ? "" : parent) + "/" + (name ?? pattern)
  }
}
