// SPDX-License-Identifier: Apache-2.0

import Parallel

/// How much of each element is material: α_e, from sub-cell quadrature of a level set.
public struct VolumeFractions {
  /// α_e times the element's volume in field 0, ghost elements included.
  package let weights: Fields

  /// The fractions of the region where `distance` (in nm, positive inside the material) is positive.
  ///
  /// Each element is cut into cells, `cuts` along its shortest edge; a cell that the surface passes
  /// counts by its share along the normal. Every rank evaluates its own and its ghost elements; no
  /// communication.
  ///
  /// - Parameters:
  ///   - grid: its elements are cut.
  ///   - cuts: cells of an element along its shortest edge.
  ///   - distance: nil fills the box.
  public init(
    _ grid: StructuredGrid, cuts: Int = 8, distance: ((Directions<Double>) -> Double)? = nil
  ) {
    let cells = ElementCells(grid, cuts: cuts)
    self.init(grid) { start in
      guard let distance else { return 1 }
      let middle = distance(cells.middle(of: start))
      if abs(middle) > cells.limit { return middle > 0 ? 1 : 0 }
      return cells.fraction(start, distance)
    }
  }

  /// The fractions of a region.
  ///
  /// Without communication; an element evaluates the surfaces that are near it only.
  public init(_ grid: StructuredGrid, region: Region, cuts: Int = 8) {
    let placed = region.placed(in: grid)
    let cells = ElementCells(grid, cuts: cuts)
    var near = Region()
    self.init(grid) { start in
      let middle = cells.middle(of: start)
      near.outline = nil
      near.voids.removeAll(keepingCapacity: true)
      if let outline = placed.outline {
        if outline.clearance(middle) <= cells.limit {
          near.outline = outline
        } else if outline.distance(middle) > 0 {
          return 0
        }
      }
      for shape in placed.voids {
        if shape.clearance(middle) <= cells.limit {
          near.voids.append(shape)
        } else if shape.distance(middle) < 0 {
          return 0
        }
      }
      if near.outline == nil && near.voids.isEmpty { return 1 }
      return cells.fraction(start) { near.distance($0) }
    }
  }

  /// Asks for the fraction of each own and ghost element by its lowest corner.
  private init(_ grid: StructuredGrid, fraction: (Directions<Double>) -> Double) {
    weights = Fields(grid.layout, count: 1)
    let (h, volume, lane) = (grid.spacing, grid.elementVolume, weights[0])
    for k in 0..<grid.layout.elementLayers {
      for j in -1..<grid.own.y.count {
        for i in -1..<grid.own.x.count {
          let gi = grid.own.x.lowerBound + i
          let gj = grid.own.y.lowerBound + j
          let inX = grid.periodic.x || (0..<grid.elements.x).contains(gi)
          let inY = grid.periodic.y || (0..<grid.elements.y).contains(gj)
          guard inX && inY else { continue }
          let start = Directions(
            Double((gi + grid.elements.x) % grid.elements.x) * h.x,
            Double((gj + grid.elements.y) % grid.elements.y) * h.y, Double(k) * h.z)
          let share = fraction(start)
          // Less would only spoil the condition of the equations.
          lane[grid.layout.index(i, j, k)] = share > 1e-6 ? min(share, 1) * volume : 0
        }
      }
    }
  }
}

/// The cells that an element is cut into for the quadrature of a level set, about cubes.
struct ElementCells {
  /// Beyond this distance from the middle no surface passes the element, in nm.
  let limit: Double
  /// Cells along each direction, and their edges in nm.
  let counts: Directions<Int>
  let edges: Directions<Double>
  /// The edge of a cube of the same diagonal.
  let edge: Double
  private let isPlane: Bool

  init(_ grid: StructuredGrid, cuts: Int) {
    let h = grid.spacing
    isPlane = grid.dimension == 2
    let shortest = isPlane ? min(h.x, h.y) : min(h.x, min(h.y, h.z))
    func count(_ length: Double) -> Int {
      min(4 * cuts, Int((Double(cuts) * length / shortest).rounded()))
    }
    counts = Directions(count(h.x), count(h.y), isPlane ? 1 : count(h.z))
    edges = Directions(
      h.x / Double(counts.x), h.y / Double(counts.y), isPlane ? 0 : h.z / Double(counts.z))
    let square = edges.x * edges.x + edges.y * edges.y + edges.z * edges.z
    edge = (square / (isPlane ? 2 : 3)).squareRoot()
    let diagonal = (h.x * h.x + h.y * h.y + (isPlane ? 0 : h.z * h.z)).squareRoot()
    limit = 0.5 * diagonal + edge
  }

  /// The middle of the element that starts at `start`.
  func middle(of start: Directions<Double>) -> Directions<Double> {
    Directions(
      start.x + 0.5 * edges.x * Double(counts.x), start.y + 0.5 * edges.y * Double(counts.y),
      start.z + 0.5 * edges.z * Double(counts.z))
  }

  /// The share of an element where the distance is positive.
  func fraction(
    _ start: Directions<Double>, _ distance: (Directions<Double>) -> Double
  ) -> Double {
    var sum = 0.0
    for c in 0..<counts.z {
      for b in 0..<counts.y {
        for a in 0..<counts.x {
          let at = Directions(
            start.x + (Double(a) + 0.5) * edges.x, start.y + (Double(b) + 0.5) * edges.y,
            start.z + (Double(c) + 0.5) * edges.z)
          sum += max(0, min(1, 0.5 + distance(at) / edge))
        }
      }
    }
    return sum / Double(counts.x * counts.y * counts.z)
  }
}
