// SPDX-License-Identifier: Apache-2.0

import CPETSc
import Foundation

/// An HDF5 file that every rank reads for itself.
///
/// Every routine is collective: what one rank cannot read is an error on all. The corresponding
/// HDF5 routines are H5Fopen and H5Dread; MPI-IO is left out because windows are small.
public struct InputFile: ~Copyable {
  /// Where it lies.
  public let path: String
  /// The ranks that read it.
  public let communicator: Communicator
  let id: hid_t

  /// Opens the file.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it is missing, and of kind `input` when it is
  ///   not HDF5 or truncated; the message tells which.
  public init(_ path: String, communicator: Communicator) throws(ParallelError) {
    let opened = try communicator.together { () throws(ParallelError) -> hid_t in
      try InputFile.checkReadable(path)
      CrashWatch.begin(path)
      defer { CrashWatch.end() }
      do throws(ParallelError) {
        return try Door.hdf5("H5Fopen") { vegard_h5_open_read(path) }
      } catch {
        throw InputFile.diagnosis(path, error)
      }
    }
    self.path = path
    self.communicator = communicator
    id = opened
  }

  deinit {
    CrashWatch.begin(path)
    H5Fclose(id)
    CrashWatch.end()
  }

  /// Says why HDF5 could not open a readable file: another format, or cut short.
  private static func diagnosis(_ path: String, _ error: ParallelError) -> ParallelError {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      return ParallelError(.file, "\(path): cannot be read")
    }
    defer { try? handle.close() }
    if error.message.contains("consistency flags") {
      return ParallelError(
        .input,
        "\(path): still marked as open for writing: its writer runs or did not close it; when "
          + "nothing writes it any more, h5clear -s \(path) takes the mark off")
    }
    if isHDF5(path) {
      return ParallelError(
        .input, "\(path): the HDF5 file is truncated or damaged (\(error.message))")
    }
    let head = (try? handle.read(upToCount: 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    if head.hasPrefix("MATLAB 5.0") {
      return ParallelError(
        .input, "\(path): found a MATLAB v5 file, expected HDF5: save it with '-v7.3'")
    }
    return ParallelError(.input, "\(path): not an HDF5 file")
  }

  /// Whether `object` (a group or dataset) exists.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func contains(_ object: String) throws(ParallelError) -> Bool {
    try reading(object) { () throws(ParallelError) -> Bool in
      var walked = ""
      for part in object.split(separator: "/") {
        walked += "/" + part
        let found = try Door.hdf5("H5Lexists") {
          H5Lexists(id, walked, vegard_h5_default())
        }
        if found == 0 { return false }
        // A link may be there and lead nowhere.
        let leads = H5Oexists_by_name(id, walked, vegard_h5_default())
        if leads <= 0 { throw unreachable(walked, ParallelError(.file, "nothing there")) }
      }
      return true
    }
  }

  /// What an object is.
  public enum ObjectKind: Sendable { case group, dataset, other }

  /// Whether `object` is a group or a dataset.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func kind(of object: String) throws(ParallelError) -> ObjectKind {
    try reading(object) { () throws(ParallelError) in
      let handle = try opened(object)
      return switch H5Iget_type(handle.id) {
      case H5I_GROUP: .group
      case H5I_DATASET: .dataset
      default: .other
      }
    }
  }

  /// What the elements of `dataset` are.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func elementType(of dataset: String) throws(ParallelError) -> ElementType {
    try reading(dataset) { () throws(ParallelError) in
      let handle = try HDF5Handle.dataset(id, dataset)
      let type = try HDF5Handle("H5Dget_type", closing: H5Tclose) { H5Dget_type(handle.id) }
      let width = H5Tget_size(type.id)
      switch H5Tget_class(type.id) {
      case H5T_FLOAT: return width == 8 ? .double : .float
      case H5T_INTEGER:
        return width == 1 && H5Tget_sign(type.id) == H5T_SGN_NONE ? .byte : .integer
      case H5T_ENUM: return .enumeration
      case H5T_STRING: return .text
      case H5T_REFERENCE: return .reference
      default: return .other
      }
    }
  }

  /// The names in a group, sorted by name.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func members(of group: String = "/") throws(ParallelError) -> [String] {
    try reading(group) { () throws(ParallelError) in
      let handle = try HDF5Handle("H5Gopen2", closing: H5Gclose) {
        H5Gopen2(id, group, vegard_h5_default())
      }
      var info = H5G_info_t()
      try Door.hdf5("H5Gget_info") { H5Gget_info(handle.id, &info) }
      var names: [String] = []
      for index in 0..<info.nlinks {
        let length = H5Lget_name_by_idx(
          handle.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, vegard_h5_default())
        var buffer = [CChar](repeating: 0, count: max(0, length) + 1)
        try Door.hdf5("H5Lget_name_by_idx") {
          H5Lget_name_by_idx(
            handle.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, &buffer, buffer.count,
            vegard_h5_default())
        }
        names.append(Door.string(buffer))
      }
      return names
    }
  }

  /// The shape of a dataset, slowest dimension first; empty for a scalar.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func shape(of dataset: String) throws(ParallelError) -> [Int] {
    try reading(dataset) { () throws(ParallelError) in
      try shape(HDF5Handle.space(of: try HDF5Handle.dataset(id, dataset)))
    }
  }

  private func shape(_ space: borrowing HDF5Handle) -> [Int] {
    var sizes = [hsize_t](
      repeating: 0, count: Int(max(0, H5Sget_simple_extent_ndims(space.id))))
    H5Sget_simple_extent_dims(space.id, &sizes, nil)
    return sizes.map { Int(clamping: $0) }
  }

  /// The numbers in a window of a dataset, or all of them, as Double.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the dataset is missing, holds no numbers, or
  ///   does not cover the window.
  public func numbers(
    _ dataset: String, window: Window? = nil
  ) throws(ParallelError) -> [Double] {
    // No filter takes longer than a microsecond for a number.
    let seconds = window.map { 20 + (product($0.count) ?? 0) / 1_000_000 } ?? 3600
    return try reading(dataset, seconds: seconds) { () throws(ParallelError) in
      do throws(ParallelError) {
        return try readNumbers(dataset, window)
      } catch {
        throw ParallelError(
          error.kind == .library ? .library : .input,
          "\(path): dataset \(dataset): \(error.message)", stack: error.stack)
      }
    }
  }

  private func readNumbers(
    _ dataset: String, _ window: Window?
  ) throws(ParallelError) -> [Double] {
    let handle = try HDF5Handle.dataset(id, dataset)
    let space = try HDF5Handle.space(of: handle)
    let sizes = shape(space)
    let type = try HDF5Handle("H5Dget_type", closing: H5Tclose) { H5Dget_type(handle.id) }
    let kind = H5Tget_class(type.id)
    guard [H5T_INTEGER, H5T_FLOAT, H5T_ENUM].contains(kind) else {
      throw ParallelError(.input, "found text or a compound, expected numbers")
    }
    let wanted = window ?? Window(sizes.map { 0..<$0 })
    guard
      wanted.count.count == sizes.count,
      zip(zip(wanted.start, wanted.count), sizes).allSatisfy({ $0.0 + $0.1 <= $1 })
    else {
      throw ParallelError(
        .input, "found shape \(sizes), expected \(wanted.count) values from \(wanted.start) on")
    }
    if let obstacle = try StoredData(HDF5Handle.dataset(id, dataset), in: path).obstacle() {
      throw ParallelError(.input, obstacle)
    }
    try InputFile.checkSize(of: product(wanted.count), width: 8)
    if wanted.elements == 0 { return [] }
    let memory = try HDF5Handle.simpleSpace([wanted.elements])
    if !sizes.isEmpty {
      try Door.hdf5("H5Sselect_hyperslab") {
        vegard_h5_select(
          space.id, wanted.start.map { hsize_t($0) }, wanted.count.map { hsize_t($0) })
      }
    }
    // h5py writes booleans as an enumeration of 8-bit integers, which HDF5 converts to integers only.
    if kind == H5T_ENUM {
      let width = H5Tget_size(type.id)
      try InputFile.checkSize(of: wanted.elements, width: width)
      var bytes = [UInt8](repeating: 0, count: wanted.elements * width)
      try Door.hdf5("H5Dread") {
        H5Dread(handle.id, type.id, memory.id, space.id, vegard_h5_default(), &bytes)
      }
      return try InputFile.integers(bytes, of: type)
    }
    var values = [Double](repeating: 0, count: wanted.elements)
    try Door.hdf5("H5Dread") {
      H5Dread(
        handle.id, vegard_h5_double(), memory.id, space.id, vegard_h5_default(), &values)
    }
    return values
  }

  /// The texts of a string dataset, fixed or variable length.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func texts(_ dataset: String) throws(ParallelError) -> [String] {
    try reading(dataset) { () throws(ParallelError) in
      let handle = try HDF5Handle.dataset(id, dataset)
      let space = try HDF5Handle.space(of: handle)
      let type = try HDF5Handle("H5Dget_type", closing: H5Tclose) { H5Dget_type(handle.id) }
      if let obstacle = try StoredData(HDF5Handle.dataset(id, dataset), in: path).obstacle() {
        throw ParallelError(.input, "\(path): dataset \(dataset): \(obstacle)")
      }
      let count = product(shape(space))
      try InputFile.checkSize(of: count, width: max(8, H5Tget_size(type.id)))
      return try InputFile.texts(
        type: type, space: space, count: count ?? 0
      ) { memoryType, buffer in
        H5Dread(
          handle.id, memoryType, vegard_h5_all(), vegard_h5_all(), vegard_h5_default(), buffer)
      }
    }
  }

  /// Reads `count` texts with the dataset's or attribute's own reading routine.
  static func texts(
    type: borrowing HDF5Handle, space: borrowing HDF5Handle, count: Int,
    read: (hid_t, UnsafeMutableRawPointer) -> herr_t
  ) throws(ParallelError) -> [String] {
    guard H5Tget_class(type.id) == H5T_STRING else {
      throw ParallelError(.input, "found numbers, expected text")
    }
    if H5Tis_variable_str(type.id) > 0 {
      let memory = try HDF5Handle.variableString()
      // The character set must match the file's, else HDF5 refuses to convert.
      _ = H5Tset_cset(memory.id, H5Tget_cset(type.id))
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
      try Door.hdf5("H5Dread") { read(memory.id, &pointers) }
      let texts = pointers.map { $0.map { String(cString: $0) } ?? "" }
      H5Dvlen_reclaim(memory.id, space.id, vegard_h5_default(), &pointers)
      return texts
    }
    let width = H5Tget_size(type.id)
    var bytes = [CChar](repeating: 0, count: count * width)
    try Door.hdf5("H5Dread") { read(type.id, &bytes) }
    return (0..<count).map { Door.string(Array(bytes[$0 * width..<($0 + 1) * width])) }
  }

  /// More cells than any list of images has; each costs an object to open.
  private static let mostReferences = 4096

  /// The dataset paths that an object-reference dataset points to (MATLAB cells).
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func references(_ dataset: String) throws(ParallelError) -> [String] {
    try reading(dataset) { () throws(ParallelError) in
      let handle = try HDF5Handle.dataset(id, dataset)
      let space = try HDF5Handle.space(of: handle)
      let count = product(shape(space)) ?? Int.max
      guard count <= InputFile.mostReferences else {
        throw ParallelError(
          .input,
          "\(path): dataset \(dataset): found \(count) references, expected at most "
            + "\(InputFile.mostReferences)")
      }
      if let obstacle = try StoredData(HDF5Handle.dataset(id, dataset), in: path).obstacle() {
        throw ParallelError(.input, "\(path): dataset \(dataset): \(obstacle)")
      }
      var references = [hobj_ref_t](repeating: 0, count: count)
      try Door.hdf5("H5Dread") {
        H5Dread(
          handle.id, vegard_h5_object_reference(), vegard_h5_all(), vegard_h5_all(),
          vegard_h5_default(), &references)
      }
      var paths: [String] = []
      for index in references.indices {
        let target = try HDF5Handle("H5Rdereference2", closing: H5Oclose) {
          vegard_h5_dereference(id, &references[index])
        }
        var name = [CChar](repeating: 0, count: 1024)
        try Door.hdf5("H5Iget_name") { H5Iget_name(target.id, &name, name.count) }
        paths.append(Door.string(name))
      }
      return paths
    }
  }
}
