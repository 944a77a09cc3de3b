// SPDX-License-Identifier: Apache-2.0

import PhaseField

/// STREAM's triad, a = b + s c, on arrays beyond any cache.
final class StreamTriad {
  private let arrays: Fields
  /// Bytes one pass moves.
  let bytes: Double

  /// Three arrays of 64 MiB, a long row each.
  init() {
    // The row and its two ghost rows.
    let layout = FieldLayout(x: (8 << 20) / 3, y: 1, z: 1, isPlane: true)
    arrays = Fields(layout, count: 3)
    bytes = 24 * Double(layout.size)
    arrays.fill(1)
  }

  /// One pass.
  func pass() {
    let (a, b, c) = (arrays[0], arrays[1], arrays[2])
    let scalar = Eight(repeating: 0.5)
    for place in stride(from: 0, to: arrays.layout.size, by: 8) {
      a.store(place, b.load(place).addingProduct(scalar, c.load(place)))
    }
  }
}
