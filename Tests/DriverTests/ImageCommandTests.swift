// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Driver
@testable import Formats
@testable import Images
@testable import Instruments

/// `image` as a shell sees it.
final class ImageCommandTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  private static let particle = """
    size: {a: 160 nm, c: 80 nm, b: 60 nm}
    elements: {a: 32, c: 16}
    voids: [{cylinder: {a: 70 nm, c: 40 nm, radius: 18 nm}}]
    first_step: 1 s
    until: 3 s
    store_every: 1

    """

  private static let line = """
    dimension: 1
    size: {a: 100 nm}
    elements: {a: 10}
    surface: neutral
    drive: {current: 1 C, until: {mean: 0.1}}

    """

  private static let specimen = """
    outline: {ellipse: {a: 400 nm, c: 240 nm}}
    pattern: {stripes: {period: 200 nm, width: 60 nm}}
    particles: 2
    tests: 1
    pixel_size: 20 nm

    """

  private func imageJSON(_ place: Spawned, _ words: [String], ranks: Int? = nil) throws -> String {
    let ended = try place.vegard(["image"] + words + ["--format", "json"], ranks: ranks)
    XCTAssertEqual(ended.code, 0, ended.errors)
    XCTAssertEqual(Formats.imageResult.differences(in: ended.output), [])
    return ended.output
  }

  func testRunsBecomeStacksThatOtherCommandsTake() throws {
    let place = try Spawned(files: [
      "case.yaml": Self.particle, "plain.yaml": Self.particle + "elastic: false\n",
      "line.yaml": Self.line,
      "eye.yaml": "pixel_size: 10 nm\nblur: 8 nm\nmisregistration: {a: 4 nm}\nnoise: 5 %\n",
      "specimen.yaml": Self.specimen,
    ])
    for name in ["case", "plain", "line"] {
      let ended = try place.vegard(["simulate", "\(name).yaml", "-o", "\(name).h5"])
      XCTAssertEqual(ended.code, 0, ended.errors)
    }
    let output = try imageJSON(
      place, ["case.h5", "--pixel-size", "10 nm", "--noise", "2 %", "-o", "image.h5"])
    XCTAssertTrue(output.contains("\"P1\""), output)
    // On other ranks the same numbers.
    _ = try imageJSON(
      place, ["case.h5", "--pixel-size", "10 nm", "--noise", "2 %", "-o", "three.h5"], ranks: 3)
    let (one, three) = (
      try channel("e_aa", place, "image.h5"), try channel("e_aa", place, "three.h5")
    )
    XCTAssertEqual(one.count, 128)
    for (first, second) in zip(one, three) where !first.isNaN {
      XCTAssertEqual(first, second, accuracy: 1e-14)
    }
    XCTAssertEqual(try number("true_law_a", place, "image.h5"), 0.02525)
    XCTAssertEqual(try number("true_law_c", place, "image.h5"), -0.0095)
    let all = try imageJSON(
      place, ["case.h5", "--step", "all", "--instrument", "eye.yaml", "-o", "all.h5"])
    XCTAssertTrue(all.contains("\"step-0\""), all)
    _ = try imageJSON(
      place,
      ["plain.h5", "--composition-only", "--pixel-size", "10 nm", "--tilt", "20 deg", "-o", "x.h5"])
    for (words, code) in [
      (["inspect", "all.h5"], Int32(0)), (["check", "image.h5"], 0),
      (["check", "specimen.yaml"], 0),
      (["learn", "image.h5", "-o", "law.h5"], 0),
    ] {
      let ended = try place.vegard(words)
      XCTAssertEqual(ended.code, code, "\(words): \(ended.errors)")
    }
    let size = ["--pixel-size", "10 nm"]
    for (words, expected) in [
      (["line.h5"] + size, ["one dimension"]),
      (["plain.h5"] + size, ["/steps/", "displacement is missing", "no elasticity"]),
      (["case.h5", "--pixel-size=-1 nm"], ["pixel_size", "more than zero"]),
      (["case.h5", "--pixel-size", "0 nm"], ["pixel_size", "more than zero"]),
      (["case.h5", "--pixel-size", "10"], ["pixel_size", "nm"]),
      (["case.h5", "--pixel-size", "3 nm"], ["case.h5", "edge of a cell"]),
      (["case.h5", "--step", "777"] + size, ["step 777 is not stored", "0, 1"]),
      (["case.h5", "--step", "x"] + size, ["--step", "all"]),
      (["case.h5", "--noise", "loud"] + size, ["noise", "loud", "instrument"]),
      (["case.h5", "--noise=-5 %"] + size, ["noise", "-5"]),
      (["case.h5", "--tilt", "95 deg"] + size, ["tilt.a", "80"]),
      (["case.h5", "--instrument", "specimen.yaml"] + size, ["unknown key"]),
      (["specimen.yaml", "--step", "1"], ["--step", "specimens"]),
      (["image.h5"] + size, ["vegard-run"]),
    ] {
      let refused = try place.vegard(["image", "-o", "none.h5"] + words)
      XCTAssertEqual(refused.code, 2, "\(words): \(refused.errors)")
      for word in expected { XCTAssertTrue(refused.errors.contains(word), refused.errors) }
      XCTAssertEqual(refused.output, "")
      XCTAssertFalse(place.contents.contains("none.h5"))
    }
  }

  private func channel(_ name: String, _ place: Spawned, _ file: String) throws -> [Double] {
    let path = place.directory.appending(path: file).path
    return try InputFile(path, communicator: TestSession.communicator).numbers("/P1/" + name)
  }

  private func number(_ name: String, _ place: Spawned, _ file: String) throws -> Double? {
    let path = place.directory.appending(path: file).path
    return try InputFile(path, communicator: TestSession.communicator)
      .attribute(name, of: "/P1")?.list?.first
  }

  func testExampleIsImagedAndLearnt() throws {
    let place = try Spawned()
    let example = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../examples/specimen.yaml").standardizedFileURL.path
    let output = try imageJSON(place, [example, "-o", "stack.h5"], ranks: 2)
    XCTAssertTrue(output.contains("\"P4\"") && output.contains("\"test\""), output)
    let learnt = try place.vegard(["learn", "stack.h5", "-o", "law.h5", "--model", "m1"])
    XCTAssertEqual(learnt.code, 0, learnt.errors)
  }

  func testSpecimensWithWrongKeysAreRefused() throws {
    let place = try Spawned()
    for (text, words) in [
      (Self.specimen + "pixl_size: 3 nm\n", ["pixl_size", "pixel_size"]),
      (Self.specimen.replacing("pattern", with: "patern"), ["patern", "pattern"]),
      (Self.specimen.replacing("stripes", with: "spots"), ["pattern", "spots"]),
      (Self.specimen.replacing("tests: 1", with: "tests: 2"), ["tests", "less than 2"]),
      (Self.specimen.replacing("20 nm", with: "0 nm"), ["pixel_size", "more than zero"]),
      (Self.specimen + "noise: {strain: -1}\n", ["noise.strain", "-1"]),
      (Self.specimen + "noise: {outliers: 120 %}\n", ["noise.outliers", "0 to 1"]),
      (Self.specimen + "law: {a: [0.02], c: [0.1, 0.2]}\n", ["law", "as many"]),
      (
        Self.specimen.replacing(
          "{ellipse: {a: 400 nm, c: 240 nm}}", with: "{stack: s.h5, particle: P}"),
        ["outline.stack", "drawn"]
      ),
      (Self.specimen.replacing("400 nm, c: 240", with: "8 nm, c: 6"), ["mask is empty"]),
    ] {
      try text.write(
        to: place.directory.appending(path: "bad.yaml"), atomically: true, encoding: .utf8)
      let refused = try place.vegard(["image", "bad.yaml", "-o", "none.h5"])
      XCTAssertEqual(refused.code, 2, "\(words): \(refused.errors)")
      for word in words { XCTAssertTrue(refused.errors.contains(word), refused.errors) }
      XCTAssertEqual(refused.output, "")
    }
  }

  func testEffectiveCaseIsReadBackAsItself() throws {
    let text =
      Self.specimen + """
        law: {a: [0.0247, -0.001, 2e-4], c: [-0.01, 5e-4, 0]}
        thickness: {variation: 0.3, angle: 20 deg}
        orientation: random
        noise: {strain: 5 %, composition: 0.07, correlation: 1.5, clip: true}
        tilt: {a: 5 deg}
        misregistration: {a: 12 nm, c: -8 nm, rotation: 1 deg, scale_a: 1.01}
        """
    let read = try CaseReading.decode(SpecimenText.self, from: text, path: "case")
    let effective = read.lines(SpecimenText.fields).joined(separator: "\n") + "\n"
    let again = try CaseReading.decode(SpecimenText.self, from: effective, path: "case")
    XCTAssertEqual(again.lines(SpecimenText.fields).joined(separator: "\n") + "\n", effective)
    XCTAssertEqual(read.instrument.imageNoise, again.instrument.imageNoise)
    let noise = read.instrument.imageNoise
    XCTAssertEqual(noise.strain, 0.05 * 0.0494, accuracy: 1e-15)
    XCTAssertEqual(noise.rotation, 0.05 * 0.0494, accuracy: 1e-15)
    XCTAssertEqual([noise.composition, noise.compositionCorrelation], [0.07, 1.5])
    XCTAssertEqual(again.instrument.microscope.misregistration.shift, SIMD2(12, -8))
    let preset = try CaseReading.decode(
      SpecimenText.self, from: Self.specimen + "noise: instrument\nnoise_stated: false\n",
      path: "case"
    ).instrument.imageNoise
    var expected = InstrumentNoise.instrument
    expected.isStated = false
    XCTAssertEqual(preset, expected)
    XCTAssertEqual(preset.rotation, 0.18 * .pi / 180, accuracy: 1e-15)
  }
}
