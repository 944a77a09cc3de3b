// SPDX-License-Identifier: Apache-2.0

import CPETSc

extension InputFile {
  /// The value of an attribute, as the kind of thing it is.
  public enum AttributeValue: Sendable, Equatable {
    /// One or more texts.
    case texts([String])
    /// One or more numbers.
    case numbers([Double])
    /// A boolean, a compound or whatever else nothing here reads.
    case other

    /// The first text, or nil for numbers.
    public var text: String? {
      if case .texts(let texts) = self { texts.first } else { nil }
    }

    /// The first number, or nil for texts.
    public var number: Double? {
      if case .numbers(let numbers) = self { numbers.first } else { nil }
    }

    /// The first number where it is a whole one; nil for others, NaN and texts.
    public var wholeNumber: Int? { number.flatMap { Int(exactly: $0) } }

    /// The number as it is written, or what else there is, for messages.
    public var shown: String {
      wholeNumber.map { "\($0)" } ?? number.map { "\($0)" } ?? kind
    }

    /// In a word, for messages.
    public var kind: String {
      switch self {
      case .texts(let texts): texts.isEmpty ? "empty" : "text"
      case .numbers(let numbers): numbers.isEmpty ? "empty" : "a number"
      case .other: "neither text nor a number"
      }
    }

    /// All numbers, or nil for texts.
    public var list: [Double]? {
      if case .numbers(let numbers) = self { numbers } else { nil }
    }
  }

  /// The names of the attributes of `object`, sorted by name.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func attributeNames(of object: String = "/") throws(ParallelError) -> [String] {
    try reading(object) { () throws(ParallelError) in
      let owner = try opened(object)
      let count = try Door.hdf5("H5Aget_num_attrs") { H5Aget_num_attrs(owner.id) }
      var names: [String] = []
      for index in 0..<hsize_t(count) {
        let length = try Door.hdf5("H5Aget_name_by_idx") {
          H5Aget_name_by_idx(
            owner.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, vegard_h5_default())
        }
        var buffer = [CChar](repeating: 0, count: length + 1)
        try Door.hdf5("H5Aget_name_by_idx") {
          H5Aget_name_by_idx(
            owner.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, &buffer, buffer.count,
            vegard_h5_default())
        }
        names.append(Door.string(buffer))
      }
      return names
    }
  }

  /// The attribute `name` of `object`, or nil where it is absent.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func attribute(
    _ name: String, of object: String = "/"
  ) throws(ParallelError) -> AttributeValue? {
    try reading(object) { () throws(ParallelError) in
      let owner = try opened(object)
      let found = try Door.hdf5("H5Aexists") { H5Aexists(owner.id, name) }
      guard found > 0 else { return nil }
      return try read(name, of: owner)
    }
  }

  private func read(
    _ name: String, of owner: borrowing HDF5Handle
  ) throws(ParallelError) -> AttributeValue? {
    let ownerID = owner.id
    let attribute = try HDF5Handle("H5Aopen", closing: H5Aclose) {
      H5Aopen(ownerID, name, vegard_h5_default())
    }
    let type = try HDF5Handle("H5Aget_type", closing: H5Tclose) { H5Aget_type(attribute.id) }
    let space = try HDF5Handle("H5Aget_space", closing: H5Sclose) { H5Aget_space(attribute.id) }
    let count = Int(clamping: max(0, H5Sget_simple_extent_npoints(space.id)))
    try InputFile.checkSize(of: count, width: max(8, H5Tget_size(type.id)))
    switch H5Tget_class(type.id) {
    case H5T_STRING:
      return .texts(
        try InputFile.texts(type: type, space: space, count: count) { memoryType, buffer in
          H5Aread(attribute.id, memoryType, buffer)
        })
    case H5T_INTEGER, H5T_FLOAT:
      var values = [Double](repeating: 0, count: count)
      try Door.hdf5("H5Aread") { H5Aread(attribute.id, vegard_h5_double(), &values) }
      return .numbers(values)
    default:
      return .other
    }
  }
}
