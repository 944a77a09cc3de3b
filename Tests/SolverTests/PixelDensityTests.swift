// SPDX-License-Identifier: Apache-2.0

import Parallel
import TestSupport
import XCTest

@testable import Formats
@testable import Images
@testable import Inversion

/// The cloud of pixels beside a law.
///
/// Collective.
final class PixelDensityTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  /// Compositions and strains with noise that no rank knows from another, one strain wild.
  private func image(_ communicator: Communicator) throws -> ParticleImage {
    func noise(_ i: Int, _ j: Int) -> Double {
      Double((7919 * i + 104_729 * j) % 1009) / 1009 - 0.5
    }
    func composition(_ i: Int, _ j: Int) -> Double {
      0.5 + 0.4 * Double(i - 40) / 40 + 0.3 * noise(i, j)
    }
    return try DrawnImage.make(
      rows: 50, columns: 80, communicator: communicator, inside: { i, j in i > 3 || j > 2 },
      channels: [
        .composition: { i, j in i == 20 && j == 20 ? .nan : composition(i, j) },
        .strainAA: { i, j in
          i == 70 && j == 4
            ? 30 : 0.05 * (composition(i, j) - 1) + 0.004 * noise(j, i)
        },
        .strainCC: { i, j in 0.02 * (1 - composition(i, j)) + 0.004 * noise(j + 3, i) },
        .strainAC: { _, _ in 0 },
      ])
  }

  private func learnt(_ communicator: Communicator) throws -> LearnedLaw {
    var options = DrawnImage.options(.strain, .free)
    options.models = [.m0]
    options.outliers = .keep
    options.correctsComposition = false
    return try Learner(options, communicator: communicator, log: SilentLog())
      .learn(train: [image(communicator)], test: [])
  }

  func testEveryTrainingPixelIsCountedOnce() throws {
    let law = try learnt(communicator)
    let bins = (compositions: law.histogram.counts.count, strains: PixelDensity.strainBins)
    for density in [law.density.a, law.density.c] {
      XCTAssertEqual(density.counts.count, bins.compositions * bins.strains)
      XCTAssertEqual(density.counts.reduce(0, +), Double(50 * 80 - 12 - 1))
      // The sums over strain are the histogram of the composition.
      let sums = (0..<bins.compositions).map { row in
        density.counts[(row * bins.strains)..<((row + 1) * bins.strains)].reduce(0, +)
      }
      XCTAssertEqual(sums, law.histogram.counts)
    }
    // The wild pixel does not take the room of the others.
    let edges = law.density.a.strainEdges
    XCTAssertGreaterThan(edges[0], -0.06)
    XCTAssertLessThan(try XCTUnwrap(edges.last), 0.02)
    // The cloud lies where the strain is: 0.05 (X − 1) along a, to 0.002.
    let middles = law.density.a.strainMiddles
    for (row, x) in law.histogram.middles.enumerated() {
      for (column, strain) in middles.enumerated()
      where law.density.a.counts[row * bins.strains + column] > 0 && strain < middles[59] {
        XCTAssertEqual(strain, 0.05 * (x - 1), accuracy: 0.004)
      }
    }
  }

  func testCountsAreTheSameOnAnyNumberOfRanks() throws {
    let shared = try learnt(communicator).density
    let alone = try learnt(communicator.split(color: communicator.rank)).density
    for (one, other) in [(shared.a, alone.a), (shared.c, alone.c)] {
      XCTAssertEqual(one.strainEdges, other.strainEdges)
      XCTAssertEqual(one.counts, other.counts)
    }
  }
}
