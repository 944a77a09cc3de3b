// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Images
@testable import Import

/// MATLAB v7.3: stored transposed, structs and cells by references.
final class ImportMatlabTests: XCTestCase {
  private let fixture = ImportFixture()
  private let labels = ["e_xx", "e_yy", "e_xy", "theta", "mask"]

  private func options() throws -> ImportOptions {
    var options = ImportOptions()
    options.units = try ChannelUnits(parsing: "percent,degrees")
    options.pixelSize = 2
    return options
  }

  private func put(
    _ label: String, at path: String, in file: borrowing OutputFile
  ) throws {
    let factor = label == "theta" ? 180 / Double.pi : label == "mask" ? 1 : 100
    try file.write(
      path, fixture.transposed(label, factor: factor), shape: [5, 7],
      as: label == "mask" ? .byte : .double)
    try file.setAttribute("MATLAB_class", label == "mask" ? "logical" : "double", of: path)
  }

  func testVariablesOfTheWorkspaceAreTransposedBack() throws {
    let path = try TestSession.scratch() + "/map.mat"
    let file = try OutputFile(path, communicator: TestSession.communicator)
    for label in labels { try put(label, at: "/" + label, in: file) }
    try file.commit()
    try fixture.check(try ImportFixture.importOne(path, options()))
    let message = TestSession.message { _ = try ImportFixture.importOne(path) }
    XCTAssertTrue(message.contains("--units"), message)
    var strainOnly = try options()
    strainOnly.units = try ChannelUnits(parsing: "percent")
    let second = TestSession.message { _ = try ImportFixture.importOne(path, strainOnly) }
    XCTAssertTrue(second.contains("degrees or radians"), second)
  }

  func testStructIsAParticle() throws {
    let path = try TestSession.scratch() + "/struct.mat"
    let file = try OutputFile(path, communicator: TestSession.communicator)
    for label in labels { try put(label, at: "/P7/" + label, in: file) }
    try file.setAttribute("MATLAB_class", "struct", of: "/P7")
    try file.commit()
    try fixture.check(try ImportFixture.importOne(path, options()))
  }

  func testArrayOfStructsIsOneParticleEach() throws {
    let path = try TestSession.scratch() + "/array.mat"
    let file = try OutputFile(path, communicator: TestSession.communicator)
    for label in labels {
      try put(label, at: "/#refs#/\(label)_1", in: file)
      try put(label, at: "/#refs#/\(label)_2", in: file)
      try file.write(
        "/maps/" + label, references: ["/#refs#/\(label)_1", "/#refs#/\(label)_2"])
    }
    try file.setAttribute("MATLAB_class", "struct", of: "/maps")
    try file.commit()
    let particles = try Importer.read(
      [path], options(), communicator: TestSession.communicator, log: SilentLog())
    XCTAssertEqual(particles.map(\.name), ["array_maps_1", "array_maps_2"])
    for particle in particles { try fixture.check(particle) }
  }

  func testCellOfImagesNeedsACellOfLabels() throws {
    let path = try TestSession.scratch() + "/cell.mat"
    let file = try OutputFile(path, communicator: TestSession.communicator)
    for label in labels {
      try put(label, at: "/#refs#/" + label, in: file)
      let codes = label.utf16.map(Double.init)
      let text = "/#refs#/text_" + label
      try file.write(text, codes, shape: [codes.count, 1], as: .integer)
      try file.setAttribute("MATLAB_class", "char", of: text)
    }
    try file.write("/images", references: labels.map { "/#refs#/" + $0 })
    try file.write("/names", references: labels.map { "/#refs#/text_" + $0 })
    for name in ["/images", "/names"] { try file.setAttribute("MATLAB_class", "cell", of: name) }
    try file.commit()
    try fixture.check(try ImportFixture.importOne(path, options()))
    var mapped = try options()
    mapped.map = try labels.enumerated().map { index, label in
      try ChannelMapping(parsing: "\(label)=/images{\(index + 1)}")
    }
    try fixture.check(try ImportFixture.importOne(path, mapped))
  }

  func testVersion5IsRefusedWithTheRemedy() throws {
    let path = try TestSession.scratch() + "/old.mat"
    try TestSession.write("MATLAB 5.0 MAT-file, Platform: GLNXA64", to: path)
    let message = TestSession.message { _ = try ImportFixture.importOne(path, options()) }
    XCTAssertTrue(message.contains("-v7.3"), message)
  }

  func testOtherVariablesAreListed() throws {
    let path = try TestSession.scratch() + "/other.mat"
    let file = try OutputFile(path, communicator: TestSession.communicator)
    try put("e_xx", at: "/voltage", in: file)
    try file.commit()
    let message = TestSession.message { _ = try ImportFixture.importOne(path, options()) }
    XCTAssertTrue(message.contains("voltage (double)"), message)
  }
}
