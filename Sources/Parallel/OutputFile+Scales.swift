// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// Axes of datasets as HDF5 dimension scales, by which xarray and NetCDF know them.
extension OutputFile {
  /// The attributes that make scales; a copy of a dataset must not take them over.
  public static let scaleAttributes = ["CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"]

  /// Lets datasets have one-dimensional datasets as their axes.
  ///
  /// Collective. The corresponding HDF5 routines are H5DSset_scale and H5DSattach_scale, whose
  /// attributes are written here because not every parallel HDF5 has its high-level library.
  ///
  /// - Parameters:
  ///   - scales: the axes, slowest dimension first; each is a dataset of its own.
  ///   - datasets: all that have these axes: a later call with a scale forgets them.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func setScales(_ scales: [String], of datasets: [String]) throws(ParallelError) {
    try linkScales(scales, of: datasets)
    for (dimension, scale) in scales.enumerated() {
      try makeScale(scale)
      try together { () throws(ParallelError) in
        let users = try references(to: datasets).map {
          VegardScaleUse(dataset: $0, dimension: Int32(dimension))
        }
        guard !users.isEmpty else { return }
        let owner = try HDF5Handle.object(id, scale)
        let type = try HDF5Handle("H5Tcreate", closing: H5Tclose) { vegard_h5_scale_use() }
        let space = try HDF5Handle.simpleSpace([users.count])
        try OutputFile.attach("REFERENCE_LIST", to: owner, type.id, space, users)
      }
    }
  }

  /// Makes a dataset an axis of others.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func makeScale(_ scale: String) throws(ParallelError) {
    let name = scale.split(separator: "/").last.map(String.init) ?? scale
    try setFixedText("CLASS", "DIMENSION_SCALE", of: scale)
    try setFixedText("NAME", name, of: scale)
  }

  /// The part of ``setScales(_:of:)`` that datasets need, for a number of them that grows: the
  /// list of its users would outgrow what an axis can hold.
  ///
  /// Collective. Readers ask a dataset for its axes, not an axis for its datasets.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func linkScales(_ scales: [String], of datasets: [String]) throws(ParallelError) {
    guard !datasets.isEmpty else { return }
    let targets = UnsafeMutableBufferPointer<hobj_ref_t>.allocate(capacity: scales.count)
    defer { targets.deallocate() }
    try together { () throws(ParallelError) in
      _ = targets.update(fromContentsOf: try references(to: scales))
      let lists = targets.indices.map { hvl_t(len: 1, p: targets.baseAddress?.advanced(by: $0)) }
      let type = try HDF5Handle("H5Tvlen_create", closing: H5Tclose) {
        H5Tvlen_create(vegard_h5_object_reference())
      }
      let space = try HDF5Handle.simpleSpace([scales.count])
      for dataset in datasets {
        let owner = try HDF5Handle.object(id, dataset)
        try OutputFile.attach("DIMENSION_LIST", to: owner, type.id, space, lists)
      }
    }
  }

  private func references(to objects: [String]) throws(ParallelError) -> [hobj_ref_t] {
    var targets = [hobj_ref_t](repeating: 0, count: objects.count)
    for (index, object) in objects.enumerated() {
      try Door.hdf5("H5Rcreate") { H5Rcreate(&targets[index], id, object, H5R_OBJECT, -1) }
    }
    return targets
  }

  /// A text as the scales' specification wants it: of fixed length.
  private func setFixedText(
    _ name: String, _ text: String, of object: String
  ) throws(ParallelError) {
    try together { () throws(ParallelError) in
      let owner = try HDF5Handle.object(id, object)
      let bytes = Array(text.utf8) + [0]
      let type = try HDF5Handle("H5Tcopy", closing: H5Tclose) { H5Tcopy(vegard_h5_c_string()) }
      try Door.hdf5("H5Tset_size") { H5Tset_size(type.id, bytes.count) }
      let space = try HDF5Handle("H5Screate", closing: H5Sclose) { vegard_h5_scalar() }
      try OutputFile.attach(name, to: owner, type.id, space, bytes)
    }
  }
}
