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

/// How the law is learnt, beside what the studies show.
///
/// Collective.
final class LearningTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  func testNoRankOwnsMoreThanItsShareOfTheUnknowns() throws {
    let tall = try DrawnImage.make(
      rows: 40, columns: 14, communicator: communicator,
      inside: { i, j in j > 25 || (4...6).contains(i) },
      channels: [
        .composition: { i, j in 0.5 + 0.4 * Double((3 * i + j) % 5 - 2) / 2 },
        .strainAA: { i, _ in 0.001 * Double(i % 3) }, .strainCC: { _, j in 0.001 * Double(j % 4) },
        .strainAC: { _, _ in 0 },
      ])
    let wide = try DrawnImage.specimen(communicator: communicator)
    // Two ranks at most 60 %; one line more or less decides on three.
    let limit = [1, 0.6, 0.45][communicator.size - 1]
    for image in [tall, wide] {
      let particle = try learnt([image], DrawnImage.options(.strain, .free)).particles[0]
      XCTAssertLessThanOrEqual(particle.largestShare, limit)
      XCTAssertGreaterThanOrEqual(particle.largestShare, 1 / Double(communicator.size))
    }
  }

  func testMultigridAgreesWithTheFactorisation() throws {
    let image = try DrawnImage.specimen(communicator: communicator)
      .withNoise(strain: 1e-3, seed: 3)
    for (misfit, boundary) in [
      (Misfit.strain, ForwardModel.Boundary.free), (.displacement, .measured),
    ] {
      var options = DrawnImage.options(misfit, boundary)
      options.hasBands = false
      let direct = try law(learnt([image], options))
      options.method = .multigrid(tolerance: 1e-10)
      let iterative = try law(learnt([image], options))
      let size = try XCTUnwrap(direct.map(abs).max())
      for (first, second) in zip(direct, iterative) {
        XCTAssertLessThanOrEqual(abs(first - second), 1e-7 * size, "\(misfit) \(boundary)")
      }
    }
  }

  func testNormalEquationsAreThoseOfTheFrobeniusNorm() throws {
    let image = try DrawnImage.specimen(communicator: communicator)
      .withNoise(strain: 1e-3, seed: 8)
    // Shear counts twice; with known deviations each channel counts by its own.
    try checkWeights(image, weighsBySigma: false) { field, _ in field == 2 ? 2 : 1 }
    var known = image
    for (field, channel) in [Channel.strainAA, .strainCC, .strainAC].enumerated() {
      known.sigmas[channel] = image.numbering.number.map { deviation(field, $0) }
    }
    try checkWeights(known, weighsBySigma: true) { 1 / pow(deviation($0, $1), 2) }
  }

  private func deviation(_ field: Int, _ number: Int) -> Double {
    1e-3 * (1 + Double(field)) * (1 + 0.1 * Double(number % 3))
  }

  private func checkWeights(
    _ image: ParticleImage, weighsBySigma: Bool, _ weight: (Int, Int) -> Double
  ) throws {
    let particle = try PreparedParticle(
      image, isTraining: true, options: DrawnImage.options(.strain, .free),
      weighsBySigma: weighsBySigma, log: SilentLog())
    let responses = try XCTUnwrap(particle.responses)
    var expected = [Double](repeating: 0, count: 16)
    for (pixel, cell) in image.numbering.ownCells.enumerated() {
      for (index, field) in [ForwardModel.Field.strainAA, .strainCC, .strainAC].enumerated() {
        for entry in 0..<16 {
          expected[entry] +=
            weight(index, image.numbering.number[cell]) * responses[field, entry / 4, pixel]
            * responses[field, entry % 4, pixel]
        }
      }
    }
    try communicator.reduce(&expected, .sum)
    let found = try XCTUnwrap(particle.equations[.m1]).matrix
    let size = try XCTUnwrap(expected.map(abs).max())
    for (first, second) in zip(found, expected) {
      XCTAssertLessThanOrEqual(abs(first - second), 1e-12 * size)
    }
  }

  func testLawOfFewerTermsIsTheOneLearntAlone() throws {
    let image = try DrawnImage.specimen(communicator: communicator)
      .withNoise(strain: 1e-3, seed: 4)
    var options = DrawnImage.options(.strain, .free, terms: [1, 2, 3])
    // The drawn composition has no noise, and its bends are no sign of any.
    options.correctsComposition = false
    let many = try learnt([image], options)
    options.terms = [2]
    let alone = try learnt([image], options)
    let nested = try XCTUnwrap(many.fits[0].byTerms.first { $0.law.terms == 2 }).law.unknowns
    for (first, second) in zip(nested, try law(alone)) {
      XCTAssertEqual(first, second, accuracy: 1e-11)
    }
  }

  func testTheBandIsTheNormalDistributionsNinetyFivePerCent() throws {
    let law = EigenstrainLaw(a: [0.5], c: [0.25])
    // f' = 2 a: a standard deviation of 0.5 in a is one of 1 in f'_a.
    let curves = LawCurves(law, [0.25, 0, 0, 1], derivative: true)
    XCTAssertEqual(curves.aUpper[50] - curves.a[50], 1.959964, accuracy: 1e-4)
    XCTAssertEqual(curves.c[50] - curves.cLower[50], 2 * 1.959964, accuracy: 1e-4)
  }

  func testTheAveragedLawScalesWithTheStrains() throws {
    let image = try DrawnImage.specimen(communicator: communicator)
      .withNoise(strain: 1e-3, seed: 9)
    var scaled = image
    for channel in Channel.gradient {
      scaled.channels[channel] = image.channels[channel]?.map { 4 * $0 }
    }
    var options = DrawnImage.options(.strain, .free, terms: [1, 2, 3])
    options.correctsComposition = false
    let one = try learnt([image], options)
    let four = try learnt([scaled], options)
    XCTAssertEqual(one.law.law.terms, 10)
    XCTAssertEqual(one.selectedTerms, four.selectedTerms)
    let size = try XCTUnwrap(one.law.law.unknowns.map(abs).max())
    for (first, second) in zip(one.law.law.unknowns, four.law.law.unknowns) {
      XCTAssertEqual(4 * first, second, accuracy: 1e-9 * size)
    }
    for (first, second) in zip(one.law.dataShare, four.law.dataShare) {
      XCTAssertEqual(first, second, accuracy: 1e-7)
    }
  }

  func testDeadPixelsAndPartsAreReported() throws {
    let whole = try DrawnImage.specimen(communicator: communicator)
    let image = DrawnImage.damaged(whole)
    let needed: [Channel] = [.composition, .strainAA, .strainCC, .strainAC]
    let live = try communicator.sum(image.validCells(needed).count)
    let composition = try image.values(.composition)
    let dead = try communicator.sum(
      image.numbering.ownCells.filter { !composition[$0].isFinite }.count)
    let particle = try learnt([image], DrawnImage.options(.strain, .free)).particles[0]
    XCTAssertEqual(particle.valid, live)
    XCTAssertEqual(particle.masked, image.numbering.globalCount - live)
    XCTAssertEqual(particle.filled, dead)
    XCTAssertGreaterThan(particle.masked, particle.filled)
  }

  func testPartsOfAMaskAreWarnedOfAndLearntFrom() throws {
    let image = try DrawnImage.make(
      rows: 9, columns: 20, communicator: communicator,
      inside: { i, j in i != 8 && i != 14 && !(i > 14 && j == 4) },
      channels: [
        .composition: { i, j in 0.5 + 0.1 * Double((2 * i + 3 * j) % 9 - 4) },
        .strainAA: { i, j in -0.05 * (0.5 - 0.1 * Double((2 * i + 3 * j) % 9 - 4)) },
        .strainCC: { i, j in 0.02 * (0.5 - 0.1 * Double((2 * i + 3 * j) % 9 - 4)) },
        .strainAC: { _, _ in 0 }, .rotation: { _, _ in 0.01 },
      ])
    for misfit in Misfit.allCases {
      let log = ListeningLog()
      let learner = Learner(
        DrawnImage.options(misfit, .free), communicator: communicator, log: log)
      let result = try learner.learn(train: [image], test: [])
      XCTAssert(log.sentences.contains { $0.contains("4 disconnected parts") }, "\(log.sentences)")
      XCTAssert(try law(result).allSatisfy(\.isFinite))
    }
  }

  func testLawFilesOfEveryMisfitConformToTheFormat() throws {
    let image = try DrawnImage.specimen(communicator: communicator)
      .withNoise(strain: 1e-3, seed: 6)
    for (misfit, boundary) in [
      (Misfit.gradient, ForwardModel.Boundary.free), (.displacement, .measured),
    ] {
      let path = try TestSession.scratch() + "/law.h5"
      let output = try OutputFile(path, communicator: communicator)
      try LawWriter.write(
        learnt([image], DrawnImage.options(misfit, boundary, terms: [1, 2, 3])), to: output)
      try output.commit()
      let file = try InputFile(path, communicator: communicator)
      XCTAssertEqual(try Formats.law.differences(in: file).map(\.line), [])
      XCTAssertEqual(try file.attribute("misfit", of: "models/m1")?.text, misfit.rawValue)
      XCTAssertEqual(try file.attribute("boundary", of: "models/m1")?.text, boundary.rawValue)
    }
  }

  private func learnt(
    _ images: [ParticleImage], _ options: LearningOptions
  ) throws -> LearnedLaw {
    try Learner(options, communicator: communicator, log: SilentLog())
      .learn(train: images, test: [])
  }

  private func law(_ learnt: LearnedLaw) throws -> [Double] {
    try XCTUnwrap(learnt.selected(learnt.selectedModel)).law.unknowns
  }
}
