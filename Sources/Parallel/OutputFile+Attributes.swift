// SPDX-License-Identifier: Apache-2.0

import CPETSc
import Foundation

/// Texts and numbers beside what a file holds.
extension OutputFile {
  /// Gives `object` a text, in the place of one it has.
  ///
  /// Collective; the same on every rank. Of variable length, which Python reads as `str`.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func setAttribute(
    _ name: String, _ text: String, of object: String = "/"
  ) throws(ParallelError) {
    try setTexts(name, [text], isList: false, of: object)
  }

  /// Gives `object` a list of texts, as NeXus axes want them.
  ///
  /// Collective; the same on every rank.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func setAttribute(
    _ name: String, texts: [String], of object: String = "/"
  ) throws(ParallelError) {
    try setTexts(name, texts, isList: true, of: object)
  }

  private func setTexts(
    _ name: String, _ texts: [String], isList: Bool, of object: String
  ) throws(ParallelError) {
    let copies = texts.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    try together { () throws(ParallelError) in
      let owner = try HDF5Handle.object(id, object)
      let type = try HDF5Handle.variableString()
      let space =
        isList
        ? try HDF5Handle.simpleSpace([texts.count])
        : try HDF5Handle("H5Screate", closing: H5Sclose) { vegard_h5_scalar() }
      try OutputFile.attach(name, to: owner, type.id, space, copies)
    }
  }

  /// Gives `object` numbers, in the place of those it has; one number becomes a scalar.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func setAttribute(
    _ name: String, _ values: [Double], as type: ElementType = .double, of object: String = "/"
  ) throws(ParallelError) {
    try together { () throws(ParallelError) in
      let owner = try HDF5Handle.object(id, object)
      let space =
        values.count == 1
        ? try HDF5Handle("H5Screate", closing: H5Sclose) { vegard_h5_scalar() }
        : try HDF5Handle.simpleSpace([values.count])
      if type == .integer {
        try OutputFile.attach(
          name, to: owner, vegard_h5_int64(), space, values.map { Int64($0) })
      } else {
        try OutputFile.attach(name, to: owner, vegard_h5_double(), space, values)
      }
    }
  }

  static func attach<Element: BitwiseCopyable>(
    _ name: String, to owner: borrowing HDF5Handle, _ type: hid_t,
    _ space: borrowing HDF5Handle, _ values: [Element]
  ) throws(ParallelError) {
    let ownerID = owner.id
    let spaceID = space.id
    if try Door.hdf5("H5Aexists", { H5Aexists(ownerID, name) }) > 0 {
      try Door.hdf5("H5Adelete") { H5Adelete(ownerID, name) }
    }
    let attribute = try HDF5Handle("H5Acreate2", closing: H5Aclose) {
      H5Acreate2(ownerID, name, type, spaceID, vegard_h5_default(), vegard_h5_default())
    }
    try Door.hdf5("H5Awrite") { H5Awrite(attribute.id, type, values) }
  }
}
