import Parallel

/// The ranks as a plane grid over x and y, so that lines along z stay whole.
public struct RankSplit: Sendable {
  /// Ranks along x and y.
  public let counts: (x: Int, y: Int)
  /// This rank's place.
  public let place: (x: Int, y: Int)
  private let periodic: (x: Bool, y: Bool)

  /// The split with the shortest cut between ranks that each keep two nodes; without communication.
  init(rank: Int, size: Int, nodes: (Int, Int), periodic: (x: Bool, y: Bool)) {
    var best = (x: size, y: 1)
    var shortest = Int.max
    for along in 1...size where size.isMultiple(of: along) {
      let across = size / along
      let cut = (along - 1) * nodes.1 + (across - 1) * nodes.0
      let isPossible = nodes.0 >= 2 * along && nodes.1 >= 2 * across
      if isPossible && cut < shortest { (best, shortest) = ((along, across), cut) }
    }
    counts = best
    place = (rank % best.x, rank / best.x)
    self.periodic = periodic
  }

  func range(x nodes: Int) -> Range<Int> { RankSplit.share(nodes, place.x, counts.x) }
  func range(y nodes: Int) -> Range<Int> { RankSplit.share(nodes, place.y, counts.y) }

  private static func share(_ nodes: Int, _ place: Int, _ count: Int) -> Range<Int> {
    nodes * place / count..<nodes * (place + 1) / count
  }

  var neighbours: HaloExchange.Neighbours {
    func rank(_ dx: Int, _ dy: Int) -> Int? {
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
