// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField
import Physics
import XCTest

@testable import Driver

/// Cases of particles in one dimension.
final class EnsembleTextTests: XCTestCase {
  private let line = "dimension: 1\nsize: {a: 1300 nm}\nelements: {a: 300}\n"

  private func read(_ more: String) throws(ParallelError) -> EnsembleText {
    try CaseReading.decode(EnsembleText.self, from: line + more, path: "case.yaml")
  }

  func testDefaultsAreThoseOfTheSI() throws {
    let text = try read("drive: {current: 0.1 C, until: {mean: 0.9}}\n")
    let model = text.model
    XCTAssertEqual(model.coherency, 0.08618, accuracy: 1e-5)
    XCTAssertEqual(model.reaction.rateConstant, 0.4 / 3600, accuracy: 1e-18)
    XCTAssertEqual(model.ends, .composition(0.98))
    XCTAssertEqual(model.kappa, 13.4)
    XCTAssertEqual(model.crossSection, 3e5)
    XCTAssertNil(model.noise)
    XCTAssertEqual(model.factors, [1])
    XCTAssertEqual(text.voltageWindow, 2.02...4.82)
    XCTAssertEqual(text.drive.count, 1)
    XCTAssertEqual(text.drive[0].mean, 0.9)
  }

  /// The effective case says the same again: read, it is written as it was.
  func testTheEffectiveCaseSaysItAgain() throws {
    let cases = [
      "drive: {current: 0.1 C, until: {mean: 0.9}}\n",
      """
      surface: neutral
      noise: both
      seed: 3
      ensemble: {particles: 5, k0_spread: 0.5, draw: quantiles}
      start: {mean: 0.1, noise: 0.01}
      energy: {omega: 0.1 eV, thermal: 0.026 eV}
      drive:
        - {current: 1 C, until: {voltage: 3.2 V, time: 2 h}}
        - {voltage: 3.2 V, until: {current: 0.05 C}}
        - {repeat: 2, steps: [{rest: true, until: {time: 60 s}}, {current: -1 C, until: {time: 9 s}}]}
      window: [2.5 V, 4 V]
      critical_current: {seeds: 2}
      store_interval: {start: 1 s, end: 100 s, count: 3, spacing: log}

      """,
      "boundary: {a: periodic}\nreaction: {k0: 0 1/h}\nuntil: 1 h\n",
    ]
    for text in cases {
      let first = try read(text)
      let again = try CaseReading.decode(
        EnsembleText.self, from: first.effective, path: "effective")
      XCTAssertEqual(again.effective, first.effective)
      XCTAssertEqual(again.drive.count, first.drive.count)
      XCTAssertEqual(again.model.factors, first.model.factors)
    }
    XCTAssertEqual(try read(cases[1]).drive.count, 6)
  }

  func testWhatIsWrongIsSaid() {
    let rows: [(String, [String])] = [
      ("", ["drive", "ends the run"]),
      ("drive: {current: -0.1 C}\n", ["drive", "charge", "wrong way"]),
      ("drive: {current: 0.1 C, until: {mean: 0.01}}\n", ["drive", "step 1", "wrong way"]),
      (
        "start: {mean: 0.9}\ndrive: [{current: -1 C, until: {mean: 0.3}}, "
          + "{current: -1 C, until: {mean: 0.5}}]\n", ["step 2", "wrong way"]
      ),
      ("drive: {current: 1 C, voltage: 3 V}\n", ["current and voltage", "expected one"]),
      ("drive: {voltage: 3 V}\n", ["voltage", "no until"]),
      ("drive: {voltage: 3 V, until: {voltage: 3 V}}\n", ["until", "does not end a step"]),
      ("drive: {curent: 1 C}\n", ["curent", "did you mean \"current\""]),
      ("drive: [{current: 1 C}, {rest: true}]\n", ["rest", "a time"]),
      ("drive: fast\n", ["drive", "fast", "rest"]),
      ("drive: {current: 1 A}\n", ["current", "1 A"]),
      ("ensemble: {particles: 0}\nuntil: 1 s\n", ["particles", "found 0"]),
      ("elements: {a: 0}\n", ["elements"]),
      ("surface: {composition: 1.2}\nuntil: 1 s\n", ["surface.composition", "1.2"]),
      ("reaction: {k0: 0 1/h}\ndrive: {current: 1 C}\n", ["drive", "k0 = 0"]),
      ("active: [0.9, 0.1]\nuntil: 1 s\n", ["active", "lower one first"]),
    ]
    for (text, words) in rows {
      // A later key replaces none: each row has its own elements where it names them.
      let line = text.hasPrefix("elements") ? "dimension: 1\nsize: {a: 9 nm}\n" : line
      XCTAssertThrowsError(
        try CaseReading.decode(EnsembleText.self, from: line + text, path: "case.yaml"), text
      ) { error in
        let message = "\(error)"
        for word in words { XCTAssert(message.contains(word), "\(text): \(message)") }
      }
    }
    XCTAssertThrowsError(
      try CaseReading.decode(
        EnsembleText.self,
        from: "dimension: 1\nsize: {a: 1300 nm}\nelements: {a: 20}\nuntil: 1 h\n",
        path: "case.yaml")
    ) { XCTAssert("\($0)".contains("interface of 26.6 nm"), "\($0)") }
  }
}
