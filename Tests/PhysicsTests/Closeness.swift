/// Whether two numbers agree relative to the larger; false for NaN.
func agree(_ first: Double, _ second: Double, within tolerance: Double) -> Bool {
  abs(first - second) <= tolerance * max(abs(first), abs(second))
}

/// A sequence of reproducible numbers in [0, 1): the "minimal standard" generator of Park, Miller.
struct TestRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Double {
    state = state * 48_271 % 2_147_483_647
    return Double(state) / 2_147_483_647
  }
}
