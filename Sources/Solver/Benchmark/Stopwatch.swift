import Foundation
import Parallel

/// Times of repeated work, each the median over samples taken in turn.
enum Stopwatch {
  /// CPU seconds of one call of each of two actions on the slowest rank: five samples of each, in
  /// turn, so that a drift of the machine's speed meets both alike.
  ///
  /// Collective.
  static func compare(
    seconds: Double, _ communicator: Communicator,
    _ first: () throws(ParallelError) -> Void, with second: () throws(ParallelError) -> Void
  ) throws(ParallelError) -> (Double, Double) {
    let counts = (
      try repeats(seconds, communicator, first), try repeats(seconds, communicator, second)
    )
    var (ours, theirs) = ([Double](), [Double]())
    for _ in 0..<5 {
      ours.append(try sample(counts.0, communicator, first))
      theirs.append(try sample(counts.1, communicator, second))
    }
    return (median(ours), median(theirs))
  }

  private static func repeats(
    _ seconds: Double, _ communicator: Communicator, _ action: () throws(ParallelError) -> Void
  ) throws(ParallelError) -> Int {
    try action()
    let once = try communicator.maximum(try cpu(action))
    return max(1, min(100_000, Int(seconds / max(once, 1e-6))))
  }

  private static func sample(
    _ count: Int, _ communicator: Communicator, _ action: () throws(ParallelError) -> Void
  ) throws(ParallelError) -> Double {
    let time = try cpu { () throws(ParallelError) in for _ in 0..<count { try action() } }
    return try communicator.maximum(time) / Double(count)
  }

  /// CPU seconds of an action on this rank.
  static func cpu(_ action: () throws(ParallelError) -> Void) throws(ParallelError) -> Double {
    let start = clock()
    try action()
    return Double(clock() - start) / Double(CLOCKS_PER_SEC)
  }

  /// Wall seconds of an action on the slowest rank.
  ///
  /// Collective.
  static func wall(
    _ communicator: Communicator, _ action: () throws(ParallelError) -> Void
  ) throws(ParallelError) -> Double {
    try communicator.barrier()
    let start = ContinuousClock.now
    try action()
    return try communicator.maximum((ContinuousClock.now - start) / .seconds(1))
  }

  /// The middle of an odd number of values.
  static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// STREAM's triad, a = b + s c, on arrays beyond any cache.
final class StreamTriad {
  private let arrays: Fields
  /// Bytes one pass moves.
  let bytes: Double

  /// Three arrays of 64 MiB, a long row each.
  init() {
    // The row and its two ghost rows.
    let layout = FieldLayout(x: (8 << 20) / 3, y: 1, z: 1, isPlane: true)
    arrays = Fields(layout, count: 3)
    bytes = 24 * Double(layout.size)
    arrays.fill(1)
  }

  /// One pass.
  func pass() {
    let (a, b, c) = (arrays[0], arrays[1], arrays[2])
    let scalar = Eight(repeating: 0.5)
    for place in stride(from: 0, to: arrays.layout.size, by: 8) {
      a.store(place, b.load(place).addingProduct(scalar, c.load(place)))
    }
  }
}
