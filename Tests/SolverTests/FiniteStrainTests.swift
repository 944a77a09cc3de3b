// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion

/// Measured strain read as the lattice's stretch.
final class FiniteStrainTests: XCTestCase {
  private let world = TestSession.communicator

  /// A particle of a composition that varies along a, whose lattice is stretched by a law and then
  /// turned as a whole: F = R U.
  private func turned(_ angle: Double) throws -> ParticleImage {
    let law = ResidualFixture.law
    var image = try ResidualFixture.image(rows: 12, columns: 20, communicator: world) {
      channel, i, _ in
      let x = Double(i) / 19
      let stretch = law.strain(at: x)
      // Rows and columns (a, c) of F = R (1 + f), R counter-clockwise from a to c.
      let f11 = cos(angle) * (1 + stretch.aa)
      let f12 = -sin(angle) * (1 + stretch.cc)
      let f21 = sin(angle) * (1 + stretch.aa)
      let f22 = cos(angle) * (1 + stretch.cc)
      return switch channel {
      case .composition: x
      case .strainAA: f11 - 1
      case .strainCC: f22 - 1
      case .strainAC: (f12 + f21) / 2
      default: 0
      }
    }
    image.channels[.rotation] = image.mask.indices.map { cell in
      let stretch = law.strain(at: Double(image.layout.indices(cell).i) / 19)
      return sin(angle) * (2 + stretch.aa + stretch.cc) / 2
    }
    return image
  }

  func testTheStretchOfATurnedLatticeIsTheUnturnedOne() throws {
    // 6 degrees: first-order strain is off by 1 − cos = 0.55 %.
    let image = try turned(0.105)
    let (stretched, change) = try image.withStretch()
    var worst = 0.0
    for cell in image.numbering.ownCells {
      let right = ResidualFixture.law.strain(at: Double(image.layout.indices(cell).i) / 19)
      for (channel, value) in [
        (Channel.strainAA, right.aa), (.strainCC, right.cc), (.strainAC, right.ac),
      ] {
        worst = max(worst, abs(try stretched.values(channel)[cell] - value))
      }
    }
    XCTAssertLessThan(try world.maximum(worst), 1e-14)
    // √2 (1 − cos) and, where the lattice is stretched, a shear of sin (f_a − f_c)/2.
    XCTAssertEqual(change.rms, 0.0085, accuracy: 0.0012)
    XCTAssertGreaterThan(change.largest, change.rms)
  }

  func testTheLawLearntFromTheStretchDoesNotFollowARotation() throws {
    var options = LearningOptions(stiffness: ResidualFixture.stiffness)
    options.models = [.m0]
    options.terms = [2]
    options.hasBands = false
    func law(_ image: ParticleImage) throws -> [Double] {
      let learnt = try Learner(options, communicator: world, log: SilentLog())
        .learn(train: [image], test: [])
      return try XCTUnwrap(learnt.selected(.m0)).law.unknowns
    }
    let right = ResidualFixture.law.unknowns
    let stretched = try law(turned(0.105).withStretch().image)
    let plain = try law(turned(0.105))
    for (found, value) in zip(stretched, right) { XCTAssertEqual(found, value, accuracy: 1e-12) }
    XCTAssertGreaterThan(abs(plain[0] - right[0]), 1e-4)
  }
}
