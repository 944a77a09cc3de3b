// SPDX-License-Identifier: Apache-2.0

import Parallel

/// Where the wall time of a run went.
struct RunTimings {
  /// What is timed.
  enum Part: String, CaseIterable { case steps, output, checkpoints }

  private let began = ContinuousClock.now
  private var seconds = [Double](repeating: 0, count: Part.allCases.count)

  /// Seconds since the run began.
  var elapsed: Double { (ContinuousClock.now - began) / .seconds(1) }

  /// Times a piece of work.
  mutating func measure(
    _ part: Part, _ work: () throws(ParallelError) -> Void
  ) throws(ParallelError) {
    let start = ContinuousClock.now
    try work()
    let index = Part.allCases.firstIndex(of: part) ?? 0
    seconds[index] += (ContinuousClock.now - start) / .seconds(1)
  }

  /// A sentence with the least, mean and most over the ranks.
  ///
  /// Collective.
  func sentence(_ communicator: Communicator) throws(ParallelError) -> String {
    var (least, sum, most) = (seconds, seconds, seconds)
    try communicator.reduce(&least, .minimum)
    try communicator.reduce(&sum, .sum)
    try communicator.reduce(&most, .maximum)
    let parts = Part.allCases.enumerated().map { index, part in
      let mean = sum[index] / Double(communicator.size)
      let numbers = [least[index], mean, most[index]].map { formatted($0, significant: 3) }
      return "\(part.rawValue) \(numbers.joined(separator: "/"))"
    }
    return "wall time in s, min/mean/max over \(communicator.size) ranks: "
      + parts.joined(separator: ", ")
  }
}
