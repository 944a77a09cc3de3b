// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// How much of a particle's surface each node has: ∫ N_i dA over chosen parts of it.
///
/// The surface of an outline or of a void is the level set of its distance d on the cells of
/// ``VolumeFractions``. In a cell d is taken as linear, d₀ + g·(x − x₀), and the area of the plane
/// that it cuts out is exact (``CellSection``): volume · |g| · density(d₀), second order in a cell. It
/// counts for the nodes by their shape functions at the foot of the perpendicular. Where other bodies
/// cover it, it counts as little as the material there. A side of the box counts by the volume
/// fraction of the element at it.
package struct SurfaceAreas {
  /// nm² of each own node, zero at ghosts and at nodes without material.
  package let areas: Fields
  /// nm² of each part over all ranks, in the order in which they were asked for.
  package let totals: [Double]

  /// Measures parts of the surface of a region.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - grid: whose nodes share the surface.
  ///   - region: outline and voids.
  ///   - parts: what counts, each once.
  ///   - fractions: of the elements, maps included.
  ///   - mass: the lumped mass of the nodes.
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package init(
    _ grid: StructuredGrid, region: Region, parts: [SurfacePart], fractions: VolumeFractions,
    mass: Lane
  ) throws(ParallelError) {
    areas = Fields(grid.layout, count: 1)
    let measure = SurfaceMeasure(grid, region, into: areas[0])
    var totals: [Double] = []
    var before = 0.0
    for part in parts {
      if let side = part.side {
        measure.addSide(side.axis, isUpper: side.isUpper, fractions.weights[0])
      } else {
        measure.addLevelSet(part)
      }
      // A node of no material has no composition.
      for place in 0..<grid.layout.size where mass[place] == 0 { areas[0][place] = 0 }
      let sum = areas[0].sum(grid.layout)
      totals.append(sum - before)
      before = sum
    }
    try grid.communicator.reduce(&totals, .sum)
    self.totals = totals
  }
}

/// Adds areas to own nodes, element by element.
private struct SurfaceMeasure {
  private let grid: StructuredGrid
  private let placed: Region
  private let cells: ElementCells
  private let target: Lane

  init(_ grid: StructuredGrid, _ region: Region, into target: Lane) {
    self.grid = grid
    placed = region.placed(in: grid)
    cells = ElementCells(grid, cuts: 8)
    self.target = target
  }

  /// Visits the elements that own nodes touch: their indices from this rank's first node, and their
  /// global ones.
  private func forElements(
    _ body: (_ local: (x: Int, y: Int, z: Int), _ global: (x: Int, y: Int)) -> Void
  ) {
    for k in 0..<grid.layout.elementLayers {
      for j in -1..<grid.own.y.count {
        for i in -1..<grid.own.x.count {
          let (gi, gj) = (grid.own.x.lowerBound + i, grid.own.y.lowerBound + j)
          guard grid.periodic.x || (0..<grid.elements.x).contains(gi),
            grid.periodic.y || (0..<grid.elements.y).contains(gj)
          else { continue }
          let (nx, ny) = (grid.elements.x, grid.elements.y)
          body((i, j, k), ((gi + nx) % nx, (gj + ny) % ny))
        }
      }
    }
  }

  /// Adds to the corners of an element by their weights at a place in it, each coordinate from 0 to 1.
  private func add(_ area: Double, _ element: (x: Int, y: Int, z: Int), at t: Directions<Double>) {
    for corner in 0..<8 {
      let (a, b, c) = (corner & 1, corner >> 1 & 1, corner >> 2)
      let (i, j) = (element.x + a, element.y + b)
      guard (0..<grid.own.x.count).contains(i), (0..<grid.own.y.count).contains(j) else { continue }
      let weight = (a == 1 ? t.x : 1 - t.x) * (b == 1 ? t.y : 1 - t.y) * (c == 1 ? t.z : 1 - t.z)
      // In two dimensions the upper corners are the lower ones.
      let k = grid.dimension == 2 ? 0 : element.z + c
      target[grid.layout.index(i, j, k)] += area * weight
    }
  }

  func addSide(_ axis: Int, isUpper: Bool, _ weights: Lane) {
    let (h, count) = (grid.spacing, grid.elements)
    let isPlate = axis == 2 && grid.dimension == 2
    let middle = Directions(0.5, 0.5, 0.5)
    let end = isUpper ? 1.0 : 0
    let place =
      axis == 0
      ? Directions(end, middle.y, middle.z)
      : axis == 1 ? Directions(middle.x, end, middle.z) : Directions(middle.x, middle.y, end)
    let thickness = axis == 0 ? h.x : axis == 1 ? h.y : h.z
    forElements { element, global in
      let number = axis == 0 ? global.x : axis == 1 ? global.y : element.z
      let last = axis == 0 ? count.x - 1 : axis == 1 ? count.y - 1 : count.z - 1
      guard isPlate || number == (isUpper ? last : 0) else { return }
      let weight = weights[grid.layout.index(element.x, element.y, element.z)]
      if weight > 0 { add(weight / thickness, element, at: place) }
    }
  }

  /// The outline's border or the voids' surfaces.
  func addLevelSet(_ part: SurfacePart) {
    let h = grid.spacing
    forElements { element, global in
      let start = Directions(
        Double(global.x) * h.x, Double(global.y) * h.y, Double(element.z) * h.z)
      let middle = cells.middle(of: start)
      func isNear(_ shape: Shape) -> Bool { shape.clearance(middle) <= cells.limit }
      let outline = placed.outline.flatMap { isNear($0) ? $0 : nil }
      // What an element far from the outline's border and outside of it holds is no surface.
      if let all = placed.outline, outline == nil, all.distance(middle) > 0 { return }
      let near = placed.voids.filter { isNear($0) || $0.distance(middle) < 0 }
      switch part {
      case .outline:
        guard let outline else { return }
        addSurface(of: outline, Region(voids: near), element, start)
      default:
        for (index, shape) in near.enumerated() where isNear(shape) {
          // Two equal voids are one surface.
          guard !near[..<index].contains(shape) else { continue }
          let others = Region(outline: outline, voids: near.filter { $0 != shape })
          addSurface(of: shape, others, element, start)
        }
      }
    }
  }

  /// Whether a surface of a normal lies on a side of the box.
  private func isOnSide(_ foot: Directions<Double>, _ normal: Directions<Double>) -> Bool {
    let reach = 1e-6 * cells.edge
    func isOn(_ place: Double, _ size: Double, _ along: Double, _ across: Double) -> Bool {
      (abs(place) < reach || abs(place - size) < reach) && across < 1e-6 * abs(along)
    }
    let (size, n) = (grid.size, normal)
    return !grid.periodic.x && isOn(foot.x, size.x, n.x, abs(n.y) + abs(n.z))
      || !grid.periodic.y && isOn(foot.y, size.y, n.y, abs(n.x) + abs(n.z))
      || grid.dimension == 3 && isOn(foot.z, size.z, n.z, abs(n.x) + abs(n.y))
  }

  /// A body's surface in an element, where the others leave material.
  private func addSurface(
    of shape: Shape, _ others: Region, _ element: (x: Int, y: Int, z: Int),
    _ start: Directions<Double>
  ) {
    let isPlane = grid.dimension == 2
    let (e, h) = (cells.edges, grid.spacing)
    let volume = e.x * e.y * (isPlane ? h.z : e.z)
    let delta = 0.05 * cells.edge
    for c in 0..<cells.counts.z {
      for b in 0..<cells.counts.y {
        for a in 0..<cells.counts.x {
          let at = Directions(
            start.x + (Double(a) + 0.5) * e.x, start.y + (Double(b) + 0.5) * e.y,
            start.z + (Double(c) + 0.5) * e.z)
          let distance = shape.distance(at)
          // Half a cell's diagonal, and some: the first-order distance of an ellipsoid has a slope
          // that is not one.
          guard abs(distance) < 1.5 * cells.edge else { continue }
          func slope(_ dx: Double, _ dy: Double, _ dz: Double) -> Double {
            let high = shape.distance(Directions(at.x + dx, at.y + dy, at.z + dz))
            let low = shape.distance(Directions(at.x - dx, at.y - dy, at.z - dz))
            return (high - low) / (2 * delta)
          }
          let g = Directions(
            slope(delta, 0, 0), slope(0, delta, 0), isPlane ? 0 : slope(0, 0, delta))
          let square = g.x * g.x + g.y * g.y + g.z * g.z
          guard square > 1e-6 else { continue }
          let widths = [abs(g.x) * e.x, abs(g.y) * e.y] + (isPlane ? [] : [abs(g.z) * e.z])
          let area = volume * square.squareRoot() * CellSection(widths).density(distance)
          guard area > 0 else { continue }
          let foot = Directions(
            at.x - distance * g.x / square, at.y - distance * g.y / square,
            at.z - distance * g.z / square)
          let cover = max(0, min(1, 0.5 + others.distance(foot) / cells.edge))
          // Of a surface on a side of the box the cells beyond it would have the other half.
          let whole = isOnSide(foot, g) ? 2.0 : 1
          func share(_ place: Double, _ from: Double, _ edge: Double) -> Double {
            max(0, min(1, (place - from) / edge))
          }
          add(
            area * cover * whole, element,
            at: Directions(
              share(foot.x, start.x, h.x), share(foot.y, start.y, h.y),
              isPlane ? 0.5 : share(foot.z, start.z, h.z)))
        }
      }
    }
  }
}
