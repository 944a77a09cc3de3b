// SPDX-License-Identifier: Apache-2.0

import CVector

/// Eight neighbouring numbers along x.
package typealias Eight = SIMD8<Double>

/// Arithmetic that is a vector instruction whatever stands around it; eight.h says why.
extension SIMD8 where Scalar == Double {
  @inline(__always)
  static func + (left: Self, right: Self) -> Self { vegard_add(left, right) }

  @inline(__always)
  static func - (left: Self, right: Self) -> Self { vegard_subtract(left, right) }

  @inline(__always)
  static func * (left: Self, right: Self) -> Self { vegard_multiply(left, right) }

  @inline(__always)
  static func / (left: Self, right: Self) -> Self { vegard_divide(left, right) }

  @inline(__always)
  static func * (left: Self, right: Double) -> Self {
    vegard_multiply(left, Self(repeating: right))
  }

  @inline(__always)
  static func += (left: inout Self, right: Self) { left = vegard_add(left, right) }

  @inline(__always)
  static func -= (left: inout Self, right: Self) { left = vegard_subtract(left, right) }

  @inline(__always)
  static func *= (left: inout Self, right: Double) {
    left = vegard_multiply(left, Self(repeating: right))
  }

  /// The sum with a product, fused where the machine can.
  @inline(__always)
  func addingProduct(_ a: Self, _ b: Self) -> Self { vegard_multiply_add(a, b, self) }

  /// The sum with a product, fused where the machine can.
  @inline(__always)
  func addingProduct(_ a: Self, _ b: Double) -> Self {
    vegard_multiply_add(a, Self(repeating: b), self)
  }
}
