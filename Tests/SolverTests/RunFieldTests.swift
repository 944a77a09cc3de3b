// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Formats
@testable import PhaseField

/// Vectors, tensors and closing planes of a run, and the checksums of its checkpoint.
///
/// Collective.
final class RunFieldTests: XCTestCase {
  private let world = TestSession.communicator

  private func stepper(
    _ elements: Directions<Int>, periodic: (x: Bool, y: Bool) = (false, false)
  ) throws -> PhaseFieldStepper {
    var start = SimulationSetup.Start.front(at: 60, amplitude: 0.3)
    start.mean = 0.4
    let setup = SimulationSetup(
      size: Directions(160, 80, 60), elements: elements, voids: [], periodic: periodic,
      model: .lithiumIronPhosphate(elastic: true), start: start)
    var options = StepOptions()
    options.tolerance = 1e-3
    options.firstStep = 1e-4
    return try setup.stepper(options, world)
  }

  private func written(_ stepper: PhaseFieldStepper) throws -> String {
    let path = try TestSession.scratch() + "/run.h5"
    var options = RunWriter.Options()
    options.storage = .double
    var writer = try RunWriter.start(path, stepper, options: options)
    writer.record(stepper, try stepper.summary(), seconds: 0)
    try writer.store(stepper, isLast: true)
    try writer.finish(.complete)
    return path
  }

  func testComponentsOfVectorsAndTensorsLieInOrder() throws {
    let stepper = try stepper(Directions(8, 4, 4))
    let grid = stepper.system.grid
    func displacement(_ at: Directions<Double>) -> [Double] {
      [
        0.01 * at.x + 0.002 * at.y - 0.004 * at.z, 0.006 * at.x - 0.02 * at.y,
        0.03 * at.z + 0.01 * at.y + 0.002 * at.x,
      ]
    }
    for k in 0..<grid.layout.z {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          for (component, value) in displacement(grid.position(i, j, k)).enumerated() {
            stepper.state[2 + component][grid.layout.index(i, j, k)] = value
          }
        }
      }
    }
    let file = try InputFile(try written(stepper), communicator: world)
    let step = "/steps/00000000"
    XCTAssertEqual(try file.shape(of: step + "/displacement"), [5, 5, 9, 3])
    XCTAssertEqual(
      try file.numbers(step + "/displacement", window: Window(3..<4, 2..<3, 5..<6, 0..<3)),
      displacement(Directions(100, 40, 45)))
    let strain = try file.numbers(step + "/strain", window: Window(1..<2, 2..<3, 6..<7, 0..<6))
    for (found, expected) in zip(strain, [0.01, 0.004, -0.001, -0.02, 0.005, 0.03]) {
      XCTAssertEqual(found, expected, accuracy: 1e-13)
    }
    XCTAssertEqual(try file.texts("/tensor"), ["aa", "ac", "ab", "cc", "bc", "bb"])
    XCTAssertEqual(try file.numbers("/a"), (0...8).map { 20 * Double($0) })
    XCTAssertEqual(try file.numbers(step + "/b_center"), [7.5, 22.5, 37.5, 52.5])
  }

  func testPeriodicRunHoldsTheClosingPlanesAndElements() throws {
    for elements in [Directions(12, 10, 0), Directions(12, 6, 4)] {
      let stepper = try stepper(elements, periodic: (true, true))
      let path = try written(stepper)
      let file = try InputFile(path, communicator: world)
      XCTAssertEqual(try Formats.run.differences(in: file).map(\.line), [])
      let (nx, ny) = (elements.x, elements.y)
      let shape = (elements.z > 0 ? [elements.z + 1] : []) + [ny + 1, nx + 1]
      let step = "/steps/00000000"
      XCTAssertEqual(try file.shape(of: step + "/composition"), shape)
      let layers = elements.z + 1
      let x = try file.numbers(step + "/composition")
      let u = try file.numbers(step + "/displacement")
      let mean = try XCTUnwrap(stepper.system.elastic).meanStrain
      XCTAssertGreaterThan(abs(mean.x), 1e-4)
      var wrong = 0
      for k in 0..<layers {
        for j in 0...ny {
          let row = (k * (ny + 1) + j) * (nx + 1)
          if x[row] != x[row + nx] { wrong += 1 }
          XCTAssertEqual(u[3 * (row + nx)] - u[3 * row], mean.x * 160, accuracy: 1e-12)
        }
        for i in 0...nx {
          let first = k * (ny + 1) * (nx + 1) + i
          if x[first] != x[first + ny * (nx + 1)] { wrong += 1 }
        }
      }
      XCTAssertEqual(wrong, 0)
      let sidecar = try String(contentsOfFile: path + ".xdmf", encoding: .utf8)
      let sizes = shape.map(String.init).joined(separator: " ")
      XCTAssert(sidecar.contains("Dimensions=\"\(sizes) 3\""), sidecar)
      XCTAssert(sidecar.contains("AttributeType=\"Tensor6\" Center=\"Cell\""), sidecar)
    }
  }

  func testFlippedBitsOfCheckpointsAreRefusedOrHarmless() throws {
    guard world.size == 1 else { return }
    let folder = try TestSession.scratch()
    let stepper = try stepper(Directions(8, 4, 2))
    for _ in 0..<3 { try stepper.advance(to: 1) }
    try stepper.writeCheckpoint(folder + "/whole.h5", effectiveCase: "a: 1")
    let whole = try Data(contentsOf: URL(filePath: folder + "/whole.h5"))
    let other = try self.stepper(Directions(8, 4, 2))
    var refused = 0
    let offsets = stride(from: 5, to: whole.count, by: whole.count / 150)
    for (index, offset) in offsets.enumerated() {
      var damaged = whole
      damaged[offset] ^= 1 << (index % 8)
      let path = folder + "/damaged.h5"
      try damaged.write(to: URL(filePath: path))
      do {
        try other.restore(path, effectiveCase: "a: 1")
        let same = (0..<stepper.state.count).allSatisfy { component in
          (0..<stepper.system.grid.layout.size).allSatisfy {
            stepper.state[component][$0].bitPattern == other.state[component][$0].bitPattern
          }
        }
        XCTAssert(same, "byte \(offset) changed the fields and was accepted")
        XCTAssertEqual(other.time, stepper.time, "byte \(offset)")
        XCTAssertEqual(other.step, stepper.step, "byte \(offset)")
        XCTAssertEqual(other.oldSteps, stepper.oldSteps, "byte \(offset)")
      } catch {
        XCTAssert([.input, .file].contains(error.kind), error.message)
        refused += 1
      }
    }
    XCTAssertGreaterThan(refused, 40)
  }

  func testAShortenedStepDoesNotShortenTheNext() throws {
    let stepper = try stepper(Directions(16, 4, 0))
    for _ in 0..<6 { try stepper.advance(to: 1) }
    let planned = stepper.step
    let sliver = stepper.time + 1e-3 * planned
    try stepper.advance(to: sliver)
    XCTAssertEqual(stepper.time, sliver)
    XCTAssertGreaterThanOrEqual(stepper.step, planned)
    let rejected = stepper.rejected
    try stepper.advance(to: 1)
    XCTAssertEqual(stepper.lastStep, planned, accuracy: 1e-12 * planned)
    XCTAssertEqual(stepper.rejected, rejected)
  }
}
