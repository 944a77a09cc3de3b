// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion

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
  ) throws -> TrainedParticle {
    try TrainedParticle(
      image, isTraining: true, options: options, weighsBySigma: false, log: SilentLog())
  }

  private func data(_ image: ParticleImage) -> [[Double]] {
    Channel.gradient.map { image.channels[$0] ?? [] }
  }
}
