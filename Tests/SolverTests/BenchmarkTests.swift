// SPDX-License-Identifier: Apache-2.0

import Parallel
import TestSupport
import XCTest

@testable import PhaseField
@testable import Verification

/// The benchmarks work; how fast is no matter of a test.
///
/// Collective.
final class BenchmarkTests: XCTestCase {
  func testEveryRowIsMeasured() throws {
    let communicator = TestSession.communicator
    var found = Set<String>()
    for benchmark in Benchmarks.all {
      let rows = try benchmark.run(
        BenchmarkOptions(quick: true), communicator, SilentLog())
      for row in rows {
        XCTAssertEqual(row.id, benchmark.id)
        XCTAssert(row.value.isFinite && row.value > 0, row.quantity)
        XCTAssert(row.ratio.isFinite, row.quantity)
        found.insert(row.id)
      }
    }
    let expected = Set(
      ["F1", "F2", "F3", "F5", "F6", "F11"] + (communicator.size > 1 ? ["F7"] : ["F9"]))
    XCTAssertEqual(found, expected)
  }

  func testAssembledOperatorIsTheOneOfTheKernel() throws {
    let communicator = TestSession.communicator
    let grid = StructuredGrid(
      elements: (10, 8, 5), size: Directions(50, 32, 25), communicator: communicator)
    let solid = VolumeFractions(grid) { place in
      let (x, y, z) = (place.x - 20, place.y - 15, place.z - 12)
      return (x * x + y * y + z * z).squareRoot() - 9
    }
    let stiffness = GridStiffness(
      .init(
        in: 1, c11: 3, c22: 4, c33: 5, c44: 0.7, c55: 0.8, c66: 0.9, c12: 1.1, c13: 1.2, c23: 1.3),
      sitesPerVolume: 1)
    let kernel = ElasticKernel(stiffness, grid)
    let assembled = try AssembledElasticity(grid, stiffness, weights: solid.weights)
    let source = Fields(grid.layout, count: 3)
    for (node, place) in assembled.places.enumerated() {
      for axis in 0..<3 { source[axis][place] = Double((7 * node + 3 * axis) % 13) / 13 }
    }
    let count = 3 * assembled.places.count
    let columns = try DenseColumns(localRows: count, columnCount: 1, communicator: communicator)
    let product = try DenseColumns(localRows: count, columnCount: 1, communicator: communicator)
    try assembled.copy(source, into: columns)
    try assembled.matrix.multiply(columns, into: product)
    let target = Fields(grid.layout, count: 3)
    try source.fillGhosts(grid.halo)
    kernel.apply(
      source, from: 0, weights: solid.weights[0], ring: LayerRing(grid.layout, components: 3),
      into: target, at: 0)
    let mass = Fields(grid.layout, count: 1)
    LumpedMass.assemble(solid.weights[0], into: mass[0], grid.layout)
    var largest = [0.0, 0]
    try product.withLocal { (span) throws(ParallelError) in
      for (node, place) in assembled.places.enumerated() where mass[0][place] > 0 {
        for axis in 0..<3 {
          let value = span[3 * node + axis]
          largest[0] = max(largest[0], abs(value))
          largest[1] = max(largest[1], abs(value - target[axis][place]))
        }
      }
    }
    try communicator.reduce(&largest, .maximum)
    XCTAssertGreaterThan(largest[0], 1)
    XCTAssertLessThan(largest[1], 1e-12 * largest[0])
  }
}
