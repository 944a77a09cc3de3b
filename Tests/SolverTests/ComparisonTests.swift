// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel
import TestSupport
import XCTest

@testable import PhaseField

/// Differences of two files: collective, on 1, 2 and 3 ranks.
final class ComparisonTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  private func run(
    _ elements: Directions<Int>, shift: Double = 0, steps: Int = 1, width: Double = 120
  ) throws -> String {
    let path = try TestSession.scratch() + "/run.h5"
    let k = 2 * Double.pi / 120
    let setup = SimulationSetup(
      size: Directions(width, 80, 60), elements: elements,
      voids: [.cylinder(a: 60, c: 40, radius: 15)], model: .lithiumIronPhosphate(elastic: true),
      start: .init(
        mean: 0.5 + shift,
        pattern: .waves([.init(amplitude: 0.1, vector: Directions(k, k, 0), phase: 0.3)])))
    var stepping = StepOptions()
    stepping.firstStep = 1e-3
    let stepper = try setup.stepper(stepping, communicator)
    var options = RunWriter.Options()
    options.storage = .double
    options.derived = .all
    var writer = try RunWriter.start(path, stepper, options: options)
    writer.record(stepper, try stepper.summary(), seconds: 0)
    try writer.store(stepper)
    for _ in 0..<steps {
      try stepper.advance(to: 1)
      writer.record(stepper, try stepper.summary(), seconds: 1)
    }
    try writer.store(stepper)
    try writer.finish(.complete)
    return path
  }

  private func compare(
    _ one: String, _ two: String, only: String? = nil
  ) throws -> FileComparison {
    let first = try InputFile(one, communicator: communicator)
    let second = try InputFile(two, communicator: communicator)
    return try RunComparison(first, second, Formats.run) {
      only.map($0.hasSuffix) ?? true
    }.comparison
  }

  func testARunIsItself() throws {
    let path = try run(Directions(24, 16, 0))
    let found = try compare(path, path)
    XCTAssertFalse(found.isInterpolated)
    XCTAssertEqual(found.onlyFirst + found.onlySecond, [])
    // Fields, averages, derived ones and the history.
    let names = found.datasets.map(\.path)
    for leaf in ["/composition", "/stress", "/b_average/total_aa", "/history/energy_elastic"] {
      XCTAssertTrue(names.contains { $0.hasSuffix(leaf) }, "\(leaf) of \(names)")
    }
    XCTAssertFalse(names.contains { $0.hasSuffix("/seconds") || $0.hasSuffix("/a_center") })
    for row in found.datasets {
      XCTAssertTrue(row.isWithin(.init(relative: 0, absolute: 0)), row.path)
      XCTAssertGreaterThan(row.count, 0, row.path)
    }
  }

  func testADifferenceHasItsSize() throws {
    let (one, two) = (
      try run(Directions(24, 16, 0), steps: 0),
      try run(Directions(24, 16, 0), shift: 0.01, steps: 0)
    )
    let rows = try compare(one, two, only: "00000000/composition").datasets
    let row = try XCTUnwrap(rows.first)
    XCTAssertEqual(rows.count, 1)
    XCTAssertEqual(row.largest, 0.01, accuracy: 1e-14)
    XCTAssertEqual(row.rms, 0.01, accuracy: 1e-14)
    XCTAssertEqual(row.unmatched, 0)
    XCTAssertEqual(row.unit, "1")
    XCTAssertTrue(row.isWithin(.init(relative: 0, absolute: 0.0101)))
    XCTAssertFalse(row.isWithin(.init(relative: 0, absolute: 0.0099)))
    XCTAssertTrue(row.isWithin(.init(relative: 0.0101 / row.norm, absolute: 0)))
  }

  func testAFinerRunIsInterpolated() throws {
    let coarse = try run(Directions(24, 16, 0), steps: 0)
    let fine = try run(Directions(48, 32, 0), steps: 0)
    let found = try compare(coarse, fine)
    XCTAssertTrue(found.isInterpolated)
    for row in found.datasets {
      XCTAssertNil(row.obstacle, row.path)
      XCTAssertEqual(row.unmatched, 0, row.path)
    }
    // Nodes of the coarse grid are nodes of the fine one.
    let nodal = try XCTUnwrap(found.datasets.first { $0.path.hasSuffix("00000000/composition") })
    XCTAssertLessThan(nodal.largest, 1e-14)
    XCTAssertGreaterThan(nodal.count, 300)
    let average = try XCTUnwrap(
      found.datasets.first { $0.path.hasSuffix("00000000/b_average/composition") })
    XCTAssertLessThan(average.relative, 0.01)
    XCTAssertGreaterThan(average.relative, 0)
    // What an area tells is no value at a point, and columns without material are none.
    XCTAssertNil(found.datasets.first { $0.path.hasSuffix("b_average/volume") })
    XCTAssertLessThan(average.count, 24 * 16 - 20)
    let wide = try run(Directions(48, 32, 0), steps: 0, width: 130)
    XCTAssertTrue(
      TestSession.message { _ = try compare(coarse, wide) }.contains("its box is 130.0 nm"))
    let deep = try run(Directions(24, 16, 4), steps: 0)
    XCTAssertTrue(
      TestSession.message { _ = try compare(coarse, deep) }.contains("in 3 dimensions"))
  }

  func testHistoriesOfOtherStepsAreTakenAtTheSameTimes() throws {
    let (one, two) = (
      try run(Directions(24, 16, 0), steps: 4), try run(Directions(24, 16, 0), steps: 7)
    )
    // The same course: the second only went on.
    let row = try XCTUnwrap(compare(one, two, only: "energy_chemical").datasets.first)
    XCTAssertEqual(row.count, 5)
    XCTAssertLessThan(row.relative, 1e-12)
    let back = try XCTUnwrap(compare(two, one, only: "energy_chemical").datasets.first)
    XCTAssertEqual(back.count, 5)
  }
}
