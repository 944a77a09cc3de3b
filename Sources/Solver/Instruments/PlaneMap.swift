// SPDX-License-Identifier: Apache-2.0

/// An affine map of the ac plane, r ↦ M r + t, about the middle of an image.
package struct PlaneMap: Sendable, Equatable {
  /// What a step along a becomes.
  package var alongA = SIMD2(1.0, 0.0)
  /// What a step along c becomes.
  package var alongC = SIMD2(0.0, 1.0)
  /// How far the middle moves along a and c [nm].
  package var shift = SIMD2<Double>.zero

  /// The identity.
  package init() {}

  /// A map by its columns.
  ///
  /// - Parameter shift: along a and c [nm].
  package init(alongA: SIMD2<Double>, alongC: SIMD2<Double>, shift: SIMD2<Double>) {
    (self.alongA, self.alongC, self.shift) = (alongA, alongC, shift)
  }

  /// Whether nothing is turned or strained.
  package var isShift: Bool { alongA == SIMD2(1, 0) && alongC == SIMD2(0, 1) }

  /// Where a point comes to, both from the middle [nm].
  @inlinable
  package func callAsFunction(_ point: SIMD2<Double>) -> SIMD2<Double> {
    alongA * point.x + alongC * point.y + shift
  }

  /// The rows of (M, t), shape (2, 3) [1, 1, nm].
  package var rows: [Double] {
    [alongA.x, alongC.x, shift.x, alongA.y, alongC.y, shift.y]
  }
}
