// SPDX-License-Identifier: Apache-2.0

import Parallel

/// What is told of a run beside its history and fields: X and μ at points and means over boxes at each
/// step, cuts along lines at each stored step.
public struct Probes: Sendable, Equatable {
  /// A box along the axes.
  public struct Region: Sendable, Equatable {
    /// Its lower corner in nm.
    public var low: Directions<Double>
    /// Its upper corner in nm.
    public var high: Directions<Double>

    /// A box from two corners.
    public init(low: Directions<Double>, high: Directions<Double>) {
      (self.low, self.high) = (low, high)
    }
  }

  /// A straight line between two places.
  public struct Line: Sendable, Equatable {
    /// Where it begins and ends, in nm.
    public var start, end: Directions<Double>
    /// How many points it has, both ends included; nil for one in each element that it crosses.
    public var points: Int?

    /// A line from its ends.
    public init(from start: Directions<Double>, to end: Directions<Double>, points: Int? = nil) {
      (self.start, self.end, self.points) = (start, end, points)
    }
  }

  /// Places in nm.
  public var points: [Directions<Double>] = []
  /// Boxes; an element belongs to one where its centre does.
  public var regions: [Region] = []
  /// Cuts.
  public var lines: [Line] = []

  /// None.
  public init() {}
}

/// Where a place lies on a rank's part of a grid.
struct GridPlace {
  /// The lowest node of the element around it.
  let place: Int
  /// That element among the rank's own, in the order of a file.
  let cell: Int
  /// The shares of the element's nodes in the trilinear interpolation.
  private let nodes: [(place: Int, weight: Double)]
  /// Whether there is material in the element.
  let isSolid: Bool

  /// Nil on a rank that does not own the element's lowest node.
  init?(_ at: Directions<Double>, _ grid: StructuredGrid, weights: Lane) {
    func cell(_ x: Double, _ h: Double, _ count: Int) -> (index: Int, share: Double) {
      let index = min(max(Int(x / h), 0), count - 1)
      return (index, x / h - Double(index))
    }
    let (h, count) = (grid.spacing, grid.elements)
    let (x, y) = (cell(at.x, h.x, count.x), cell(at.y, h.y, count.y))
    let z = grid.dimension == 2 ? (index: 0, share: 0.5) : cell(at.z, h.z, count.z)
    let own = grid.ownElements
    guard own.x.contains(x.index), own.y.contains(y.index) else { return nil }
    let (i, j) = (x.index - own.x.lowerBound, y.index - own.y.lowerBound)
    place = grid.layout.index(i, j, z.index)
    self.cell = (z.index * own.y.count + j) * own.x.count + i
    isSolid = weights[place] > 0
    let layout = grid.layout
    let corner = place
    // Numbered as in ``Octet``.
    nodes = (0..<8).map { node in
      let along = node % 2 == 0 ? 1 - x.share : x.share
      let across = node / 2 % 2 == 0 ? 1 - y.share : y.share
      return (
        corner + node % 2 + (node / 2 % 2) * layout.line + node / 4 * layout.up,
        along * across * (node / 4 == 0 ? 1 - z.share : z.share)
      )
    }
  }

  /// The value there; NaN where there is no material.
  func value(_ lane: Lane) -> Double {
    guard isSolid else { return .nan }
    return nodes.reduce(0) { $0 + $1.weight * lane[$1.place] }
  }
}

/// Points and regions of probes on a grid.
struct ProbeSums {
  private let points: [GridPlace?]
  private let regions: [RegionMeans]
  let system: PhaseFieldSystem
  private let columns: Int

  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  init(_ probes: Probes, _ system: PhaseFieldSystem) throws(ParallelError) {
    let weights = system.weights[0]
    self.system = system
    points = probes.points.map { GridPlace($0, system.grid, weights: weights) }
    var regions: [RegionMeans] = []
    for region in probes.regions { regions.append(try RegionMeans(region, system)) }
    self.regions = regions
    columns = RegionMeans.columns(of: system).count
  }

  /// The numbers of a step.
  var count: Int { 2 * points.count + columns * regions.count }

  /// The material of each region in nm³.
  var volumes: [Double] { regions.map(\.volume) }

  /// X and μ of the points, the means of each region in the order of ``RegionMeans/columns(of:)``;
  /// NaN where there is no material.
  ///
  /// Collective; the ghosts of the state are filled.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  func values(_ state: Fields) throws(ParallelError) -> [Double] {
    let (x, mu) = (state[.composition], state[.potential])
    var all: [Double] = []
    for point in points { all += [point?.value(x) ?? 0, point?.value(mu) ?? 0] }
    let derived = DerivedFields(system)
    for region in regions { all += region.sums(state, derived) }
    guard !all.isEmpty else { return [] }
    try system.communicator.reduce(&all, .sum)
    for (number, region) in regions.enumerated() {
      let first = 2 * points.count + columns * number
      for column in first..<first + columns { all[column] /= region.volume }
    }
    return all
  }
}
