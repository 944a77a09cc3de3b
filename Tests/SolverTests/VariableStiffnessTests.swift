// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField
@testable import Verification

/// A stiffness and a diffusivity that follow the composition, against themselves: quadrature,
/// differences, transposes.
///
/// Collective.
final class VariableStiffnessTests: XCTestCase {
  /// Twice as stiff at X = 1, and of another anisotropy.
  static let range: StiffnessRange = {
    let ends = Material.lithiumIronPhosphate.endMembers
    let usual = Material.lithiumIronPhosphate.stiffness
    return StiffnessRange(
      poor: (ends?.poor ?? usual).scaled(by: 0.65), rich: (ends?.rich ?? usual).scaled(by: 1.35))
  }()

  static func table(_ values: [Double]) throws -> CompositionTable {
    try CompositionTable(
      composition: [0, 0.3, 0.55, 0.7, 1], values: values, within: 0...1e3)
  }

  /// Gives a model the range, and its eigenstrain along b in plane strain.
  static func follow(
    _ model: inout PhaseFieldModel, _ share: CompositionShare, _ plane: ElasticModel.Plane?,
    _ range: StiffnessRange = VariableStiffnessTests.range
  ) {
    let mean = range.stiffness(at: 0.5)
    let bulk =
      plane == nil
      ? GridStiffness(mean, sitesPerVolume: 13.76)
      : GridStiffness(planeStrain: mean, sitesPerVolume: 13.76)
    var law = ElasticModel(
      stiffness: plane == .stress ? GridStiffness(plateOf: mean, sitesPerVolume: 13.76) : bulk,
      eigenstrain: model.elasticity?.eigenstrain ?? Directions([0.0505], [-0.019], []))
    if plane != .stress { law.eigenstrain.z = [0.0346, -0.015, 0.01] }
    law.isThicknessFree = plane == .generalised
    law.stiffnessLaw = StiffnessLaw(range, share: share, plane: plane, sitesPerVolume: 13.76)
    model.elasticity = law
  }

  private struct Variant {
    let name: String
    let fixture: PhaseFieldFixture
    let isSmooth: Bool
  }

  /// Three dimensions and both planes, with every share and a table of D.
  private func variants() throws -> [Variant] {
    let steep = CompositionShare.tabulated(try Self.table([0, 0.1, 0.6, 0.9, 1]))
    let cases: [(ElasticModel.Plane?, CompositionShare)] = [
      (nil, .linear), (nil, .smooth), (.stress, .smooth), (.stress, steep), (.strain, .linear),
    ]
    return try cases.map { plane, share in
      let mobility = MobilityLaw.tabulated(
        try Self.table([3, 1, 0.4, 0.5, 2]), times: .degenerate(thermalEnergy: 0.0257))
      let fixture = try PhaseFieldFixture(isPlane: plane != nil) {
        $0.mobility = mobility
        Self.follow(&$0, share, plane)
      }
      return Variant(
        name: "\(plane.map { "plane \($0)" } ?? "3D"), \(share == steep ? "table" : "\(share)")",
        fixture: fixture, isSmooth: share != steep)
    }
  }

  func testKernelsEqualQuadraturePointByPoint() throws {
    for variant in try variants() {
      let fixture = variant.fixture
      let (system, grid) = (fixture.system, fixture.waves.grid)
      let found = try fixture.residual(fixture.state)
      let rates = Fields(grid.layout, count: 1)
      rates.copy(fixture.history)
      for place in 0..<grid.layout.size { rates[0][place] += system.rate * fixture.state[0][place] }
      let right = ElementQuadrature(grid, points: 2).residual(
        system.model, fixture.state, rates: rates[0], weights: system.weights[0])
      let size = try (0..<5).map { try fixture.norm(right, $0..<$0 + 1) }
      VectorKernels.add(-1, right, to: found)
      for row in 0..<(grid.dimension == 2 ? 4 : 5) {
        let error = try fixture.norm(found, row..<row + 1)
        XCTAssertLessThan(error, 1e-12 * size[row], "row \(row), \(variant.name)")
        XCTAssertGreaterThan(size[row], 0)
      }
    }
  }

  func testDerivativeIsThatOfTheResidualToSecondOrder() throws {
    for variant in try variants() {
      let fixture = variant.fixture
      let change = fixture.change(0..<5)
      let exact = try fixture.derivative(change)
      for row in [0..<1, 1..<2, 2..<5] {
        var errors: [Double] = []
        // Where a table bends, a difference across the bend errs by its length.
        for step in variant.isSmooth ? [0.04, 0.02, 0.01] : [4e-3, 2e-3, 1e-3] {
          let difference = try fixture.residual(fixture.moved(change, by: step))
          VectorKernels.add(
            -1, try fixture.residual(fixture.moved(change, by: -step)), to: difference)
          VectorKernels.scaleAll(difference, by: 1 / (2 * step))
          VectorKernels.add(-1, exact, to: difference)
          errors.append(try fixture.norm(difference, row) / (try fixture.norm(exact, row)))
        }
        XCTAssertLessThan(errors[2], 1e-3, "row \(row), \(variant.name): \(errors)")
        // The table of D bends by steps, and so does a table of h.
        guard variant.isSmooth, row.lowerBound > 0 else { continue }
        for (coarse, fine) in zip(errors, errors.dropFirst()) {
          XCTAssertEqual(log2(coarse / fine), 2, accuracy: 0.1, "row \(row), \(variant.name)")
        }
      }
    }
  }

  func testResidualIsTheDerivativeOfTheEnergy() throws {
    for variant in try variants() {
      let fixture = variant.fixture
      VectorKernels.scale(fixture.state, 1, by: 0)
      let rows = try fixture.residual(fixture.state)
      for components in [0..<1, 2..<5] {
        let change = fixture.change(components)
        var exact = try fixture.dot(change, rows, components)
        if components.lowerBound == 0 {
          let shifted = fixture.system.makeState()
          shifted[1].copy(change[0], fixture.waves.grid.layout)
          exact = -(try fixture.dot(shifted, rows, 1..<2))
        }
        // Only the elastic energy, which would be lost in the chemical one.
        let step = components.lowerBound == 0 ? 1e-3 : 0.04
        let up = try fixture.system.energy(fixture.moved(change, by: step))
        let down = try fixture.system.energy(fixture.moved(change, by: -step))
        let difference = up.chemical + up.elastic - down.chemical - down.elastic
        XCTAssertEqual(
          difference / (2 * step) / exact, 1, accuracy: components.lowerBound == 0 ? 1e-5 : 1e-10,
          variant.name)
      }
    }
  }

  func testHessianIsSymmetric() throws {
    for variant in try variants() {
      let fixture = variant.fixture
      let layout = fixture.waves.grid.layout
      // The row of μ holds −∂F/∂X: both quadratic forms with its sign turned.
      func form(_ left: Fields, _ right: Fields) throws -> Double {
        let product = try fixture.derivative(right)
        let shifted = fixture.system.makeState()
        shifted[1].copy(left[0], layout)
        return try fixture.dot(left, product, 2..<5) - fixture.dot(shifted, product, 1..<2)
      }
      let (first, second) = (fixture.change(0..<5), fixture.change(0..<5, 1.9))
      // μ enters its own row, and is no part of the energy.
      for change in [first, second] { VectorKernels.scale(change, 1, by: 0) }
      let (forward, back) = (try form(first, second), try form(second, first))
      XCTAssertEqual(forward, back, accuracy: 1e-11 * abs(forward), variant.name)
    }
  }

  func testEqualEndsAreAConstantStiffness() throws {
    let constant = Self.range.stiffness(at: 0.3)
    let equal = StiffnessRange(poor: constant, rich: constant)
    for plane in [nil, ElasticModel.Plane.stress, .strain] {
      var found: [Fields] = []
      for follows in [false, true] {
        let fixture = try PhaseFieldFixture(isPlane: plane != nil) {
          Self.follow(&$0, .smooth, plane, equal)
          if !follows { $0.elasticity?.stiffnessLaw = nil }
        }
        found.append(try fixture.residual(fixture.state))
        found.append(try fixture.derivative(fixture.change(0..<5)))
        if follows {
          for (one, other) in zip(found[..<2], found[2...]) {
            for row in 1..<(plane == nil ? 5 : 4) {
              let size = try fixture.norm(one, row..<row + 1)
              let difference = fixture.system.makeState()
              difference.copy(other)
              VectorKernels.add(-1, one, to: difference)
              XCTAssertLessThan(try fixture.norm(difference, row..<row + 1), 1e-12 * size)
            }
          }
        }
      }
    }
  }

  /// A periodic box with an oblique hole, loads and a free thickness.
  private func loaded(_ plane: ElasticModel.Plane) throws -> (PhaseFieldSystem, Fields, Fields) {
    let grid = StructuredGrid(
      elements: (12, 10, 0), size: Directions(60, 50, 1), periodic: (true, true),
      communicator: TestSession.communicator)
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    Self.follow(&model, .smooth, plane)
    model.elasticity?.load.strain.aa = 0.01
    model.elasticity?.load.stress.cc = 0.3 * gigapascal
    let solid = VolumeFractions(grid) { place in
      let (x, y) = (place.x - 28 + 0.9 * (place.y - 24), 0.5 * (place.y - 24))
      return (x * x + y * y).squareRoot() - 9
    }
    let system = try PhaseFieldSystem(grid: grid, model: model, fractions: solid)
    let (state, move) = (system.makeState(), system.makeState())
    for component in [0, 2, 3] {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          let at = grid.position(i, j, 0)
          let (place, phase) = (grid.layout.index(i, j, 0), Double(component))
          let angle = 2 * .pi * (at.x / 60 - at.y / 50) + phase
          state[component][place] = 0.3 * sin(angle) + 0.5
          move[component][place] = 0.2 * sin(angle + 1) + 0.1
        }
      }
    }
    try state.fillGhosts(grid.halo)
    return (system, state, move)
  }

  func testALoadedBoxHasTheRowsOfItsEnergyAndTheirDerivative() throws {
    for plane in [ElasticModel.Plane.stress, .strain, .generalised] {
      let (system, state, move) = try loaded(plane)
      let history = Fields(system.grid.layout, count: 1)
      func rows(_ factor: Double) throws -> (Fields, Double) {
        let moved = system.makeState()
        moved.copy(state)
        VectorKernels.add(factor, move, to: moved)
        let energy = try system.evaluate(moved, history: history)
        let rows = system.makeState()
        rows.copy(system.residual)
        system.unscale(rows)
        return (rows, energy.chemical + energy.elastic)
      }
      let step = 1e-3
      let ((up, high), (down, low)) = (try rows(step), try rows(-step))
      let here = try rows(0).0
      var work = -VectorKernels.dot(here[1], move[0], system.grid.layout)
      for component in 2..<4 {
        work += VectorKernels.dot(here[component], move[component], system.grid.layout)
      }
      work = try TestSession.communicator.sum(work)
      XCTAssertEqual((high - low) / (2 * step) / work, 1, accuracy: 1e-5, "\(plane)")
      let product = system.makeState()
      try system.applyDerivative(move, product, state: state)
      system.unscale(product)
      VectorKernels.add(-1, down, to: up)
      VectorKernels.scaleAll(up, by: 1 / (2 * step))
      VectorKernels.add(-1, product, to: up)
      for row in 1..<4 {
        func square(_ fields: Fields) throws -> Double {
          try TestSession.communicator.sum(
            VectorKernels.dot(fields[row], fields[row], system.grid.layout))
        }
        XCTAssertLessThan(try square(up) / square(product), 1e-9, "row \(row), \(plane)")
      }
    }
  }
}
