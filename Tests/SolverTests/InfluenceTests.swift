// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion
@testable import Verification

/// The law is exactly linear in strain and rotation, as its bands assume, dead pixels and all.
///
/// Collective.
final class InfluenceTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  func testRightHandSideIsTheInfluenceOfTheData() throws {
    let image = DrawnImage.damaged(try DrawnImage.specimen(communicator: communicator))
    for (name, options) in combinations {
      let particle = try trained(image, options)
      let claimed = try XCTUnwrap(particle.influence[.m1]).applied(to: data(image), image)
      let equations = try XCTUnwrap(particle.equations[.m1])
      let right = Array(equations.rightSides[..<equations.count])
      let size = try XCTUnwrap(right.map(abs).max())
      for (claim, truth) in zip(claimed, right) {
        XCTAssertLessThanOrEqual(abs(claim - truth), 1e-9 * size, name)
      }
    }
  }

  func testRefittedLawMovesByTheInfluenceOfTheNoise() throws {
    let image = DrawnImage.damaged(try DrawnImage.specimen(communicator: communicator))
    let noisy = image.withNoise(strain: 2e-3, seed: 9)
    for (name, options) in combinations {
      let (before, after) = (try trained(image, options), try trained(noisy, options))
      let equations = try XCTUnwrap(before.equations[.m1])
      let (law, inverse, _) = try equations.solve(terms: 2)
      let refitted = try XCTUnwrap(after.equations[.m1]).solve(terms: 2).law
      let change = zip(data(noisy), data(image)).map { zip($0, $1).map { $0 - $1 } }
      let moved = try XCTUnwrap(before.influence[.m1]).applied(to: change, image)
      let size = try XCTUnwrap(refitted.unknowns.map(abs).max())
      var largest = 0.0
      for row in 0..<4 {
        let claimed = (0..<4).reduce(0) { $0 + inverse[4 * row + $1] * moved[$1] }
        let truth = refitted.unknowns[row] - law.unknowns[row]
        largest = max(largest, abs(truth))
        XCTAssertLessThanOrEqual(abs(claimed - truth), 1e-9 * size, "\(name), unknown \(row)")
      }
      XCTAssertGreaterThan(largest, 1e-3 * size, "\(name): the noise must move the law")
    }
  }

  func testDisplacementsOfParticlesAddUpInNanometres() throws {
    // The same image with pixels twice as large: displacements double, strains stay.
    func pixels(_ size: Double) throws -> ParticleImage {
      try DrawnImage.make(
        rows: 14, columns: 18, pixelSize: size, communicator: communicator,
        channels: [
          .composition: { i, j in 0.5 + 0.4 * sine(0.5 * Double(i) + 0.2 * Double(j)) },
          .strainAA: { i, _ in -0.02 * sine(0.5 * Double(i)) },
          .strainCC: { _, j in 1e-3 * Double(j) },
          .strainAC: { _, _ in 0 }, .rotation: { _, _ in 0 },
        ])
    }
    let (fine, coarse) = (try pixels(10), try pixels(20))
    for (misfit, factor) in [(Misfit.displacement, 4.0), (.strain, 1)] {
      let options = DrawnImage.options(misfit, .free)
      let one = try XCTUnwrap(try trained(fine, options).equations[.m1])
      let other = try XCTUnwrap(try trained(coarse, options).equations[.m1])
      let size = try XCTUnwrap(one.matrix.map(abs).max())
      for (small, large) in zip(one.matrix, other.matrix) {
        XCTAssertEqual(large, factor * small, accuracy: 1e-9 * size, misfit.rawValue)
      }
    }
  }

  func testDirectRegressionIsLinearToo() throws {
    var options = DrawnImage.options(.strain, .free)
    options.models = [.m0]
    let image = try DrawnImage.specimen(communicator: communicator)
    let particle = try trained(image, options)
    let claimed = try XCTUnwrap(particle.influence[.m0]).applied(to: data(image), image)
    let right = try XCTUnwrap(particle.equations[.m0]).rightSides
    for (claim, truth) in zip(claimed, right) {
      XCTAssertLessThanOrEqual(abs(claim - truth), 1e-12 * (abs(truth) + 1))
    }
  }

  private var combinations: [(name: String, options: LearningOptions)] {
    Misfit.allCases.flatMap { misfit in
      ForwardModel.Boundary.allCases.map { boundary in
        ("\(misfit) + \(boundary)", DrawnImage.options(misfit, boundary))
      }
    }
  }

  private func trained(
    _ image: ParticleImage, _ options: LearningOptions
  ) throws -> PreparedParticle {
    try PreparedParticle(
      image, isTraining: true, options: options, weighsBySigma: false, log: SilentLog())
  }

  private func data(_ image: ParticleImage) -> [[Double]] {
    Channel.gradient.map { image.channels[$0] ?? [] }
  }
}
