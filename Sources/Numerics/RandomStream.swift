// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Random numbers one after another: xoshiro256++ of Blackman and Vigna, its state from SplitMix64 of
/// (seed, chain), so that the numbers do not depend on the rank that runs the chain.
public struct RandomStream: RandomNumberGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)
  private var spare: Double?

  /// The numbers of a chain.
  public init(seed: Int, chain: Int) {
    var z = UInt64(bitPattern: Int64(seed)) &* 0xD134_2543_DE82_EF95 &+ UInt64(chain)
    func next() -> UInt64 {
      z &+= 0x9E37_79B9_7F4A_7C15
      var mixed = z
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
    state = (next(), next(), next(), next())
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    let sum = state.0 &+ state.3
    let result = ((sum << 23) | (sum >> 41)) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result
  }

  /// A number from [0, 1).
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number from N(0, 1).
  public mutating func normal() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    // 1 − u lies in (0, 1], where the logarithm is finite.
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }
}
