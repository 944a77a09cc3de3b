// SPDX-License-Identifier: Apache-2.0

import Parallel

/// The ranks as a plane grid over x and y, so that lines along z stay whole.
public struct RankSplit: Sendable {
  /// Ranks along x and y.
  public let counts: (x: Int, y: Int)
  /// This rank's place; nil for one that a small grid has no nodes for.
  private let place: (x: Int, y: Int)?
  private let periodic: (x: Bool, y: Bool)

  /// The split whose largest block costs least among those where each rank keeps two nodes; without
  /// communication.
  ///
  /// A grid that is too small for all ranks is split for as many as it can be. The cost is counted in
  /// elements: blocks are rounded up to the eight of a vector along x, a neighbour's row of elements
  /// is computed twice, and a node of a cut costs about as much as an element.
  init(rank: Int, size: Int, nodes: (Int, Int), periodic: (x: Bool, y: Bool)) {
    func elements(_ nodes: Int, _ parts: Int, _ isPeriodic: Bool) -> Int {
      let isOpen = isPeriodic || parts > 2
      return (nodes + parts - 1) / parts - (parts == 1 && !isPeriodic ? 1 : 0) + (isOpen ? 1 : 0)
    }
    var best = (x: 1, y: 1)
    var least = Int.max
    for used in (1...size).reversed() where least == Int.max {
      for along in 1...used where used.isMultiple(of: along) {
        let across = used / along
        guard nodes.0 >= 2 * along, nodes.1 >= 2 * across else { continue }
        let (x, y) = (elements(nodes.0, along, periodic.x), elements(nodes.1, across, periodic.y))
        let cost = (x + 7) / 8 * 8 * y + (along > 1 ? y : 0) + (across > 1 ? x : 0)
        if cost < least { (best, least) = ((along, across), cost) }
      }
    }
    counts = best
    place = rank < best.x * best.y ? (rank % best.x, rank / best.x) : nil
    self.periodic = periodic
  }

  func range(x nodes: Int) -> Range<Int> { RankSplit.share(nodes, place?.x, counts.x) }
  func range(y nodes: Int) -> Range<Int> { RankSplit.share(nodes, place?.y, counts.y) }

  private static func share(_ nodes: Int, _ place: Int?, _ count: Int) -> Range<Int> {
    guard let place else { return nodes..<nodes }
    return nodes * place / count..<nodes * (place + 1) / count
  }

  var neighbours: HaloExchange.Neighbours {
    func rank(_ dx: Int, _ dy: Int) -> Int? {
      guard let place else { return nil }
      var x = place.x + dx
      var y = place.y + dy
      if periodic.x { x = (x + counts.x) % counts.x }
      if periodic.y { y = (y + counts.y) % counts.y }
      guard (0..<counts.x).contains(x), (0..<counts.y).contains(y) else { return nil }
      return x + counts.x * y
    }
    return HaloExchange.Neighbours(
      lowX: rank(-1, 0), highX: rank(1, 0), lowY: rank(0, -1), highY: rank(0, 1))
  }
}
