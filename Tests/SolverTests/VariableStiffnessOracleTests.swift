// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField
@testable import Verification

/// A stiffness and a diffusivity that follow the composition, against closed forms.
///
/// Collective.
final class VariableStiffnessOracleTests: XCTestCase {
  private static let range = VariableStiffnessTests.range

  /// C(X) of a plane in grid axes, in eV per site: xx, yy, xy, reduced in a plate.
  private static func plane(
    _ h: Double, isPlate: Bool
  ) -> (xx: Double, yy: Double, xy: Double) {
    let c = range.stiffness(at: h).scaled(by: 1 / 13.76)
    guard isPlate else { return (c.c11, c.c33, c.c13) }
    return (
      c.c11 - c.c12 * c.c12 / c.c22, c.c33 - c.c23 * c.c23 / c.c22, c.c13 - c.c12 * c.c23 / c.c22
    )
  }

  /// Layers along a in a periodic box: σ_aa = 0 and one ε_cc, so that the energy is the least of
  /// ∫ ½ C̃ (ε_cc − ε⁰_cc)² with C̃ = C_cc − C_ac²/C_aa at each a.
  func testLayersHaveTheirExactEnergy() throws {
    for isPlate in [true, false] {
      let grid = StructuredGrid(
        elements: (160, 4, 0), size: Directions(60, 4, 1), periodic: (true, true),
        communicator: TestSession.communicator)
      var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
      VariableStiffnessTests.follow(&model, .smooth, isPlate ? .stress : .strain)
      model.elasticity?.eigenstrain.z = []
      let system = try PhaseFieldSystem(grid: grid, model: model, fractions: VolumeFractions(grid))
      let state = system.makeState()
      func composition(_ x: Double) -> Double { 0.5 + 0.45 * cos(2 * .pi * x / 60) }
      system.setComposition(state) { composition($0.x) }
      try system.equilibrateStress(state)
      let found = try system.energy(state).elastic / system.solidVolume
      func energy(_ share: (Double) -> Double) -> Double {
        let points = (0..<4000).map { composition(60 * (Double($0) + 0.5) / 4000) }
        let moduli = points.map { x in
          let c = Self.plane(share(x), isPlate: isPlate)
          return c.yy - c.xy * c.xy / c.xx
        }
        let free = points.map { -0.019 * ($0 - 1) }
        let whole = zip(moduli, free).reduce(0) { $0 + $1.0 * $1.1 } / moduli.reduce(0, +)
        return zip(moduli, free).reduce(0) { sum, pair in
          sum + 0.5 * pair.0 * (whole - pair.1) * (whole - pair.1) / 4000
        }
      }
      let exact = energy { $0 * $0 * $0 * (6 * $0 * $0 - 15 * $0 + 10) }
      XCTAssertEqual(found / exact, 1, accuracy: 1e-3, "plate \(isPlate)")
      XCTAssertGreaterThan(abs(energy { _ in 0.5 } / exact - 1), 0.02)
    }
  }

  /// A cosine along a decays with M k² (f″ + κk² + ∂²F/∂X² − g²/C_aa): the uniform strain that is imposed
  /// costs ½ ε:C(X):ε, whose slopes act on X; g = C_aa: ε⁰′ − h′ (ΔC:e)_aa is what the displacement of
  /// the wave, along a only, takes up.
  func testAnImposedStrainChangesTheRateOfDecay() throws {
    let (mean, length, k) = (0.4, 100.0, Double.pi / 50)
    let well = PolynomialEnergy([0, 0, 0.05])
    let table = try VariableStiffnessTests.table([1, 1.5, 2, 0.5, 1])
    func rate(_ follows: Bool) throws -> Double {
      var model = PhaseFieldModel(
        energy: .polynomial(well), kappa: Directions(13.4, 13.4, 13.4),
        mobility: .tabulated(table, times: .constant), diffusivity: Directions(1, 1, 1),
        energyScale: 0.1)
      VariableStiffnessTests.follow(&model, .smooth, .strain)
      if !follows { model.elasticity?.stiffnessLaw = nil }
      model.elasticity?.eigenstrain.z = []
      model.elasticity?.load.strain.aa = 0.03
      model.elasticity?.load.strain.cc = 0.03
      let setup = SimulationSetup(
        size: Directions(length, 10, 1), elements: Directions(64, 4, 0), voids: [],
        periodic: (true, true), model: model,
        start: SimulationSetup.Start(
          mean: mean, pattern: .waves([.init(amplitude: 1e-3, vector: Directions(k, 0, 0))])))
      var stepping = StepOptions()
      stepping.tolerance = 1e-7
      stepping.firstStep = 0.01
      let stepper = try setup.stepper(stepping, TestSession.communicator)
      let (first, end) = (try stepper.system.amplitude(stepper.state, k), 2000.0)
      while stepper.time < end * (1 - 1e-12) { try stepper.advance(to: end) }
      return log(first / (try stepper.system.amplitude(stepper.state, k))) / end
    }
    func exact(_ follows: Bool) -> Double {
      let h = follows ? pow(mean, 3) * (6 * mean * mean - 15 * mean + 10) : 0.5
      let (slope, bend) =
        follows
        ? (
          30 * mean * mean * (1 - mean) * (1 - mean), 60 * mean * (1 - mean) * (1 - 2 * mean)
        ) : (0, 0)
      let c = Self.plane(h, isPlate: false)
      let (poor, rich) = (Self.plane(0, isPlate: false), Self.plane(1, isPlate: false))
      let d = (xx: rich.xx - poor.xx, yy: rich.yy - poor.yy, xy: rich.xy - poor.xy)
      let (a, b) = (0.0505, -0.019)
      let e = (x: 0.03 - a * (mean - 1), y: 0.03 - b * (mean - 1))
      let stored = d.xx * e.x * e.x + 2 * d.xy * e.x * e.y + d.yy * e.y * e.y
      let (more, other) = (d.xx * e.x + d.xy * e.y, d.xy * e.x + d.yy * e.y)
      let curvature =
        c.xx * a * a + 2 * c.xy * a * b + c.yy * b * b - 2 * slope * (a * more + b * other)
        + 0.5 * bend * stored
      let g = c.xx * a + c.xy * b - slope * more
      let mobility = table.derivatives(at: mean).value
      return mobility * k * k * (0.1 + 13.4 * k * k + curvature - g * g / c.xx)
    }
    for follows in [true, false] {
      XCTAssertEqual(try rate(follows) / exact(follows), 1, accuracy: 0.01)
    }
    XCTAssertGreaterThan(abs(exact(true) / exact(false) - 1), 0.2)
  }

  /// Two phases of contrast 2 with a front, in three dimensions: steps by themselves.
  private func front(
    scaledBy factor: Double = 1, _ communicator: Communicator
  ) throws -> PhaseFieldStepper {
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: true)
    let law = RegularSolution.lithiumIronPhosphate
    let range = VariableStiffnessTests.range
    VariableStiffnessTests.follow(
      &model, .smooth, nil,
      StiffnessRange(poor: range.poor.scaled(by: factor), rich: range.rich.scaled(by: factor)))
    model.energy = .regularSolution(
      RegularSolution(
        omega: law.omega * factor, thermalEnergy: law.thermalEnergy * factor))
    model.mobility = .tabulated(
      try VariableStiffnessTests.table([3, 1, 0.4, 0.5, 2]),
      times: .degenerate(thermalEnergy: law.thermalEnergy * factor))
    model.kappa = Directions(13.4 * factor, 13.4 * factor, 134 * factor)
    model.diffusivity = Directions(1, 1, 10)
    model.energyScale *= factor
    var setup = SimulationSetup(
      size: Directions(60, 40, 30), elements: Directions(24, 16, 8), voids: [], model: model,
      start: .front(at: 30))
    setup.voids = [.ellipsoid(centre: Directions(30, 18, 14), radii: Directions(9, 9, 9))]
    let stepper = try setup.stepper(StepOptions(), communicator)
    for _ in 0..<8 { try stepper.advance(to: .infinity) }
    return stepper
  }

  func testNewtonConvergesAndUnitsDoNotMatter() throws {
    let run = try front(TestSession.communicator)
    XCTAssertLessThanOrEqual(run.newton, 4 * (run.steps + run.rejected))
    XCTAssertLessThanOrEqual(run.krylov, 15 * run.newton)
    XCTAssertLessThan(abs(try run.massDrift()), 1e-12)
    // Powers of two scale without rounding.
    let scaled = try front(scaledBy: 16, TestSession.communicator)
    XCTAssertEqual(scaled.time, run.time, accuracy: 1e-9 * run.time)
    XCTAssertEqual(scaled.energy.elastic, 16 * run.energy.elastic, accuracy: 1e-9)
    VectorKernels.add(-1, run.state, to: scaled.state)
    XCTAssertLessThan(try run.system.norm(scaled.state), 1e-9)
  }

  func testRanksAgree() throws {
    let world = TestSession.communicator
    let together = try front(world)
    let alone = try front(try world.alone())
    XCTAssertEqual(together.time, alone.time, accuracy: 1e-6 * alone.time)
    XCTAssertEqual(
      together.energy.elastic, alone.energy.elastic, accuracy: 1e-8 * alone.energy.elastic)
    XCTAssertEqual(
      together.energy.chemical, alone.energy.chemical, accuracy: 1e-8 * abs(alone.energy.chemical))
  }
}
