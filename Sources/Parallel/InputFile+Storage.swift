// SPDX-License-Identifier: Apache-2.0

import CPETSc
import Foundation

extension InputFile {
  /// Why the numbers of a dataset cannot be had as they were meant; nil where they can.
  ///
  /// Collective. It is a filter that HDF5 lacks, data that were never written, or missing sources.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public func obstacle(of dataset: String) throws(ParallelError) -> String? {
    let words = try reading(dataset) { () throws(ParallelError) in
      let handle = try HDF5Handle.dataset(id, dataset)
      return try StoredData(handle, in: path).obstacle() ?? ""
    }
    return words.isEmpty ? nil : words
  }

  /// The most bytes that a dataset may take in memory: half of what the process can have.
  static var largestRead: Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    let allowed = limit.rlim_cur > UInt64(Int.max) ? Int.max : Int(limit.rlim_cur)
    return min(pages, allowed) / 2
  }

  /// The bytes of an enumeration's elements as integers, in the byte order and sign it is stored in.
  static func integers(
    _ bytes: [UInt8], of type: borrowing HDF5Handle
  ) throws(ParallelError) -> [Double] {
    let enumeration = type.id
    let base = try HDF5Handle("H5Tget_super", closing: H5Tclose) { H5Tget_super(enumeration) }
    let width = H5Tget_size(enumeration)
    guard H5Tget_class(base.id) == H5T_INTEGER, (1...8).contains(width) else {
      throw ParallelError(.input, "found an enumeration of \(width) bytes, expected at most 8")
    }
    let isBig = H5Tget_order(base.id) == H5T_ORDER_BE
    let isSigned = H5Tget_sign(base.id) != H5T_SGN_NONE
    return stride(from: 0, to: bytes.count, by: width).map { first in
      var word: UInt64 = 0
      for byte in 0..<width {
        word = word << 8 | UInt64(bytes[first + (isBig ? byte : width - 1 - byte)])
      }
      guard isSigned else { return Double(word) }
      let shift = 64 - 8 * UInt64(width)
      return Double(Int64(bitPattern: word << shift) >> Int64(shift))
    }
  }

  /// Refuses to read more than the machine can hold.
  static func checkSize(of count: Int?, width: Int) throws(ParallelError) {
    let bytes = count.map { $0.multipliedReportingOverflow(by: width) }
    guard let bytes, !bytes.overflow, bytes.partialValue <= largestRead else {
      throw ParallelError(
        .input,
        "holds \(count.map { "\($0)" } ?? "more than 2^63") numbers, expected what fits into "
          + "\(largestRead >> 20) MB, half of the memory")
    }
  }

  /// Refuses a size that no file of this length can mean.
  static func checkDeclared(_ count: Int?, in path: String) throws(ParallelError) {
    // Deflate makes at most 1,032 bytes of one; what claims more was never written or is a trap.
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    guard let count, count <= max(1 << 24, 1100 * max(size, 1)) else {
      throw ParallelError(
        .input,
        "declares \(count.map { "\($0)" } ?? "more than 2^63") numbers in a file of \(size) "
          + "bytes, expected no more than can lie in it")
    }
  }
}

/// How a dataset lies in its file.
struct StoredData: ~Copyable {
  private let dataset: HDF5Handle
  private let list: HDF5Handle
  private let space: HDF5Handle
  private let path: String
  private let depth: Int

  /// Looks at a dataset of the file at `path`; `depth` counts virtual datasets passed through.
  init(_ dataset: consuming HDF5Handle, in path: String, depth: Int = 0) throws(ParallelError) {
    let id = dataset.id
    let list = try HDF5Handle("H5Dget_create_plist", closing: H5Pclose) { H5Dget_create_plist(id) }
    let space = try HDF5Handle.space(of: dataset)
    self.dataset = dataset
    self.list = list
    self.space = space
    self.path = path
    self.depth = depth
  }

  /// The reason why reading would fail or give numbers that nobody wrote.
  func obstacle() throws(ParallelError) -> String? {
    if let filter = missingFilter() { return filter }
    guard H5Sget_simple_extent_npoints(space.id) > 0 else { return nil }
    do throws(ParallelError) { try checkSize() } catch { return error.message }
    if H5Pget_layout(list.id) == H5D_VIRTUAL { return try virtualObstacle() }
    if let missing = externalObstacle() { return missing }
    guard !hasOwnFill else { return nil }
    var status = H5D_SPACE_STATUS_ALLOCATED
    H5Dget_space_status(dataset.id, &status)
    // Filters and partial edge chunks leave a whole dataset "partly allocated": chunks are counted.
    if H5Pget_layout(list.id) == H5D_CHUNKED, status == H5D_SPACE_STATUS_PART_ALLOCATED {
      return lacksChunks ? "was written in part only: the rest is no data" : nil
    }
    return status == H5D_SPACE_STATUS_NOT_ALLOCATED
      ? "was declared but never written: it holds no data" : nil
  }

  /// Holds the declared size against the file that claims to hold it.
  private func checkSize() throws(ParallelError) {
    let rank = Int(max(0, H5Sget_simple_extent_ndims(space.id)))
    var sizes = [hsize_t](repeating: 0, count: rank)
    H5Sget_simple_extent_dims(space.id, &sizes, nil)
    guard H5Pget_layout(list.id) != H5D_VIRTUAL, H5Pget_external_count(list.id) <= 0 else { return }
    try InputFile.checkDeclared(product(sizes.map { Int(clamping: $0) }), in: path)
  }

  /// Whether the file says what stands where nothing was written.
  private var hasOwnFill: Bool {
    var defined = H5D_FILL_VALUE_DEFAULT
    H5Pfill_value_defined(list.id, &defined)
    return defined == H5D_FILL_VALUE_USER_DEFINED
  }

  private var lacksChunks: Bool {
    let rank = Int(max(0, H5Sget_simple_extent_ndims(space.id)))
    var sizes = [hsize_t](repeating: 0, count: rank)
    var chunk = [hsize_t](repeating: 1, count: rank)
    H5Sget_simple_extent_dims(space.id, &sizes, nil)
    guard H5Pget_chunk(list.id, Int32(rank), &chunk) == Int32(rank) else { return false }
    var present: hsize_t = 0
    guard H5Dget_num_chunks(dataset.id, space.id, &present) >= 0 else { return false }
    let expected = zip(sizes, chunk).reduce(1.0) { $0 * (Double($1.0) / Double($1.1)).rounded(.up) }
    return Double(present) < expected
  }

  /// The first filter of the pipeline that this HDF5 cannot undo, with the cure.
  private func missingFilter() -> String? {
    for index in 0..<max(0, H5Pget_nfilters(list.id)) {
      var flags: UInt32 = 0
      var count = 0
      var name = [CChar](repeating: 0, count: 256)
      var configuration: UInt32 = 0
      let filter = H5Pget_filter2(
        list.id, UInt32(index), &flags, &count, nil, name.count, &name, &configuration)
      guard filter > 0, H5Zfilter_avail(filter) <= 0 else { continue }
      let known = StoredData.filters[Int(filter)] ?? Door.string(name)
      return "is compressed by filter \(filter) (\(known.isEmpty ? "unknown" : known)), which this "
        + "HDF5 lacks, expected gzip or none: write it again with h5py's compression=\"gzip\" or "
        + "with h5repack -f GZIP=4"
    }
    return nil
  }

  /// The registered filters that microscopes' programs use.
  private static let filters = [
    305: "LZO", 307: "bzip2", 32000: "lzf", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle",
    32013: "ZFP", 32015: "Zstd", 32017: "SZ", 32019: "JPEG", 32026: "Blosc2",
  ]

  /// Raw data in other files, which HDF5 takes for zeros where those are short.
  private func externalObstacle() -> String? {
    let folder = URL(filePath: path).deletingLastPathComponent()
    for index in 0..<max(0, H5Pget_external_count(list.id)) {
      var name = [CChar](repeating: 0, count: 4096)
      var offset: off_t = 0
      var size: hsize_t = 0
      H5Pget_external(list.id, UInt32(index), name.count, &name, &offset, &size)
      let file = Door.string(name)
      let places = [file, folder.appending(path: file).path]
      let found = places.lazy.compactMap {
        (try? FileManager.default.attributesOfItem(atPath: $0))?[.size] as? Int
      }.first
      let needed = min(size, hsize_t(H5Dget_storage_size(dataset.id)))
      guard let found else { return "has its data in \(file), which is missing" }
      if hsize_t(found) < hsize_t(max(0, offset)) &+ needed {
        return "has its data in \(file), which is too short"
      }
    }
    return nil
  }

  /// What a virtual dataset lacks: HDF5 fills in for missing sources without a word.
  private func virtualObstacle() throws(ParallelError) -> String? {
    var count = 0
    try Door.hdf5("H5Pget_virtual_count") { H5Pget_virtual_count(list.id, &count) }
    var covered = 0.0
    for index in 0..<count {
      var name = [CChar](repeating: 0, count: 4096)
      var object = [CChar](repeating: 0, count: 4096)
      H5Pget_virtual_filename(list.id, index, &name, name.count)
      H5Pget_virtual_dsetname(list.id, index, &object, object.count)
      let (file, source) = (Door.string(name), Door.string(object))
      if let problem = sourceObstacle(file, source) { return problem }
      let part = try HDF5Handle("H5Pget_virtual_vspace", closing: H5Sclose) {
        H5Pget_virtual_vspace(list.id, index)
      }
      covered += Double(max(0, H5Sget_select_npoints(part.id)))
    }
    if !hasOwnFill, covered < Double(H5Sget_simple_extent_npoints(space.id)) {
      return "is virtual, and no source covers all of it"
    }
    return nil
  }

  /// What is wrong with one source of a virtual dataset.
  private func sourceObstacle(_ file: String, _ source: String) -> String? {
    guard depth < 4 else { return "is virtual in a circle" }
    // "%b" numbers the files of a series: the first stands for all.
    let name = file.replacing("%b", with: "0")
    let folder = URL(filePath: path).deletingLastPathComponent()
    let places = file == "." ? [path] : [name, folder.appending(path: name).path]
    guard let place = places.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      return "is virtual, and its source \(file) is missing"
    }
    do throws(ParallelError) {
      let other = try HDF5Handle("H5Fopen", closing: H5Fclose) { vegard_h5_open_read(place) }
      let dataset = try HDF5Handle.dataset(other.id, source.replacing("%b", with: "0"))
      return try StoredData(dataset, in: place, depth: depth + 1).obstacle()
        .map { "is virtual, and its source \(file):\(source) \($0)" }
    } catch {
      return "is virtual, and its source \(file):\(source) cannot be read"
    }
  }
}

/// The product of sizes, or nil where it is beyond all integers.
func product(_ sizes: [Int]) -> Int? {
  var product = 1
  for size in sizes {
    let (value, overflow) = product.multipliedReportingOverflow(by: size)
    if overflow { return nil }
    product = value
  }
  return product
}
