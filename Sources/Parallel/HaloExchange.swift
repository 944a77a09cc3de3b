// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// The exchange of one layer of ghost nodes between the ranks of a plane grid of ranks.
///
/// A field is an array of rows of nodes, x fastest, with one ghost layer on either side in x and y
/// and none in z. Corners are filled because y follows x and takes the ghosts of x along.
public final class HaloExchange {
  /// Where the values of a field stand in memory.
  public struct Block: Sendable, Equatable {
    /// Own nodes along x, y and z.
    public let count: (x: Int, y: Int, z: Int)
    /// Steps in memory from a node to the next along y and z; along x it is one.
    public let stride: (y: Int, z: Int)
    /// The place of own node (0, 0, 0).
    public let origin: Int

    /// Describes a block.
    public init(count: (x: Int, y: Int, z: Int), stride: (y: Int, z: Int), origin: Int) {
      self.count = count
      self.stride = stride
      self.origin = origin
    }

    /// Whether two blocks lie alike in memory.
    public static func == (left: Block, right: Block) -> Bool {
      left.count == right.count && left.stride == right.stride && left.origin == right.origin
    }
  }

  /// The ranks beyond the four sides; nil is nobody.
  public struct Neighbours: Sendable {
    let lowX: Int?
    let highX: Int?
    let lowY: Int?
    let highY: Int?

    /// Names the neighbours.
    public init(lowX: Int?, highX: Int?, lowY: Int?, highY: Int?) {
      self.lowX = lowX
      self.highX = highX
      self.lowY = lowY
      self.highY = highY
    }

    /// Where somebody follows.
    public var isThere: (lowX: Bool, highX: Bool, lowY: Bool, highY: Bool) {
      (lowX != nil, highX != nil, lowY != nil, highY != nil)
    }
  }

  private let communicator: Communicator
  private let block: Block
  private let neighbours: Neighbours
  private var sent: [Double] = []
  private var received: [Double] = []

  /// Plans the exchange; without communication.
  public init(block: Block, neighbours: Neighbours, communicator: Communicator) {
    self.block = block
    self.neighbours = neighbours
    self.communicator = communicator
  }

  /// A layer of nodes: its first place, and count and step of its two directions.
  private struct Layer {
    let start: Int
    let outer: (count: Int, step: Int)
    let inner: (count: Int, step: Int)
    var count: Int { outer.count * inner.count }
  }

  private func layerX(_ i: Int) -> Layer {
    Layer(
      start: block.origin + i, outer: (block.count.z, block.stride.z),
      inner: (block.count.y, block.stride.y))
  }

  private func layerY(_ j: Int) -> Layer {
    Layer(
      start: block.origin - 1 + j * block.stride.y, outer: (block.count.z, block.stride.z),
      inner: (block.count.x + 2, 1))
  }

  /// Fills the ghosts of `components` fields from their owners.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - base: the first field.
  ///   - components: the number of fields.
  ///   - step: from a field to the next.
  /// - Throws: ``ParallelError`` when a message fails.
  public func fill(
    _ base: UnsafeMutablePointer<Double>, components: Int = 1, step: Int = 0
  ) throws(ParallelError) {
    let last = (x: block.count.x, y: block.count.y)
    try move(base, components, step, layerX(0), neighbours.lowX, layerX(last.x), neighbours.highX)
    try move(
      base, components, step, layerX(last.x - 1), neighbours.highX, layerX(-1), neighbours.lowX)
    try move(base, components, step, layerY(0), neighbours.lowY, layerY(last.y), neighbours.highY)
    try move(
      base, components, step, layerY(last.y - 1), neighbours.highY, layerY(-1), neighbours.lowY)
  }

  /// Adds the ghosts' values to their owners', the transpose of ``fill(_:components:step:)``.
  ///
  /// Collective. The ghosts keep their values.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func accumulate(
    _ base: UnsafeMutablePointer<Double>, components: Int = 1, step: Int = 0
  ) throws(ParallelError) {
    let last = (x: block.count.x, y: block.count.y)
    try move(
      base, components, step, layerY(last.y), neighbours.highY, layerY(0), neighbours.lowY,
      adding: true)
    try move(
      base, components, step, layerY(-1), neighbours.lowY, layerY(last.y - 1), neighbours.highY,
      adding: true)
    try move(
      base, components, step, layerX(last.x), neighbours.highX, layerX(0), neighbours.lowX,
      adding: true)
    try move(
      base, components, step, layerX(-1), neighbours.lowX, layerX(last.x - 1), neighbours.highX,
      adding: true)
  }

  private func move(
    _ base: UnsafeMutablePointer<Double>, _ components: Int, _ step: Int,
    _ from: Layer, _ destination: Int?, _ to: Layer, _ source: Int?, adding: Bool = false
  ) throws(ParallelError) {
    if destination == nil && source == nil { return }
    let total = from.count * components
    if sent.count < total {
      sent = [Double](repeating: 0, count: total)
      received = [Double](repeating: 0, count: total)
    }
    if destination != nil { pack(base, components, step, from) }
    try Door.mpi("MPI_Sendrecv") {
      vegard_send_receive(
        communicator.handle, sent, Int32(destination == nil ? 0 : total), Int32(destination ?? -1),
        &received, Int32(source == nil ? 0 : total), Int32(source ?? -1))
    }
    if source != nil { unpack(base, components, step, to, adding: adding) }
  }

  private func pack(
    _ base: UnsafeMutablePointer<Double>, _ components: Int, _ step: Int, _ layer: Layer
  ) {
    sent.withUnsafeMutableBufferPointer { buffer in
      var place = 0
      for component in 0..<components {
        for outer in 0..<layer.outer.count {
          let row = base + component * step + layer.start + outer * layer.outer.step
          for inner in 0..<layer.inner.count {
            buffer[place] = row[inner * layer.inner.step]
            place += 1
          }
        }
      }
    }
  }

  private func unpack(
    _ base: UnsafeMutablePointer<Double>, _ components: Int, _ step: Int, _ layer: Layer,
    adding: Bool
  ) {
    received.withUnsafeBufferPointer { buffer in
      var place = 0
      for component in 0..<components {
        for outer in 0..<layer.outer.count {
          let row = base + component * step + layer.start + outer * layer.outer.step
          for inner in 0..<layer.inner.count {
            let value = buffer[place]
            row[inner * layer.inner.step] = adding ? row[inner * layer.inner.step] + value : value
            place += 1
          }
        }
      }
    }
  }
}
