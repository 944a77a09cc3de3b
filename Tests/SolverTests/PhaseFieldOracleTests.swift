// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import PhaseField
@testable import Verification

/// The monolithic solver against other ways to the same answer.
///
/// Collective.
final class PhaseFieldOracleTests: XCTestCase {
  func testStaggeredPassesReachTheMonolithicStep() throws {
    let setup = SimulationSetup(
      size: Directions(160, 80, 60), elements: Directions(16, 8, 6),
      voids: [SimulationSetup.Hole(centre: Directions(70, 40, 30), radius: 18)],
      model: .lithiumIronPhosphate(elastic: true),
      start: .front(at: 80, amplitude: 0.45))
    for step in [0.1, 100] {
      let system = try setup.stepper(StepOptions(), TestSession.communicator).system
      system.options.tolerance = 1e-12
      system.options.linearTolerance = 1e-6
      let start = try setup.stepper(StepOptions(), TestSession.communicator).state
      let layout = system.grid.layout
      let history = Fields(layout, count: 1)
      for place in 0..<layout.size { history[0][place] = -start[0][place] / step }
      let (whole, parts) = (system.makeState(), system.makeState())
      whole.copy(start)
      parts.copy(start)
      let outcome = try system.solve(whole, rate: 1 / step, history: history)
      XCTAssertTrue(outcome.converged, outcome.reason)
      let changes = try StaggeredSolver(system).solve(
        parts, history: history, tolerance: 1e-11, limit: 60)
      let ratios = zip(changes, changes.dropFirst()).map { $1 / $0 }
      if TestSession.communicator.isFirst {
        let digits = ratios.map { String(format: "%.2f", $0) }.joined(separator: " ")
        print("staggered, Δt = \(step) s: \(changes.count) passes, contractions \(digits)")
      }
      XCTAssertLessThan(changes.count, 60)
      VectorKernels.add(-1, whole, to: parts)
      try system.elastic?.removeRigid(parts)
      var largest = [0.0, 0, 0]
      system.forSolid { place, _ in
        for component in 0..<5 {
          largest[min(component, 2)] = max(largest[min(component, 2)], abs(parts[component][place]))
        }
      }
      try TestSession.communicator.reduce(&largest, .maximum)
      XCTAssertLessThan(largest[0], 1e-8, "X")
      XCTAssertLessThan(largest[1], 1e-8, "μ in eV")
      XCTAssertLessThan(largest[2], 1e-7, "displacement in nm")
    }
  }

  func testAssembledElasticityGivesTheSameStrain() throws {
    let fixture = try PhaseFieldFixture()
    let system = fixture.system
    try system.equilibrateStress(fixture.state)
    let difference = system.makeState()
    try AssembledEquilibrium(system: system).solve(fixture.state, into: difference)
    VectorKernels.add(-1, fixture.state, to: difference)
    try difference.fillGhosts(system.grid.halo)
    try fixture.state.fillGhosts(system.grid.halo)
    var sums = [0.0, 0]
    let quadrature = ElementQuadrature(system.grid, points: 2)
    quadrature.forElements { place, _, isOwn in
      guard isOwn else { return }
      for (index, fields) in [difference, fixture.state].enumerated() {
        for point in quadrature.points {
          let x = quadrature.gradient(fields[2], place, point)
          let y = quadrature.gradient(fields[3], place, point)
          let z = quadrature.gradient(fields[4], place, point)
          let (xy, xz, yz) = (x.y + y.x, x.z + z.x, y.z + z.y)
          let square = x.x * x.x + y.y * y.y + z.z * z.z
          sums[index] +=
            system.weights[0][place] * (square + (xy * xy + xz * xz + yz * yz) / 2)
        }
      }
    }
    try TestSession.communicator.reduce(&sums, .sum)
    XCTAssertGreaterThan(sums[1], 0)
    XCTAssertLessThan((sums[0] / sums[1]).squareRoot(), 1e-8)
  }

  func testCavityIsFreeOfTractionAndInEquilibrium() {
    for poisson in [0.2, 0.3] {
      let cavity = SphericalCavity(radius: 2, young: 3, poisson: poisson)
      for (x, y, z) in [(1.0, 2.0, 2.0), (2, 1, 2), (2, -2, 1), (0, 0, 3), (3, 0, 0)] {
        let normal = Directions(x / 3, y / 3, z / 3)
        let surface = Directions(2 * normal.x, 2 * normal.y, 2 * normal.z)
        let traction = cavity.stress(surface).along(normal)
        let size = [traction.x, traction.y, traction.z].map(abs).max() ?? .nan
        XCTAssertLessThan(size, 1e-14)
        let at = Directions(1.3 * x, 1.3 * y, 1.3 * z)
        let step = 1e-4
        func moved(_ by: Directions<Double>) -> Directions<Double> {
          Directions(at.x + by.x, at.y + by.y, at.z + by.z)
        }
        let axes = [
          Directions(step, 0.0, 0), Directions(0.0, step, 0), Directions(0.0, 0, step),
        ]
        var force = [0.0, 0, 0]
        var slopes: [[Double]] = []
        for axis in axes {
          let (high, low) = (moved(axis), moved(Directions(-axis.x, -axis.y, -axis.z)))
          let unit = Directions(axis.x / step, axis.y / step, axis.z / step)
          let (up, down) = (cavity.stress(high).along(unit), cavity.stress(low).along(unit))
          for (index, pair) in [(up.x, down.x), (up.y, down.y), (up.z, down.z)].enumerated() {
            force[index] += (pair.0 - pair.1) / (2 * step)
          }
          let (u, v) = (cavity.displacement(high), cavity.displacement(low))
          slopes.append([u.x - v.x, u.y - v.y, u.z - v.z].map { $0 / (2 * step) })
        }
        XCTAssertLessThan(force.map(abs).max() ?? .nan, 1e-7)
        let strain = cavity.strain(at)
        XCTAssertEqual(strain.xx, slopes[0][0], accuracy: 1e-8)
        XCTAssertEqual(strain.yy, slopes[1][1], accuracy: 1e-8)
        XCTAssertEqual(strain.zz, slopes[2][2], accuracy: 1e-8)
        XCTAssertEqual(strain.xy, (slopes[0][1] + slopes[1][0]) / 2, accuracy: 1e-8)
        XCTAssertEqual(strain.xz, (slopes[0][2] + slopes[2][0]) / 2, accuracy: 1e-8)
        XCTAssertEqual(strain.yz, (slopes[1][2] + slopes[2][1]) / 2, accuracy: 1e-8)
      }
    }
    // The same by Papkovich's potentials, solved symbolically in Cartesian coordinates.
    let cavity = SphericalCavity(radius: 1, young: 1, poisson: 0.3)
    let u = cavity.displacement(Directions(1.4, 0.9, 1.2))
    XCTAssertEqual(u.x, -0.417614376433471, accuracy: 1e-14)
    XCTAssertEqual(u.y, -0.268466384850089, accuracy: 1e-14)
    XCTAssertEqual(u.z, 1.29111304020302, accuracy: 1e-14)
    let stress = cavity.stress(Directions(1.4, 0.9, 1.2))
    XCTAssertEqual(stress.zz, 1.04520811443459, accuracy: 1e-14)
    XCTAssertEqual(stress.xz, -0.0223054494839184, accuracy: 1e-14)
    // The concentration (27 − 15ν)/(14 − 10ν) at the equator.
    XCTAssertEqual(cavity.stress(Directions(1, 0, 0)).zz, 22.5 / 11, accuracy: 1e-13)
  }
}
