// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import PhaseField

/// −∇²v + v/ℓ² of a full box with damped Jacobi: what a multigrid of a new unknown takes.
private final class ScreenedLevel: MultigridLevel {
  let grid: StructuredGrid
  let values, rightSide, residual, mass: Fields
  private let modes: Octet
  private let diagonal: Double
  private let weights: Fields

  init(_ grid: StructuredGrid, length: Double) {
    self.grid = grid
    values = Fields(grid.layout, count: 1)
    rightSide = Fields(grid.layout, count: 1)
    residual = Fields(grid.layout, count: 1)
    mass = Fields(grid.layout, count: 1)
    weights = VolumeFractions(grid).weights
    LumpedMass.assemble(weights[0], into: mass[0], grid.layout)
    let (gradient, screen) = (GradientModes(Directions(1, 1, 1), grid.spacing), 1 / length / length)
    modes = gradient.octet + Octet.mass * Eight(repeating: screen)
    diagonal = gradient.diagonal + screen / 27
  }

  var components: Int { 1 }
  var active: Lane { mass[0] }

  func multiply(_ source: Fields, into product: Fields) throws(ParallelError) {
    try source.fillGhosts(grid.halo)
    product.fill()
    let layout = grid.layout
    for k in 0..<layout.elementLayers {
      for j in layout.elementsY {
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          let place = layout.index(i, j, k)
          (Octet(source[0], place, layout).analysed * modes * weights[0].load(place)).synthesised
            .add(to: product[0], place, layout)
        }
      }
    }
    product.clearGhosts()
  }

  func takeResidual() throws(ParallelError) {
    try multiply(values, into: residual)
    VectorKernels.scaleAll(residual, by: -1)
    VectorKernels.add(1, rightSide, to: residual)
  }

  func smooth(fromZero: Bool) throws(ParallelError) {
    if fromZero { values.fill() }
    for _ in 0..<2 {
      try takeResidual()
      for place in 0..<grid.layout.size where mass[0][place] > 0 {
        values[0][place] += 0.7 * residual[0][place] / (8 * diagonal * mass[0][place])
      }
    }
  }
}

/// One hierarchy and its V-cycle for all kinds of levels.
///
/// Collective.
final class MultigridTests: XCTestCase {
  private func grid(_ count: Int) -> StructuredGrid {
    StructuredGrid(
      elements: (count, count, count), size: Directions(60, 60, 60),
      communicator: TestSession.communicator)
  }

  /// Smooth and rough, by position, so that it is the same on any number of ranks.
  private func draw(_ fields: Fields, _ grid: StructuredGrid) {
    for component in 0..<fields.count {
      let lane = fields[component]
      for k in 0..<grid.layout.z {
        for j in 0..<grid.layout.y {
          for i in 0..<grid.layout.x {
            let at = grid.position(i, j, k)
            let phase = at.x * 1.7 + at.y * 0.31 + at.z * 0.9 + Double(component)
            lane[grid.layout.index(i, j, k)] = sin(phase) + cos(0.05 * at.x) * 0.5
          }
        }
      }
    }
  }

  /// The share of the residual that each of some V-cycles leaves.
  private func contractions(
    _ solution: Fields, _ grid: StructuredGrid,
    apply: (Fields, Fields) throws -> Void, cycle: (Fields, Fields) throws -> Void
  ) throws -> [Double] {
    let (layout, count) = (solution.layout, solution.count)
    let (residual, start) = (Fields(layout, count: count), Fields(layout, count: count))
    let change = Fields(layout, count: count)
    try apply(solution, start)
    solution.fill()
    var norms: [Double] = []
    for _ in 0..<6 {
      try apply(solution, residual)
      VectorKernels.scaleAll(residual, by: -1)
      VectorKernels.add(1, start, to: residual)
      norms.append(try grid.communicator.sum(VectorKernels.dot(residual, residual)).squareRoot())
      change.fill()
      try cycle(residual, change)
      VectorKernels.add(1, change, to: solution)
    }
    return zip(norms.dropFirst(), norms).map { $0 / $1 }
  }

  func testAThirdKindOfLevelContractsWhateverTheGrid() throws {
    for count in [8, 16, 32] {
      let grid = grid(count)
      let multigrid = try Multigrid(ScreenedLevel(grid, length: 60)) { _, coarse, _ in
        ScreenedLevel(coarse, length: 60)
      }
      try multigrid.factoriseCoarsest()
      XCTAssertGreaterThan(multigrid.levels.count, 2)
      let solution = Fields(grid.layout, count: 1)
      draw(solution, grid)
      let level = ScreenedLevel(grid, length: 60)
      let shares = try contractions(
        solution, grid, apply: { try level.multiply($0, into: $1) },
        cycle: { try multigrid.solve($0, into: $1) })
      for share in shares { XCTAssertLessThan(share, 0.2, "\(count): \(shares)") }
    }
  }

  /// Two smoothings leave 0.49² of what no coarse grid sees (docs/operators.md).
  func testTheDisplacementContractsWhateverTheGrid() throws {
    guard let model = PhaseFieldModel.lithiumIronPhosphate(elastic: true).elasticity else {
      return XCTFail("no elasticity")
    }
    for count in [8, 16] {
      let grid = grid(count)
      let weights = VolumeFractions(grid).weights
      let multigrid = try ElasticMultigrid(grid, model.stiffness, weights: weights)
      let kernel = ElasticKernel(model.stiffness, grid)
      let ring = LayerRing(grid.layout, components: 3)
      let solution = Fields(grid.layout, count: 3)
      draw(solution, grid)
      let shares = try contractions(
        solution, grid,
        apply: { source, target in
          try source.fillGhosts(grid.halo)
          kernel.apply(source, from: 0, weights: weights[0], ring: ring, into: target, at: 0)
          target.clearGhosts()
        }, cycle: { try multigrid.solve($0, into: $1) })
      for share in shares { XCTAssertLessThan(share, 0.3, "\(count): \(shares)") }
    }
  }

  /// Nodes that a barrier holds by 30 kT within a millionth: no coarse grid sees them.
  func testTheCompositionsBlockContractsWithHeldNodes() throws {
    let (grid, model) = (grid(16), PhaseFieldModel.lithiumIronPhosphate(elastic: false))
    let multigrid = try CompositionMultigrid(grid, model.terms)
    let (finest, layout) = (multigrid.levels[0], grid.layout)
    let held = (0..<layout.size).filter { place in
      (1..<layout.z - 1).contains(place / layout.plane) && place % 5 == 0
    }
    let weights = VolumeFractions(grid).weights
    let mass = Fields(layout, count: 1)
    LumpedMass.assemble(weights[0], into: mass[0], layout)
    let nodes = held.filter { mass[0][$0] > 0 }.map { place in
      (place: place, stiffness: mass[0][place] * 30 * model.energyScale / 1e-6)
    }
    XCTAssertGreaterThan(try grid.communicator.sum(Double(nodes.count)), 100)
    for rate in [1, 1e4] {
      try multigrid.setUp(rate: rate, held: nodes) { coefficients in
        coefficients.fill()
        VectorKernels.add(1, weights, to: coefficients, at: 0)
        VectorKernels.add(0.25 / model.energyScale, weights, to: coefficients, at: 1)
        VectorKernels.add(4 * model.energyScale, weights, to: coefficients, at: 2)
      }
      let solution = Fields(layout, count: 2)
      draw(solution, grid)
      for node in nodes { solution[0][node.place] *= 1e-6 }
      let shares = try contractions(
        solution, grid,
        apply: { source, target in
          try finest.multiply(source, into: target)
          for node in nodes { target[1][node.place] -= node.stiffness * source[0][node.place] }
          target.clearGhosts()
        }, cycle: { try multigrid.solve($0, into: $1) })
      for share in shares { XCTAssertLessThan(share, 0.3, "\(rate): \(shares)") }
    }
  }
}

extension VectorKernels {
  /// Adds a multiple of one field to one of several.
  fileprivate static func add(_ factor: Double, _ source: Fields, to target: Fields, at field: Int)
  {
    for place in 0..<source.layout.size { target[field][place] += factor * source[0][place] }
  }
}
