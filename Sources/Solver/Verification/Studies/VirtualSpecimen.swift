// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Images
import Inversion
public import Parallel
public import Physics

/// A virtual particle that no inversion can have been tuned on: meshed along its own outline (never
/// from the pixels), with a composition given as a function.
///
/// The mesh is a lattice of n × n cells, each four six-node triangles; the law is
/// evaluated at the quadrature points. Every rank solves the whole for itself and samples the
/// pixels it holds: specimens are for verification and stay small.
public struct VirtualSpecimen {
  /// The particle's shape.
  public enum Outline: Sendable {
    /// The platelet's diamond, its diagonals along a and c.
    case rhombus
    /// A rectangle along a and c, an outline that whole pixels can follow.
    case rectangle
  }

  /// Half the extent along a and along c [nm].
  public let halfA, halfC: Double
  private let outline: Outline
  private let cells: Int
  private let composition: (Double, Double) -> Double
  private let displacement: [Double]
  private let corners: [[(a: Double, c: Double)]]

  /// Solves the mechanical problem.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - halfA: half the extent along a [nm].
  ///   - halfC: half the extent along c [nm].
  ///   - outline: the shape.
  ///   - cells: n; the side of a cell should be well below the interface width.
  ///   - thickness: relative, at (a, c) in nm from the centre.
  ///   - composition: X at (a, c) in nm from the centre.
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  public init(
    halfA: Double, halfC: Double, outline: Outline = .rhombus, cells: Int, law: EigenstrainLaw,
    stiffness: PlaneStressStiffness, communicator: Communicator,
    thickness: ((Double, Double) -> Double)? = nil,
    composition: @escaping (Double, Double) -> Double
  ) throws(ParallelError) {
    self.halfA = halfA
    self.halfC = halfC
    self.cells = cells
    self.composition = composition
    // The cell's corners relative to its first one: the lattice vectors run along two sides.
    let (u, v) =
      switch outline {
      case .rhombus:
        (
          (a: halfA / Double(cells), c: -halfC / Double(cells)),
          (a: halfA / Double(cells), c: halfC / Double(cells))
        )
      case .rectangle:
        ((a: 2 * halfA / Double(cells), c: 0), (a: 0, c: 2 * halfC / Double(cells)))
      }
    self.outline = outline
    let first = (a: -halfA, c: outline == .rhombus ? 0 : -halfC)
    let cell = [(a: 0.0, c: 0.0), u, (a: u.a + v.a, c: u.c + v.c), v]
    let middle = (a: (u.a + v.a) / 2, c: (u.c + v.c) / 2)
    corners = (0..<4).map { [cell[$0], cell[($0 + 1) % 4], middle] }
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    displacement = try Self.solve(
      cells: cells, corners: corners, stiffness: stiffness, communicator: alone,
      thickness: { a, c in thickness?(a + first.a, c + first.c) ?? 1 }
    ) { a, c in law.strain(at: composition(a + first.a, c + first.c)) }
  }

  /// The lattice point (p, q) / 4 of node k of triangle t, in quarters of a cell.
  private static let places: [[(Int, Int)]] = {
    let corner = [(0, 0), (4, 0), (4, 4), (0, 4)]
    return (0..<4).map { t in
      let (p, q, m) = (corner[t], corner[(t + 1) % 4], (2, 2))
      func half(_ x: (Int, Int), _ y: (Int, Int)) -> (Int, Int) {
        ((x.0 + y.0) / 2, (x.1 + y.1) / 2)
      }
      return [p, q, m, half(p, q), half(q, m), half(m, p)]
    }
  }()

  /// The number of a node at quarters (p, q) of the whole lattice; unused numbers stay free.
  private static func node(_ p: Int, _ q: Int, _ cells: Int) -> Int {
    // Quarters with an odd coordinate are half-diagonals: both are odd, and shifted by halves.
    p % 2 == 0
      ? (p / 2) * (2 * cells + 1) + q / 2
      : (2 * cells + 1) * (2 * cells + 1) + (p / 2) * (2 * cells) + q / 2
  }

  private static func solve(
    cells: Int, corners: [[(a: Double, c: Double)]], stiffness: PlaneStressStiffness,
    communicator: Communicator, thickness: (Double, Double) -> Double,
    eigenstrain: (Double, Double) -> SymmetricTensor2
  ) throws(ParallelError) -> [Double] {
    let nodes = (2 * cells + 1) * (2 * cells + 1) + 4 * cells * cells
    let matrix = try Matrix(
      blockRows: nodes, storage: .symmetricBlocks(2),
      diagonalBlocks: [Int](repeating: 25, count: nodes),
      offDiagonalBlocks: [Int](repeating: 0, count: nodes), communicator: communicator)
    let right = try DenseColumns(
      localRows: 2 * nodes, columnCount: 1, communicator: communicator)
    let solution = try DenseColumns(
      localRows: 2 * nodes, columnCount: 1, communicator: communicator)
    let elements = corners.map { Element($0, stiffness) }
    // Three pins choose the rigid motion: the tips along a, and across it at the far one.
    let pins = Set([
      0, 1, 2 * node(4 * cells, 4 * cells, cells) + 1,
    ])
    let origin = (u: corners[0][1], v: corners[2][1])
    var loads = [Double](repeating: 0, count: 2 * nodes)
    for p in 0..<cells {
      for q in 0..<cells {
        let base = (
          a: Double(p) * origin.u.a + Double(q) * origin.v.a,
          c: Double(p) * origin.u.c + Double(q) * origin.v.c
        )
        for (t, element) in elements.enumerated() {
          let numbers = places[t].map { node(4 * p + $0.0, 4 * q + $0.1, cells) }
          let depth = element.points.reduce(0) {
            $0 + thickness(base.a + $1.a, base.c + $1.c) / Double(element.points.count)
          }
          var entries = element.stiffness.map { depth * $0 }
          for row in 0..<12 {
            for column in 0..<12 {
              let held =
                pins.contains(2 * numbers[row / 2] + row % 2)
                || pins.contains(2 * numbers[column / 2] + column % 2)
              if held && row != column { entries[12 * row + column] = 0 }
            }
          }
          try matrix.addBlocks(
            rows: numbers.span, columns: numbers.span, values: entries.span)
          for point in element.points {
            let strain = eigenstrain(base.a + point.a, base.c + point.c)
            let stress = stiffness.stress(ofElasticStrain: depth * strain)
            for k in 0..<6 {
              loads[2 * numbers[k]] +=
                point.weight * (stress.aa * point.alongA[k] + stress.ac * point.alongC[k])
              loads[2 * numbers[k] + 1] +=
                point.weight * (stress.ac * point.alongA[k] + stress.cc * point.alongC[k])
            }
          }
        }
      }
    }
    try matrix.assemble()
    try right.withLocal { (local) throws(ParallelError) in
      for index in loads.indices { local[index] = pins.contains(index) ? 0 : loads[index] }
    }
    let solver = try LinearSolver(matrix, method: .direct, prefix: "specimen_")
    try solver.solve(matrix, right, into: solution)
    return try solution.withLocal { (local) throws(ParallelError) in
      var values = [Double](repeating: 0, count: local.count)
      for index in values.indices { values[index] = local[index] }
      return values
    }
  }

  /// A triangle of the cell with its stiffness and its quadrature points.
  private struct Element {
    let stiffness: [Double]
    let points: [(a: Double, c: Double, weight: Double, alongA: [Double], alongC: [Double])]

    init(_ corners: [(a: Double, c: Double)], _ material: PlaneStressStiffness) {
      var matrix = [Double](repeating: 0, count: 144)
      var points: [(a: Double, c: Double, weight: Double, alongA: [Double], alongC: [Double])] = []
      for point in QuadraticTriangle.quadrature {
        let (alongA, alongC, area) = QuadraticTriangle.gradient(
          corners: corners, point.l0, point.l1, point.l2)
        let weight = point.weight * area
        let l = [point.l0, point.l1, point.l2]
        points.append(
          (
            zip(l, corners).reduce(0) { $0 + $1.0 * $1.1.a },
            zip(l, corners).reduce(0) { $0 + $1.0 * $1.1.c }, weight, alongA, alongC
          ))
        for p in 0..<6 {
          for (direction, strain) in [
            SymmetricTensor2(aa: alongA[p], cc: 0, ac: alongC[p] / 2),
            SymmetricTensor2(aa: 0, cc: alongC[p], ac: alongA[p] / 2),
          ].enumerated() {
            let stress = material.stress(ofElasticStrain: strain)
            for q in 0..<6 {
              let row = 12 * (2 * p + direction)
              matrix[row + 2 * q] += weight * (stress.aa * alongA[q] + stress.ac * alongC[q])
              matrix[row + 2 * q + 1] += weight * (stress.ac * alongA[q] + stress.cc * alongC[q])
            }
          }
        }
      }
      stiffness = matrix
      self.points = points
    }
  }

  /// Displacement [nm] and its gradient at (a, c) from the centre, or nil outside.
  public func sample(
    _ a: Double, _ c: Double
  ) -> (a: Double, c: Double, aa: Double, cc: Double, ac: Double, ca: Double)? {
    let (u, v) = (corners[0][1], corners[2][1])
    let determinant = u.a * v.c - v.a * u.c
    let (x0, y0) = (a + halfA, outline == .rhombus ? c : c + halfC)
    let s = (x0 * v.c - v.a * y0) / determinant
    let t = (u.a * y0 - x0 * u.c) / determinant
    guard s >= 0, t >= 0, s < Double(cells), t < Double(cells) else { return nil }
    let (p, q) = (Int(s), Int(t))
    let (x, y) = (s - Double(p), t - Double(q))
    // Which of the four triangles: below or above the two diagonals of the cell.
    let triangle = y < x ? (x + y < 1 ? 0 : 1) : (x + y < 1 ? 3 : 2)
    let places = Self.places[triangle]
    let corner = places[..<3].map { (Double($0.0) / 4, Double($0.1) / 4) }
    let area =
      (corner[1].0 - corner[0].0) * (corner[2].1 - corner[0].1)
      - (corner[2].0 - corner[0].0) * (corner[1].1 - corner[0].1)
    let l1 =
      ((x - corner[0].0) * (corner[2].1 - corner[0].1)
        - (corner[2].0 - corner[0].0) * (y - corner[0].1)) / area
    let l2 =
      ((corner[1].0 - corner[0].0) * (y - corner[0].1)
        - (x - corner[0].0) * (corner[1].1 - corner[0].1)) / area
    let shape = QuadraticTriangle.shape(1 - l1 - l2, l1, l2)
    let (alongA, alongC, _) = QuadraticTriangle.gradient(
      corners: corners[triangle], 1 - l1 - l2, l1, l2)
    var result = (a: 0.0, c: 0.0, aa: 0.0, cc: 0.0, ac: 0.0, ca: 0.0)
    for k in 0..<6 {
      let number = Self.node(4 * p + places[k].0, 4 * q + places[k].1, cells)
      let (ua, uc) = (displacement[2 * number], displacement[2 * number + 1])
      result.a += shape[k] * ua
      result.c += shape[k] * uc
      result.aa += alongA[k] * ua
      result.cc += alongC[k] * uc
      result.ac += alongC[k] * ua
      result.ca += alongA[k] * uc
    }
    return result
  }

  /// The specimen seen on square pixels, noise-free.
  ///
  /// Collective.
  ///
  /// - Returns: the image, and the true displacement along a and c on held pixels [nm].
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  public func image(
    name: String, pixelSize: Double, role: ParticleImage.Role, communicator: Communicator
  ) throws(ParallelError) -> (image: ParticleImage, displacement: (a: [Double], c: [Double])) {
    // A rectangle is covered by whole pixels where its extents are whole numbers of them.
    let margin = outline == .rhombus ? 2 : 0
    let columns = Int((2 * halfA / pixelSize - 1e-6).rounded(.up)) + margin
    let rows = Int((2 * halfC / pixelSize - 1e-6).rounded(.up)) + margin
    // An odd fraction of a pixel, so that a tip does not meet a centre.
    let offset = outline == .rhombus ? (a: 0.463, c: 0.541) : (a: 0.5, c: 0.5)
    func centre(_ i: Int, _ j: Int) -> (a: Double, c: Double) {
      (
        (Double(i) - Double(columns) / 2 + offset.a) * pixelSize,
        (Double(j) - Double(rows) / 2 + offset.c) * pixelSize
      )
    }
    func isInside(_ i: Int, _ j: Int) -> Bool {
      let (a, c) = centre(i, j)
      return outline == .rhombus
        ? abs(a) / halfA + abs(c) / halfC < 1 : abs(a) < halfA && abs(c) < halfC
    }
    let lines = columns >= rows ? columns : rows
    let perLine = (0..<lines).map { line in
      (0..<(columns >= rows ? rows : columns)).filter { position in
        columns >= rows ? isInside(line, position) : isInside(position, line)
      }.count
    }
    let layout = ImageLayout.balanced(
      rows: rows, columns: columns, pixelsPerLine: perLine, rank: communicator.rank,
      size: communicator.size)
    var mask = [Bool](repeating: false, count: layout.cellCount)
    var fields = [[Double]](
      repeating: [Double](repeating: .nan, count: layout.cellCount), count: 7)
    for cell in mask.indices {
      let (i, j) = layout.indices(cell)
      let (a, c) = centre(i, j)
      guard isInside(i, j), let value = sample(a, c) else { continue }
      mask[cell] = true
      let row = [
        composition(a, c), value.aa, value.cc, (value.ac + value.ca) / 2,
        (value.ca - value.ac) / 2, value.a, value.c,
      ]
      for (index, number) in row.enumerated() { fields[index][cell] = number }
    }
    let image = try ParticleImage(
      name: name, file: "virtual", pixelSize: pixelSize,
      origin: [centre(0, 0).a, centre(0, 0).c], role: role, layout: layout, mask: mask,
      channels: [
        .composition: fields[0], .strainAA: fields[1], .strainCC: fields[2],
        .strainAC: fields[3], .rotation: fields[4],
      ], communicator: communicator)
    return (image, (fields[5], fields[6]))
  }
}

extension VirtualSpecimen {
  /// Lamellae of period `period` whose normal lies at `angle` radian from a, with interfaces of
  /// 15–85 % width `width`, all in nm.
  public static func lamellae(
    period: Double, width: Double, angle: Double, phase: Double = 0
  ) -> (Double, Double) -> Double {
    { a, c in
      let s = a * cos(angle) + c * sin(angle)
      let wave = sin(2 * .pi * s / period + phase) * period / (2 * .pi)
      // tanh goes from −0.7 to 0.7 over 1.7346 of its scale.
      return 0.5 + 0.5 * tanh(1.7346 * wave / width)
    }
  }
}
