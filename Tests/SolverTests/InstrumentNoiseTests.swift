// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Instruments
@testable import Inversion
@testable import PhaseField
@testable import Verification

/// Noise of the virtual microscope, and what is learnt of its images.
///
/// Collective.
final class InstrumentNoiseTests: XCTestCase {
  private let world = TestSession.communicator

  private func blank(
    rows: Int = 160, columns: Int = 200, _ communicator: Communicator
  ) throws -> ParticleImage {
    try DrawnImage.make(
      rows: rows, columns: columns, communicator: communicator, inside: { _, _ in true },
      channels: Dictionary(
        uniqueKeysWithValues: Channel.allCases.map { channel in
          (channel, { (_: Int, _: Int) in channel == .composition ? 0.5 : 0 })
        }))
  }

  /// Mean products of a channel with itself, so many columns and rows away.
  private func product(
    _ image: ParticleImage, _ channel: Channel, _ steps: (a: Int, c: Int), mean: Double = 0
  ) throws -> Double {
    let values = try image.values(channel)
    var (sum, count) = (0.0, 0.0)
    for cell in image.layout.ownCells {
      let (i, j) = image.layout.indices(cell)
      guard let other = image.layout.cell(i + steps.a, j + steps.c) else { continue }
      sum += (values[cell] - mean) * (values[other] - mean)
      count += 1
    }
    return sum / count
  }

  func testNoiseHasTheSizeAndTheReachThatWereAskedFor() throws {
    try XCTSkipIf(TestSession.isOneOfMany, "one process suffices")
    var noise = InstrumentNoise()
    (noise.strain, noise.rotation, noise.composition) = (2e-3, 5e-3, 0.07)
    (noise.correlation, noise.compositionCorrelation) = (1.5, 0.8)
    var image = try blank(world)
    noise.add(to: &image, seed: 4, place: 0)
    for (channel, level, length) in [
      (Channel.strainAA, 2e-3, 1.5), (.strainCC, 2e-3, 1.5), (.strainAC, 2e-3, 1.5),
      (.rotation, 5e-3, 1.5), (.composition, 0.07, 0.8),
    ] {
      let mean = channel == .composition ? 0.5 : 0
      let variance = try product(image, channel, (0, 0), mean: mean)
      // 32000 pixels, of which 4πℓ² go for one where the noise is smeared: 1.8 %; three of it.
      XCTAssertEqual(variance.squareRoot() / level, 1, accuracy: 0.055, "\(channel)")
      for steps in [(1, 0), (0, 1), (2, 0), (0, 3)] {
        let distance = Double(steps.0 * steps.0 + steps.1 * steps.1)
        // White noise through a Gaussian of sd ℓ twice is one of variance 2ℓ².
        XCTAssertEqual(
          try product(image, channel, steps, mean: mean) / variance,
          exp(-distance / (4 * length * length)), accuracy: 0.04, "\(channel) \(steps)")
      }
      XCTAssertEqual(image.sigmas[channel]?.first, level)
      XCTAssertEqual(image.correlationLengths[channel], length)
    }
    let (aa, cc) = (try image.values(.strainAA), try image.values(.strainCC))
    let cross = zip(aa, cc).reduce(0) { $0 + $1.0 * $1.1 } / Double(aa.count)
    XCTAssertEqual(cross / 4e-6, 0, accuracy: 0.08, "channels are independent")
    // Another place in the stack, another draw.
    var other = try blank(world)
    noise.add(to: &other, seed: 4, place: 1)
    let second = try other.values(.strainAA)
    let common = zip(aa, second).reduce(0) { $0 + $1.0 * $1.1 } / Double(aa.count)
    XCTAssertEqual(common / 4e-6, 0, accuracy: 0.08)
  }

  func testWhatTheInstrumentSpoils() throws {
    try XCTSkipIf(TestSession.isOneOfMany, "one process suffices")
    var noise = InstrumentNoise()
    (noise.composition, noise.isClipped, noise.isStated) = (0.4, true, false)
    (noise.outliers, noise.outlierSize) = (0.01, 0.2)
    (noise.deadPixels, noise.deadLines) = (0.02, 0.05)
    var image = try blank(world)
    noise.add(to: &image, seed: 8, place: 0)
    XCTAssertTrue(image.sigmas.isEmpty)
    XCTAssertTrue(image.correlationLengths.isEmpty)
    let (x, shear) = (try image.values(.composition), try image.values(.strainAC))
    XCTAssertTrue(x.allSatisfy { $0.isNaN || (0...1).contains($0) })
    // Φ(−1.25) on either side.
    let cut = Double(x.count { $0 == 0 || $0 == 1 }) / Double(x.count { !$0.isNaN })
    XCTAssertEqual(cut, 0.2113, accuracy: 0.01)
    let off = shear.filter { !$0.isNaN && $0 != 0 }
    XCTAssertTrue(off.allSatisfy { abs(abs($0) - 0.2) < 1e-12 })
    // Binomial: 1 % of 30 000 alive, four standard deviations of 17.
    XCTAssertEqual(Double(off.count), 0.01 * Double(x.count { !$0.isNaN }), accuracy: 70)
    XCTAssertEqual(Double(off.count { $0 < 0 }), Double(off.count) / 2, accuracy: 40)
    var rows = [Int](repeating: 0, count: 160)
    for (cell, value) in x.enumerated() where value.isNaN {
      rows[image.layout.indices(cell).j] += 1
      XCTAssertTrue(shear[cell].isNaN)
    }
    let whole = rows.count { $0 == 200 }
    XCTAssertTrue((2...16).contains(whole), "\(whole) rows of 160 at 5 %")
    let single = rows.filter { $0 < 200 }
    XCTAssertEqual(
      Double(single.reduce(0, +)) / Double(200 * single.count), 0.02, accuracy: 0.004)
    XCTAssertTrue(image.mask.allSatisfy { $0 }, "a dead pixel stays in the particle")
  }

  func testSmearedNoiseIsThatOfTheWholeImageOnAnyRanks() throws {
    var noise = InstrumentNoise.instrument
    (noise.deadPixels, noise.deadLines) = (0.03, 0.1)
    for (rows, columns) in [(17, 9), (9, 23), (3, 4)] {
      var part = try blank(rows: rows, columns: columns, world)
      let alone = try world.split(color: world.rank)
      defer { alone.release() }
      var whole = try blank(rows: rows, columns: columns, alone)
      noise.add(to: &part, seed: 5, place: 2)
      noise.add(to: &whole, seed: 5, place: 2)
      for channel in Channel.allCases {
        let (found, expected) = (try part.values(channel), try whole.values(channel))
        for cell in part.layout.held.isEmpty ? 0..<0 : 0..<part.layout.cellCount {
          let (i, j) = part.layout.indices(cell)
          let value = expected[try XCTUnwrap(whole.layout.cell(i, j))]
          XCTAssert(found[cell] == value || found[cell].isNaN && value.isNaN)
        }
      }
    }
  }

  private func specimen(_ angle: Double = 1.1) -> Specimen {
    var pattern = CompositionPattern(.stripes(period: 420, width: 90))
    (pattern.angle, pattern.phases) = (angle, SIMD2(0.02, 0.98))
    var specimen = Specimen(
      outline: .ellipsoid(
        centre: Directions(0, 0, 0), radii: Directions(420, 260, .infinity)),
      pattern: pattern, law: Truth.law,
      stiffness: Material.lithiumIronPhosphate.stiffness.planeStress)
    (specimen.wedge, specimen.wedgeAngle) = (0.4, 0.3)
    return specimen
  }

  func testSpecimenIsTheSameOnAnyRanks() throws {
    func image(_ communicator: Communicator) throws -> ParticleImage {
      let subject = try SpecimenSubject(
        specimen(), cell: 12, source: "specimen", communicator: communicator)
      var microscope = Microscope()
      (microscope.pixelSize, microscope.blur, microscope.tilt) = (24, 15, SIMD2(0.2, 0.1))
      return try microscope.image(of: subject, name: "P", communicator: communicator)
    }
    let alone = try world.split(color: world.rank)
    defer { alone.release() }
    let (part, whole) = (try image(world), try image(alone))
    XCTAssertEqual(part.numbering.globalCount, whole.numbering.globalCount)
    for channel in Channel.allCases {
      let (found, expected) = (try part.values(channel), try whole.values(channel))
      for cell in part.mask.indices where part.mask[cell] {
        let (i, j) = part.layout.indices(cell)
        XCTAssertEqual(
          found[cell], expected[try XCTUnwrap(whole.layout.cell(i, j))], accuracy: 1e-10)
      }
    }
  }

  func testSpecimenHasTheAreaAndTheStrainOfItsLaw() throws {
    // One composition everywhere: the free strain of the law, no stress, no rotation gradient.
    var plain = specimen()
    plain.pattern = CompositionPattern(.boundary(position: 1e5, width: 10))
    plain.pattern.phases = SIMD2(0.3, 0.9)
    plain.wedge = 0
    let subject = try SpecimenSubject(
      plain, cell: 10, source: "specimen", communicator: world)
    var microscope = Microscope()
    microscope.pixelSize = 20
    let image = try microscope.image(of: subject, name: "P", communicator: world)
    let free = Truth.law.strain(at: 0.3)
    for (channel, expected) in [
      (Channel.composition, 0.3), (.strainAA, free.aa), (.strainCC, free.cc), (.strainAC, 0),
    ] {
      let values = try image.values(channel)
      for cell in image.numbering.ownCells {
        XCTAssertEqual(values[cell], expected, accuracy: 1e-9, "\(channel)")
      }
    }
    let area = try world.sum(
      image.layout.ownCells.reduce(0.0) { $0 + 400 * (image.thickness?[$1] ?? 0) })
    // Cells of which less than a fiftieth is material are left out.
    XCTAssertEqual(area / (.pi * 420 * 260), 1, accuracy: 2e-3)
    XCTAssertEqual(
      Double(image.numbering.globalCount) * 400 / (.pi * 420 * 260), 1, accuracy: 0.02)
  }

  func testStrainOfASpecimenIsThatOfAMeshAlongItsOutline() throws {
    var diamond = specimen()
    diamond.outline = .prism(.diamond(centre: .zero, extents: SIMD2(840, 520)))
    diamond.wedge = 0
    let pattern = diamond.pattern
    let oracle = try VirtualSpecimen(
      halfA: 420, halfC: 260, cells: 60, law: Truth.law, stiffness: diamond.stiffness,
      communicator: world, composition: { pattern.composition($0, $1) })
    let subject = try SpecimenSubject(
      diamond, cell: 11, source: "specimen", communicator: world)
    var sums = [0.0, 0.0]
    try subject.visit(x: 0..<subject.counts.x, y: 0..<subject.counts.y, hasGradient: true) {
      layer throws(ParallelError) in
      for cell in layer.share.indices {
        let (i, j) = (cell % subject.counts.x, cell / subject.counts.x)
        let at = subject.low + subject.edge * (SIMD2(Double(i), Double(j)) + 0.5)
        // The border's own cells are cut, and so is what they hold.
        guard abs(at.x) / 420 + abs(at.y) / 260 < 0.9, let truth = oracle.sample(at.x, at.y) else {
          continue
        }
        let right = [truth.aa, truth.cc, (truth.ac + truth.ca) / 2]
        for (index, value) in right.enumerated() {
          sums[0] += (layer.gradient[index][cell] - value) * (layer.gradient[index][cell] - value)
          sums[1] += value * value
        }
      }
    }
    // Border cells of full thickness would be 0.0095 off.
    XCTAssertLessThan((sums[0] / sums[1]).squareRoot(), 0.004)
  }

  func testLawOfASpecimenIsLearntWithinItsBand() throws {
    let subject = try SpecimenSubject(
      specimen(), cell: 12, source: "specimen", communicator: world)
    var microscope = Microscope()
    microscope.pixelSize = 24
    let clean = try microscope.image(of: subject, name: "P", communicator: world)
    var noise = InstrumentNoise()
    let level = 0.05 * InstrumentNoise.unit
    (noise.strain, noise.rotation, noise.correlation) = (level, level, 1)
    let (truth, draws) = (Truth.law, 6)
    var sums = [Double](repeating: 0, count: 6)
    for draw in 0..<draws {
      var image = clean
      noise.add(to: &image, seed: 2, place: draw)
      let learnt = try Learner(InferenceStudies.defaults(), communicator: world, log: SilentLog())
        .learn(train: [image], test: [])
      let judged = InferenceStudies.judged(learnt.law.curves(derivative: true)) {
        (truth.derivative(at: $0).aa, truth.derivative(at: $0).cc)
      }
      for index in sums.indices { sums[index] += judged[index] / Double(draws) }
    }
    // A draw's curve is in or out as a whole: of six, one may be out in part.
    XCTAssertGreaterThan(sums[0], 0.85, "share of f'_a inside the band")
    XCTAssertGreaterThan(sums[3], 0.85, "share of f'_c inside the band")
    // A band of a sixth of 0.05 at one draw of 5 % from 600 pixels, so that it says something.
    XCTAssertLessThan(sums[1], 0.009)
    XCTAssertLessThan(sums[4], 0.009)
  }
}
