// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Formats
@testable import Images
@testable import Import

/// The stack itself: writing, appending, reading back, and what its declaration says.
final class ImportStackTests: XCTestCase {
  private func particle(_ name: String, rows count: Int = 9) throws -> ParticleImage {
    let layout = ImageLayout.even(rows: count, columns: 4, on: TestSession.communicator)
    func image(_ scale: Double) -> [Double] {
      (0..<layout.cellCount).map { cell in
        let (j, i) = layout.indices(cell)
        return i == 2 && j == 1 ? .nan : scale * Double(4 * i + j)
      }
    }
    var particle = try ParticleImage(
      name: name, file: "", pixelSize: 16.6, origin: [-30, 5], role: .test, layout: layout,
      mask: (0..<layout.cellCount).map { layout.indices($0).j > 0 },
      channels: [
        .composition: image(0.01), .strainAA: image(0.001), .strainCC: image(0.002),
        .strainAC: image(-0.001), .rotation: image(0.0005),
      ], sigmas: [.strainAA: image(1e-5)], communicator: TestSession.communicator)
    particle.thickness = (0..<layout.cellCount).map { 1 + 0.5 * Double(layout.indices($0).i) }
    particle.correlationLengths = [.strainAA: 0.7]
    return particle
  }

  private func write(_ path: String, _ particles: [ParticleImage]) throws {
    var stack = try StackWriter(path, communicator: TestSession.communicator)
    for particle in particles { try stack.write(particle) }
    try stack.commit()
  }

  private func read(_ path: String, _ names: [String] = []) throws -> [ParticleImage] {
    var options = ImportOptions()
    options.particles = names
    return try Importer.read(
      [path], options, communicator: TestSession.communicator, log: SilentLog())
  }

  private func checkSame(_ one: ParticleImage, _ other: ParticleImage) throws {
    XCTAssertEqual(one.layout.rows, other.layout.rows)
    XCTAssertEqual(one.layout.columns, other.layout.columns)
    XCTAssertEqual(one.pixelSize, other.pixelSize)
    XCTAssertEqual(one.origin, other.origin)
    XCTAssertEqual(one.role, other.role)
    XCTAssertEqual(one.mask, other.mask)
    XCTAssertEqual(one.maps, other.maps)
    XCTAssertEqual(one.correlationLengths, other.correlationLengths)
    let worst = try ImportFixture.difference(one) { map, i, j in
      map == .thickness && !(other.layout.cell(j, i).map { other.mask[$0] } ?? false)
        ? ImportFixture.value(one, map, i, j) : ImportFixture.value(other, map, i, j)
    }
    XCTAssertEqual(worst, 0)
  }

  func testStackReadsBackBitForBit() throws {
    let path = try TestSession.scratch() + "/stack.h5"
    // Two rows: at three ranks one rank writes nothing.
    let particles = [try particle("P1"), try particle("P2", rows: 2)]
    try write(path, particles)
    let back = try read(path)
    XCTAssertEqual(back.map(\.name), ["P1", "P2"])
    for (one, other) in zip(back, particles) { try checkSame(one, other) }
    XCTAssertEqual(try back[0].missing().any, 1)
    XCTAssertEqual(try read(path, ["P2"]).map(\.name), ["P2"])
    let message = TestSession.message { _ = try read(path, ["P3"]) }
    XCTAssertTrue(message.contains("P1, P2"), message)
  }

  func testWrittenStackConformsToItsDeclaration() throws {
    let path = try TestSession.scratch() + "/stack.h5"
    try write(path, [try particle("P1")])
    let file = try InputFile(path, communicator: TestSession.communicator)
    XCTAssertEqual(try Formats.stack.differences(in: file), [])
    XCTAssertEqual(try file.attribute("default")?.text, "P1")
    XCTAssertEqual(try file.attribute("axes", of: "/P1"), .texts(["c", "a"]))
    XCTAssertEqual(try file.attribute("signal", of: "/P1")?.text, "composition")
    XCTAssertEqual(try file.attribute("units", of: "/P1/rotation")?.text, "rad")
    XCTAssertEqual(try file.attribute("long_name", of: "/P1/e_aa")?.text, "Strain ε_aa")
    XCTAssertEqual(try file.numbers("/P1/c").prefix(2).map { $0 }, [5, 5 + 16.6])
    XCTAssertEqual(try file.elementType(of: "/P1/mask"), .byte)
  }

  func testSharedStacksConformForReading() throws {
    for (name, extra) in [("example", 0), ("platelets", 0), ("dislocated", 1)] {
      let path = try TestSession.data("virtual/\(name).h5")
      let file = try InputFile(path, communicator: TestSession.communicator)
      let found = try Formats.stack.differences(in: file, as: .read)
      XCTAssertEqual(found.count, extra, found.map(\.line).joined(separator: "\n"))
      XCTAssertTrue(found.allSatisfy { $0.kind == .extra })
    }
    // The texts are those of the shared files.
    let example = try InputFile(
      TestSession.data("virtual/example.h5"), communicator: TestSession.communicator)
    for (name, text) in StackNames.rootTexts {
      // Version 1 had another name for it.
      let stored = name == "image_axes" ? "axes" : name
      XCTAssertEqual(try example.attribute(stored)?.text, text)
    }
  }

  func testDifferencesNameWhatIsWrong() throws {
    let path = try TestSession.scratch() + "/bad.h5"
    let output = try OutputFile(path, communicator: TestSession.communicator)
    try output.setAttribute("format", "chemomech-images")
    try output.setAttribute("version", [3], as: .integer)
    for (name, text) in StackNames.rootTexts where name != "shear" {
      try output.setAttribute(name, text)
    }
    try output.write("/P1/mask", [1, 1, 1, 1, 1, 1], shape: [2, 3])
    try output.write("/P1/e_aa", [0, 0, 0, 0], shape: [2, 2])
    try output.write("/P1/e_cc", texts: ["x"])
    try output.write("/P1/rotation", [0, 0, 0, 0, 0, 0], shape: [2, 3])
    try output.setAttribute("units", "degree", of: "/P1/rotation")
    try output.write("/P1/strange", [0], shape: [1])
    try output.setAttribute("pixel_size", "big", of: "/P1")
    try output.setAttribute("origin", [1], of: "/P1")
    try output.commit()
    let file = try InputFile(path, communicator: TestSession.communicator)
    let lines = try Formats.stack.differences(in: file, as: .read).map { "\($0.path) \($0.kind)" }
    for line in [
      "/@shear missing", "/P1@role missing", "/P1/e_aa shape", "/P1/e_cc type",
      "/P1/rotation@units unit", "/P1/strange extra", "/P1@pixel_size type", "/P1@origin shape",
      "/@version value",
    ] { XCTAssertTrue(lines.contains(line), "\(line) not in \(lines)") }
    let strict = try Formats.stack.differences(in: file).map { "\($0.path) \($0.kind)" }
    for line in ["/P1/mask type", "/P1/a missing", "/@NX_class missing"] {
      XCTAssertTrue(strict.contains(line), "\(line) not in \(strict)")
    }
    let message = TestSession.message { _ = try read(path) }
    XCTAssertTrue(message.contains("version is 3,") && message.contains("newer"), message)
  }

  func testNamesThatPathsOrTablesCannotHoldAreRefused() throws {
    for name in ["", ".", "..", "a/b", "a\nb", String(repeating: "x", count: 201)] {
      let path = try TestSession.scratch() + "/stack.h5"
      let message = TestSession.message { try write(path, [particle(name)]) }
      XCTAssertTrue(message.contains("particle name"), message)
    }
    let path = try TestSession.scratch() + "/stack.h5"
    let allowed = ["...", "grain 7, b", String(repeating: "\u{e9}", count: 100)]
    try write(path, allowed.map { try particle($0) })
    XCTAssertEqual(Set(try read(path).map(\.name)), Set(allowed))
  }

  func testAppendingKeepsWhatWasThere() throws {
    let directory = try TestSession.scratch()
    let old = try TestSession.data("virtual/dislocated.h5")
    let path = directory + "/both.h5"
    let source = try InputFile(old, communicator: TestSession.communicator)
    var stack = try StackWriter(path, communicator: TestSession.communicator)
    XCTAssertEqual(try stack.copyParticles(of: source), ["P5"])
    try stack.write(try particle("P9"))
    try stack.commit()
    let back = try read(path)
    XCTAssertEqual(back.map(\.name), ["P5", "P9"])
    try checkSame(back[0], try XCTUnwrap(try read(old).first))
    try checkSame(back[1], try particle("P9"))
    let file = try InputFile(path, communicator: TestSession.communicator)
    XCTAssertEqual(try file.elementType(of: "/P5/e_aa"), .float)
    XCTAssertEqual(try file.attribute("long_name", of: "/P5/e_aa")?.text, "Strain ε_aa")
    XCTAssertEqual(try file.elementType(of: "/P5/mask"), .byte)
    XCTAssertEqual(
      try file.attribute("units", of: "/P5/truth_density"),
      try source.attribute("units", of: "/P5/truth_density"))
    let found = try Formats.stack.differences(in: file, as: .read)
    XCTAssertEqual(found.map(\.path), ["/P5/truth_density"])
    var again = try StackWriter(path, communicator: TestSession.communicator)
    try again.copyParticles(of: file)
    let message = TestSession.message { try again.write(try particle("P9")) }
    XCTAssertTrue(message.contains("P9"), message)
  }
}
