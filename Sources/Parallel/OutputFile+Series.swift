// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// What a file that grows for a long time needs: series, and room made again.
extension OutputFile {
  /// Numbers of a series that are stored together.
  private static let seriesChunk = 512

  /// Makes an empty series, a list of numbers that ``append(_:to:)`` extends.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func makeSeries(_ dataset: String, as type: ElementType = .double) throws(ParallelError) {
    try together { () throws(ParallelError) in
      let space = try HDF5Handle("H5Screate_simple", closing: H5Sclose) {
        vegard_h5_series_space()
      }
      let creation = try HDF5Handle("H5Pcreate", closing: H5Pclose) {
        vegard_h5_series_creation(hsize_t(OutputFile.seriesChunk))
      }
      let links = try linkCreation()
      _ = try HDF5Handle("H5Dcreate2", closing: H5Dclose) {
        H5Dcreate2(
          id, dataset, type.stored, space.id, links.id, creation.id,
          vegard_h5_default())
      }
    }
  }

  /// Adds numbers, which every rank holds whole, to a series.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - values: what is added.
  ///   - dataset: the series.
  ///   - count: how many numbers of it are kept; all of them where nil.
  ///   - type: its number type, whole numbers or double.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func append(
    _ values: [Double], to dataset: String, keeping count: Int? = nil,
    as type: ElementType = .double
  ) throws(ParallelError) {
    let prepared = try together { () throws(ParallelError) in
      let handle = try HDF5Handle.dataset(id, dataset)
      let old = try HDF5Handle.space(of: handle)
      let kept = count ?? Int(H5Sget_simple_extent_npoints(old.id))
      var extent = hsize_t(kept + values.count)
      try Door.hdf5("H5Dset_extent") { H5Dset_extent(handle.id, &extent) }
      let space = try HDF5Handle.space(of: handle)
      let window = Window(kept..<kept + values.count)
      return try DatasetTransfer(
        dataset: handle, space: space, window: communicator.isFirst ? window : nil)
    }
    guard !values.isEmpty else { return }
    try transfer { () throws(ParallelError) in
      let own = communicator.isFirst ? values : []
      if type == .integer {
        try prepared.put(type.stored, own.map { Int64($0) }, 0)
      } else {
        try prepared.put(type.stored, own, 0)
      }
    }
  }

  /// Removes a dataset or a group with all in it; a link goes without what it points to.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func remove(_ object: String) throws(ParallelError) {
    try together { () throws(ParallelError) in
      _ = try Door.hdf5("H5Ldelete") { H5Ldelete(id, object, vegard_h5_default()) }
    }
  }

  /// Removes a root attribute.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func removeAttribute(_ name: String) throws(ParallelError) {
    try together { () throws(ParallelError) in
      _ = try Door.hdf5("H5Adelete") { H5Adelete(id, name) }
    }
  }

  /// Gives a group or dataset a second name.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func link(_ name: String, to object: String) throws(ParallelError) {
    try together { () throws(ParallelError) in
      let links = try linkCreation()
      _ = try Door.hdf5("H5Lcreate_hard") {
        H5Lcreate_hard(id, object, id, name, links.id, vegard_h5_default())
      }
    }
  }

  /// Whether `object`, in a group that exists, exists.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func contains(_ object: String) throws(ParallelError) -> Bool {
    try together { () throws(ParallelError) in
      try Door.hdf5("H5Lexists") { H5Lexists(id, object, vegard_h5_default()) } > 0
    }
  }
}
