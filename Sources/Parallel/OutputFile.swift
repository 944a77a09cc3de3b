// SPDX-License-Identifier: Apache-2.0

import CPETSc
import Foundation

/// An HDF5 file that all ranks write together.
///
/// It grows beside its place as `NAME.partial` and is renamed by ``commit()``; a run that fails
/// leaves nothing. What must survive a crash grows in place instead (see ``Placement``). Every
/// routine is collective. The corresponding HDF5 routines are H5Fcreate (with MPI-IO) and H5Dwrite.
public struct OutputFile: ~Copyable {
  /// How the numbers of a dataset lie in the file.
  public enum Filter: Sendable {
    /// As they are.
    case none
    /// gzip of level 1 behind a shuffle of the bytes; small datasets never are.
    case fast
    /// gzip of level 6 behind a shuffle of the bytes.
    case small
    /// With checksums (Fletcher32), by which a damaged number is an error and not a number.
    case checked
  }

  /// Where a file lies while it grows.
  public enum Placement: Sendable {
    /// As `NAME.partial` until ``commit()``.
    case beside
    /// Under its name; what was flushed last outlives the process. Removed when it is abandoned
    /// before its first ``flush()``.
    case inPlace
    /// Under its name, where it lies already; never removed.
    case continued
  }

  /// Where it will lie.
  public let path: String
  /// The same with symbolic links followed.
  let end: String
  /// Where it lies until then.
  let place: String
  let communicator: Communicator
  var id: hid_t
  /// Whether it goes when it is abandoned.
  private var isTransient: Bool
  let health = Health()
  private var leftover: Int?
  /// Open MPI's own files beside it, one pair a rank while it is open.
  private let companions: [Int?]

  /// How the file does.
  final class Health {
    /// Whether a write has failed, or would have.
    ///
    /// Then HDF5 must not be asked to close the file, because its ranks would wait for each other in
    /// there. What was flushed is on the disk.
    var isBroken = false
    /// Bytes given to HDF5 since the last flush, at most.
    var pending = 0
  }

  /// Starts the file, or opens it again.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - path: where it will lie.
  ///   - placement: where it grows.
  ///   - isChecked: whether HDF5's own structures have checksums, which takes a reader of 1.10.
  ///   - communicator: the ranks that write.
  /// - Throws: ``ParallelError`` of kind `file` when the directory cannot be written.
  public init(
    _ path: String, placement: Placement = .beside, isChecked: Bool = false,
    communicator: Communicator
  ) throws(ParallelError) {
    let end = try communicator.first { () throws(ParallelError) in
      let end = try OutputPlace.resolved(path)
      if let problem = OutputPlace.problem(end) { throw problem }
      return end
    }
    let place = placement == .beside ? end + ".partial" : end
    let isNew = placement != .continued
    // HDF5 over MPI-IO reports a bad directory per rank and late: look first, on one rank.
    try communicator.agree(
      communicator.isFirst ? OutputFile.problemOpening(place, isNew: isNew) : nil)
    let opened: hid_t
    do {
      opened = try communicator.together { () throws(ParallelError) in
        isNew
          ? try Door.hdf5("H5Fcreate") {
            vegard_h5_create(place, communicator.handle, isChecked ? 1 : 0)
          }
          : try Door.hdf5("H5Fopen") { vegard_h5_open_write(place, communicator.handle) }
      }
    } catch {
      if isNew && communicator.isFirst { unlink(place) }
      throw error
    }
    self.path = path
    self.end = end
    self.place = place
    self.communicator = communicator
    isTransient = isNew
    leftover = isNew && communicator.isFirst ? Leftovers.add(place) : nil
    companions = ["data", "metadata"].map { Leftovers.add("\(place).\($0).\(communicator.rank)") }
    id = opened
  }

  deinit {
    guard id >= 0 else { return }
    if !health.isBroken { H5Fclose(id) }
    if isTransient && communicator.isFirst { unlink(place) }
    Leftovers.remove(leftover)
    for place in companions { Leftovers.discard(place) }
  }

  /// Runs an action of each rank on the file and lets all ranks agree on its failure.
  ///
  /// Collective.
  func together<Result: ~Copyable>(
    _ action: () throws(ParallelError) -> Result
  ) throws(ParallelError) -> Result {
    do { return try communicator.together(action) } catch { throw named(error) }
  }

  /// An error that names the file; HDF5's own do not.
  private func named(_ error: ParallelError) -> ParallelError {
    error.message.contains(path) ? error : error.during("\(path): cannot be written")
  }

  /// Runs an action that reaches the disk; after a failure the file stays open.
  ///
  /// Collective.
  func transfer(_ action: () throws(ParallelError) -> Void) throws(ParallelError) {
    let before = Door.failures
    var problem: ParallelError?
    do { try action() } catch { problem = named(error) }
    // Failures that a test forces break nothing.
    let isBroken = Door.failures > before
    try awaitOthers(isBroken ? problem : nil)
    do {
      try communicator.agree(problem)
    } catch {
      if try communicator.maximum(isBroken ? 1 : 0) > 0 { health.isBroken = true }
      throw error
    }
  }

  private static func problemOpening(_ place: String, isNew: Bool) -> ParallelError? {
    if let problem = OutputPlace.problem(place) { return problem }
    // What a killed run left, or a link that somebody laid there.
    if isNew { unlink(place) }
    let flags = isNew ? O_CREAT | O_WRONLY | O_EXCL : O_RDWR
    let descriptor = open(place, flags | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      return ParallelError(
        .file, "\(place): cannot be written: \(String(cString: strerror(errno)))")
    }
    close(descriptor)
    return nil
  }

  /// Brings everything to the disk; a file in place outlives the process from now on.
  ///
  /// Collective. The corresponding HDF5 routine is H5Fflush, which asks MPI-IO for a sync.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public mutating func flush() throws(ParallelError) {
    let file = id
    try transfer { () throws(ParallelError) in
      _ = try Door.hdf5("H5Fflush") { H5Fflush(file, H5F_SCOPE_GLOBAL) }
    }
    health.pending = 0
    guard place == end else { return }
    isTransient = false
    Leftovers.remove(leftover)
    leftover = nil
  }

  /// Closes the file and opens it again, which frees what HDF5 remembers of all its objects.
  ///
  /// Collective. Nothing of it is forgotten otherwise: see ``Placement/inPlace``.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public mutating func reopen() throws(ParallelError) {
    try flush()
    let (file, place, communicator) = (id, place, communicator)
    id = -1
    try transfer { () throws(ParallelError) in
      _ = try Door.hdf5("H5Fclose") { H5Fclose(file) }
    }
    id = try communicator.together { () throws(ParallelError) in
      try Door.hdf5("H5Fopen") { vegard_h5_open_write(place, communicator.handle) }
    }
  }

  /// Closes the file, makes sure that it is on the disk and gives it its name.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public consuming func commit() throws(ParallelError) {
    let (place, end, goes) = (place, end, isTransient)
    let file = id
    var problem: ParallelError?
    let (leftover, companions) = (leftover, companions)
    defer {
      Leftovers.remove(leftover)
      for place in companions { Leftovers.discard(place) }
    }
    do {
      try reserve(0)
      try transfer { () throws(ParallelError) in
        _ = try Door.hdf5("H5Fflush") { H5Fflush(file, H5F_SCOPE_GLOBAL) }
      }
    } catch {
      problem = error
    }
    id = -1
    if !health.isBroken {
      do { try Door.hdf5("H5Fclose") { H5Fclose(file) } } catch { problem = problem ?? error }
    }
    do {
      // Before the file gets its name: what another rank could not write must not lie there.
      try communicator.agree(problem)
      try communicator.agree(
        communicator.isFirst ? OutputFile.problemPlacing(place, end) : nil)
      Signals.outputIsPlaced()
    } catch {
      if goes && communicator.isFirst { unlink(place) }
      throw error
    }
  }

  private static func problemPlacing(_ place: String, _ path: String) -> ParallelError? {
    giveBackRoom(place)
    guard synchronise(place), place == path || rename(place, path) == 0,
      // The name, too, must outlive a crash of the machine.
      synchronise(URL(filePath: path).deletingLastPathComponent().path)
    else {
      return ParallelError(
        .file, "\(path): cannot be put in place: \(String(cString: strerror(errno)))")
    }
    return nil
  }

  private static func synchronise(_ place: String) -> Bool {
    let descriptor = open(place, O_RDONLY)
    defer { if descriptor >= 0 { close(descriptor) } }
    // Some file systems cannot sync a directory; that is no failure of the file.
    return descriptor >= 0 && (fsync(descriptor) == 0 || errno == EINVAL)
  }

  /// Makes a group and the groups above it.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func makeGroup(_ group: String) throws(ParallelError) {
    try together { () throws(ParallelError) in
      let creation = try linkCreation()
      _ = try HDF5Handle("H5Gcreate2", closing: H5Gclose) {
        H5Gcreate2(id, group, creation.id, vegard_h5_default(), vegard_h5_default())
      }
    }
  }

  func linkCreation() throws(ParallelError) -> HDF5Handle {
    try HDF5Handle("H5Pcreate", closing: H5Pclose) { vegard_h5_link_creation() }
  }

  /// Writes a dataset of `shape`, each rank its own window.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - dataset: the path; groups on the way are made.
  ///   - values: this rank's values, slowest dimension first; none on a rank without a share.
  ///   - shape: of the whole dataset.
  ///   - window: where `values` belong; nil on a rank without a share. Small tables pass nothing:
  ///     then rank 0 writes everything.
  ///   - type: the number type in the file: double, float, integer or byte.
  ///   - filter: how the numbers lie in the file.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func write(
    _ dataset: String, _ values: [Double], shape: [Int], window: Window?,
    as type: ElementType = .double, filter: Filter = .fast
  ) throws(ParallelError) {
    precondition(values.count == window?.elements ?? 0, "values must fill their window")
    try reserve(shape.reduce(8, *))
    // Agreed on before the transfer: a rank that failed alone would leave the others in it.
    let prepared = try together { () throws(ParallelError) in
      try DatasetTransfer(
        id, dataset, type: type.stored, shape: shape, window: window,
        chunk: OutputFile.chunk(shape, filter), filter: filter)
    }
    try transfer { () throws(ParallelError) in
      // Converted here: a conversion inside HDF5 makes the transfer independent, and independent
      // transfers of compressed data fail.
      let stored = type.stored
      switch type {
      case .float: try prepared.put(stored, values.map { Float($0) }, 0)
      case .integer: try prepared.put(stored, values.map { Int64(OutputFile.whole($0)) }, 0)
      case .byte:
        try prepared.put(stored, values.map { UInt8(max(0, min(255, OutputFile.whole($0)))) }, 0)
      default: try prepared.put(stored, values, 0)
      }
    }
  }

  /// The value as an integer type can hold it: NaN as zero, the rest cut to the range of Int64.
  private static func whole(_ value: Double) -> Double {
    value.isNaN ? 0 : max(-9.2e18, min(9.2e18, value))
  }

  /// Writes a small table that every rank holds whole.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func write(
    _ dataset: String, _ values: [Double], shape: [Int], as type: ElementType = .double
  ) throws(ParallelError) {
    let first = communicator.isFirst
    try write(
      dataset, first ? values : [], shape: shape,
      window: first ? Window(shape.map { 0..<$0 }) : nil, as: type)
  }

  /// Writes a list of texts that every rank holds whole.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func write(_ dataset: String, texts: [String]) throws(ParallelError) {
    let width = (texts.map(\.utf8.count).max() ?? 0) + 1
    let bytes = texts.flatMap { text in
      Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count)
    }
    try together { () throws(ParallelError) in
      let type = try HDF5Handle("H5Tcopy", closing: H5Tclose) { H5Tcopy(vegard_h5_c_string()) }
      try Door.hdf5("H5Tset_size") { H5Tset_size(type.id, width) }
      try Door.hdf5("H5Tset_cset") { H5Tset_cset(type.id, H5T_CSET_UTF8) }
      try writeList(dataset, type.id, bytes, count: texts.count)
    }
  }

  /// Writes object references, as MATLAB's cells and arrays of structs hold them.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func write(_ dataset: String, references: [String]) throws(ParallelError) {
    try together { () throws(ParallelError) in
      var targets = [hobj_ref_t](repeating: 0, count: references.count)
      for (index, path) in references.enumerated() {
        try Door.hdf5("H5Rcreate") { H5Rcreate(&targets[index], id, path, H5R_OBJECT, -1) }
      }
      try writeList(dataset, vegard_h5_object_reference(), targets, count: targets.count)
    }
  }

  /// Writes a short list from rank 0; called by all ranks.
  private func writeList<Element: BitwiseCopyable>(
    _ dataset: String, _ type: hid_t, _ elements: [Element], count: Int
  ) throws(ParallelError) {
    let space = try HDF5Handle.simpleSpace([count])
    let links = try linkCreation()
    let handle = try HDF5Handle("H5Dcreate2", closing: H5Dclose) {
      H5Dcreate2(
        id, dataset, type, space.id, links.id, vegard_h5_default(), vegard_h5_default())
    }
    if !communicator.isFirst {
      try Door.hdf5("H5Sselect_none") { H5Sselect_none(space.id) }
    }
    let transfer = try HDF5Handle("H5Pset_dxpl_mpio", closing: H5Pclose) {
      vegard_h5_collective()
    }
    try Door.hdf5("H5Dwrite") {
      H5Dwrite(handle.id, type, space.id, space.id, transfer.id, elements)
    }
  }

  /// Chunks of at most 64 Ki elements, cut along the slowest dimension; nil for one piece.
  private static func chunk(_ shape: [Int], _ filter: Filter) -> [Int]? {
    guard filter == .checked || (filter != .none && shape.reduce(1, *) >= 1024) else { return nil }
    var chunk = shape.map { max(1, $0) }
    for dimension in chunk.indices where chunk.reduce(1, *) > 65536 {
      let others = chunk.reduce(1, *) / chunk[dimension]
      chunk[dimension] = max(1, 65536 / max(1, others))
    }
    return chunk
  }
}
