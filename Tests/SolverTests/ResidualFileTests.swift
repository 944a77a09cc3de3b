// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Formats
@testable import Images
@testable import Inversion
@testable import Verification

/// The law that `residual` reads and the file that it writes.
final class ResidualFileTests: XCTestCase {
  private let world = TestSession.communicator

  /// Writes a law file as `learn` does, as far as a reader of laws looks.
  private func writeLaw(
    _ path: String, format: String = "vegard-law", version: Double = 1,
    models: [String] = ["m0", "m1"], selected: String? = "m1", rows: Int = 2,
    basis: String = "anchored Legendre on [0,1]", value: Double = 0.25
  ) throws {
    let file = try OutputFile(path, communicator: world)
    try file.setAttribute("format", format)
    try file.setAttribute("version", [version], as: .integer)
    if let selected { try file.setAttribute("selected_model", selected) }
    for (place, model) in models.enumerated() {
      let values = (0..<2 * rows).map { value * Double(1 + $0) - Double(place) }
      try file.write("/models/\(model)/coefficients", values, shape: [rows, 2])
      try file.setAttribute("basis", basis, of: "/models/\(model)")
    }
    try file.commit()
  }

  func testTheSelectedModelOrTheNamedOneIsRead() throws {
    let path = try TestSession.scratch() + "/law.h5"
    try writeLaw(path)
    let reader = try LawReader(path, communicator: world)
    XCTAssertEqual(reader.models, ["m0", "m1"])
    let selected = try reader.law()
    XCTAssertEqual(selected.model, "m1")
    XCTAssertEqual(selected.law.a, [-0.75, -0.5])
    XCTAssertEqual(selected.law.c, [-0.25, 0])
    XCTAssertEqual(try reader.law(of: "m0").law.c, [0.75, 1])
  }

  func testTheAveragedLawIsTakenUnlessAModelIsNamed() throws {
    let path = try TestSession.scratch() + "/law.h5"
    let image = try ResidualFixture.platelet(world).withNoise(strain: 1e-3, seed: 3)
    var options = LearningOptions(
      stiffness: Material.lithiumIronPhosphate.stiffness.planeStress)
    options.terms = [1, 2]
    options.correctsComposition = false
    let learnt = try Learner(options, communicator: world, log: SilentLog()).learn(
      train: [image], test: [])
    let file = try OutputFile(path, communicator: world)
    try LawWriter.write(learnt, to: file)
    try file.commit()
    let reader = try LawReader(path, communicator: world)
    XCTAssertEqual(try reader.law().law, learnt.law.law)
    XCTAssertEqual(try reader.law().law.terms, 10)
    XCTAssertEqual(try reader.law(of: "m1").law, learnt.selected(.m1)?.law)
    XCTAssertEqual(try reader.law(of: "m0").law, learnt.selected(.m0)?.law)
  }

  func testAFileThatIsNoLawSaysWhatItIs() throws {
    let folder = try TestSession.scratch()
    let absent = TestSession.message(.file) {
      _ = try LawReader(folder + "/none.h5", communicator: world)
    }
    XCTAssertTrue(absent.contains("none.h5") && absent.contains("no such file"), absent)
    let path = folder + "/law.h5"
    for (words, write) in [
      ("'chemomech-images'", { try self.writeLaw(path, format: "chemomech-images") }),
      ("newer", { try self.writeLaw(path, version: 3) }),
      ("no model", { try self.writeLaw(path, models: []) }),
      ("there is no model m1, found m0", { try self.writeLaw(path, models: ["m0"]) }),
      ("name one with --model", { try self.writeLaw(path, selected: nil) }),
      ("expected (2, N)", { try self.writeLaw(path, rows: 3) }),
      ("basis is 'powers'", { try self.writeLaw(path, basis: "powers") }),
      ("not finite", { try self.writeLaw(path, value: .nan) }),
    ] as [(String, () throws -> Void)] {
      try write()
      let message = TestSession.message { _ = try LawReader(path, communicator: world).law() }
      XCTAssertTrue(message.contains(words) && message.contains("law.h5"), message)
    }
  }

  func testTheFileIsAsDeclared() throws {
    let folder = try TestSession.scratch()
    try writeLaw(folder + "/law.h5")
    let law = try LawReader(folder + "/law.h5", communicator: world).law()
    var image = try ResidualFixture.platelet(world)
    for channel in [Channel.strainAA, .strainCC, .strainAC] {
      image.sigmas[channel] = image.mask.map { $0 ? 5e-4 : .nan }
    }
    for bin in [1, 2] {
      let found = try ResidualStrain(
        image, options: ResidualFixture.options(bin: bin), log: SilentLog())
      let path = folder + "/residual\(bin).h5"
      let output = try OutputFile(path, communicator: world)
      try ResidualWriter.write([found], law: law, bin: bin, to: output)
      try output.commit()
      let file = try InputFile(path, communicator: world)
      let differences = try Formats.residual.differences(in: file)
      XCTAssertEqual(differences.map(\.line), [])
      let group = "/particles/V"
      let floor = try file.attribute("noise_floor", of: group)?.number
      XCTAssertEqual(floor, found.summary.noiseFloor)
      XCTAssertEqual(try file.numbers("/table/noise_floor"), [found.summary.noiseFloor])
      XCTAssertEqual(try file.texts("/table/particle"), ["V"])
      let map = try file.numbers("\(group)/incompatibility")
      XCTAssertEqual(map.filter(\.isFinite).count, found.summary.stencils)
      let squares = map.filter(\.isFinite).reduce(0) { $0 + $1 * $1 }
      XCTAssertEqual(
        (squares / Double(found.summary.stencils)).squareRoot() / found.summary.incompatibility, 1,
        accuracy: 1e-12)
    }
  }
}
