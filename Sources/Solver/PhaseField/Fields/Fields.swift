// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// One field of numbers as the kernels see it; valid as long as its ``Fields``.
@safe package struct Lane {
  let base: UnsafeMutablePointer<Double>

  @inline(__always)
  init(_ base: UnsafeMutablePointer<Double>) { unsafe self.base = base }

  @inline(__always)
  package subscript(_ place: Int) -> Double {
    get { unsafe base[place] }
    nonmutating set { unsafe base[place] = newValue }
  }

  /// The field from `place` on.
  @inline(__always)
  func advanced(by place: Int) -> Lane { unsafe Lane(base + place) }

  /// Eight numbers from `place` on.
  @inline(__always)
  package func load(_ place: Int) -> Eight {
    unsafe UnsafeRawPointer(base + place).loadUnaligned(as: Eight.self)
  }

  /// Writes eight numbers from `place` on.
  @inline(__always)
  package func store(_ place: Int, _ values: Eight) {
    unsafe UnsafeMutableRawPointer(base + place).storeBytes(of: values, as: Eight.self)
  }

  /// Adds eight numbers from `place` on.
  @inline(__always)
  func add(_ place: Int, _ values: Eight) { store(place, load(place) + values) }

  /// Sets the first `count` numbers to zero.
  func clear(_ count: Int) { unsafe base.update(repeating: 0, count: count) }
}

/// Several fields on one grid, one after the other in memory.
///
/// Vectors of the Krylov method keep zeros in ghosts and padding, so that products run over the
/// whole memory.
@safe public final class Fields {
  /// Where a field's values lie.
  package let layout: FieldLayout
  /// The number of fields.
  package let count: Int
  /// Two unknowns that belong to no node, of a state that has some: those of a drive.
  package var scalars = SIMD2<Double>.zero
  /// How many of them, the last ones, stand beside the unknowns, as noise does.
  let beside: Int
  private let base: UnsafeMutablePointer<Double>

  /// Fields of zeros.
  package init(_ layout: FieldLayout, count: Int, beside: Int = 0) {
    self.layout = layout
    self.count = count
    self.beside = beside
    let bytes = layout.size * count * MemoryLayout<Double>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    unsafe base = raw.bindMemory(to: Double.self, capacity: layout.size * count)
    unsafe base.initialize(repeating: 0, count: layout.size * count)
  }

  deinit { unsafe base.deallocate() }

  /// One of the fields.
  @inline(__always)
  package subscript(_ component: Int) -> Lane {
    precondition(component >= 0 && component < count)
    return unsafe Lane(base + component * layout.size)
  }

  /// All numbers of all fields.
  package var all: Lane { unsafe Lane(base) }
  /// How many they are.
  package var total: Int { layout.size * count }

  /// Sets all numbers.
  package func fill(_ value: Double = 0) {
    unsafe base.update(repeating: value, count: total)
  }

  /// Copies all numbers.
  public func copy(_ other: Fields) {
    precondition(total == other.total)
    scalars = other.scalars
    unsafe base.update(from: other.base, count: total)
  }

  /// Fills the ghosts from their owners.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  package func fillGhosts(_ halo: HaloExchange, of components: Range<Int>? = nil)
    throws(ParallelError)
  {
    let range = components ?? 0..<count
    let first = unsafe base + range.lowerBound * layout.size
    unsafe try halo.fill(first, components: range.count, step: layout.size)
  }

  /// Adds the ghosts to their owners.
  ///
  /// Collective.
  func addGhosts(_ halo: HaloExchange, of components: Range<Int>? = nil) throws(ParallelError) {
    let range = components ?? 0..<count
    let first = unsafe base + range.lowerBound * layout.size
    unsafe try halo.accumulate(first, components: range.count, step: layout.size)
  }

  /// Adds all numbers, ghosts and padding included, over ranks that hold the same fields.
  ///
  /// Collective.
  func sumOver(_ ranks: Communicator) throws(ParallelError) {
    unsafe try ranks.sum(base, count: total)
  }

  /// Sets ghosts and padding to zero.
  package func clearGhosts(of components: Range<Int>? = nil) {
    for component in components ?? 0..<count {
      let lane = self[component]
      for k in 0..<layout.z {
        let start = k * layout.plane
        for place in start..<start + layout.line { lane[place] = 0 }
        let last = start + (layout.y + 1) * layout.line
        for place in last..<last + layout.line { lane[place] = 0 }
        for j in 0..<layout.y {
          let row = layout.index(0, j, k)
          for place in row - 8..<row { lane[place] = 0 }
          for place in row + layout.x..<row + layout.line - 8 { lane[place] = 0 }
        }
      }
      for place in layout.size - 64..<layout.size { lane[place] = 0 }
    }
  }
}
