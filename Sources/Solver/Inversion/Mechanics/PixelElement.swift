// SPDX-License-Identifier: Apache-2.0

import Numerics
public import Physics

/// A pixel as four six-node triangles, seen from its boundary.
///
/// The side is 1 and displacements are in units of it, so that one element serves every pixel of
/// every particle. Nodes 0–3 are the corners counter-clockwise from (−a, −c), 4–7 the midpoints of
/// the edges from bottom counter-clockwise, 8 the centre, 9–12 the midpoints between centre and
/// corners. Unknown 2k is node k along a, 2k+1 along c. The ten unknowns inside (nodes 8–12) touch
/// no other pixel and are eliminated exactly: the sixteen on the boundary remain.
public struct PixelElement: Sendable {
  /// Boundary unknowns.
  public static let boundaryCount = 16
  /// All unknowns.
  public static let fullCount = 26

  /// (a, c) of the nodes.
  public static let nodes: [(a: Double, c: Double)] = [
    (-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5),
    (0, -0.5), (0.5, 0), (0, 0.5), (-0.5, 0),
    (0, 0), (-0.25, -0.25), (0.25, -0.25), (0.25, 0.25), (-0.25, 0.25),
  ]
  /// The nodes of the four triangles: symmetric under mirrors of a and of c, so that a mirrored
  /// image gives mirrored strains.
  public static let triangles: [[Int]] = [
    [0, 1, 8, 4, 10, 9], [1, 2, 8, 5, 11, 10], [2, 3, 8, 6, 12, 11], [3, 0, 8, 7, 9, 12],
  ]

  /// The condensed stiffness, 16 × 16, row by row [eV/nm³].
  public let stiffness: [Double]
  /// The full stiffness, 26 × 26, row by row [eV/nm³].
  public let fullStiffness: [Double]
  /// Pixel means of ∂u_a/∂a, ∂u_c/∂c, ∂u_a/∂c, ∂u_c/∂a as four rows over the boundary unknowns.
  public let meanGradient: [Double]
  /// (a, c) of the quadrature points, six in each triangle.
  public let points: [(a: Double, c: Double)]
  /// The condensed load of a unit eigenstrain along a (then along c) at each quadrature point, its
  /// weight included: 2 × points rows of 16 [eV/nm³].
  public let load: [Double]
  /// What such a unit eigenstrain adds to the displacement of the centre, beyond what the boundary
  /// tells: 2 × points rows of (a, c).
  public let centreLoad: [Double]
  /// The inner unknowns as ten rows over the boundary unknowns (without load inside).
  public let recovery: [Double]
  private let innerInverse: [Double]

  /// Builds the element of a plane-stress stiffness.
  public init(_ material: PlaneStressStiffness) {
    let full = Self.assemble(material)
    let (boundary, inner) = (Self.boundaryCount, Self.fullCount - Self.boundaryCount)
    func entry(_ row: Int, _ column: Int) -> Double { full[row * Self.fullCount + column] }
    var innerMatrix = [Double](repeating: 0, count: inner * inner)
    for row in 0..<inner {
      for column in 0..<inner {
        innerMatrix[row * inner + column] = entry(boundary + row, boundary + column)
      }
    }
    let inverse = Self.inverse(innerMatrix, count: inner)
    var recovery = [Double](repeating: 0, count: inner * boundary)
    for column in 0..<boundary {
      for row in 0..<inner {
        for node in 0..<inner {
          recovery[row * boundary + column] -=
            inverse[row * inner + node] * entry(boundary + node, column)
        }
      }
    }
    var condensed = [Double](repeating: 0, count: boundary * boundary)
    for row in 0..<boundary {
      for column in 0..<boundary {
        var sum = entry(row, column)
        for node in 0..<inner {
          sum += entry(row, boundary + node) * recovery[node * boundary + column]
        }
        condensed[row * boundary + column] = sum
      }
    }
    // Rounding must not make the matrix unsymmetric.
    for row in 0..<boundary {
      for column in 0..<row {
        let mean = (condensed[row * boundary + column] + condensed[column * boundary + row]) / 2
        condensed[row * boundary + column] = mean
        condensed[column * boundary + row] = mean
      }
    }
    stiffness = condensed
    fullStiffness = full
    self.recovery = recovery
    innerInverse = inverse
    meanGradient = Self.assembleMeanGradient()
    let (points, fullLoads) = Self.pointLoads(material)
    self.points = points
    var load: [Double] = []
    var centre: [Double] = []
    for full in fullLoads {
      for row in 0..<boundary {
        var sum = full[row]
        for node in 0..<inner { sum += recovery[node * boundary + row] * full[boundary + node] }
        load.append(sum)
      }
      for row in 0..<2 {
        var sum = 0.0
        for node in 0..<inner { sum += inverse[row * inner + node] * full[boundary + node] }
        centre.append(sum)
      }
    }
    self.load = load
    centreLoad = centre
  }

  /// BᵀC of a unit eigenstrain at each quadrature point, weighted: rows of 26, along a first.
  private static func pointLoads(
    _ material: PlaneStressStiffness
  ) -> (points: [(a: Double, c: Double)], loads: [[Double]]) {
    var points: [(a: Double, c: Double)] = []
    var rows: [[Double]] = []
    let units = [
      SymmetricTensor2(aa: 1, cc: 0, ac: 0), SymmetricTensor2(aa: 0, cc: 1, ac: 0),
    ]
    for unit in units {
      let stress = material.stress(ofElasticStrain: unit)
      for triangle in triangles {
        let corners = triangle[..<3].map { nodes[$0] }
        for point in QuadraticTriangle.quadrature {
          let (alongA, alongC, area) = QuadraticTriangle.gradient(
            corners: corners, point.l0, point.l1, point.l2)
          var row = [Double](repeating: 0, count: fullCount)
          for (k, node) in triangle.enumerated() {
            let weight = point.weight * area
            row[2 * node] = weight * (stress.aa * alongA[k] + stress.ac * alongC[k])
            row[2 * node + 1] = weight * (stress.ac * alongA[k] + stress.cc * alongC[k])
          }
          rows.append(row)
          guard rows.count <= 4 * QuadraticTriangle.quadrature.count else { continue }
          let l = [point.l0, point.l1, point.l2]
          points.append(
            (
              zip(l, corners).reduce(0) { $0 + $1.0 * $1.1.a },
              zip(l, corners).reduce(0) { $0 + $1.0 * $1.1.c }
            ))
        }
      }
    }
    return (points, rows)
  }

  /// Moves a load on all 26 unknowns to the boundary.
  public func condensed(load: [Double]) -> [Double] {
    let (boundary, inner) = (Self.boundaryCount, Self.fullCount - Self.boundaryCount)
    var moved = Array(load[..<boundary])
    for node in 0..<inner {
      for unknown in 0..<boundary {
        moved[unknown] += recovery[node * boundary + unknown] * load[boundary + node]
      }
    }
    return moved
  }

  /// All 26 unknowns from those on the boundary and the load inside.
  public func recovered(boundary: [Double], load: [Double]) -> [Double] {
    let (count, inner) = (Self.boundaryCount, Self.fullCount - Self.boundaryCount)
    var all = boundary + [Double](repeating: 0, count: inner)
    for row in 0..<inner {
      for node in 0..<inner {
        all[count + row] += innerInverse[row * inner + node] * load[count + node]
      }
      for unknown in 0..<count {
        all[count + row] += recovery[row * count + unknown] * boundary[unknown]
      }
    }
    return all
  }

  /// The inverse of the positive definite matrix of the inner unknowns.
  private static func inverse(_ matrix: [Double], count: Int) -> [Double] {
    do {
      return try NormalEquations(
        matrix: matrix, rightSide: [Double](repeating: 0, count: count)
      ).solve().inverse
    } catch {
      preconditionFailure("the stiffness must be positive definite before an element is built")
    }
  }

  /// The integral of BᵀCB over the four triangles.
  private static func assemble(_ material: PlaneStressStiffness) -> [Double] {
    var matrix = [Double](repeating: 0, count: fullCount * fullCount)
    for triangle in triangles {
      let corners = triangle[..<3].map { nodes[$0] }
      for point in QuadraticTriangle.quadrature {
        let (alongA, alongC, area) = QuadraticTriangle.gradient(
          corners: corners, point.l0, point.l1, point.l2)
        let weight = point.weight * area
        for (p, first) in triangle.enumerated() {
          // The stress of a unit of unknown 2p and 2p+1, contracted with the strain of q.
          for (direction, strain) in [
            SymmetricTensor2(aa: alongA[p], cc: 0, ac: alongC[p] / 2),
            SymmetricTensor2(aa: 0, cc: alongC[p], ac: alongA[p] / 2),
          ].enumerated() {
            let stress = material.stress(ofElasticStrain: strain)
            let row = (2 * first + direction) * fullCount
            for (q, second) in triangle.enumerated() {
              matrix[row + 2 * second] +=
                weight * (stress.aa * alongA[q] + stress.ac * alongC[q])
              matrix[row + 2 * second + 1] +=
                weight * (stress.ac * alongA[q] + stress.cc * alongC[q])
            }
          }
        }
      }
    }
    return matrix
  }

  /// The boundary integral ∮ N n ds, by Simpson's rule on each edge.
  private static func assembleMeanGradient() -> [Double] {
    var rows = [Double](repeating: 0, count: 4 * boundaryCount)
    let normals = [(a: 0.0, c: -1.0), (a: 1.0, c: 0.0), (a: 0.0, c: 1.0), (a: -1.0, c: 0.0)]
    for (edge, normal) in normals.enumerated() {
      for (node, weight) in [(edge, 1.0 / 6), (4 + edge, 4.0 / 6), ((edge + 1) % 4, 1.0 / 6)] {
        rows[2 * node] += weight * normal.a
        rows[boundaryCount + 2 * node + 1] += weight * normal.c
        rows[2 * boundaryCount + 2 * node] += weight * normal.c
        rows[3 * boundaryCount + 2 * node + 1] += weight * normal.a
      }
    }
    return rows
  }
}
