// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// A box of equal Q1 elements in two or three dimensions, its nodes split over the ranks in x and y.
///
/// Two dimensions have one layer of nodes and bilinear elements: the kernels see an element whose
/// upper and lower faces are the same nodes, which is the bilinear one of thickness `spacing.z`.
public final class StructuredGrid {
  /// Elements along each direction; z is 1 in two dimensions.
  public let elements: Directions<Int>
  /// Edges of an element in nm; z is the thickness in two dimensions.
  public let spacing: Directions<Double>
  /// Two or three.
  public let dimension: Int
  /// Whether the box closes on itself along x and y.
  public let periodic: (x: Bool, y: Bool)
  /// The ranks and this rank's place among them.
  public let split: RankSplit
  /// Own nodes along x and y, as global numbers; z is whole.
  public let own: (x: Range<Int>, y: Range<Int>)
  /// Where values lie in memory.
  public let layout: FieldLayout
  /// Fills ghosts.
  package let halo: HaloExchange
  /// All ranks; of a replicated grid and those below it, this one alone.
  public let communicator: Communicator
  /// The ranks that each hold all of this grid while the finer one is split over them.
  let replicatedOver: Communicator?

  /// A grid of `elements`; `elements.z` of 0 makes it two-dimensional.
  ///
  /// Without communication.
  public convenience init(
    elements: (Int, Int, Int), size: Directions<Double>,
    periodic: (x: Bool, y: Bool) = (false, false),
    communicator: Communicator
  ) {
    let plane = elements.2 == 0
    let counts = Directions(elements.0, elements.1, plane ? 1 : elements.2)
    let nodes = (counts.x + (periodic.x ? 0 : 1), counts.y + (periodic.y ? 0 : 1))
    let split = RankSplit(
      rank: communicator.rank, size: communicator.size, nodes: nodes, periodic: periodic)
    self.init(
      elements: counts, size: size, dimension: plane ? 2 : 3, periodic: periodic, split: split,
      own: (split.range(x: nodes.0), split.range(y: nodes.1)), communicator: communicator)
  }

  private init(
    elements: Directions<Int>, size: Directions<Double>, dimension: Int,
    periodic: (x: Bool, y: Bool), split: RankSplit, own: (x: Range<Int>, y: Range<Int>),
    communicator: Communicator,
    replicatedOver: Communicator? = nil
  ) {
    self.elements = elements
    spacing = Directions(
      size.x / Double(elements.x), size.y / Double(elements.y), size.z / Double(elements.z))
    self.dimension = dimension
    self.periodic = periodic
    self.split = split
    self.own = own
    self.communicator = communicator
    self.replicatedOver = replicatedOver
    let layers = dimension == 2 ? 1 : elements.z + 1
    let neighbours = split.neighbours
    layout = FieldLayout(
      x: own.x.count, y: own.y.count, z: layers, isPlane: dimension == 2,
      isOpen: neighbours.isThere)
    halo = HaloExchange(block: layout.block, neighbours: neighbours, communicator: communicator)
  }

  /// Nodes along each direction over all ranks.
  public var nodes: Directions<Int> {
    Directions(
      elements.x + (periodic.x ? 0 : 1), elements.y + (periodic.y ? 0 : 1),
      dimension == 2 ? 1 : elements.z + 1)
  }

  /// Edges of the box in nm.
  public var size: Directions<Double> {
    Directions(
      spacing.x * Double(elements.x), spacing.y * Double(elements.y),
      spacing.z * Double(elements.z))
  }

  /// The volume of an element in nm3.
  public var elementVolume: Double { spacing.x * spacing.y * spacing.z }

  /// The position of the own node (i, j, k), counted from this rank's first.
  public func position(_ i: Int, _ j: Int, _ k: Int) -> Directions<Double> {
    Directions(
      Double(own.x.lowerBound + i) * spacing.x, Double(own.y.lowerBound + j) * spacing.y,
      Double(k) * spacing.z)
  }

  /// Nodes of a grid that each rank holds whole rather than wait for messages: at two ranks the
  /// grids below cost a fifth of a small run that way.
  private static let replicationLimit = 1500

  /// The same box with about half the elements along the directions in which they are short; nil
  /// where nothing can be halved.
  ///
  /// A smoother of points sees a flat element along its short edge only, so that edge is brought to
  /// the length of the others first: within √2, where halving one or both leaves the same shape.
  ///
  /// Collective. Where the grid is small, or a rank would be left without nodes, every rank has all
  /// of it.
  func coarsened() throws(ParallelError) -> StructuredGrid? {
    let canHalve = (x: elements.x > 3, y: elements.y > 3, z: dimension == 3 && elements.z > 2)
    let shortest = min(
      canHalve.x ? spacing.x : .infinity, canHalve.y ? spacing.y : .infinity,
      canHalve.z ? spacing.z : .infinity)
    guard shortest.isFinite else { return nil }
    func half(_ count: Int, _ canHalve: Bool, _ length: Double) -> Int {
      canHalve && length <= 1.42 * shortest ? (count + 1) / 2 : count
    }
    let coarse = Directions(
      half(elements.x, canHalve.x, spacing.x), half(elements.y, canHalve.y, spacing.y),
      half(elements.z, canHalve.z, spacing.z))
    func range(_ fine: Range<Int>, _ coarse: Int, _ all: Int) -> Range<Int> {
      // Ceiling: then one ghost layer suffices for the interpolation.
      (fine.lowerBound * coarse + all - 1) / all..<(fine.upperBound * coarse + all - 1) / all
    }
    let own = (
      x: range(self.own.x, coarse.x, elements.x), y: range(self.own.y, coarse.y, elements.y)
    )
    let smallest = try communicator.minimum(Double(min(own.x.count, own.y.count)))
    let count = (coarse.x + 1) * (coarse.y + 1) * (coarse.z + 1)
    if communicator.size > 1 && (smallest < 1 || count <= StructuredGrid.replicationLimit) {
      return StructuredGrid(
        elements: coarse, size: size, dimension: dimension, periodic: periodic,
        split: RankSplit(rank: 0, size: 1, nodes: (2, 2), periodic: periodic),
        own: (
          0..<coarse.x + (periodic.x ? 0 : 1), 0..<coarse.y + (periodic.y ? 0 : 1)
        ), communicator: try communicator.alone(), replicatedOver: communicator)
    }
    return StructuredGrid(
      elements: coarse, size: size, dimension: dimension, periodic: periodic, split: split,
      own: own, communicator: communicator)
  }
}
