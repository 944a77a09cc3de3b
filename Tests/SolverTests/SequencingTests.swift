// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField

/// Runs that start from others on other grids: collective, on 1, 2 and 3 ranks.
final class SequencingTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  private func setup(
    _ elements: Directions<Int>, voids: [Shape] = [], periodic: (x: Bool, y: Bool) = (false, false)
  ) -> SimulationSetup {
    let k = 2 * Double.pi / 120
    return SimulationSetup(
      size: Directions(120, 80, 60), elements: elements, voids: voids, periodic: periodic,
      model: .lithiumIronPhosphate(elastic: false),
      start: .init(
        mean: 0.5,
        pattern: .waves([.init(amplitude: 0.2, vector: Directions(k, 1.5 * k, k), phase: 0.3)])))
  }

  /// A run that stored its start.
  private func run(_ setup: SimulationSetup) throws -> String {
    let path = try TestSession.scratch() + "/run.h5"
    var options = RunWriter.Options()
    options.storage = .double
    let stepper = try setup.stepper(StepOptions(), communicator)
    var writer = try RunWriter.start(path, stepper, options: options)
    try writer.store(stepper)
    try writer.finish(.complete)
    return path
  }

  /// The largest and the root mean square error of a start that is taken from a run, against the start
  /// itself.
  private func error(
    of target: SimulationSetup, from path: String
  ) throws -> (largest: Double, rms: Double) {
    var stored = target
    stored.start.pattern = .stored(file: path, dataset: "")
    let found = try stored.stepper(StepOptions(), communicator)
    let exact = try target.stepper(StepOptions(), communicator)
    var (largest, sums) = (0.0, [0.0, 0])
    let layout = found.system.grid.layout
    for k in 0..<layout.z {
      for j in 0..<layout.y {
        for i in 0..<layout.x {
          let place = layout.index(i, j, k)
          let change = found.state[.composition][place] - exact.state[.composition][place]
          largest = max(largest, abs(change))
          sums[0] += change * change
          sums[1] += 1
        }
      }
    }
    try communicator.reduce(&sums, .sum)
    return (try communicator.maximum(largest), (sums[0] / sums[1]).squareRoot())
  }

  func testAFinerGridStartsFromACoarserOneToSecondOrder() throws {
    for isPlane in [true, false] {
      let target = setup(Directions(64, 48, isPlane ? 0 : 32))
      for (count, bound) in [(12, 1.0), (24, 0.25)] {
        let source = setup(Directions(count, count, isPlane ? 0 : count))
        let found = try error(of: target, from: run(source))
        // Linear interpolation errs by A (h k)²/8 along each axis: 0.2 (10 · 2π/120)²/8 along a, as
        // much along c, a quarter along b.
        let along = 0.2 * (2 * Double.pi / 12) * (2 * Double.pi / 12) / 8
        let expected = bound * along * (isPlane ? 2 : 2.25)
        XCTAssertLessThan(found.largest, 1.001 * expected)
        XCTAssertGreaterThan(found.largest, 0.8 * expected)
      }
    }
  }

  func testAFinerBodyTakesTheSurfaceOfACoarserOne() throws {
    let sphere = Shape.sphere(centre: Directions(60, 40, 30), radius: 14)
    let target = setup(Directions(64, 48, 32), voids: [sphere])
    let errors = try [12, 24].map { count in
      try error(of: target, from: run(setup(Directions(count, count, count), voids: [sphere])))
    }
    // Nodes on a surface that the coarse grid does not have take what is nearest, to first order.
    XCTAssertLessThan(errors[1].rms, 0.28 * errors[0].rms)
    XCTAssertLessThan(errors[1].largest, 0.01)
  }

  func testACoarserGridTakesTheNodesItShares() throws {
    let source = try run(setup(Directions(48, 32, 24)))
    XCTAssertLessThan(
      try error(of: setup(Directions(24, 16, 12)), from: source).largest, 1e-14)
    // A periodic box has its closing plane in the file.
    let closed = try run(setup(Directions(48, 32, 0), periodic: (true, true)))
    XCTAssertLessThan(
      try error(of: setup(Directions(16, 16, 0), periodic: (true, true)), from: closed).largest,
      1e-14)
  }

  func testTheChangeOfTheContentIsTold() throws {
    var target = setup(Directions(60, 40, 0))
    let source = setup(Directions(24, 16, 0))
    target.start.pattern = .stored(file: try run(source), dataset: "")
    let begun = try target.begun(StepOptions(), communicator)
    let system = try source.stepper(StepOptions(), communicator)
    let before = try system.system.content(system.state) / system.system.solidVolume
    let after =
      try begun.stepper.system.content(begun.stepper.state) / begun.stepper.system.solidVolume
    // Bilinear values have the same integral: nodal quadrature differs by O(h²).
    XCTAssertEqual(after, before, accuracy: 1e-3)
    let sentence = begun.origin ?? ""
    XCTAssertTrue(sentence.contains("from 17 × 25 nodes"), sentence)
    let told = sentence.split(separator: " ").last.flatMap { Double($0) } ?? .nan
    XCTAssertEqual(told, after - before, accuracy: 1e-12)
  }

  func testAStartFromAnotherBodyOrBoxIsRefused() throws {
    let hole = Shape.cylinder(a: 60, c: 40, radius: 20)
    let path = try run(setup(Directions(24, 16, 0), voids: [hole]))
    func message(_ setup: SimulationSetup) -> String {
      var stored = setup
      stored.start.pattern = .stored(file: path, dataset: "")
      return TestSession.message { _ = try stored.stepper(StepOptions(), communicator) }
    }
    XCTAssertTrue(message(setup(Directions(48, 32, 0))).contains("no composition around"))
    var wide = setup(Directions(48, 32, 0), voids: [hole])
    wide.size.x = 130
    XCTAssertTrue(message(wide).contains("its box is 120.0 nm along a"), message(wide))
    XCTAssertTrue(message(setup(Directions(24, 16, 12))).contains("expected the nodes"))
  }

  func testPixelsAreTheStartOfTheirParticle() throws {
    let path = try TestSession.scratch() + "/stack.h5"
    let file = try OutputFile(path, communicator: communicator)
    // A slope of X on 20 × 12 pixels of 5 nm, nothing outside a mask, in a box of 120 × 80 nm.
    var (values, mask): ([Double], [Double]) = ([], [])
    for j in 0..<12 {
      for i in 0..<20 {
        let isInside = i > 1 && j > 1
        mask.append(isInside ? 1 : 0)
        values.append(isInside ? 0.3 + 0.02 * Double(i) : 7)
      }
    }
    values[5 * 20 + 7] = .nan
    try file.write("/P/composition", values, shape: [12, 20])
    try file.write("/P/mask", mask, shape: [12, 20])
    try file.setAttribute("pixel_size", [5.0], of: "/P")
    try file.commit()
    var stored = setup(Directions(48, 32, 8))
    stored.maps = [.mask(file: path, particle: "P")]
    stored.start.pattern = .stored(file: path, dataset: "P/composition")
    let stepper = try stored.stepper(StepOptions(), communicator)
    let (grid, state) = (stepper.system.grid, stepper.state)
    // Pixel i has its centre at 10 + 5 (i + ½) nm. Node 20 at 50 nm lies between pixels 7 and 8. Node 19
    // at 47.5 nm, of c at 37.5 nm, is the middle of a dead pixel: the mean around it.
    for (i, j, expected) in [(20, 20, 0.45), (19, 15, 0.44)]
    where grid.own.x.contains(i) && grid.own.y.contains(j) {
      for k in 0..<grid.layout.z {
        let place = grid.layout.index(i - grid.own.x.lowerBound, j - grid.own.y.lowerBound, k)
        XCTAssertEqual(state[.composition][place], expected, accuracy: 1e-12)
      }
    }
  }
}
