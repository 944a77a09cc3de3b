// SPDX-License-Identifier: Apache-2.0

import Parallel

/// What is told of a run at each step beside its history: X and μ at points, the mean of X in boxes.
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

  /// Places in nm.
  public var points: [Directions<Double>] = []
  /// Boxes; an element belongs to one where its centre does.
  public var regions: [Region] = []

  /// None.
  public init() {}

  /// Numbers of a step: X and μ of each point, X of each region.
  var count: Int { 2 * points.count + regions.count }
}

/// Probes on a grid: sums of nodal values with fixed weights.
struct ProbeSums {
  private typealias Sum = [(place: Int, weight: Double)]

  private let points: [Sum]
  private let regions: [Sum]
  private let grid: StructuredGrid

  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  init(_ probes: Probes, _ system: PhaseFieldSystem) throws(ParallelError) {
    let (grid, weights) = (system.grid, system.weights[0])
    self.grid = grid
    points = probes.points.map { ProbeSums.point($0, grid, weights) }
    var regions: [Sum] = []
    for region in probes.regions {
      regions.append(try ProbeSums.region(region, grid, weights))
    }
    self.regions = regions
  }

  /// X and μ of the points, X of the regions; NaN where there is no material.
  ///
  /// Collective; the ghosts of the state are filled.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  func values(_ state: Fields) throws(ParallelError) -> [Double] {
    let (x, mu) = (state[.composition], state[.potential])
    func total(_ sum: Sum, _ lane: Lane) -> Double {
      sum.reduce(0) { $0 + $1.weight * lane[$1.place] }
    }
    var all = points.flatMap { [total($0, x), total($0, mu)] } + regions.map { total($0, x) }
    guard !all.isEmpty else { return [] }
    try grid.communicator.reduce(&all, .sum)
    return all
  }

  /// The places of an element's nodes, numbered as in ``Octet``.
  private static func nodes(_ place: Int, _ layout: FieldLayout) -> [Int] {
    (0..<8).map { node in
      place + node % 2 + (node / 2 % 2) * layout.line + node / 4 * layout.up
    }
  }

  /// The trilinear interpolation on the rank that owns the element's lowest node.
  private static func point(
    _ at: Directions<Double>, _ grid: StructuredGrid, _ weights: Lane
  ) -> Sum {
    func cell(_ x: Double, _ h: Double, _ count: Int) -> (index: Int, share: Double) {
      let index = min(max(Int(x / h), 0), count - 1)
      return (index, x / h - Double(index))
    }
    let (h, count) = (grid.spacing, grid.elements)
    let (x, y) = (cell(at.x, h.x, count.x), cell(at.y, h.y, count.y))
    let z = grid.dimension == 2 ? (index: 0, share: 0.5) : cell(at.z, h.z, count.z)
    guard grid.own.x.contains(x.index), grid.own.y.contains(y.index) else { return [] }
    let place = grid.layout.index(
      x.index - grid.own.x.lowerBound, y.index - grid.own.y.lowerBound, z.index)
    guard weights[place] > 0 else { return [(place, .nan)] }
    return nodes(place, grid.layout).enumerated().map { node, place in
      let along = node % 2 == 0 ? 1 - x.share : x.share
      let across = node / 2 % 2 == 0 ? 1 - y.share : y.share
      return (place, along * across * (node / 4 == 0 ? 1 - z.share : z.share))
    }
  }

  /// The mean over a region, by volume of material.
  ///
  /// Collective.
  private static func region(
    _ region: Probes.Region, _ grid: StructuredGrid, _ weights: Lane
  ) throws(ParallelError) -> Sum {
    let (layout, h) = (grid.layout, grid.spacing)
    var shares: [Int: Double] = [:]
    var volume = 0.0
    for k in 0..<layout.elementLayers {
      for j in max(0, layout.elementsY.lowerBound)..<max(0, layout.elementsY.upperBound) {
        for i in max(0, layout.elementsX.lowerBound)..<max(0, layout.elementsX.upperBound) {
          let corner = grid.position(i, j, k)
          let middle = (corner.x + h.x / 2, corner.y + h.y / 2, corner.z + h.z / 2)
          let isInside =
            region.low.x <= middle.0 && middle.0 <= region.high.x && region.low.y <= middle.1
            && middle.1 <= region.high.y
            && (grid.dimension == 2 || (region.low.z <= middle.2 && middle.2 <= region.high.z))
          let place = layout.index(i, j, k)
          guard isInside, weights[place] > 0 else { continue }
          volume += weights[place]
          for node in nodes(place, layout) { shares[node, default: 0] += weights[place] / 8 }
        }
      }
    }
    let all = try grid.communicator.sum(volume)
    // In the order of places: a sum must not depend on how a dictionary lies.
    guard all > 0 else { return [(layout.index(0, 0, 0), .nan)] }
    return shares.sorted { $0.key < $1.key }.map { ($0.key, $0.value / all) }
  }
}
