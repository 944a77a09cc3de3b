// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// A dataset with a rank's window selected, ready for the collective write.
struct DatasetTransfer: ~Copyable {
  private let dataset: HDF5Handle
  private let space: HDF5Handle
  private let memory: HDF5Handle
  private let list: HDF5Handle

  /// Makes the dataset and selects the window; nothing is selected without one.
  ///
  /// Collective. Without chunks the dataset lies in one piece and is not filtered.
  init(
    _ file: hid_t, _ path: String, type: hid_t, shape: [Int], window: Window?, chunk: [Int]?,
    filter: OutputFile.Filter
  ) throws(ParallelError) {
    let space = try HDF5Handle.simpleSpace(shape)
    let filter = chunk == nil ? OutputFile.Filter.none : filter
    let creation = try HDF5Handle("H5Pcreate", closing: H5Pclose) {
      vegard_h5_dataset_creation(
        chunk == nil ? 0 : Int32(shape.count), (chunk ?? []).map { hsize_t($0) },
        filter == .fast ? 1 : filter == .small ? 6 : 0, filter == .checked ? 1 : 0)
    }
    let links = try HDF5Handle("H5Pcreate", closing: H5Pclose) { vegard_h5_link_creation() }
    let (extent, link, property) = (space.id, links.id, creation.id)
    let dataset = try HDF5Handle("H5Dcreate2", closing: H5Dclose) {
      H5Dcreate2(file, path, type, extent, link, property, vegard_h5_default())
    }
    try self.init(dataset: dataset, space: space, window: window)
  }

  /// Selects a window of a dataset.
  ///
  /// Collective.
  init(
    dataset: consuming HDF5Handle, space: consuming HDF5Handle, window: Window?
  ) throws(ParallelError) {
    let extent = space.id
    let memory = try HDF5Handle.simpleSpace([max(1, window?.elements ?? 0)])
    let buffer = memory.id
    if let window, window.elements > 0 {
      try Door.hdf5("H5Sselect_hyperslab") {
        vegard_h5_select(
          extent, window.start.map { hsize_t($0) }, window.count.map { hsize_t($0) })
      }
    } else {
      try Door.hdf5("H5Sselect_none") { H5Sselect_none(extent) }
      try Door.hdf5("H5Sselect_none") { H5Sselect_none(buffer) }
    }
    let list = try HDF5Handle("H5Pset_dxpl_mpio", closing: H5Pclose) { vegard_h5_collective() }
    self.dataset = dataset
    self.space = space
    self.memory = memory
    self.list = list
  }

  /// Writes this rank's elements, of the dataset's own type.
  ///
  /// Collective.
  func put<Element: BitwiseCopyable>(
    _ type: hid_t, _ elements: [Element], _ nothing: Element
  ) throws(ParallelError) {
    let (object, source, target, transfer) = (dataset.id, memory.id, space.id, list.id)
    try Door.hdf5("H5Dwrite") {
      elements.withUnsafeBufferPointer { buffer in
        withUnsafePointer(to: nothing) { nothing in
          H5Dwrite(object, type, source, target, transfer, buffer.baseAddress ?? nothing)
        }
      }
    }
  }
}
