// SPDX-License-Identifier: Apache-2.0

import Parallel
import TestSupport
import XCTest

@testable import Formats
@testable import Images
@testable import Import

/// What a stack declares is obeyed or refused.
final class DeclarationTests: XCTestCase {
  private let rows = 4
  private let columns = 3

  /// A stack of one particle whose attributes a test changes.
  private func stack(
    shear: String = "e_ac is the tensor shear", axes: String = "index (c,a)",
    reference: String = "LiFePO4", rotation: String = "0.5*(dv_c/da-du_a/dc)",
    _ change: (borrowing OutputFile) throws -> Void = { _ in }
  ) throws -> String {
    let path = try TestSession.scratch() + "/stack.h5"
    let file = try OutputFile(path, communicator: TestSession.communicator)
    try file.setAttribute("format", "chemomech-images")
    try file.setAttribute("version", [1], as: .integer)
    for (name, text) in [
      ("shear", shear), ("axes", axes), ("reference", reference), ("rotation", rotation),
    ] { try file.setAttribute(name, text) }
    let ones = [Double](repeating: 1, count: rows * columns)
    for name in ["composition", "e_aa", "e_cc", "e_ac", "rotation", "mask"] {
      try file.write("/P/\(name)", ones, shape: [rows, columns])
    }
    try file.setAttribute("pixel_size", [10], of: "/P")
    try change(file)
    try file.commit()
    return path
  }

  /// The first value of each channel, on all ranks.
  private func values(_ path: String) throws -> [Channel: Double] {
    let image = try StackReader(path, communicator: TestSession.communicator).particle("P")
    var first: [Channel: Double] = [:]
    for channel in Channel.allCases {
      let own = image.numbering.ownCells.first.flatMap { image.channels[channel]?[$0] }
      first[channel] = try TestSession.communicator.maximum(own ?? -.infinity)
    }
    return first
  }

  func testDeclarationsAreObeyed() throws {
    var found = try values(stack())
    XCTAssertEqual(Set(found.values), [1])
    found = try values(stack(shear: "gamma_ac is the engineering shear"))
    XCTAssertEqual(found[.strainAC], 0.5)
    XCTAssertEqual(found[.strainAA], 1)
    found = try values(stack(rotation: "degrees, (d u_a/d c - d v_c/d a)/2"))
    XCTAssertEqual(try XCTUnwrap(found[.rotation]), -Double.pi / 180, accuracy: 1e-15)
    found = try values(stack(rotation: "dv_c/da - du_a/dc"))
    XCTAssertEqual(found[.rotation], 0.5)
    found = try values(
      stack { file in
        try file.setAttribute("units", "percent", of: "/P/e_aa")
        try file.setAttribute("units", "%", of: "/P/composition")
        try file.setAttribute("units", "mrad", of: "/P/rotation")
        try file.setAttribute("scale_factor", [1e-3], of: "/P/e_cc")
        try file.setAttribute("add_offset", [0.5], of: "/P/e_cc")
      })
    XCTAssertEqual(found[.strainAA], 0.01)
    XCTAssertEqual(found[.composition], 0.01)
    XCTAssertEqual(found[.rotation], 1e-3)
    XCTAssertEqual(found[.strainCC], 0.501)
  }

  func testFillValuesAreNoData() throws {
    let path = try stack { try $0.setAttribute("_FillValue", [1], of: "/P/e_ac") }
    let image = try StackReader(path, communicator: TestSession.communicator).particle("P")
    let numbers = (image.channels[.strainAC] ?? []).filter(\.isFinite).count
    XCTAssertEqual(try TestSession.communicator.sum(numbers), 0)
  }

  func testTheReferenceIsKept() throws {
    let world = TestSession.communicator
    let particle = try ImportFixture.importOne(stack(reference: "FePO4 (X = 0) is strain zero"))
    XCTAssertEqual(particle.referenceComposition, 0)
    let path = try TestSession.scratch() + "/kept.h5"
    var writer = try StackWriter(
      path, reference: Importer.reference(of: [particle]), communicator: world)
    try writer.write(particle)
    try writer.commit()
    XCTAssertEqual(
      try StackReader(path, communicator: world).particle("P").referenceComposition, 0)
    XCTAssertEqual(
      try Formats.stack.differences(in: InputFile(path, communicator: world)).map(\.line), [])
    // One stack has one reference.
    let plain = try ImportFixture.importOne(stack())
    for message in [
      TestSession.message { _ = try Importer.reference(of: [particle, plain]) },
      TestSession.message {
        try Importer.checkStack(InputFile(path, communicator: world), reference: 1)
      },
    ] { XCTAssertTrue(message.contains("X = 0.0") && message.contains("X = 1.0"), message) }
    var options = ImportOptions()
    options.referenceComposition = 0.5
    let message = TestSession.message { _ = try ImportFixture.importOne(path, options) }
    XCTAssertTrue(message.contains("X = 0.0, found X = 0.5"), message)
  }

  func testWhatCannotBeObeyedIsRefused() throws {
    for (words, make) in [
      ("shear", { try self.stack(shear: "as measured") }),
      ("axes", { try self.stack(axes: "rows run along a, columns along c") }),
      ("axes", { try self.stack(axes: "row index decreases along c, column along a") }),
      ("reference", { try self.stack(reference: "the mean lattice") }),
      ("rotation", { try self.stack(rotation: "clockwise") }),
      ("units", { try self.stack { try $0.setAttribute("units", "GPa", of: "/P/e_aa") } }),
      (
        "scale_factor",
        { try self.stack { try $0.setAttribute("scale_factor", "1e-5", of: "/P/e_aa") } }
      ),
      (
        "30.0 by 40.0",
        { try self.stack { try $0.setAttribute("pixel_size", [30, 40], of: "/P") } }
      ),
      ("is text", { try self.stack { try $0.setAttribute("pixel_size", "30 nm", of: "/P") } }),
      ("origin", { try self.stack { try $0.setAttribute("origin", [1], of: "/P") } }),
      (
        "fraction",
        { try self.stack { try $0.setAttribute("scale_factor", [90], of: "/P/composition") } }
      ),
    ] as [(String, () throws -> String)] {
      let path = try make()
      let message = TestSession.message { _ = try self.values(path) }
      XCTAssertTrue(message.contains(words), "\(words): \(message)")
    }
    XCTAssertEqual(StackDeclarations.referenceComposition("FePO4 (X = 0) is strain zero"), 0)
  }

  func testWordsForShearAndAxes() {
    for (text, factor) in [
      ("e_ac is the tensor shear (half the engineering shear)", 1), ("tensor", 1),
      ("half the engineering shear", 1), ("engineering shear, twice the tensor shear", 0.5),
      ("gamma", 0.5), ("gamma_ac = engineering, to be halved", nil), ("not tensor shear", nil),
    ] as [(String, Double?)] {
      XCTAssertEqual(StackDeclarations.shearFactor(text), factor, text)
    }
    for (text, isRight) in [
      ("array[row, col]; row index increases along crystal c, column index along crystal a", true),
      ("(c, a)", true), ("(a, c)", false), ("column along a, row along c", true),
      ("rows along -c, columns along a", false), ("y, x", false),
    ] { XCTAssertEqual(StackDeclarations.runsAlongC(text), isRight, text) }
  }
}
