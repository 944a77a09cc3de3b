// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Images
@testable import Import

/// C1 of the verification: the real py4DSTEM file against the tables it was made from.
final class ImportRealMapTests: XCTestCase {
  private func read(
    _ name: String, _ options: ImportOptions = ImportOptions()
  ) throws -> ParticleImage {
    try ImportFixture.importOne(TestSession.data("lfp-4dstem-strain" + name), options)
  }

  private func table(_ label: String) throws -> [[Double]] {
    let path = try TestSession.data("lfp-4dstem-strain/\(label).csv")
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
      line.split(separator: ",").compactMap { Double($0) }
    }
  }

  func testRealMapEqualsItsTables() throws {
    let particle = try read("/strainmap_py4DSTEM_0.14.18.h5")
    XCTAssertEqual([particle.layout.rows, particle.layout.columns], [90, 45])
    XCTAssertEqual(particle.pixelSize, 49.5)
    XCTAssertEqual(particle.numbering.globalCount, 2438)
    XCTAssertEqual(try particle.missing().any, 0)
    XCTAssertEqual(particle.maps, Channel.gradient.map(ImageMap.channel))
    // An oracle of its own: the tables are read here by other code.
    let tables: [Channel: [[Double]]] = [
      .strainCC: try table("e_xx"), .strainAA: try table("e_yy"), .strainAC: try table("e_xy"),
      .rotation: try table("theta"),
    ]
    let worst = try ImportFixture.difference(particle) { map, i, j in
      let factor = map == .channel(.rotation) ? -Double.pi / 180 : 0.01
      return (map.channel.flatMap { tables[$0]?[i][j] } ?? .infinity) * factor
    }
    if TestSession.communicator.isFirst { print("C1: largest difference \(worst)") }
    XCTAssertLessThanOrEqual(worst, 1e-7)
  }

  func testRealTablesImportEqualToTheRealMap() throws {
    let map = try read("/strainmap_py4DSTEM_0.14.18.h5")
    var options = ImportOptions()
    options.units = try ChannelUnits(parsing: "percent,degrees")
    options.pixelSize = 49.5
    let folder = try read("", options)
    XCTAssertEqual(folder.numbering.globalCount, 2438)
    XCTAssertEqual(folder.mask, map.mask)
    let worst = try ImportFixture.difference(map) { ImportFixture.value(folder, $0, $1, $2) }
    XCTAssertLessThanOrEqual(worst, 1e-7)
  }

  func testPixelSizeOptionWinsWithANote() throws {
    let log = ListeningLog()
    var options = ImportOptions()
    options.pixelSize = 50
    let path = try TestSession.data("lfp-4dstem-strain/strainmap_py4DSTEM_0.14.18.h5")
    let particles = try Importer.read(
      [path], options, communicator: TestSession.communicator, log: log)
    XCTAssertEqual(particles[0].pixelSize, 50)
    XCTAssertTrue(log.sentences.contains { $0.contains("49.5") }, "\(log.sentences)")
  }

  func testDatacubeAndPlainImageAreRefusedByName() throws {
    let cube = try TestSession.data("emd-samples/py4DSTEM_size2x3x4x5.h5")
    let first = TestSession.message { _ = try ImportFixture.importOne(cube) }
    XCTAssertTrue(first.contains("DataCube") && first.contains("[2, 3, 4, 5]"), first)
    let image = try TestSession.data("emd-samples/example_image.emd")
    let second = TestSession.message { _ = try ImportFixture.importOne(image) }
    XCTAssertTrue(second.contains("NCEM") && second.contains("[3, 3]"), second)
  }

  func testTruncatedFileIsRefused() throws {
    let path = try TestSession.data("lfp-4dstem-strain/strainmap_py4DSTEM_0.14.18.h5")
    let copy = try TestSession.scratch() + "/cut.h5"
    _ = try TestSession.communicator.first { () throws(ParallelError) in
      let bytes = FileManager.default.contents(atPath: path) ?? Data()
      _ = FileManager.default.createFile(atPath: copy, contents: bytes.prefix(100_000))
      return ""
    }
    let message = TestSession.message { _ = try ImportFixture.importOne(copy) }
    XCTAssertTrue(message.contains("truncated"), message)
  }
}
