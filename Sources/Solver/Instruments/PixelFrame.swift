// SPDX-License-Identifier: Apache-2.0

/// The square pixels of an image, in the coordinates (a, c) of what is imaged.
package struct PixelFrame: Sendable {
  /// The side of a pixel [nm].
  package let size: Double
  /// Pixels along a.
  package let columns: Int
  /// Pixels along c.
  package let rows: Int
  /// (a, c) of the lower corner of pixel [0, 0] [nm].
  package let corner: SIMD2<Double>

  /// Pixels that cover a box, in whose middle they lie.
  ///
  /// - Parameters:
  ///   - low: the box's lower corner (a, c) [nm].
  ///   - high: its upper corner [nm].
  ///   - size: the side of a pixel [nm].
  package init(covering low: SIMD2<Double>, to high: SIMD2<Double>, size: Double) {
    // What a whole number of pixels covers is covered by as many.
    let counts = ((high - low) / size - 1e-6).rounded(.up)
    self.size = size
    columns = max(1, Int(counts.x))
    rows = max(1, Int(counts.y))
    corner = (low + high) / 2 - 0.5 * size * SIMD2(Double(columns), Double(rows))
  }

  /// (a, c) of the centre of pixel [0, 0] [nm].
  package var origin: [Double] { [corner.x + size / 2, corner.y + size / 2] }

  /// (a, c) of a pixel's centre [nm].
  package func centre(_ i: Int, _ j: Int) -> SIMD2<Double> {
    corner + size * SIMD2(Double(i) + 0.5, Double(j) + 0.5)
  }
}
