// SPDX-License-Identifier: Apache-2.0

import CVector

/// Sums over parts of rows of images: eight numbers at a time, bounds checked once a row.
enum RowKernels {
  /// y += a x over `count` numbers.
  static func add(
    _ factor: Double, _ source: [Double], from first: Int, to target: inout [Double], at place: Int,
    count: Int
  ) {
    precondition(first >= 0 && first + count <= source.count, "the row must lie in the source")
    precondition(place >= 0 && place + count <= target.count, "the row must lie in the target")
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        let (x, y) = unsafe (from + first, to + place)
        let a = SIMD8(repeating: factor)
        // A stride would check each step for overflow, which costs more than the sum.
        var index = 0
        while index &+ 16 <= count {
          let (old, more) = unsafe (SIMD8(at: y + index), SIMD8(at: x + index))
          let (next, other) = unsafe (SIMD8(at: y + index + 8), SIMD8(at: x + index + 8))
          unsafe vegard_multiply_add(a, more, old).store(at: y + index)
          unsafe vegard_multiply_add(a, other, next).store(at: y + index + 8)
          index &+= 16
        }
        for rest in index..<count { unsafe y[rest] += factor * x[rest] }
      }
    }
  }

  /// x · y over `count` numbers.
  static func dot(
    _ left: [Double], from first: Int, _ right: [Double], from second: Int, count: Int
  ) -> Double {
    precondition(first >= 0 && first + count <= left.count, "the row must lie in the first factor")
    precondition(
      second >= 0 && second + count <= right.count, "the row must lie in the second factor")
    return unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        guard let one = left.baseAddress, let other = right.baseAddress else { return 0 }
        let (x, y) = unsafe (one + first, other + second)
        // Two sums: each waits for its own last product only.
        var (even, odd) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
        var index = 0
        while index &+ 16 <= count {
          even = unsafe vegard_multiply_add(SIMD8(at: x + index), SIMD8(at: y + index), even)
          odd = unsafe vegard_multiply_add(SIMD8(at: x + index + 8), SIMD8(at: y + index + 8), odd)
          index &+= 16
        }
        var sum = vegard_add(even, odd).sum()
        for rest in index..<count { unsafe sum += x[rest] * y[rest] }
        return sum
      }
    }
  }
}

extension SIMD8 where Scalar == Double {
  /// The eight numbers from an address on.
  @inline(__always)
  fileprivate init(at address: UnsafePointer<Double>) {
    self = unsafe UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }

  /// Writes the eight numbers from an address on.
  @inline(__always)
  fileprivate func store(at address: UnsafeMutablePointer<Double>) {
    unsafe UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }
}
