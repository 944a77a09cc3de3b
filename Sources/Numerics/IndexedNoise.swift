// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Normal random numbers drawn by index, so that the rank count does not change them.
///
/// SplitMix64 hashes (seed, stream, index); Box and Muller's transform makes it normal.
public struct IndexedNoise: Sendable {
  private let seed: UInt64

  /// Makes a generator.
  public init(seed: Int) { self.seed = UInt64(bitPattern: Int64(seed)) }

  /// A draw from N(0, 1).
  public func normal(stream: Int, index: Int) -> Double {
    let key = mixed(mixed(seed &+ UInt64(bitPattern: Int64(stream))) ^ UInt64(index))
    // 1 − u lies in (0, 1], where the logarithm is finite.
    let radius = (-2 * log(1 - uniform(key))).squareRoot()
    return radius * cos(2 * .pi * uniform(mixed(key)))
  }

  /// A draw from the interval [0, 1).
  public func uniform(stream: Int, index: Int) -> Double {
    uniform(mixed(mixed(seed &+ UInt64(bitPattern: Int64(stream))) ^ UInt64(index)))
  }

  private func uniform(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }

  private func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
