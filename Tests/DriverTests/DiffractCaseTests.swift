// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import XCTest

@testable import Driver
@testable import Formats

/// What a diffraction case may say, and how the command ends.
///
/// Without communication.
final class DiffractCaseTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  private static let peaks = """
    peaks:
      - {hkl: [1, 0, 1], effective_density: 379.8 1/um2}
      - {hkl: [2, 1, 0], effective_density: 403.8 1/um2}
      - {hkl: [1, 1, 1], effective_density: 1362.1 1/um2}

    """

  private static func decoded(_ text: String) throws -> DiffractCase {
    try CaseReading.decode(DiffractCase.self, from: text, path: "c.yaml")
  }

  func testDefaultsAndUnits() throws {
    let found = try Self.decoded("crystal: LiFePO4\n" + Self.peaks + "fixed: {D: 100 1/um2}\n")
    XCTAssertEqual(found.systems.count, 15)
    XCTAssertNil(found.tolerance)
    XCTAssert(found.isAveraged)
    XCTAssertEqual(found.fixed["D"] ?? 0, 1e-4, accuracy: 1e-12)
    let custom = try Self.decoded(
      """
      crystal: {cell: [4, 4, 4, 90, 90, 90], stiffness: {c11: 168.4, c12: 121.4, c44: 75.4}}
      wavelength: 0.7 Å
      abscissa: scattering_vector
      instrument: {file: s.xy, window: [1, 2], method: fourier}
      fit: {start: 5, end: 20, q0: 0.3}
      peaks:
        - {file: p.xy, hkl: [1, 1, 1], window: [9, 11.5], background: 12}
      systems:
        - {label: e, burgers: [0.5, 0.5, 0], line: [1, -1, 2], plane: [1, -1, -1]}

      """)
    XCTAssert(custom.isAveraged)
    guard case .line(let line) = custom.peaks[0].source else { return XCTFail("no line") }
    XCTAssertEqual(line.options.start, 5)
    XCTAssertEqual(line.options.background, .known(12))
    XCTAssertEqual(line.line.abscissa, .scatteringVector)
    XCTAssertEqual(line.instrument?.correction, .fourier)
    XCTAssertEqual(custom.radiation?.wavelength ?? 0, 0.07, accuracy: 1e-12)
  }

  func testTheEffectiveCaseSaysTheSameAgain() throws {
    let text = """
      crystal: [LiFePO4, FePO4]
      wavelength: 0.7 Å
      instrument: {file: s.xy, window: [1, 2], method: fourier}
      peaks:
        - {file: p.xy, hkl: [1, 1, 1], window: [9, 11.5], background: 12}
        - {hkl: [1, 0, 1], effective_density: 380 1/um2, sd: 38 1/um2}
      candidates: [A, D]
      fixed: {H: 100 1/um2}
      weighting: errors

      """
    let first = try Self.decoded(text)
    let again = try Self.decoded(first.effective)
    XCTAssertEqual(again.effective, first.effective)
    XCTAssertEqual(again.systems, first.systems)
    XCTAssertEqual(again.crystals.count, 2)
    XCTAssertEqual(again.fixed, first.fixed)
    for word in ["method: fourier", "start: 3.0", "seed: 1", "average: equivalent"] {
      XCTAssert(first.effective.contains(word), first.effective)
    }
  }

  func testWrongCasesNameTheirKey() {
    let good = "crystal: LiFePO4\n" + Self.peaks
    for (text, words) in [
      (good + "candidate: [D]\n", ["candidate", "candidates"]),
      (good + "candidates: [D, Q]\n", ["candidates", "\"Q\""]),
      (good + "fixed: {D: 100}\n", ["fixed", "D", "100"]),
      (good + "tolerance: 150 %\n", ["tolerance"]),
      (good + "sampling: {samples: 20, chains: 8}\n", ["samples"]),
      ("crystal: LiFePO5\n" + Self.peaks, ["LiFePO5", "LiFePO4"]),
      ("crystal: LiFePO4\npeaks: []\n", ["peaks"]),
      (
        "crystal: LiFePO4\npeaks: [{hkl: [1, 0], effective_density: 1 1/um2}]\n",
        ["hkl", "three"]
      ),
      ("crystal: LiFePO4\npeaks: [{hkl: [1, 0, 1]}]\n", ["neither"]),
      (
        "crystal: LiFePO4\npeaks: [{hkl: [1, 0, 1], file: a, effective_density: 1 1/um2}]\n",
        ["both"]
      ),
      ("crystal: LiFePO4\npeaks: [{hkl: [1, 0, 1], file: a}]\n", ["wavelength"]),
      (
        "crystal: LiFePO4\nwavelength: 1 Å\npeaks: [{hkl: [1, 0, 1], file: a, window: [3, 2]}]\n",
        ["window", "rising"]
      ),
    ] {
      do {
        _ = try Self.decoded(text)
        XCTFail("accepted: \(text)")
      } catch {
        let message = "\(error)"
        for word in words { XCTAssert(message.contains(word), message) }
      }
    }
  }

  func testTheExampleOfLinesRuns() throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let example = package.appending(path: "examples/diffract-lines.yaml").path
    let ended = try Spawned().vegard(["diffract", example, "-o", "d.h5", "--format", "json"])
    XCTAssertEqual(ended.code, 0, ended.errors)
    XCTAssertEqual(Formats.diffractResult.differences(in: ended.output), [])
    let object =
      try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
    let peaks = try XCTUnwrap(object?["peaks"] as? [[String: Any]])
    // What the lines were made with (examples/diffract-lines.yaml), within two and a half errors.
    for (peak, truth) in zip(peaks, [379.8, 403.8, 1362.1, 675.6, 1255.9]) {
      let density = try XCTUnwrap(peak["rho_effective_per_um2"] as? Double)
      let deviation = try XCTUnwrap(peak["sd"] as? Double)
      XCTAssertEqual(density, truth, accuracy: 2.5 * deviation)
      XCTAssertLessThan(deviation, 0.3 * truth)
    }
  }

  func testTheCommandEndsAsItMust() throws {
    let good = "crystal: LiFePO4\n" + Self.peaks
    let place = try Spawned(files: [
      "good.yaml": good + "sampling: {samples: 4000}\n",
      "starved.yaml": good + "sampling: {samples: 16, chains: 2, thinning: 1}\n",
      "lost.yaml":
        "crystal: LiFePO4\nwavelength: 1 Å\npeaks: [{hkl: [1, 0, 1], file: none.xy}]\n",
      "bad.yaml": good + "systemes: none\n",
    ])
    let ended = try place.vegard(["diffract", "good.yaml", "-o", "d.h5", "--format", "json"])
    XCTAssertEqual(ended.code, 0, ended.errors)
    XCTAssertEqual(Formats.diffractResult.differences(in: ended.output), [])
    let object =
      try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
    let found = try XCTUnwrap(object?["decomposition"] as? [String: Any])
    XCTAssertEqual(found["unique"] as? Bool, false)
    XCTAssertEqual(found["rank"] as? Int, 3)
    XCTAssertLessThan(try XCTUnwrap(found["residual"] as? Double), 1e-9)
    XCTAssertLessThan(try XCTUnwrap(found["r_hat"] as? Double), 1.1)
    let systems = try XCTUnwrap(found["systems"] as? [String: [String: Any]])
    XCTAssertEqual(systems.count, 15)
    for key in ["density", "sd", "min", "max"] { XCTAssertNotNil(systems["D"]?[key], key) }
    let again = try place.vegard(
      ["diffract", "good.yaml", "-o", "d.h5", "--format", "json", "--force", "--quiet"], ranks: 2)
    XCTAssertEqual(again.output, ended.output)
    for (file, code, word) in [
      ("starved.yaml", Int32(3), "R-hat"), ("lost.yaml", 4, "none.xy"), ("bad.yaml", 2, "systems"),
    ] {
      let wrong = try place.vegard(["diffract", file, "-o", "x.h5"])
      XCTAssertEqual(wrong.code, code, wrong.errors)
      XCTAssert(wrong.errors.contains(word), wrong.errors)
      XCTAssertEqual(wrong.output, "")
      XCTAssertFalse(place.contents.contains("x.h5"))
    }
  }
}
