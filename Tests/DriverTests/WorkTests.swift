// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Driver
@testable import Inversion

/// What commands do without their command lines: cases on any communicator.
final class WorkTests: XCTestCase {
  private let world = TestSession.communicator

  private var stack: String {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../examples/data/example.h5").standardizedFileURL.path
  }

  private func learning() -> LearnCase {
    var work = LearnCase()
    work.stacks = [stack]
    work.train = ["A3"]
    work.test = []
    work.terms = [2]
    return work
  }

  func testLearningAndItsResidualAreTheSameInEveryGroupOfRanks() throws {
    let folder = try TestSession.scratch()
    func expansion(_ communicator: Communicator, _ path: String) throws -> [Double] {
      let found = try learning().run(communicator, log: SilentLog())
      let file = try OutputFile(path, communicator: communicator)
      try found.write(to: file)
      try file.commit()
      var residual = ResidualCase()
      residual.stacks = [stack]
      residual.law = path
      residual.particles = ["A3"]
      let left = try residual.run(communicator, log: SilentLog())
      XCTAssertEqual(left.filled.model, "m1")
      XCTAssertEqual(left.filled.particles, ["A3"])
      guard case .object(let rows)? = left.row["particles"] else {
        throw ParallelError(.input, "no row")
      }
      XCTAssertEqual(Array(rows.keys), ["A3"])
      return found.law.law.law.unknowns + left.particles.map(\.summary.residual)
    }
    let whole = try expansion(world, folder + "/whole.h5")
    let group = try world.split(color: world.rank % 2)
    let part = try expansion(group, folder + "/part\(world.rank % 2).h5")
    XCTAssertEqual(whole.count, part.count)
    for (one, other) in zip(whole, part) {
      XCTAssertEqual(one, other, accuracy: 1e-9 * max(abs(one), 1e-3))
    }
  }

  func testLearningIsAskedForWhatTheCaseSays() throws {
    var work = learning()
    work.models = [.m0]
    work.sigmaComposition = 0.03
    work.drawSeed = 7
    work.outliers = .keep
    work.misfit = .gradient
    let options = try work.run(world, log: SilentLog()).law.options
    XCTAssertEqual(options.models, [.m0])
    XCTAssertEqual(options.terms, [2])
    XCTAssertEqual(options.sigmaComposition, 0.03)
    XCTAssertEqual(options.seed, 7)
    XCTAssertEqual(options.outliers, .keep)
    XCTAssertEqual(options.misfit, .gradient)
    XCTAssertTrue(options.correctsComposition)
    work.correctsComposition = false
    work.boundary = .measured
    let others = try work.run(world, log: SilentLog()).law.options
    XCTAssertFalse(others.correctsComposition)
    XCTAssertEqual(others.boundary, .measured)
  }

  func testAnEffectiveCaseIsItself() throws {
    var work = learning()
    work.sigmaComposition = 0.07
    work.boundary = .measured
    work.misfit = .displacement
    work.models = [.m1]
    let text = work.lines(LearnCase.fields).joined(separator: "\n")
    let again = try CaseReading.decode(LearnCase.self, from: text, path: "c.yaml")
    XCTAssertEqual(again.lines(LearnCase.fields).joined(separator: "\n"), text)
    XCTAssertEqual(again.sigmaComposition, 0.07)
    XCTAssertEqual(again.models, [.m1])
    for (more, word) in [
      ("models: [m3]", "m0, m1"), ("terms: [0]", "from 1 to 12"), ("termz: [1]", "terms"),
      ("misfit: strian", "strain"), ("stack: x", "stacks"),
    ] {
      do {
        _ = try CaseReading.decode(
          LearnCase.self, from: "stacks: [a.h5]\n" + more, path: "c.yaml")
        XCTFail(more)
      } catch {
        XCTAssertTrue(error.message.contains(word), error.message)
      }
    }
  }
}
