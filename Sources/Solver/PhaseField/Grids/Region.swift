// SPDX-License-Identifier: Apache-2.0

/// Where there is material: an outline less voids.
public struct Region: Sendable, Equatable {
  /// What the particle is cut from; nil is the whole box.
  public var outline: Shape?
  /// What is missing in it.
  public var voids: [Shape]

  /// A region from its parts.
  public init(outline: Shape? = nil, voids: [Shape] = []) {
    self.outline = outline
    self.voids = voids
  }

  /// The region as a grid has it: sections in two dimensions, voids repeated over periodic sides.
  func placed(in grid: StructuredGrid) -> Region {
    var placed = Region(outline: outline)
    let size = grid.size
    let isPlane = grid.dimension == 2
    for shape in voids {
      let body = isPlane ? shape.section : shape
      for i in grid.periodic.x ? [0, -1, 1] : [0] {
        for j in grid.periodic.y ? [0, -1, 1] : [0] {
          let image = body.moved(Double(i) * size.x, Double(j) * size.y)
          let (low, high) = image.bounds
          let meets = low.x < size.x && high.x > 0 && low.y < size.y && high.y > 0
          if meets || (i == 0 && j == 0) { placed.voids.append(image) }
        }
      }
    }
    return placed
  }

  /// The distance to the nearest surface in nm, positive in the material.
  func distance(_ place: Directions<Double>) -> Double {
    var nearest = outline.map { -$0.distance(place) } ?? .infinity
    for shape in voids { nearest = min(nearest, shape.distance(place)) }
    return nearest
  }
}
