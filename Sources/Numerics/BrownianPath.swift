// SPDX-License-Identifier: Apache-2.0

/// Brownian motions that are known at every time: the same one whatever steps look at it.
///
/// A step that is rejected must not draw again, or the steps would choose their noise. Each motion is
/// a function of its index and the time: between powers of two of the resolution it is refined by
/// bridges, B((s+t)/2) = ½(B(s) + B(t)) + ½√(t−s) N, each normal number drawn by its place in time;
/// within the resolution it is a straight line. Nothing is stored, so that a restart goes on with it.
public struct BrownianPath: Sendable {
  private let noise: IndexedNoise
  /// The shortest time that is resolved, in the unit of times.
  public let resolution: Double

  /// Motions of a seed.
  public init(seed: Int, resolution: Double) {
    noise = IndexedNoise(seed: seed)
    self.resolution = resolution
  }

  /// The value at a time from 0 on, of the variance `time`.
  public func value(_ index: Int, at time: Double) -> Double {
    let ticks = time / resolution
    guard ticks > 0 else { return 0 }
    let tick = Int(ticks)
    var length = 1
    var (low, high) = (0.0, normal(index, 1))
    // Up to the power of two that holds the time, by independent increments.
    while length <= tick {
      (low, high) = (high, high + Double(length).squareRoot() * normal(index, 2 * length))
      length *= 2
    }
    // Down to the tick: `low` belongs to `start`, `high` to `start + span`.
    var (start, span) = length == 1 ? (0, 1) : (length / 2, length / 2)
    while span > 1 {
      let half = span / 2
      let middle = start + half
      let value =
        0.5 * (low + high) + 0.5 * Double(span).squareRoot() * normal(index, 2 * middle + 1)
      if tick < middle {
        high = value
      } else {
        (low, start) = (value, middle)
      }
      span = half
    }
    return (low + (ticks - Double(start)) * (high - low)) * resolution.squareRoot()
  }

  private func normal(_ index: Int, _ place: Int) -> Double {
    noise.normal(stream: index, index: place)
  }
}
