// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// An HDF5 identifier that is closed at the end of its scope.
struct HDF5Handle: ~Copyable {
  let id: hid_t
  private let close: (hid_t) -> herr_t

  /// Takes over what `open` returns; throws with the name of the routine when it is negative.
  init(
    _ routine: StaticString, closing close: @escaping (hid_t) -> herr_t, _ open: () -> hid_t
  ) throws(ParallelError) {
    let opened = try Door.hdf5(routine, open)
    self.close = close
    id = opened
  }

  deinit { _ = close(id) }
}

extension HDF5Handle {
  static func dataset(_ file: hid_t, _ path: String) throws(ParallelError) -> HDF5Handle {
    try HDF5Handle("H5Dopen2", closing: H5Dclose) {
      H5Dopen2(file, path, vegard_h5_default())
    }
  }

  static func object(_ file: hid_t, _ path: String) throws(ParallelError) -> HDF5Handle {
    try HDF5Handle("H5Oopen", closing: H5Oclose) { H5Oopen(file, path, vegard_h5_default()) }
  }

  static func space(of dataset: borrowing HDF5Handle) throws(ParallelError) -> HDF5Handle {
    let id = dataset.id
    return try HDF5Handle("H5Dget_space", closing: H5Sclose) { H5Dget_space(id) }
  }

  static func simpleSpace(_ shape: [Int]) throws(ParallelError) -> HDF5Handle {
    let sizes = shape.map { hsize_t($0) }
    return try HDF5Handle("H5Screate_simple", closing: H5Sclose) {
      H5Screate_simple(Int32(sizes.count), sizes, nil)
    }
  }

  static func variableString() throws(ParallelError) -> HDF5Handle {
    let type = try HDF5Handle("H5Tcopy", closing: H5Tclose) { H5Tcopy(vegard_h5_c_string()) }
    let id = type.id
    try Door.hdf5("H5Tset_size") { H5Tset_size(id, vegard_h5_variable()) }
    try Door.hdf5("H5Tset_cset") { H5Tset_cset(id, H5T_CSET_UTF8) }
    return type
  }
}

/// A window into a dataset: for each dimension the first index and the count.
public struct Window: Sendable, Equatable {
  /// First index of each dimension.
  public let start: [Int]
  /// Count of each dimension.
  public let count: [Int]

  /// Makes a window from index ranges, slowest dimension first.
  public init(_ ranges: Range<Int>...) {
    self.init(ranges)
  }

  /// Makes a window from index ranges, slowest dimension first.
  public init(_ ranges: [Range<Int>]) {
    start = ranges.map(\.lowerBound)
    count = ranges.map(\.count)
  }

  /// The number of elements.
  public var elements: Int { count.reduce(1, *) }
}
