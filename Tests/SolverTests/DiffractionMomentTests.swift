// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel
import TestSupport
import XCTest

@testable import Diffraction
@testable import Verification

/// Restricted moments and what is fitted to them.
///
/// Without communication.
final class DiffractionMomentTests: XCTestCase {
  override func setUpWithError() throws {
    try XCTSkipIf(TestSession.isOneOfMany, "without communication")
  }

  func testMomentsOfALineInClosedForm() {
    let width = 1 / (2 * Double.pi * 100)
    let offsets = (-2000...2000).map { Double($0) * width / 40 }
    let line = LineProfile(
      offsets: offsets,
      intensities: offsets.map { 1 / (.pi * width * (1 + $0 * $0 / (width * width))) },
      variances: offsets.map { _ in 1 }, fullWidth: 2 * width)
    for x in [1.0, 3, 12.34, 49] {
      let q = x * width
      let second = MomentRow(profile: line, order: 2, from: 0, to: q).value(line.intensities)
      let expected = 2 * width * width / .pi * (x - atan(x))
      XCTAssertEqual(second / expected, 1, accuracy: 1e-3, "\(x)")
      // Two windows side by side are one.
      let parts =
        MomentRow(profile: line, order: 2, from: 0, to: q / 3).value(line.intensities)
        + MomentRow(profile: line, order: 2, from: q / 3, to: q).value(line.intensities)
      XCTAssertEqual(parts / second, 1, accuracy: 1e-12)
    }
  }

  func testTermsAreConsistentBetweenTheMoments() {
    // dM4/dq = q² dM2/dq, and the area beyond falls by the intensity: for every term.
    for term in TailTerm.allCases {
      for q in [0.01, 0.3] {
        let step = 1e-4 * q
        func slope(_ f: (Double) -> Double) -> Double { (f(q + step) - f(q - step)) / (2 * step) }
        let second = slope { term.secondMoment($0, reference: 0.02) }
        let fourth = slope { term.fourthMoment($0, reference: 0.02) }
        XCTAssertEqual(fourth / (q * q * second), 1, accuracy: 1e-6, "\(term)")
        let area = slope { term.areaBeyond($0, reference: 0.02) }
        XCTAssertEqual(-area * q * q / second, 1, accuracy: 1e-6, "\(term)")
      }
    }
    let product = TailProduct(
      inverseSize: 0.01, density: 3e-4, constant: -1e-5, area: 7, start: 0.03)
    let (q, step) = (0.05, 1e-6)
    let second = product.secondMoment(q + step) - product.secondMoment(q - step)
    let fourth = product.fourthMoment(q + step) - product.fourthMoment(q - step)
    XCTAssertEqual(fourth / (q * q * second), 1, accuracy: 1e-6)
  }

  func testSizeAndDensityComeBack() {
    for (size, density) in [(100.0, 3e-4), (400, 3e-4), (250, 4e-5)] {
      let line = VirtualLine(size: size, density: density)
      let profile = line.profile(reach: 25, counts: 1e10, background: 1e-3)
      let found = LineAnalysis(profile, LineOptions())
      XCTAssertNil(found.doubt)
      XCTAssertEqual(found.density.value / density, 1, accuracy: 0.02)
      XCTAssertEqual((found.joint?.size?.value ?? 0) / size, 1, accuracy: 0.02)
      // By the printed 4π² the mean square would be π² times smaller: it must stay of ρ*²'s order.
      let square = found.fourth?.meanSquare?.value ?? .nan
      XCTAssertLessThan(abs(square), 10 * density * density)
    }
  }

  func testAConstantBackgroundChangesNothing() {
    let line = VirtualLine(size: 150, density: 2e-4)
    let profile = line.profile(reach: 20, counts: 1e8)
    var raised = profile
    for index in raised.intensities.indices { raised.intensities[index] += 3e5 }
    let alone = LineAnalysis(profile, LineOptions())
    let found = LineAnalysis(raised, LineOptions())
    // Only what is assumed of the higher terms scales with the raw area.
    XCTAssertEqual(found.density.value / alone.density.value, 1, accuracy: 1e-4)
    // Stated, it is taken off; a wrong one is not forgiven.
    let stated = LineAnalysis(raised, LineOptions(background: .known(3e5)))
    XCTAssertEqual(stated.density.value / line.density, 1, accuracy: 0.03)
    let edge = LineAnalysis(raised, LineOptions(background: .known(raised.intensities[0])))
    XCTAssertGreaterThan(abs(edge.density.value / line.density - 1), 0.2)
  }

  func testTheErrorIsThatOfRepeatedCounting() {
    let line = VirtualLine(size: 200, density: 3e-4)
    let clean = line.profile(reach: 20, perWidth: 10, counts: 1e6, background: 1e-3)
    let noise = IndexedNoise(seed: 3)
    var values: [Double] = []
    var stated = 0.0
    for draw in 0..<60 {
      var profile = clean
      for index in profile.intensities.indices {
        profile.intensities[index] +=
          profile.variances[index].squareRoot() * noise.normal(stream: draw, index: index)
      }
      let found = LineAnalysis(profile, LineOptions())
      values.append(found.second?.density.value ?? .nan)
      stated += (found.second?.density.deviation ?? .nan) / 60
    }
    let mean = values.reduce(0, +) / 60
    let scatter = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 59).squareRoot()
    // 60 draws tell a standard deviation to 9 per cent.
    XCTAssertEqual(stated / scatter, 1, accuracy: 0.3)
  }

  func testTooFewCountsAndTooShortTailsSaySo() {
    let line = VirtualLine(size: 200, density: 3e-4)
    let faint = LineAnalysis(line.profile(reach: 12, counts: 300, background: 0.02), LineOptions())
    XCTAssert(faint.doubt?.contains("too few counts") ?? false)
    XCTAssertGreaterThan(faint.interval.upperBound, line.density)
    let short = LineAnalysis(line.profile(reach: 4, counts: 1e7), LineOptions())
    XCTAssert(short.doubt?.contains("too short") ?? false)
    XCTAssert(short.interval.contains(line.density))
    let good = LineAnalysis(line.profile(reach: 20, counts: 1e7), LineOptions())
    XCTAssertNil(good.doubt)
  }

  func testTaperNeedsTheCutoff() {
    let line = VirtualLine(size: 100, density: 0)
    let profile = line.profile(reach: 40, counts: 1e12)
    let fit = LineAnalysis(profile, LineOptions(background: .flat, strainCutoff: 1))
    // 1 for a Lorentzian.
    XCTAssertEqual(fit.taper?.value ?? .nan, 1, accuracy: 0.05)
    XCTAssertNil(LineAnalysis(profile, LineOptions()).taper)
  }

  func testInstrumentIsTakenOff() throws {
    let line = VirtualLine(size: 200, density: 3e-4)
    let made = line.profile(reach: 30, perWidth: 20, counts: 1e9, background: 1e-4)
    let spread = 0.25 * made.fullWidth
    let step = made.spacing
    let gauss = made.offsets.map { exp(-$0 * $0 / (2 * spread * spread)) }
    let measured = DiffractionMomentTests.convolved(made, gauss)
    let standard = LineProfile(
      offsets: made.offsets, intensities: gauss.map { 1e9 * $0 + 50 },
      variances: gauss.map { 1e9 * $0 + 50 }, fullWidth: 2.3548 * spread)
    XCTAssertEqual(step, standard.spacing, accuracy: 1e-12)
    let raw = LineAnalysis(measured, LineOptions())
    let corrected = LineAnalysis(
      measured, LineOptions(), instrument: try InstrumentLine(standard))
    let divided = LineAnalysis(
      try FourierCorrection.corrected(measured, standard: standard, name: "test"),
      LineOptions(background: .flat))
    let truth = line.density
    XCTAssertEqual(corrected.density.value / truth, 1, accuracy: 0.02)
    // What the cut leaves rings by a per cent between three and five full widths: no noise hides it
    // here, and it is noticed.
    XCTAssert(divided.doubt?.contains("does not describe") ?? false, divided.doubt ?? "")
    XCTAssertEqual((divided.joint?.density.value ?? .nan) / truth, 1, accuracy: 0.1)
    // c0 holds the instrument's variance unless it is taken off.
    let c0 = LineAnalysis(made, LineOptions()).joint?.constant.value ?? .nan
    let square = spread * spread
    XCTAssertEqual((raw.joint?.constant.value ?? .nan) - c0, square, accuracy: 0.1 * square)
    XCTAssertEqual((corrected.joint?.constant.value ?? .nan) - c0, 0, accuracy: 0.1 * square)
    let plain = LineAnalysis(made, LineOptions()).second?.constant.value ?? .nan
    XCTAssertEqual((divided.second?.constant.value ?? .nan) - plain, 0, accuracy: 0.3 * square)
    // The division gives the width of the line itself.
    XCTAssertEqual(divided.profile.fullWidth / made.fullWidth, 1, accuracy: 0.05)
    XCTAssertThrowsError(
      try FourierCorrection.corrected(standard, standard: standard, name: "test"))
  }

  func testAnAsymmetricInstrumentIsTakenOffWithItsSides() throws {
    let line = VirtualLine(size: 200, density: 3e-4)
    let made = line.profile(reach: 30, perWidth: 40, counts: 1e9, background: 1e-4)
    let spread = 0.2 * made.fullWidth
    func bump(_ q: Double) -> Double { exp(-q * q / (2 * spread * spread)) }
    let shape = made.offsets.map { bump($0) + 0.5 * bump($0 - 2 * spread) }
    let measured = DiffractionMomentTests.convolved(made, shape)
    let standard = LineProfile(
      offsets: made.offsets, intensities: shape.map { 1e9 * $0 + 50 },
      variances: shape.map { 1e9 * $0 + 50 }, fullWidth: 3.2 * spread)
    let divided = try FourierCorrection.corrected(measured, standard: standard, name: "test")
    let peak = made.interpolated(0).0
    for q in stride(from: -2 * made.fullWidth, through: 2 * made.fullWidth, by: spread) {
      XCTAssertEqual(
        divided.interpolated(q).0 / peak, made.interpolated(q).0 / peak, accuracy: 0.02, "at \(q)")
    }
  }

  private static func convolved(_ line: LineProfile, _ kernel: [Double]) -> LineProfile {
    let count = kernel.count
    let half = count / 2
    let sum = kernel.reduce(0, +)
    let near = kernel.indices.filter { kernel[$0] > 1e-12 }
    var result = line
    for place in 0..<count {
      result.intensities[place] = near.reduce(0.0) { total, index in
        // Beyond the ends the line goes on as its tail does at the end.
        let source = min(max(place + half - index, 0), count - 1)
        return total + kernel[index] / sum * line.intensities[source]
      }
    }
    result.variances = result.intensities
    return result
  }
}
