// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField

/// The area of surfaces on a grid against closed forms: collective, on 1, 2 and 3 ranks.
final class SurfaceAreaTests: XCTestCase {
  private func areas(
    _ parts: [SurfacePart], _ elements: Directions<Int> = Directions(24, 16, 12),
    outline: Shape? = nil, voids: [Shape] = [], periodic: (x: Bool, y: Bool) = (false, false)
  ) throws -> (areas: SurfaceAreas, grid: StructuredGrid) {
    var setup = SimulationSetup(
      size: Directions(120, 80, 60), elements: elements, outline: outline, voids: voids,
      periodic: periodic, model: .lithiumIronPhosphate(elastic: false), start: .front(at: 60))
    setup.opening = SurfaceOpening(parts, .prescribed(referenceVoltage: 3.42), .current(0))
    let prepared = try setup.prepared(TestSession.communicator)
    return (try XCTUnwrap(prepared.areas), prepared.grid)
  }

  private func total(
    _ parts: [SurfacePart], _ elements: Directions<Int> = Directions(24, 16, 12),
    outline: Shape? = nil, voids: [Shape] = [], periodic: (x: Bool, y: Bool) = (false, false)
  ) throws -> Double {
    try areas(parts, elements, outline: outline, voids: voids, periodic: periodic)
      .areas.totals.reduce(0, +)
  }

  func testSectionsOfACubeHaveTheirArea() {
    // Through the middle, across a space diagonal: a regular hexagon of side 1/√2.
    let hexagon = CellSection([1, 1, 1]).density(0) * 3.0.squareRoot()
    XCTAssertEqual(hexagon, 1.5 * 3.0.squareRoot() / 2, accuracy: 1e-12)
    // Across a face diagonal of a square, and along an axis.
    XCTAssertEqual(
      CellSection([1, 1]).density(0) * 2.0.squareRoot(), 2.0.squareRoot(), accuracy: 1e-12)
    // The smaller widths are a thousandth.
    XCTAssertEqual(CellSection([1, 0, 0]).density(0.3), 1, accuracy: 1e-9)
    XCTAssertEqual(CellSection([1, 0, 0]).density(0.6), 0)
    // A plane cuts a cube as it cuts its parts.
    let (g, count) = (Directions(0.3, -0.7, 0.4), 5)
    var sum = 0.0
    for number in 0..<count * count * count {
      func middle(_ index: Int) -> Double { (Double(index) + 0.5) / Double(count) - 0.5 }
      let distance =
        0.11 + g.x * middle(number % count) + g.y * middle(number / count % count)
        + g.z * middle(number / (count * count))
      let widths = [abs(g.x), abs(g.y), abs(g.z)].map { $0 / Double(count) }
      sum += CellSection(widths).density(distance) / Double(count * count * count)
    }
    XCTAssertEqual(
      sum, CellSection([0.3, 0.7, 0.4]).density(0.11), accuracy: 1e-12)
  }

  func testSpheresAndCylindersHaveTheirArea() throws {
    let centre = Directions(57.3, 41.1, 29.2)
    let sphere = Shape.sphere(centre: centre, radius: 18)
    let area = 4 * Double.pi * 18 * 18
    for elements in [Directions(24, 16, 12), Directions(32, 40, 8)] {
      let (found, grid) = try areas([.void], elements, voids: [sphere])
      XCTAssertEqual(found.totals[0], area, accuracy: 2e-3 * area)
      // Linear functions are integrated as they are: the mean place is the centre.
      var moments = [0.0, 0, 0]
      for k in 0..<grid.layout.z {
        for j in 0..<grid.layout.y {
          for i in 0..<grid.layout.x {
            let (share, at) = (found.areas[0][grid.layout.index(i, j, k)], grid.position(i, j, k))
            for (axis, place) in [at.x, at.y, at.z].enumerated() { moments[axis] += share * place }
          }
        }
      }
      try TestSession.communicator.reduce(&moments, .sum)
      for (moment, place) in zip(moments, [centre.x, centre.y, centre.z]) {
        XCTAssertEqual(moment / found.totals[0], place, accuracy: 0.02)
      }
    }
    let round = 2 * Double.pi * 18
    let cylinder = Shape.cylinder(a: 57.3, c: 41.1, radius: 18)
    XCTAssertEqual(try total([.void], voids: [cylinder]), round * 60, accuracy: 2e-3 * round * 60)
    XCTAssertEqual(
      try total([.void], Directions(48, 32, 0), voids: [sphere]), round * 60,
      accuracy: 2e-3 * round * 60)
    let disc = Shape.ellipsoid(
      centre: Directions(60, 40, 0), radii: Directions(30, 30, .infinity))
    XCTAssertEqual(
      try total([.outline], Directions(48, 32, 0), outline: disc), 60 * Double.pi * 60,
      accuracy: 2e-3 * 60 * Double.pi * 60)
  }

  func testTiltedPlanesHaveTheirArea() throws {
    let corners = [SIMD2(10.0, 8), SIMD2(95, 17), SIMD2(110, 70), SIMD2(60, 40), SIMD2(20, 66)]
    let diamond = Polygon.diamond(centre: SIMD2(60, 40), extents: SIMD2(110, 50))
    let square = Polygon.diamond(centre: SIMD2(60, 40), extents: SIMD2(70, 70))
    let box = Polygon([SIMD2(0, 0), SIMD2(120, 0), SIMD2(120, 80), SIMD2(0, 80)])
    // A cell cuts off a right corner: half a nanometre of each here, twice that on a side of the box.
    for (polygon, error) in [
      (Polygon(corners), 5e-3), (diamond, 5e-3), (square, 5e-3), (box, 1.5e-2),
    ] {
      let around = zip(polygon.points, polygon.points.dropFirst() + polygon.points.prefix(1))
        .map { (($0 - $1) * ($0 - $1)).sum().squareRoot() }.reduce(0, +)
      for elements in [Directions(48, 32, 0), Directions(24, 16, 12)] {
        XCTAssertEqual(
          try total([.outline], elements, outline: .prism(polygon)), around * 60,
          accuracy: error * around * 60)
      }
    }
  }

  func testWhatOthersCoverIsNoSurface() throws {
    let sphere = Shape.sphere(centre: Directions(57, 41, 29), radius: 18)
    let alone = try total([.void], voids: [sphere])
    let inner = Shape.box(centre: Directions(57, 41, 29), size: Directions(10, 10, 10))
    XCTAssertEqual(try total([.void], voids: [sphere, inner]), alone, accuracy: 1e-9 * alone)
    XCTAssertEqual(try total([.void], voids: [sphere, sphere]), alone, accuracy: 1e-9 * alone)
    // Two spheres that meet, less the two caps.
    let other = Shape.sphere(centre: Directions(77, 41, 29), radius: 18)
    let both = 2 * (4 * Double.pi * 18 * 18 - 2 * Double.pi * 18 * (18 - 10))
    XCTAssertEqual(try total([.void], voids: [sphere, other]), both, accuracy: 1e-2 * both)
    // Half of one that an outline cuts.
    let half = Shape.prism(Polygon([SIMD2(57, 2), SIMD2(118, 2), SIMD2(118, 78), SIMD2(57, 78)]))
    XCTAssertEqual(
      try total([.void], outline: half, voids: [sphere]), alone / 2, accuracy: 1e-2 * alone)
    let around = (2 * 61 + 2 * 76.0) * 60 - Double.pi * 18 * 18
    XCTAssertEqual(
      try total([.outline], outline: half, voids: [sphere]), around, accuracy: 1.2e-2 * around)
    let corner = Shape.sphere(centre: Directions(0, 0, 30), radius: 18)
    XCTAssertEqual(
      try total([.void], voids: [corner], periodic: (true, true)), alone, accuracy: 5e-3 * alone)
  }

  func testSidesCountByTheirMaterial() throws {
    let sides: [(SurfacePart, Double)] = [
      (.lowA, 80 * 60), (.highA, 80 * 60), (.lowC, 120 * 60), (.highC, 120 * 60),
      (.lowB, 120 * 80), (.highB, 120 * 80),
    ]
    for elements in [Directions(24, 16, 12), Directions(24, 16, 0)] {
      let found = try areas(sides.map(\.0), elements).areas.totals
      for (area, side) in zip(found, sides) {
        XCTAssertEqual(area, side.1, accuracy: 1e-9 * side.1, side.0.rawValue)
      }
    }
    // A bore through the middle.
    let bore = Shape.cylinder(a: 60, c: 40, radius: 20)
    let open = 120 * 80 - Double.pi * 400
    XCTAssertEqual(
      try total([.lowB], voids: [bore]), open, accuracy: 1e-3 * open)
  }

  func testWhatIsNotThereIsRefused() throws {
    for (parts, words) in [
      ([SurfacePart.void], "void"), ([.outline], "outline"),
    ] {
      XCTAssertThrowsError(try areas(parts)) { error in
        XCTAssert("\(error)".contains(words), "\(error)")
      }
    }
    XCTAssertThrowsError(try areas([.lowA], periodic: (true, false)))
    let small = Shape.prism(.diamond(centre: SIMD2(60, 40), extents: SIMD2(60, 50)))
    XCTAssertThrowsError(try areas([.highA], outline: small)) { error in
      XCTAssert("\(error)".contains("no material"), "\(error)")
    }
  }
}
