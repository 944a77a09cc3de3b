// SPDX-License-Identifier: Apache-2.0

import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion

/// A stiffness that follows the composition: a particle that is nearly rich in lithium answers as the
/// rich phase does, not as the poor one.
///
/// Collective.
final class PixelStiffnessTests: XCTestCase {
  func testNearlyRichParticleAnswersAsTheRichPhase() throws {
    let communicator = TestSession.communicator
    let image = try DrawnImage.make(
      rows: 12, columns: 18, communicator: communicator,
      channels: [.composition: { i, j in 0.9 + 0.1 * Double((i / 3 + j / 4) % 2) }])
    let composition = try image.filled(.composition).values
    let range = try XCTUnwrap(Material.lithiumIronPhosphate.endMembers)
    func strain(_ elements: ElementField) throws -> [Double] {
      var model = try ForwardModel(
        image, components: Components(image), stiffness: elements, measured: nil)
      let fields = try model.responses(terms: 1, reference: 1, composition: composition)
      return (0..<fields.pixelCount).map { fields[.strainAA, 1, $0] }
    }
    func distance(_ first: [Double], _ second: [Double]) throws -> Double {
      try communicator.sum(zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
    }
    let mixed = try strain(ElementField(range, composition: composition))
    let rich = try strain(ElementField(range.rich.planeStress))
    let poor = try strain(ElementField(range.poor.planeStress))
    XCTAssertLessThan(try distance(mixed, rich), 0.1 * (try distance(mixed, poor)))
  }
}
