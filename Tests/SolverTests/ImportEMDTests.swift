// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Import

/// EMD dialects, written here and imported.
final class ImportEMDTests: XCTestCase {
  private let fixture = ImportFixture()
  private let labels = ["e_xx", "e_yy", "e_xy", "theta", "mask", "error"]

  /// Writes an EMD 1.0 file; slices first.
  private func writeEMD1(
    _ path: String, pixel: Double? = 2, unit: String = "nm", version: Double = 1,
    labels: [String]? = nil, mask: Double? = nil, blank: String? = nil
  ) throws {
    let labels = labels ?? self.labels
    let file = try OutputFile(path, communicator: TestSession.communicator)
    try file.setAttribute("emd_group_type", "file")
    try file.setAttribute("version_major", [version], as: .integer)
    let values = labels.flatMap { label in
      if label == "mask", let mask { return [Double](repeating: mask, count: 35) }
      if label == blank { return [Double](repeating: .nan, count: 35) }
      return fixture.image(label)
    }
    try file.write("/root/strain/data", values, shape: [labels.count, 7, 5])
    try file.write("/root/strain/dim2", texts: labels)
    try file.setAttribute("emd_group_type", "array", of: "/root/strain")
    if let pixel {
      let integer = pixel == pixel.rounded()
      try file.write(
        "/root/metadatabundle/calibration/R_pixel_size", [pixel], shape: [1],
        as: integer ? .integer : .double)
      try file.write("/root/metadatabundle/calibration/R_pixel_units", texts: [unit])
    }
    try file.commit()
  }

  func testIntegerPixelSizeInAngstromIsRead() throws {
    let path = try TestSession.scratch() + "/map.h5"
    try writeEMD1(path, pixel: 166, unit: "A")
    let particle = try ImportFixture.importOne(path)
    try fixture.check(particle)
    XCTAssertEqual(particle.pixelSize, 16.6, accuracy: 1e-12)
    XCTAssertEqual(particle.name, "map")
  }

  func testFiveSlicesInAnyOrderAreFoundByLabel() throws {
    let path = try TestSession.scratch() + "/map.h5"
    try writeEMD1(path, labels: ["mask", "theta", "e_yy", "e_xy", "e_xx"])
    try fixture.check(try ImportFixture.importOne(path))
  }

  func testLegacySlicesComeLast() throws {
    let path = try TestSession.scratch() + "/legacy.h5"
    let labels = ["e_xx", "e_xy", "e_yy", "theta", "mask"]
    let file = try OutputFile(path, communicator: TestSession.communicator)
    let values = (0..<7).flatMap { i in
      (0..<5).flatMap { j in labels.map { fixture.value($0, i, j) } }
    }
    let group = "/4DSTEM_experiment/data/realslices/strain"
    try file.write(group + "/data", values, shape: [7, 5, 5])
    try file.write(group + "/dim3", texts: labels)
    try file.setAttribute("emd_group_type", [1], as: .integer, of: group)
    try file.setAttribute("emd_group_type", [2], as: .integer, of: "/4DSTEM_experiment")
    try file.makeGroup("/4DSTEM_experiment/metadata/calibration")
    try file.setAttribute(
      "R_pixel_size", [0.05], of: "/4DSTEM_experiment/metadata/calibration")
    try file.setAttribute(
      "R_pixel_units", "um", of: "/4DSTEM_experiment/metadata/calibration")
    try file.commit()
    // Five labels, five rows of seven: only the last dimension fits both.
    let particle = try ImportFixture.importOne(path)
    try fixture.check(particle)
    XCTAssertEqual(particle.pixelSize, 50, accuracy: 1e-9)
    XCTAssertTrue(particle.source.contains("legacy"), particle.source)
  }

  func testLabelledNCEMGroupsAreOneParticle() throws {
    let path = try TestSession.scratch() + "/ncem.emd"
    let file = try OutputFile(path, communicator: TestSession.communicator)
    for label in ["e_xx", "e_yy", "e_xy", "theta", "mask"] {
      let group = "/data/" + label
      try file.write(group + "/data", fixture.image(label), shape: fixture.shape)
      for (dimension, count) in [("dim1", 7), ("dim2", 5)] {
        let path = group + "/" + dimension
        try file.write(path, (0..<count).map { 4 * Double($0) }, shape: [count])
        try file.setAttribute("units", "[n_m]", of: path)
      }
      try file.setAttribute("emd_group_type", [1], as: .integer, of: group)
    }
    try file.commit()
    let particle = try ImportFixture.importOne(path)
    try fixture.check(particle)
    XCTAssertEqual(particle.pixelSize, 4)
  }

  func testMissingPixelSizeNamesTheOption() throws {
    let path = try TestSession.scratch() + "/map.h5"
    for (pixel, unit, words) in [
      (nil, "nm", "no pixel size"), (1, "pixels", "pixels"), (0, "nm", "positive"),
      (-3, "nm", "positive"),
    ] as [(Double?, String, String)] {
      try writeEMD1(path, pixel: pixel, unit: unit)
      let message = TestSession.message { _ = try ImportFixture.importOne(path) }
      XCTAssertTrue(message.contains(words) && message.contains("--pixel-size"), message)
      XCTAssertTrue(message.contains(path), message)
      var options = ImportOptions()
      options.pixelSize = 3
      XCTAssertEqual(try ImportFixture.importOne(path, options).pixelSize, 3)
    }
    var options = ImportOptions()
    options.pixelSize = -1
    _ = TestSession.message { _ = try ImportFixture.importOne(path, options) }
  }

  func testEmptyMaskBlankChannelAndNewerVersionAreRefused() throws {
    let path = try TestSession.scratch() + "/map.h5"
    try writeEMD1(path, mask: 0)
    var message = TestSession.message { _ = try ImportFixture.importOne(path) }
    XCTAssertTrue(message.contains("mask") && message.contains("empty"), message)
    try writeEMD1(path, blank: "e_xy")
    message = TestSession.message { _ = try ImportFixture.importOne(path) }
    XCTAssertTrue(message.contains("e_ac"), message)
    try writeEMD1(path, version: 2)
    message = TestSession.message { _ = try ImportFixture.importOne(path) }
    XCTAssertTrue(message.contains("version 2"), message)
    try writeEMD1(path, labels: ["e_xx", "e_yy", "e_xy", "theta", "mask", "error", "more"])
    try fixture.check(try ImportFixture.importOne(path))
  }

  func testTextFileIsNotHDF5() throws {
    let path = try TestSession.scratch() + "/text.h5"
    try TestSession.write("not a strain map\n", to: path)
    let message = TestSession.message { _ = try ImportFixture.importOne(path) }
    XCTAssertTrue(message.contains("not an HDF5 file"), message)
    _ = TestSession.message(.file) { _ = try ImportFixture.importOne(path + ".absent") }
  }
}
