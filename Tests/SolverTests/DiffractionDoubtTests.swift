// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Diffraction
@testable import Verification

/// When a line says what it knows, and when it says why not.
///
/// Without communication.
final class DiffractionDoubtTests: XCTestCase {
  override func setUpWithError() throws {
    try XCTSkipIf(TestSession.isOneOfMany, "without communication")
  }

  private func wilkens(
    reach: Double, counts: Double = 1e7, background: (Double) -> Double = { _ in 2e-3 }
  ) -> LineProfile {
    let line = WilkensLine(median: 120, spread: 0.35, density: 4e-4, cutoff: 60)
    let width = 0.01366
    let half = Int(reach * 16)
    let offsets = (-half...half).map { Double($0) * width / 16 }
    let values = line.intensities(offsets)
    let counted = offsets.indices.map { index in
      counts * (values[index] / values[half] + background(offsets[index] / offsets[2 * half]))
    }
    return LineProfile(
      offsets: offsets, intensities: counted, variances: counted, fullWidth: width)
  }

  func testWilkensLineHasTheTailItIsMadeFor() {
    let line = WilkensLine(median: 120, spread: 0.35, density: 4e-4, cutoff: 60)
    // The two branches of f meet, and A falls as −L/ε.
    XCTAssertEqual(
      WilkensLine.function(1 - 1e-9), WilkensLine.function(1 + 1e-9), accuracy: 1e-6)
    XCTAssertEqual(WilkensLine.function(0.99e-3), WilkensLine.function(1.01e-3), accuracy: 0.03)
    XCTAssertEqual((1 - line.coefficient(1e-3)) / 1e-3 * line.size, 1, accuracy: 1e-3)
    // I → 1/(2π²εq²) + ρ*/(4π²q³).
    let q = 0.5
    let tail = line.intensities([q])[0] - 1 / (2 * .pi * .pi * line.size * q * q)
    XCTAssertEqual(tail * 4 * .pi * .pi * q * q * q / 4e-4, 1, accuracy: 0.06)
  }

  func testTheSquareOfTheStrainIsTakenOff() {
    // Without it ρ* is 8 per cent too large here, with the wrong sign 14.
    let flat = LineAnalysis(wilkens(reach: 25), LineOptions(background: .flat))
    XCTAssertEqual(flat.density.value / 4e-4, 1, accuracy: 0.055)
    XCTAssertEqual((flat.size?.value ?? 0) / 108.66, 1, accuracy: 0.015)
    // ⟨ρ*²⟩ of an exponential is ρ*²; by the printed 4π² it would be ten times smaller.
    let bright = LineAnalysis(
      wilkens(reach: 60, counts: 1e14, background: { _ in 0 }),
      LineOptions(start: 6, background: .flat))
    let square = bright.joint?.meanSquare?.value ?? .nan
    XCTAssertGreaterThan(square / 1.6e-7, 0.4)
    XCTAssertLessThan(square / 1.6e-7, 2.5)
  }

  func testABentBackgroundIsTakenOff() {
    let bent = wilkens(reach: 25, background: { 0.01 * (1 - 0.3 * $0 * $0) })
    let found = LineAnalysis(bent, LineOptions())
    XCTAssertNil(found.doubt)
    XCTAssertEqual(found.density.value / 4e-4, 1, accuracy: 0.2)
    XCTAssertEqual(found.joint?.background?.value ?? 0, 1e5, accuracy: 2e3)
    XCTAssertGreaterThan(found.bendingDeviation, 0)
    // A background stated to be flat is not believed against the data.
    let stated = LineAnalysis(bent, LineOptions(background: .flat))
    XCTAssert(stated.doubt?.contains("does not describe the tails") ?? false, stated.doubt ?? "")
    XCTAssertNil(stated.size)
  }

  func testTheIntervalOfADoubtfulLineIsWhatM4Allows() throws {
    // Half of the pattern is another line's.
    let profile = wilkens(
      reach: 25, background: { 0.01 + 0.3 * exp(-50 * ($0 - 0.7) * ($0 - 0.7)) })
    let found = LineAnalysis(profile, LineOptions())
    XCTAssert(found.doubt?.contains("does not describe the tails") ?? false, found.doubt ?? "")
    // 4π² M4(q)/q² at the end, by the trapezoid.
    let step = profile.spacing
    let sums = profile.offsets.indices.reduce((0.0, 0.0)) { sum, index in
      let q = profile.offsets[index]
      return (
        sum.0 + step * profile.intensities[index],
        sum.1 + step * q * q * q * q * profile.intensities[index]
      )
    }
    let limit = 4 * .pi * .pi * sums.1 / sums.0 / (profile.reach * profile.reach)
    XCTAssertEqual(found.interval.lowerBound, 0)
    XCTAssertEqual(found.interval.upperBound / limit, 1, accuracy: 0.02)
    XCTAssert(found.interval.contains(4e-4))
    // The number that a decomposition weights: the middle, and the deviation of even odds.
    XCTAssertEqual(found.density.value / (limit / 2), 1, accuracy: 0.02)
    XCTAssertEqual(found.density.deviation / (limit / 12.0.squareRoot()), 1, accuracy: 0.02)
    XCTAssertNil(found.size)
    XCTAssertEqual(found.sizeInterval.upperBound, .infinity)
  }

  func testAFitThatDoesNotComeToRestSaysSo() {
    // A hundred times as strong a line next to the window.
    let width = 0.01366
    let line = WilkensLine(median: 120, spread: 0.35, density: 4e-4, cutoff: 60)
    var profile = wilkens(reach: 20, counts: 1e6)
    let strong = line.intensities(profile.offsets.map { $0 - 25 * width })
    let top = line.intensities([0])[0]
    for index in strong.indices { profile.intensities[index] += 1e8 * strong[index] / top }
    profile.variances = profile.intensities
    let found = LineAnalysis(profile, LineOptions())
    XCTAssert(found.doubt?.contains("come to rest") ?? false, found.doubt ?? "")
    XCTAssertNil(found.chiSquarePerDegree)
    XCTAssertNil(found.size)
    XCTAssert(found.interval.contains(4e-4))
  }

  func testErrorsThatAreNoneAreNoticed() {
    // A monitor or flag taken for the deviation.
    var profile = wilkens(reach: 25, counts: 1e6)
    let noise = IndexedNoise(seed: 5)
    for index in profile.intensities.indices {
      profile.intensities[index] +=
        profile.variances[index].squareRoot() * noise.normal(stream: 1, index: index)
    }
    XCTAssertNil(LineAnalysis(profile, LineOptions()).doubt)
    XCTAssertEqual(profile.scatter(beyond: 0.05), 1, accuracy: 0.15)
    profile.variances = profile.variances.map { _ in 1 }
    let found = LineAnalysis(profile, LineOptions())
    XCTAssert(found.doubt?.contains("scatter") ?? false, found.doubt ?? "")
  }

  func testASizeHasTheLongerSideOfItsInterval() {
    let found = LineAnalysis(wilkens(reach: 25, counts: 1e6), LineOptions())
    guard let size = found.size else { return XCTFail("no size") }
    let upper = found.sizeInterval.upperBound - size.value
    XCTAssertEqual(upper / (1.96 * size.deviation), 1, accuracy: 1e-9)
    let spread = found.interval.upperBound - found.density.value
    XCTAssertEqual(spread / (1.96 * found.density.deviation), 1, accuracy: 1e-9)
    XCTAssertGreaterThan(upper, size.value - found.sizeInterval.lowerBound)
    XCTAssert(found.sizeInterval.contains(108.66))
    // Strained lines without a size: the interval is open.
    let strained = VirtualLine(size: 1e7, density: 3e-4)
    let open = LineAnalysis(
      strained.profile(reach: 20, counts: 1e6, background: 1e-3), LineOptions())
    XCTAssertNil(open.size)
    XCTAssertEqual(open.sizeInterval.upperBound, .infinity)
  }

  func testTheSelectionBiasIsThatOfDraws() {
    // 20,000 lines whose ρ* is 2.2 deviations: those above two are determined.
    let noise = IndexedNoise(seed: 11)
    let draws = (0..<20_000).map { 2.2 + noise.normal(stream: 0, index: $0) }.filter { $0 > 2 }
    let excess = draws.reduce(0) { $0 + $1 - 2.2 } / Double(draws.count)
    XCTAssertEqual(LineVerdict.selectionBias(2.2, threshold: 2), excess, accuracy: 0.02)
    XCTAssertLessThan(LineVerdict.selectionBias(6, threshold: 2), 1e-3)
  }

  func testTheInstrumentsVarianceHasTheRightSign() throws {
    // An instrument as broad as six tenths of the line: in the columns of 4.3 nothing else takes
    // its curvature up.
    let line = VirtualLine(size: 200, density: 3e-4)
    let made = line.profile(reach: 30, perWidth: 40, counts: 1e12, background: 0)
    let spread = 0.6 * made.fullWidth
    let gauss = made.offsets.map { exp(-$0 * $0 / (2 * spread * spread)) }
    let count = gauss.count
    let sum = gauss.reduce(0, +)
    let near = gauss.indices.filter { gauss[$0] > 1e-14 }
    var measured = made
    for place in 0..<count {
      measured.intensities[place] = near.reduce(0.0) { total, index in
        let source = place + count / 2 - index
        let value =
          gauss.indices.contains(source)
          ? made.intensities[source]
          : made.intensities[0] * pow(Double(count / 2) / abs(Double(source - count / 2)), 2.2)
        return total + gauss[index] / sum * value
      }
    }
    measured.variances = measured.intensities
    let standard = LineProfile(
      offsets: made.offsets, intensities: gauss.map { 1e12 * $0 }, variances: gauss.map { $0 + 1 },
      fullWidth: 2.3548 * spread)
    let instrument = try InstrumentLine(standard)
    let options = LineOptions(start: 6, end: 24, background: .flat)
    let alone = LineAnalysis(made, options)
    let corrected = LineAnalysis(measured, options, instrument: instrument)
    let raw = LineAnalysis(measured, options)
    func density(_ analysis: LineAnalysis) -> Double { analysis.second?.density.value ?? .nan }
    let error = density(corrected) / density(alone) - 1
    let untouched = density(raw) / density(alone) - 1
    XCTAssertLessThan(abs(error), 0.25 * abs(untouched))
  }

  func testTheResidualThatErrorsAllowHoldsTheTruth() throws {
    let factors = [[0.5, 0.2], [0.3, 0.9], [0.8, 0.4], [0.2, 0.7]]
    let truth = [6e-4, 4e-4]
    let made = factors.map { $0[0] * truth[0] + $0[1] * truth[1] }
    let deviations = made.map { 0.3 * $0 }
    let noise = IndexedNoise(seed: 2)
    var held = 0
    for draw in 0..<200 {
      let effective = made.indices.map {
        made[$0] + deviations[$0] * noise.normal(stream: draw, index: $0)
      }
      let problem = try DecompositionProblem(
        labels: ["a", "b"], factors: factors, effective: effective, deviations: deviations,
        weighting: .errors)
      if problem.residual(of: truth) <= problem.tolerance { held += 1 }
    }
    // 95 per cent of 200 ± 3 deviations.
    XCTAssertEqual(Double(held), 190, accuracy: 10)
    // Small errors leave the usual 15 per cent, a stated tolerance is obeyed.
    let small = try DecompositionProblem(
      labels: ["a", "b"], factors: factors, effective: made, deviations: made.map { 0.01 * $0 },
      weighting: .errors)
    XCTAssertEqual(small.tolerance, 0.15)
    let stated = try DecompositionProblem(
      labels: ["a", "b"], factors: factors, effective: made, deviations: deviations,
      weighting: .errors, tolerance: 0.1)
    XCTAssertEqual(stated.tolerance, 0.1)
  }
}
