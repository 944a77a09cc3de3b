// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion
@testable import Verification

/// The share that long work tells rises to all of it.
///
/// Collective.
final class ProgressTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  func testLearningTellsItsShare() throws {
    var noisy = try DrawnImage.specimen(communicator: communicator)
      .withNoise(strain: 1e-3, composition: 0.05, seed: 3)
    noisy.sigmas[.composition] = noisy.mask.map { $0 ? 0.05 : .nan }
    noisy.correlationLengths[.composition] = 0
    let other = try DrawnImage.specimen(pixelSize: 35, communicator: communicator)
      .withNoise(strain: 1e-3, seed: 4)
    let (clean, test) = (try renamed(other, "C"), try renamed(other, "T"))
    let words = [
      "V: \(noisy.numbering.globalCount) pixels: factorising", "V: equations of m1",
      "V: noise in the composition, m0", "V: noise in the composition, probe 7 of 8",
      "C: pixels halved", "T: equations of m0", "fits of m1",
    ]
    for (misfit, boundary) in [
      (Misfit.strain, ForwardModel.Boundary.free), (.displacement, .measured),
    ] {
      var options = DrawnImage.options(misfit, boundary, terms: [1, 2, 3])
      options.models = [.m0, .m1]
      let log = ListeningLog()
      _ = try Learner(options, communicator: communicator, log: log)
        .learn(train: [noisy, clean], test: [test])
      try check(log.lines, "learn", words)
    }
    var options = DrawnImage.options(.strain, .free, terms: [2])
    options.models = [.m0]
    let log = ListeningLog()
    _ = try Learner(options, communicator: communicator, log: log).learn(train: [clean], test: [])
    try check(log.lines, "learn", ["C: equations of m0"])
  }

  func testSensitivityAndResidualTellTheirShares() throws {
    let image = try DrawnImage.specimen(pixelSize: 35, communicator: communicator)
    let material = Material.lithiumIronPhosphate
    let log = ListeningLog()
    _ = try StiffnessSensitivity.rows(
      of: ResidualFixture.law, options: DrawnImage.options(.strain, .free, terms: [2]),
      stiffness: material.stiffness, endMembers: material.endMembers, train: [image],
      communicator: communicator, log: log)
    try check(log.lines, "sensitivity", ["C11 +10 %", "C(X) between the end members"])
    XCTAssertEqual(log.lines.count, 16)
    log.lines = []
    let count = Double(image.numbering.globalCount)
    let work = WorkShare("residual", total: 2 * count, log: log)
    let options = ResidualOptions(
      law: ResidualFixture.law, stiffness: material.stiffness.planeStress)
    for _ in 0..<2 { _ = try ResidualStrain(image, options: options, log: log, work: work) }
    work.end()
    try check(log.lines, "residual", ["V: \(Int(count)) pixels: equilibrium"])
  }

  private func renamed(_ image: ParticleImage, _ name: String) throws -> ParticleImage {
    try ParticleImage(
      name: name, file: image.file, pixelSize: image.pixelSize, origin: image.origin,
      role: image.role, layout: image.layout, mask: image.mask, channels: image.channels,
      communicator: communicator)
  }

  /// Whether every line begins with the name and a share that rises from 0 to 100, reached at the end.
  private func check(_ lines: [String], _ name: String, _ words: [String]) throws {
    let shares = lines.compactMap { line in
      line.prefixMatch(of: /([a-z]+): ([0-9]+) %/).flatMap { $0.1 == name ? Int($0.2) : nil }
    }
    XCTAssertEqual(shares.count, lines.count, lines.joined(separator: "\n"))
    XCTAssertEqual(shares.first, 0)
    XCTAssertEqual(shares.last, 100)
    XCTAssertEqual(shares, shares.sorted())
    XCTAssertTrue(shares.dropLast().allSatisfy { $0 < 100 }, lines.joined(separator: "\n"))
    XCTAssertEqual(lines.last, "\(name): 100 %")
    for word in words {
      XCTAssertTrue(lines.contains { $0.hasSuffix(word) }, "\(word) in \(lines)")
    }
  }
}
