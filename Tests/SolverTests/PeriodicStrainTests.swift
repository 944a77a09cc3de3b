// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField

/// Periodic boxes have no mean stress.
///
/// Collective.
final class PeriodicStrainTests: XCTestCase {
  /// A plate of LiFePO4 in plane stress, periodic along both axes, with waves of X.
  private func system(
    _ elements: (Int, Int), size: (Double, Double), periodic: (x: Bool, y: Bool) = (true, true),
    _ composition: (Directions<Double>) -> Double
  ) throws -> (PhaseFieldSystem, Fields) {
    let grid = StructuredGrid(
      elements: (elements.0, elements.1, 0), size: Directions(size.0, size.1, 1),
      periodic: periodic, communicator: TestSession.communicator)
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    model.elasticity = ElasticModel(
      .lithiumIronPhosphate, plane: .stress, sitesPerVolume: 13.76)
    let system = try PhaseFieldSystem(grid: grid, model: model, fractions: VolumeFractions(grid))
    let state = system.makeState()
    system.setComposition(state, composition)
    try system.equilibrateStress(state)
    return (system, state)
  }

  /// Energy density over that of a stack of layers, ½ B(n) ⟨(X − X̄)²⟩, B in GPa.
  private func ratio(
    _ system: PhaseFieldSystem, _ state: Fields, stiffness: Double, variance: Double
  ) throws -> Double {
    let energy = try system.energy(state).elastic / system.solidVolume * 13.76
    return energy / (0.5 * stiffness * gigapascal * variance)
  }

  func testUniformBoxTakesItsEigenstrainAndHasNoStress() throws {
    let (system, state) = try system((8, 8), size: (40, 40)) { _ in 0.3 }
    XCTAssertEqual(try system.energy(state).elastic, 0, accuracy: 1e-12)
    let whole = try XCTUnwrap(system.elastic).meanStrain
    XCTAssertEqual(whole.x, -0.7 * 0.0505, accuracy: 1e-12)
    XCTAssertEqual(whole.y, 0.7 * 0.019, accuracy: 1e-12)
    XCTAssertEqual(whole.z, 0, accuracy: 1e-12)
  }

  func testLayersHaveTheEnergyOfTheirNormal() throws {
    // Row E3a of the verification: B at 0°, 90° and 45°, where the shear counts. Strains that are
    // constant in an element against a linear X cost (k h)²/3 of the energy.
    let (along, first) = try system((128, 4), size: (60, 60)) {
      0.5 + 0.3 * cosine(2 * .pi * $0.x / 60)
    }
    XCTAssertEqual(
      try ratio(along, first, stiffness: 0.04855, variance: 0.045), 1, accuracy: 0.001)
    let (across, second) = try system((4, 128), size: (60, 60)) {
      0.5 + 0.3 * cosine(2 * .pi * $0.y / 60)
    }
    XCTAssertEqual(
      try ratio(across, second, stiffness: 0.33042, variance: 0.045), 1, accuracy: 0.001)
    let (oblique, third) = try system((48, 48), size: (60, 60)) {
      0.5 + 0.3 * cosine(2 * .pi * ($0.x + $0.y) / 60)
    }
    XCTAssertEqual(
      try ratio(oblique, third, stiffness: 0.03203, variance: 0.045), 1, accuracy: 0.02)
  }

  func testOnePeriodicDirectionStretchesWithoutMeanStress() throws {
    let (system, state) = try system((8, 6), size: (40, 30), periodic: (true, false)) { _ in 0.4 }
    XCTAssertEqual(try system.energy(state).elastic, 0, accuracy: 1e-12)
    XCTAssertEqual(
      try XCTUnwrap(system.elastic).meanStrain.x, -0.6 * 0.0505, accuracy: 1e-12)
  }

  /// A uniform box under a load, at X = 0.3.
  private func loaded(
    _ plane: ElasticModel.Plane, periodic: (x: Bool, y: Bool) = (true, true),
    _ change: (inout BoxLoad) -> Void = { _ in }
  ) throws -> (strain: MeanStrain.Plane, energy: Double, stiffness: GridStiffness) {
    let grid = StructuredGrid(
      elements: (8, 6, 0), size: Directions(40, 30, 2), periodic: periodic,
      communicator: TestSession.communicator)
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    var elasticity = ElasticModel(.lithiumIronPhosphate, plane: plane, sitesPerVolume: 13.76)
    change(&elasticity.load)
    model.elasticity = elasticity
    let system = try PhaseFieldSystem(grid: grid, model: model, fractions: VolumeFractions(grid))
    let state = system.makeState()
    system.setComposition(state) { _ in 0.3 }
    try system.equilibrateStress(state)
    let energy = try system.energy(state).elastic / system.solidVolume
    return (
      try XCTUnwrap(system.elastic).meanStrain, energy, elasticity.stiffness
    )
  }

  func testAnImposedStrainIsTakenAndTheRestIsFree() throws {
    let (freeA, freeC) = (-0.7 * 0.0505, 0.7 * 0.019)
    let one = try loaded(.stress) { $0.strain.aa = 0.01 }
    let c = one.stiffness
    // σ_cc = 0: e_cc = −(C_xy/C_yy) e_aa, and half the reduced modulus in energy.
    let e = 0.01 - freeA
    XCTAssertEqual(one.strain.x, 0.01, accuracy: 1e-14)
    XCTAssertEqual(one.strain.y, freeC - c.xy / c.yy * e, accuracy: 1e-13)
    XCTAssertEqual(one.energy, 0.5 * (c.xx - c.xy * c.xy / c.yy) * e * e, accuracy: 1e-13)
    let all = try loaded(.stress) {
      ($0.strain.aa, $0.strain.cc, $0.strain.ac) = (0.01, -0.02, 0.003)
    }
    let f = -0.02 - freeC
    XCTAssertEqual(all.strain.z, 0.006, accuracy: 1e-14)
    XCTAssertEqual(
      all.energy,
      0.5 * (c.xx * e * e + c.yy * f * f + 2 * c.xy * e * f + c.shearXY * 0.006 * 0.006),
      accuracy: 1e-13)
  }

  func testAnImposedStressStrainsTheBox() throws {
    let (s, t) = (0.5 * gigapascal, 0.2 * gigapascal)
    let found = try loaded(.stress) { ($0.stress.aa, $0.stress.ac) = (s, t) }
    let c = found.stiffness
    let determinant = c.xx * c.yy - c.xy * c.xy
    let (a, g) = (s / 13.76, t / 13.76)
    let elastic = SIMD3(c.yy * a / determinant, -c.xy * a / determinant, g / c.shearXY)
    XCTAssertEqual(found.strain.x, elastic.x - 0.7 * 0.0505, accuracy: 1e-13)
    XCTAssertEqual(found.strain.y, elastic.y + 0.7 * 0.019, accuracy: 1e-13)
    XCTAssertEqual(found.strain.z, elastic.z, accuracy: 1e-13)
    // F − V σ̄:ε̄.
    let stored = 0.5 * (a * elastic.x + g * elastic.z)
    let work = a * found.strain.x + g * found.strain.z
    XCTAssertEqual(found.energy, stored - work, accuracy: 1e-13)
  }

  func testGeneralisedPlaneStrainHasNoForceOnItsSections() throws {
    let free = try loaded(.generalised)
    XCTAssertEqual(free.energy, 0, accuracy: 1e-14)
    XCTAssertEqual(free.strain.w, -0.7 * 0.0346, accuracy: 1e-13)
    XCTAssertEqual(free.strain.x, -0.7 * 0.0505, accuracy: 1e-13)
    // Not periodic, it strains along b alone; u holds the rest.
    let body = try loaded(.generalised, periodic: (false, false))
    XCTAssertEqual(body.energy, 0, accuracy: 1e-12)
    XCTAssertEqual(body.strain.w, -0.7 * 0.0346, accuracy: 1e-9)
    // Held along b it is compressed with Young's modulus of that axis.
    let held = try loaded(.strain)
    let c = held.stiffness
    let determinant = c.xx * c.yy - c.xy * c.xy
    let lateral = (c.yy * c.xz * c.xz - 2 * c.xy * c.xz * c.yz + c.xx * c.yz * c.yz) / determinant
    let strain = 0.7 * 0.0346
    XCTAssertEqual(held.energy, 0.5 * (c.zz - lateral) * strain * strain, accuracy: 1e-13)
    XCTAssertEqual(held.strain.w, 0)
    // A strain imposed along a stresses b no more than c: Young's modulus along a.
    let pulled = try loaded(.generalised) { $0.strain.aa = 0 }
    let inverse = c.yy * c.zz - c.yz * c.yz
    let other = (c.zz * c.xy * c.xy - 2 * c.yz * c.xy * c.xz + c.yy * c.xz * c.xz) / inverse
    let e = 0.7 * 0.0505
    XCTAssertEqual(pulled.energy, 0.5 * (c.xx - other) * e * e, accuracy: 1e-13)
  }

  func testRowsAreTheSlopesOfTheEnergyUnderALoad() throws {
    let grid = StructuredGrid(
      elements: (12, 10, 0), size: Directions(60, 50, 1), periodic: (true, true),
      communicator: TestSession.communicator)
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    var elasticity = ElasticModel(.lithiumIronPhosphate, plane: .generalised, sitesPerVolume: 13.76)
    (elasticity.load.strain.aa, elasticity.load.stress.cc) = (0.01, 0.3 * gigapascal)
    model.elasticity = elasticity
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
          state[component][place] = 0.3 * sine(angle) + 0.5
          move[component][place] = 0.2 * sine(angle + 1) + 0.1
        }
      }
    }
    try state.fillGhosts(grid.halo)
    let rows = system.makeState()
    _ = try XCTUnwrap(system.elastic).residual(
      state, into: rows, linearisation: Fields(grid.layout, count: 10))
    rows.clearGhosts()
    XCTAssertGreaterThan(abs(try XCTUnwrap(system.elastic).meanStrain.w), 1e-4)
    // The row of μ holds −∂F/∂X.
    var work = -VectorKernels.dot(rows[1], move[0], grid.layout)
    for component in 2..<4 {
      work += VectorKernels.dot(rows[component], move[component], grid.layout)
    }
    work = try TestSession.communicator.sum(work)
    func energy(_ factor: Double) throws -> Double {
      let moved = system.makeState()
      moved.copy(state)
      VectorKernels.add(factor, move, to: moved)
      return try system.energy(moved).elastic
    }
    // Quadratic in both, for the law is linear.
    XCTAssertEqual(
      try energy(0.5) - energy(-0.5), work, accuracy: 1e-9 * abs(work))
  }

  func testForcesAreTheSlopesOfTheEnergyWhereTheBoxShears() throws {
    // An oblique hole: only uneven material gives the box a mean shear.
    let grid = StructuredGrid(
      elements: (12, 10, 0), size: Directions(60, 50, 1), periodic: (true, true),
      communicator: TestSession.communicator)
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    model.elasticity = ElasticModel(
      .lithiumIronPhosphate, plane: .stress, sitesPerVolume: 13.76)
    let solid = VolumeFractions(grid) { place in
      let (x, y) = (place.x - 28 + 0.9 * (place.y - 24), 0.5 * (place.y - 24))
      return (x * x + y * y).squareRoot() - 9
    }
    let system = try PhaseFieldSystem(grid: grid, model: model, fractions: solid)
    func waves(_ phase: Double) -> Fields {
      let fields = system.makeState()
      for component in 0..<4 where component != 1 {
        for j in 0..<grid.layout.y {
          for i in 0..<grid.layout.x {
            let at = grid.position(i, j, 0)
            let angle = 2 * .pi * (at.x / 60 - at.y / 50) + Double(component) + phase
            fields[component][grid.layout.index(i, j, 0)] = 0.3 * sine(angle) + 0.1
          }
        }
      }
      return fields
    }
    let state = waves(0)
    system.setComposition(state) { 0.5 + 0.3 * sine(2 * .pi * ($0.x / 60 + $0.y / 50)) }
    let move = waves(1)
    VectorKernels.scale(move, 0, by: 0)
    try state.fillGhosts(grid.halo)
    let elastic = try XCTUnwrap(system.elastic)
    let forces = try elastic.load(state)
    XCTAssertGreaterThan(abs(elastic.meanStrain.z), 1e-4)
    var work = 0.0
    for component in 0..<2 {
      work += VectorKernels.dot(forces[component], move[2 + component], grid.layout)
    }
    work = try TestSession.communicator.sum(work)
    func energy(_ factor: Double) throws -> Double {
      let moved = system.makeState()
      moved.copy(state)
      VectorKernels.add(factor, move, to: moved)
      return try system.energy(moved).elastic
    }
    // Quadratic in the displacement: the central difference is exact.
    let slope = (try energy(0.5) - energy(-0.5))
    XCTAssertEqual(slope, work, accuracy: 1e-9 * abs(work))
  }

  func testPeriodicRunKeepsItsContentAndLosesEnergy() throws {
    let (system, state) = try system((24, 16), size: (60, 40)) {
      0.5 + 0.1 * cosine(2 * .pi * $0.x / 60) * cosine(2 * .pi * $0.y / 40)
    }
    var stepping = StepOptions()
    stepping.tolerance = 1e-3
    stepping.firstStep = 1e-3
    let stepper = try TimeStepper(system, state: state, options: stepping)
    var last = stepper.energy.chemical + stepper.energy.elastic
    for _ in 0..<20 {
      try stepper.advance(to: 1e9)
      let energy = stepper.energy.chemical + stepper.energy.elastic
      XCTAssertLessThan(energy, last + 1e-3 * abs(last))
      last = energy
    }
    XCTAssertLessThan(abs(try stepper.massDrift()), 1e-12)
    XCTAssertLessThan(Double(stepper.newton), 5 * 20)
  }
}
