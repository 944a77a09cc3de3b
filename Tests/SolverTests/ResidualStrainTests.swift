// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion
@testable import Verification

/// Residual and coherency strain of whole particles, averaging, and the same answer on any ranks.
final class ResidualStrainTests: XCTestCase {
  private let world = TestSession.communicator

  func testTheTrueLawLeavesOnlyNoise() throws {
    let found = try ResidualStrain(
      ResidualFixture.platelet(world), options: ResidualFixture.options(), log: SilentLog())
    let row = found.summary
    XCTAssertEqual(row.masked, 2)
    // Two dead pixels inside leave nine stencils each.
    let whole = try ResidualFixture.platelet(world)
    let all = CompatibilityStencil(whole, isValid: whole.mask)
    XCTAssertEqual(row.stencils, try world.sum(all.cells.count) - 18)
    // Strain noise 5e-4 in four components is 1e-3; X noise 0.005 adds up to 2.5e-4.
    XCTAssertEqual(row.residual, 1e-3, accuracy: 1e-4)
    // Discretisation on 1,100 pixels adds a few per cent to √13 σ/h².
    XCTAssertEqual(
      row.incompatibility / (13.0.squareRoot() * 5e-4 / 16.6 / 16.6), 1, accuracy: 0.1)
    XCTAssertEqual(row.incompatibility / row.totalIncompatibility, 1, accuracy: 0.03)
  }

  func testTheCoherencyStrainIsThatOfAnotherMesh() throws {
    // {101} lamellae, whose normal is far from the invariant line: a mesh along the outline has
    // solved for them, and the strain it gives less f(X) is the coherency strain.
    let specimen = try VirtualSpecimen(
      halfA: 498, halfC: 332, outline: .rectangle, cells: 48, law: ResidualFixture.law,
      stiffness: ResidualFixture.stiffness, communicator: world,
      composition: VirtualSpecimen.lamellae(period: 900, width: 123, angle: 65.6 * .pi / 180))
    let image = try specimen.image(
      name: "V", pixelSize: 16.6, role: .train, communicator: world
    ).image
    let row = try ResidualStrain(
      image, options: ResidualFixture.options(), log: SilentLog()
    ).summary
    XCTAssertGreaterThan(row.coherency, 1e-3)
    XCTAssertLessThan(row.residual / row.coherency, 0.02)
  }

  func testAUniformParticleHasNoCoherencyStrain() throws {
    let strain = ResidualFixture.law.strain(at: 0.3)
    let image = try ResidualFixture.image(rows: 14, columns: 17, communicator: world) {
      channel, _, _ in
      switch channel {
      case .composition: 0.3
      case .strainAA: strain.aa + 1e-3
      case .strainCC: strain.cc
      default: 0
      }
    }
    let row = try ResidualStrain(
      image, options: ResidualFixture.options(), log: SilentLog()
    ).summary
    XCTAssertLessThan(row.coherency, 1e-12)
    XCTAssertEqual(row.residual, 1e-3, accuracy: 1e-12)
    XCTAssertLessThan(row.incompatibility, 1e-12)
    XCTAssertEqual(row.meanComposition, 0.3, accuracy: 1e-14)
  }

  func testResidualCoherencyAndEigenstrainAddUpToTheMeasuredStrain() throws {
    let image = try ResidualFixture.platelet(world)
    let found = try ResidualStrain(image, options: ResidualFixture.options(), log: SilentLog())
    let (x, aa) = (try image.values(.composition), try image.values(.strainAA))
    var worst = 0.0
    for cell in image.numbering.ownCells where found.residual.aa[cell].isFinite {
      let sum =
        found.residual.aa[cell] + found.coherency.aa[cell]
        + ResidualFixture.law.strain(at: x[cell]).aa
      worst = max(worst, abs(sum - aa[cell]))
    }
    XCTAssertLessThan(try world.maximum(worst), 1e-15)
  }

  func testAnyNumberOfRanksGivesTheSame() throws {
    let alone = try world.split(color: world.rank)
    defer { alone.release() }
    for bin in [1, 3] {
      let options = ResidualFixture.options(bin: bin)
      let shared = try ResidualStrain(
        ResidualFixture.platelet(world), options: options, log: SilentLog())
      let own = try ResidualStrain(
        ResidualFixture.platelet(alone), options: options, log: SilentLog())
      for column in ResidualSummary.columns {
        let (found, right) = (column.value(shared.summary), column.value(own.summary))
        XCTAssertTrue(
          found.isNaN && right.isNaN || abs(found - right) <= 1e-10 * max(1e-3, abs(right)),
          "\(column.name), bin \(bin): \(found), alone \(right)")
      }
      for (map, mine) in [
        (shared.residual.ac, own.residual.ac), (shared.coherency.cc, own.coherency.cc),
        (shared.incompatibility, own.incompatibility),
      ] {
        let found = try ResidualFixture.gathered(shared.image, map)
        let right = try ResidualFixture.gathered(own.image, mine)
        XCTAssertEqual(found.count, right.count)
        let worst = zip(found, right).map { $0.isNaN && $1.isNaN ? 0 : abs($0 - $1) }
        XCTAssertLessThan(
          try world.maximum(worst.contains { $0.isNaN } ? 1 : worst.max() ?? 1), 1e-10)
      }
    }
  }

  func testAveragingTakesMeansOfWholeBlocks() throws {
    // 13 × 14 pixels: taller than wide after division by 4 as before, (rows, columns) = (3, 3).
    func value(_ channel: Channel, _ i: Int, _ j: Int) -> Double {
      switch channel {
      case .composition: 1
      case .strainAA: Double(i * i + 3 * j) * 1e-3
      case .strainCC: Double(i * j) * 1e-3
      default: i == 5 && j == 6 ? .nan : Double(i - j) * 1e-3
      }
    }
    for (rows, columns, size) in [(14, 13, 4), (13, 14, 4), (9, 10, 3)] {
      let image = try ResidualFixture.image(
        rows: rows, columns: columns, communicator: world,
        isInside: { i, j in i != 0 || j != 0 }, sigma: { _ in 1e-3 }, value)
      let found = try ResidualStrain(
        image, options: ResidualFixture.options(ResidualFixture.nothing, bin: size),
        log: SilentLog())
      let coarse = found.image
      XCTAssertEqual([coarse.layout.rows, coarse.layout.columns], [rows / size, columns / size])
      XCTAssertEqual(coarse.pixelSize, 2 * Double(size))
      XCTAssertEqual(coarse.origin, [Double(size) - 1, Double(size) - 1])
      // The first block is not whole.
      XCTAssertEqual(coarse.numbering.globalCount, (rows / size) * (columns / size) - 1)
      var worst = 0.0
      for cell in coarse.numbering.ownCells {
        let (i, j) = coarse.layout.indices(cell)
        var (sum, count) = (0.0, 0.0)
        for p in i * size..<(i + 1) * size {
          for q in j * size..<(j + 1) * size where !(p == 5 && q == 6) {
            sum += value(.strainAA, p, q)
            count += 1
          }
        }
        worst = max(worst, abs(found.residual.aa[cell] - sum / count))
        let sigma = try XCTUnwrap(found.deviation)[cell]
        worst = max(worst, abs(sigma - 2e-3 / count.squareRoot()))
      }
      XCTAssertLessThan(try world.maximum(worst), 1e-15)
    }
  }

  func testAveragingLowersTheFloorOfWhiteNoiseByTheThirdPower() throws {
    let noise = IndexedNoise(seed: 9)
    let image = try ResidualFixture.image(
      rows: 90, columns: 120, communicator: world, sigma: { $0 == .composition ? 0 : 1e-3 }
    ) { channel, i, j in
      let stream = Channel.allCases.firstIndex(of: channel) ?? 0
      return channel == .composition ? 1 : 1e-3 * noise.normal(stream: stream, index: 90 * i + j)
    }
    func row(_ bin: Int) throws -> ResidualSummary {
      try ResidualStrain(
        image, options: ResidualFixture.options(ResidualFixture.nothing, bin: bin),
        log: SilentLog()
      ).summary
    }
    let (fine, coarse) = (try row(1), try row(3))
    // σ falls by 3 and h² grows by 9.
    XCTAssertEqual(fine.noiseFloor / coarse.noiseFloor, 27, accuracy: 1e-9)
    XCTAssertEqual(fine.noiseFloor, 13.0.squareRoot() * 1e-3 / 4, accuracy: 1e-12)
    // 1,064 stencils know their mean square to 5 %, its root to half of that.
    XCTAssertEqual(coarse.incompatibility / coarse.noiseFloor, 1, accuracy: 0.08)
  }

  func testStrainThatNoDisplacementCausesStandsAboveTheNoise() throws {
    let noise = IndexedNoise(seed: 4)
    let image = try ResidualFixture.image(
      rows: 80, columns: 100, communicator: world, sigma: { $0 == .composition ? 0 : 1e-4 }
    ) { channel, i, j in
      let stream = Channel.allCases.firstIndex(of: channel) ?? 0
      let random = 1e-4 * noise.normal(stream: stream, index: 80 * i + j)
      // r = −k² A sin(kc), sampled at h = 2: twelve pixels a period.
      let wave = channel == .strainAA ? 1e-3 * sin(Double(j) * .pi / 6) : 0
      return channel == .composition ? 1 : random + wave
    }
    let row = try ResidualStrain(
      image, options: ResidualFixture.options(ResidualFixture.nothing), log: SilentLog()
    ).summary
    let right = 1e-3 * (2 - 2 * cos(Double.pi / 6)) / 4 / 2.0.squareRoot()
    XCTAssertEqual(row.incompatibilityAboveNoise / right, 1, accuracy: 0.05)
    XCTAssertGreaterThan(row.incompatibilityAboveNoise, 2 * row.detectionLimit)
  }

  func testTheResidualFollowsItsStandardDeviationWhereNoiseMakesIt() throws {
    let noise = IndexedNoise(seed: 8)
    var image = try ResidualFixture.image(
      rows: 60, columns: 80, communicator: world, sigma: { $0 == .composition ? 0 : 1e-3 }
    ) { channel, i, j in
      let stream = Channel.allCases.firstIndex(of: channel) ?? 0
      let sigma = 1e-4 * Double(1 + i / 8)
      return channel == .composition ? 1 : sigma * noise.normal(stream: stream, index: 60 * i + j)
    }
    func row() throws -> ResidualSummary {
      try ResidualStrain(
        image, options: ResidualFixture.options(ResidualFixture.nothing), log: SilentLog()
      ).summary
    }
    XCTAssertTrue(try row().sigmaCorrelation.isNaN, "σ does not vary")
    for channel in [Channel.strainAA, .strainCC, .strainAC] {
      image.sigmas[channel] = image.mask.indices.map {
        1e-4 * Double(1 + image.layout.indices($0).i / 8)
      }
    }
    // |ε| = σχ with mean m and spread s of χ: corr² = var(σ)m²/(var(σ)(m²+s²) + E(σ)²s²) ≈ 0.70².
    let found = try row()
    XCTAssertEqual(found.noiseSource, .sigmaMaps)
    XCTAssertEqual(found.sigmaCorrelation, 0.73, accuracy: 0.08)
    XCTAssertEqual(found.residual / found.noiseStrain, 1, accuracy: 0.03)
    // A single unknown σ makes its channel unknown.
    if let cell = image.layout.cell(40, 30) { image.sigmas[.strainCC]?[cell] = 0 }
    let mixed = try row()
    XCTAssertEqual(mixed.noiseSource, .mixed)
    XCTAssertTrue(mixed.sigmaCorrelation.isNaN)
  }

  func testWhatCannotBeDoneIsRefusedByName() throws {
    var image = try ResidualFixture.image(rows: 6, columns: 7, communicator: world) { _, _, _ in 0 }
    let coarse = TestSession.message {
      _ = try ResidualStrain(image, options: ResidualFixture.options(bin: 9), log: SilentLog())
    }
    XCTAssertTrue(coarse.contains("9 × 9") && coarse.contains("particle T"), coarse)
    let log = ListeningLog()
    let row = try ResidualStrain(
      image, options: ResidualFixture.options(bin: 3), log: log
    ).summary
    XCTAssertTrue(row.incompatibility.isNaN && row.noiseFloor.isNaN)
    XCTAssertTrue(log.sentences.contains { $0.contains("no 3 × 3 block") })
    for channel in [Channel.strainAC, .composition] {
      image.channels[channel] = nil
      let message = TestSession.message {
        _ = try ResidualStrain(image, options: ResidualFixture.options(), log: SilentLog())
      }
      XCTAssertTrue(message.contains(channel.rawValue) && message.contains("missing"), message)
    }
  }

  func testStudyD8Passes() throws {
    let data = try TestSession.data("virtual/platelets.h5")
    let folder = URL(fileURLWithPath: data).deletingLastPathComponent().deletingLastPathComponent()
    let study = try XCTUnwrap(Studies.all.first { $0.id == "D8" })
    let results = try study.run(
      StudyOptions(quick: true, dataDirectory: folder.path), world, SilentLog())
    XCTAssertGreaterThan(results.count, 4)
    for result in results { XCTAssertTrue(result.passed, "\(result.quantity): \(result.value)") }
  }
}
