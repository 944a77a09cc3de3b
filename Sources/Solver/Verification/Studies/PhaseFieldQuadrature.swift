// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField

/// Trilinear elements taken point by point: an oracle that shares nothing with the modal kernels.
struct ElementQuadrature {
  /// One point of an element.
  struct Point {
    /// Place in the element, 0…1 along x, y, z; z is 0 in two dimensions.
    let place: Directions<Double>
    /// Share of the element's volume.
    let weight: Double
    /// Values of the eight shape functions, bit 0 of the number is the upper side in x, bit 1 in y.
    let shape: [Double]
    /// Their gradients in 1/nm.
    let slope: [Directions<Double>]
  }

  let grid: StructuredGrid
  /// The points of every element.
  let points: [Point]
  /// From an element's place to its nodes.
  let nodes: [Int]

  /// Gauss points, 1 to 4 along each direction.
  init(_ grid: StructuredGrid, points count: Int) {
    let abscissae: [[(Double, Double)]] = [
      [(0, 2)], [(-0.5773502691896257, 1), (0.5773502691896257, 1)],
      [(-0.7745966692414834, 5.0 / 9), (0, 8.0 / 9), (0.7745966692414834, 5.0 / 9)],
      [
        (-0.8611363115940526, 0.3478548451374538), (-0.3399810435848563, 0.6521451548625461),
        (0.3399810435848563, 0.6521451548625461), (0.8611363115940526, 0.3478548451374538),
      ],
    ]
    let line = abscissae[count - 1].map { (0.5 + $0.0 / 2, $0.1 / 2) }
    let isPlane = grid.dimension == 2
    var points: [Point] = []
    for z in isPlane ? [(0, 1)] : line {
      for y in line {
        for x in line {
          points.append(
            ElementQuadrature.point(
              Directions(x.0, y.0, z.0), x.1 * y.1 * z.1, grid.spacing, isPlane: isPlane))
        }
      }
    }
    let layout = grid.layout
    self.grid = grid
    self.points = points
    nodes = (0..<8).map { ($0 & 1) + ($0 & 2) / 2 * layout.line + ($0 & 4) / 4 * layout.up }
  }

  private static func point(
    _ place: Directions<Double>, _ weight: Double, _ h: Directions<Double>, isPlane: Bool
  ) -> Point {
    func factor(_ node: Int, _ bit: Int, _ at: Double) -> Double { node & bit == 0 ? 1 - at : at }
    func sign(_ node: Int, _ bit: Int) -> Double { node & bit == 0 ? -1 : 1 }
    var shape: [Double] = []
    var slope: [Directions<Double>] = []
    for node in 0..<8 {
      let x = factor(node, 1, place.x)
      let y = factor(node, 2, place.y)
      let z = factor(node, 4, place.z)
      shape.append(x * y * z)
      slope.append(
        Directions(
          sign(node, 1) * y * z / h.x, sign(node, 2) * x * z / h.y,
          isPlane ? 0 : sign(node, 4) * x * y / h.z))
    }
    return Point(place: place, weight: weight, shape: shape, slope: slope)
  }

  /// Visits the elements that touch own nodes: place, position of the lowest node in nm, and
  /// whether the element is this rank's own.
  func forElements(_ body: (Int, Directions<Double>, Bool) -> Void) {
    for k in 0..<grid.layout.elementLayers {
      for j in -1..<grid.own.y.count {
        for i in -1..<grid.own.x.count {
          let (x, y) = (grid.own.x.lowerBound + i, grid.own.y.lowerBound + j)
          let isInside =
            (grid.periodic.x || (0..<grid.elements.x).contains(x))
            && (grid.periodic.y || (0..<grid.elements.y).contains(y))
          guard isInside else { continue }
          body(grid.layout.index(i, j, k), grid.position(i, j, k), i >= 0 && j >= 0)
        }
      }
    }
  }

  /// The value of a field at a point of the element at `place`.
  func value(_ lane: Lane, _ place: Int, _ point: Point) -> Double {
    var sum = 0.0
    for node in 0..<8 { sum += lane[place + nodes[node]] * point.shape[node] }
    return sum
  }

  /// The gradient of a field at a point of the element at `place`.
  func gradient(_ lane: Lane, _ place: Int, _ point: Point) -> Directions<Double> {
    var sum = Directions(0.0, 0, 0)
    for node in 0..<8 {
      let value = lane[place + nodes[node]]
      sum.x += value * point.slope[node].x
      sum.y += value * point.slope[node].y
      sum.z += value * point.slope[node].z
    }
    return sum
  }

  /// Where a point of an element lies, in nm.
  func position(_ corner: Directions<Double>, _ point: Point) -> Directions<Double> {
    let h = grid.spacing
    return Directions(
      corner.x + point.place.x * h.x, corner.y + point.place.y * h.y,
      corner.z + point.place.z * h.z)
  }
}
