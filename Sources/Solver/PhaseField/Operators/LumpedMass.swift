// SPDX-License-Identifier: Apache-2.0

/// The row sums of the mass matrix: each node has an eighth of its elements' α V, a quarter in two
/// dimensions.
package enum LumpedMass {
  package static func assemble(_ weights: Lane, into mass: Lane, _ layout: FieldLayout) {
    for place in 0..<layout.size { mass[place] = 0 }
    for k in 0..<layout.elementLayers {
      for j in -1..<layout.y {
        for i in stride(from: -1, to: layout.x, by: 8) {
          let place = layout.index(i, j, k)
          let share = weights.load(place) * 0.125
          Octet(share, share, share, share, share, share, share, share).add(
            to: mass, place, layout)
        }
      }
    }
    clearGhosts(mass, layout)
  }

  private static func clearGhosts(_ lane: Lane, _ layout: FieldLayout) {
    for k in 0..<layout.z {
      for j in -1...layout.y {
        let row = layout.index(0, j, k)
        let isGhost = j < 0 || j == layout.y
        for i in -8..<layout.line - 8 where isGhost || i < 0 || i >= layout.x { lane[row + i] = 0 }
      }
    }
    for place in layout.z * layout.plane..<layout.size { lane[place] = 0 }
  }
}

extension Lane {
  /// Copies one field.
  package func copy(_ other: Lane, _ layout: FieldLayout) {
    for place in stride(from: 0, to: layout.size, by: 8) { store(place, other.load(place)) }
  }

  /// Copies the own nodes; ghosts and padding stay as they are.
  func copyOwn(_ other: Lane, _ layout: FieldLayout) {
    for k in 0..<layout.z {
      for j in 0..<layout.y {
        let row = layout.index(0, j, k)
        for i in stride(from: 0, to: layout.x - 8, by: 8) {
          store(row + i, other.load(row + i))
        }
        for i in (layout.x - 1) / 8 * 8..<layout.x { self[row + i] = other[row + i] }
      }
    }
  }
}
