// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion
@testable import Verification

/// Images for the tests of residual strain.
enum ResidualFixture {
  /// f(X) of lithium iron phosphate, quadratic.
  static let law = EigenstrainLaw(
    quadraticA: (linear: -0.0494, bowing: 0.006), c: (linear: 0.0213, bowing: -0.003))
  /// No eigenstrain: the residual is the measured strain.
  static let nothing = EigenstrainLaw(a: [0], c: [0])

  static let stiffness = Material.lithiumIronPhosphate.stiffness.planeStress

  static func options(_ law: EigenstrainLaw = law, bin: Int = 1) -> ResidualOptions {
    ResidualOptions(law: law, stiffness: stiffness, bin: bin)
  }

  /// A full rectangle whose channels are functions of (i, j), on the lines of this rank.
  ///
  /// Collective.
  static func image(
    rows: Int, columns: Int, pixelSize: Double = 2, communicator: Communicator,
    isInside: (Int, Int) -> Bool = { _, _ in true },
    sigma: ((Channel) -> Double)? = nil, _ value: (Channel, Int, Int) -> Double
  ) throws -> ParticleImage {
    let lines = max(rows, columns)
    let layout = ImageLayout.balanced(
      rows: rows, columns: columns, pixelsPerLine: [Int](repeating: 1, count: lines),
      rank: communicator.rank, size: communicator.size)
    let cells = 0..<layout.cellCount
    let mask = cells.map { isInside(layout.indices($0).i, layout.indices($0).j) }
    func held(_ value: (Int, Int) -> Double) -> [Double] {
      cells.map { mask[$0] ? value(layout.indices($0).i, layout.indices($0).j) : .nan }
    }
    var channels: [Channel: [Double]] = [:]
    var sigmas: [Channel: [Double]] = [:]
    for channel in Channel.allCases where channel != .rotation {
      channels[channel] = held { value(channel, $0, $1) }
      if let sigma { sigmas[channel] = held { _, _ in sigma(channel) } }
    }
    return try ParticleImage(
      name: "T", file: "test", pixelSize: pixelSize, origin: [0, 0], role: .train, layout: layout,
      mask: mask, channels: channels, sigmas: sigmas, communicator: communicator)
  }

  /// A virtual platelet with strain noise, two dead pixels, and X slightly noisy.
  ///
  /// Collective.
  static func platelet(_ communicator: Communicator) throws -> ParticleImage {
    let specimen = try VirtualSpecimen(
      halfA: 420, halfC: 260, cells: 40, law: law, stiffness: stiffness,
      communicator: communicator,
      composition: VirtualSpecimen.lamellae(period: 500, width: 123, angle: 0.55))
    var image = try specimen.image(
      name: "V", pixelSize: 16.6, role: .train, communicator: communicator
    ).image.withNoise(strain: 5e-4, composition: 0.005, seed: 3)
    for (channel, i, j) in [(Channel.strainAA, 20, 15), (.composition, 33, 17)] {
      if let cell = image.layout.cell(i, j) { image.channels[channel]?[cell] = .nan }
    }
    return image
  }

  /// What a map of own pixels holds, by pixel number, on every rank.
  ///
  /// Collective.
  static func gathered(_ image: ParticleImage, _ map: [Double]) throws -> [Double] {
    var all = [Double](repeating: 0, count: 2 * image.numbering.globalCount)
    for cell in image.numbering.ownCells {
      let number = image.numbering.number[cell]
      all[2 * number] = map[cell].isFinite ? map[cell] : 0
      all[2 * number + 1] = map[cell].isFinite ? 0 : 1
    }
    try image.communicator.reduce(&all, .sum)
    return stride(from: 0, to: all.count, by: 2).map { all[$0 + 1] > 0 ? .nan : all[$0] }
  }
}
