// SPDX-License-Identifier: Apache-2.0

/// Whether two numbers agree relative to the larger; false for NaN.
public func agree(_ first: Double, _ second: Double, within tolerance: Double) -> Bool {
  abs(first - second) <= tolerance * max(abs(first), abs(second))
}

/// A sequence of reproducible numbers in [0, 1): the "minimal standard" generator of Park, Miller.
public struct TestRandom {
  private var state: UInt64

  /// The sequence of a seed.
  public init(seed: UInt64) { state = seed }

  /// The next number.
  public mutating func next() -> Double {
    state = state * 48_271 % 2_147_483_647
    return Double(state) / 2_147_483_647
  }
}
