// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion

/// Every operator that the noise passes through has the transpose it claims: ⟨w, P s⟩ = ⟨Pᵀ w, s⟩.
///
/// Collective. The tolerance is what MUMPS and the reordered sums leave, relative to the sum of the
/// terms' sizes.
final class AdjointTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  /// A ring and a bar, with notches that leave lines of one, two and three pixels.
  private func awkward() throws -> ParticleImage {
    let drawing = [
      "######.....######",
      "######.##..######",
      "##..##.##......##",
      "##..##.##.#..####",
      "######.##.#..####",
      ".####..##....#...",
      "..###..########..",
      "..#....########..",
      "..#....##.....#..",
    ]
    var channels: [Channel: (Int, Int) -> Double] = [:]
    for channel in Channel.allCases {
      channels[channel] = { i, j in 0.01 * Double((3 * i + 5 * j) % 7) }
    }
    return try DrawnImage.make(
      rows: 9, columns: 17, communicator: communicator, inside: DrawnImage.inside(drawing),
      channels: channels)
  }

  func testInverseGradient() throws {
    let image = try awkward()
    let inverse = try InverseGradient(image, components: Components(image))
    for rule in [PairRule.trapezoid, .fourthOrder] {
      let slopes = (0..<2).map { field in
        (
          alongA: DrawnImage.random(image, stream: 2 * field),
          alongC: DrawnImage.random(image, stream: 2 * field + 1)
        )
      }
      let weights = (0..<2).map { DrawnImage.random(image, stream: 10 + $0) }
      let forward = try inverse.potentials(slopes, rule: rule)
      let backward = try inverse.transposed(weights, rule: rule)
      for field in 0..<2 {
        let left = try DrawnImage.product(image, [(weights[field], forward[field])])
        let right = try DrawnImage.product(
          image,
          [
            (backward[field].alongA, slopes[field].alongA),
            (backward[field].alongC, slopes[field].alongC),
          ])
        XCTAssertLessThanOrEqual(
          abs(left.value - right.value), 1e-12 * (left.size + right.size), "\(rule)")
        XCTAssertGreaterThan(left.size, 1)
      }
    }
  }

  func testHarmonicFill() throws {
    let image = DrawnImage.damaged(try awkward())
    for channel in Channel.gradient {
      let measured = try image.values(channel)
      let dead = try communicator.sum(
        image.numbering.ownCells.filter { !measured[$0].isFinite }.count)
      XCTAssertGreaterThan(dead, 2)
      let weights = DrawnImage.random(image, stream: 3)
      let filled = try image.filled(channel).values
      var moved = weights
      try image.fillTransposed(channel, &moved)
      let left = try DrawnImage.product(image, [(weights, filled)])
      let right = try DrawnImage.product(
        image, [(moved, measured.map { $0.isFinite ? $0 : 0 })])
      XCTAssertLessThanOrEqual(abs(left.value - right.value), 1e-12 * left.size, "\(channel)")
      let left0 = image.numbering.ownCells.filter { !measured[$0].isFinite && moved[$0] != 0 }
      XCTAssertEqual(try communicator.sum(left0.count), 0, "a dead pixel keeps a weight")
    }
  }

  func testMeasuredBoundary() throws {
    let image = try awkward()
    let displacement = MeasuredDisplacement(
      a: DrawnImage.random(image, stream: 20), c: DrawnImage.random(image, stream: 21),
      gradient: DisplacementGradient(
        strainAA: DrawnImage.random(image, stream: 22),
        strainCC: DrawnImage.random(image, stream: 23),
        strainAC: DrawnImage.random(image, stream: 24),
        rotation: DrawnImage.random(image, stream: 25)))
    var forward = try ForwardModel(
      image, components: Components(image),
      stiffness: ElementField(Material.lithiumIronPhosphate.stiffness.planeStress),
      measured: displacement)
    let fields = try forward.responses(
      terms: 1, reference: 1, composition: image.values(.composition))
    let weights = (0..<6).map { DrawnImage.random(image, stream: 30 + $0) }
    var predicted = [[Double]](
      repeating: [Double](repeating: 0, count: image.layout.cellCount), count: 6)
    for (pixel, cell) in image.numbering.ownCells.enumerated() {
      for field in ForwardModel.Field.allCases {
        predicted[field.rawValue][cell] = fields[field, 2, pixel]
      }
    }
    let adjoint = try forward.boundaryTransposed([weights])[0]
    let left = try DrawnImage.product(image, Array(zip(weights, predicted)))
    let right = try DrawnImage.product(
      image,
      [
        (adjoint.displacement.a, displacement.a), (adjoint.displacement.c, displacement.c),
        (adjoint.gradient.aa, displacement.gradient.aa),
        (adjoint.gradient.ac, displacement.gradient.ac),
        (adjoint.gradient.ca, displacement.gradient.ca),
        (adjoint.gradient.cc, displacement.gradient.cc),
      ])
    XCTAssertLessThanOrEqual(abs(left.value - right.value), 1e-12 * (left.size + right.size))
    XCTAssertGreaterThan(left.size, 1)
  }
}
