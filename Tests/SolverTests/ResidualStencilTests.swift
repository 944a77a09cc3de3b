// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion

/// The 3 × 3 stencils of the incompatibility and the estimate of the noise.
final class ResidualStencilTests: XCTestCase {
  private let world = TestSession.communicator
  private let sigma = SymmetricTensor2(aa: 3e-4, cc: 7e-4, ac: 12e-4)

  private func deviation(_ channel: Channel) -> Double {
    switch channel {
    case .strainAA: sigma.aa
    case .strainCC: sigma.cc
    case .strainAC: sigma.ac
    default: 0
    }
  }

  /// White noise with a σ of its own in each channel, on top of a smooth strain.
  private func noise(
    seed: Int, rows: Int = 60, columns: Int = 90, known: Bool = false,
    on communicator: Communicator = TestSession.communicator,
    smooth: (Channel, Int, Int) -> Double = { _, _, _ in 0 }
  ) throws -> ParticleImage {
    let noise = IndexedNoise(seed: seed)
    return try ResidualFixture.image(
      rows: rows, columns: columns, communicator: communicator,
      sigma: known ? { $0 == .composition ? 0 : self.deviation($0) } : nil
    ) { channel, i, j in
      let stream = Channel.allCases.firstIndex(of: channel) ?? 0
      return smooth(channel, i, j)
        + deviation(channel) * noise.normal(stream: stream, index: i * rows + j)
    }
  }

  private func summary(_ image: ParticleImage) throws -> ResidualSummary {
    try ResidualStrain(
      image, options: ResidualFixture.options(ResidualFixture.nothing), log: SilentLog()
    ).summary
  }

  /// The rms over all ranks of the stencil's values.
  private func stencil(
    _ image: ParticleImage, isValid: [Bool]? = nil
  ) throws -> (stencil: CompatibilityStencil, strain: StrainImage, values: [Double]) {
    let stencil = CompatibilityStencil(image, isValid: isValid ?? image.mask)
    let strain = StrainImage(
      aa: try image.values(.strainAA), cc: try image.values(.strainCC),
      ac: try image.values(.strainAC))
    return (stencil, strain, stencil.incompatibility(of: strain))
  }

  func testEachTermOfTheCompatibilityConditionHasItsWeightAndSign() throws {
    // ε_aa = c², ε_cc = 3a²/2, ε_ac = 5ac/2: r = 2 + 3 − 5, each also alone.
    for (kept, right) in [
      (Channel.strainAA, 2.0), (.strainCC, 3), (.strainAC, -5), (.composition, 0),
    ] {
      let image = try ResidualFixture.image(
        rows: 9, columns: 7, pixelSize: 2, communicator: world
      ) { channel, i, j in
        let (a, c) = (2 * Double(i), 2 * Double(j))
        guard channel == kept || kept == .composition else { return 0 }
        return switch channel {
        case .strainAA: c * c
        case .strainCC: 1.5 * a * a
        case .strainAC: 2.5 * a * c
        default: 0
        }
      }
      let found = try stencil(image)
      let worst = try world.maximum(found.values.map { abs($0 - right) }.max() ?? 0)
      XCTAssertLessThan(worst, 1e-12, "\(kept)")
      XCTAssertEqual(try world.sum(found.values.count), 7 * 5)
    }
  }

  func testTheStrainOfACubicDisplacementIsCompatible() throws {
    // u_a = a³ − 2a²c + 4ac² + c³, u_c = −a³ + 3a²c + ac² − 2c³; differences are exact for it.
    let image = try ResidualFixture.image(
      rows: 12, columns: 15, pixelSize: 0.5, communicator: world
    ) { channel, i, j in
      let (a, c) = (0.5 * Double(i) - 3, 0.5 * Double(j) - 2)
      return switch channel {
      case .strainAA: 3 * a * a - 4 * a * c + 4 * c * c
      case .strainCC: 3 * a * a + 2 * a * c - 6 * c * c
      case .strainAC:
        ((-2 * a * a + 8 * a * c + 3 * c * c) + (-3 * a * a + 6 * a * c + c * c)) / 2
      default: 0
      }
    }
    let worst = try world.maximum(try stencil(image).values.map { abs($0) }.max() ?? 0)
    XCTAssertLessThan(worst, 1e-11)
  }

  func testADeadPixelTakesAllNineStencilsThatTouchIt() throws {
    let image = try ResidualFixture.image(rows: 11, columns: 13, communicator: world) { _, _, _ in
      0
    }
    var isValid = image.mask
    if let cell = image.layout.cell(6, 5) { isValid[cell] = false }
    let found = try stencil(image, isValid: isValid)
    XCTAssertEqual(try world.sum(found.stencil.cells.count), 11 * 9 - 9)
  }

  func testWhiteNoiseHasTheWeightsSixSixOne() throws {
    let gain = CompatibilityStencil.noiseGain
    let expected =
      (gain.aa * sigma.aa * sigma.aa + gain.cc * sigma.cc * sigma.cc
      + gain.ac * sigma.ac * sigma.ac).squareRoot() / 4
    let image = try noise(seed: 5, rows: 200, columns: 300)
    let found = try stencil(image)
    let squares = try world.sum(found.values.reduce(0) { $0 + $1 * $1 })
    let count = try world.sum(found.values.count)
    // The mean of 59,004 squares is known to 0.7 %, its root to half of that.
    XCTAssertEqual((squares / Double(count)).squareRoot() / expected, 1, accuracy: 0.012)
    let uniform = StrainImage(
      aa: image.mask.map { _ in sigma.aa * sigma.aa },
      cc: image.mask.map { _ in sigma.cc * sigma.cc },
      ac: image.mask.map { _ in sigma.ac * sigma.ac })
    let variance = found.stencil.variance(of: uniform).first ?? expected * expected
    XCTAssertEqual(variance.squareRoot() / expected, 1, accuracy: 1e-12)
    // One σ in all channels: √13.
    XCTAssertEqual((gain.aa + gain.cc + gain.ac).squareRoot(), 13.0.squareRoot(), accuracy: 1e-15)
  }

  func testTheNoiseIsFoundUnderSmoothStrainAndHotSpots() throws {
    let image = try noise(seed: 6, rows: 120, columns: 180) { channel, i, j in
      let wave = 0.03 * sin(Double(i) / 25) * sin(Double(j) / 30)
      // One pixel in fifty is far off.
      return channel == .composition ? 0 : wave + ((i * 7 + j * 13) % 50 == 0 ? 0.05 : 0)
    }
    let found = try stencil(image)
    let estimate = try WhiteNoise.deviation(
      of: found.strain, at: found.stencil, communicator: world)
    // Nine stencils touch each hot spot: with 18 % of them far off the median is the quantile
    // 0.5/0.82 of |N(0, 1)|, 0.8597 instead of 0.6745.
    XCTAssertEqual(estimate.aa / sigma.aa, 1.2746, accuracy: 0.05)
    XCTAssertEqual(estimate.cc / sigma.cc, 1.2746, accuracy: 0.05)
    XCTAssertEqual(estimate.ac / sigma.ac, 1.2746, accuracy: 0.05)
  }

  func testTheStandardErrorOfNoiseAloneIsWhatManyDrawsShow() throws {
    // Every rank for itself: 120 small problems would only wait for each other.
    let alone = try world.split(color: world.rank)
    defer { alone.release() }
    // Sigma maps, then the estimate in their place: mean squares over floor squared, 60 draws.
    for known in [true, false] {
      var values: [Double] = []
      var predicted = 0.0
      for draw in 0..<60 {
        let row = try summary(
          try noise(seed: 100 + draw, rows: 24, columns: 30, known: known, on: alone))
        values.append(row.incompatibility * row.incompatibility / row.noiseFloor / row.noiseFloor)
        predicted = row.detectionLimit / row.noiseFloor
        predicted *= predicted / 2
      }
      let mean = values.reduce(0, +) / 60
      let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 59).squareRoot()
      XCTAssertEqual(mean, 1, accuracy: 3 * predicted / 60.0.squareRoot() + 0.01, "\(known)")
      // 60 draws know their spread to 9 %. Estimated, the two errors go together and partly cancel.
      XCTAssertEqual(
        spread / predicted, known ? 1 : 0.85, accuracy: known ? 0.25 : 0.35, "\(known)")
    }
  }

  func testTheNoiseEstimateIsTheMedianWhateverTheRanks() throws {
    let alone = try world.split(color: world.rank)
    defer { alone.release() }
    for (rows, columns) in [(9, 12), (3, 3), (2, 5)] {
      func estimate(_ communicator: Communicator) throws -> SymmetricTensor2 {
        let found = try stencil(
          try noise(seed: 2, rows: rows, columns: columns, on: communicator))
        return try WhiteNoise.deviation(
          of: found.strain, at: found.stencil, communicator: communicator)
      }
      let (shared, own) = (try estimate(world), try estimate(alone))
      let isSame = shared == own || (shared.aa.isNaN && own.aa.isNaN && rows < 3)
      XCTAssertEqual(try world.sum(isSame ? 0 : 1), 0, "\(shared) \(own)")
    }
    // The oracle: sorted fourth differences.
    let image = try noise(seed: 2, rows: 9, columns: 12, on: alone)
    let ac = try image.values(.strainAC)
    func at(_ i: Int, _ j: Int) -> Double { image.layout.cell(i, j).map { ac[$0] } ?? .nan }
    var differences: [Double] = []
    for i in 1..<11 {
      for j in 1..<8 {
        var sum = 0.0
        for (p, u) in [(-1, 1.0), (0, -2), (1, 1)] {
          for (q, v) in [(-1, 1.0), (0, -2), (1, 1)] { sum += u * v * at(i + p, j + q) }
        }
        differences.append(abs(sum))
      }
    }
    let median = differences.sorted()[(differences.count - 1) / 2]
    let found = try stencil(image)
    let deviation = try WhiteNoise.deviation(
      of: found.strain, at: found.stencil, communicator: alone)
    XCTAssertEqual(deviation.ac / (median / 6 / 0.674_489_75), 1, accuracy: 1e-8)
  }
}
