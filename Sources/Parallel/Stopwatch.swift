// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Times of repeated work, each the median over samples taken in turn.
public enum Stopwatch {
  /// CPU seconds of one call of each of two actions on the slowest rank: five samples of each, in
  /// turn, so that a drift of the machine's speed meets both alike.
  ///
  /// Collective.
  ///
  /// - Throws: what an action throws.
  public static func compare(
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
  ///
  /// - Throws: what `action` throws.
  public static func cpu(_ action: () throws(ParallelError) -> Void) throws(ParallelError) -> Double
  {
    let start = clock()
    try action()
    return Double(clock() - start) / Double(CLOCKS_PER_SEC)
  }

  /// Wall seconds of an action on the slowest rank.
  ///
  /// Collective.
  ///
  /// - Throws: what `action` throws.
  public static func wall(
    _ communicator: Communicator, _ action: () throws(ParallelError) -> Void
  ) throws(ParallelError) -> Double {
    try communicator.barrier()
    let start = ContinuousClock.now
    try action()
    return try communicator.maximum((ContinuousClock.now - start) / .seconds(1))
  }

  /// The middle of an odd number of values.
  public static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
