// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel
import Physics
import TestSupport

@testable import Images
@testable import Inversion
@testable import Verification

/// Particle images from formulas and from characters, shared by the ranks like any other.
enum DrawnImage {
  /// An image whose pixels are told by their indices along a and c.
  ///
  /// Collective.
  static func make(
    rows: Int, columns: Int, pixelSize: Double = 20, communicator: Communicator,
    inside: (Int, Int) -> Bool = { _, _ in true },
    channels: [Channel: (Int, Int) -> Double] = [:]
  ) throws(ParallelError) -> ParticleImage {
    let isWide = columns >= rows
    let perLine = (0..<max(rows, columns)).map { line in
      (0..<min(rows, columns)).filter { isWide ? inside(line, $0) : inside($0, line) }.count
    }
    let layout = ImageLayout.balanced(
      rows: rows, columns: columns, pixelsPerLine: perLine, rank: communicator.rank,
      size: communicator.size)
    let places = (0..<layout.cellCount).map { layout.indices($0) }
    let mask = places.map { inside($0.i, $0.j) }
    return try ParticleImage(
      name: "D", file: "drawn", pixelSize: pixelSize, origin: [0, 0], role: .train,
      layout: layout, mask: mask,
      channels: channels.mapValues { value in
        zip(places, mask).map { $1 ? value($0.i, $0.j) : .nan }
      }, communicator: communicator)
  }

  /// The mask of a drawing, # inside; its first row is row 0.
  static func inside(_ drawing: [String]) -> (Int, Int) -> Bool {
    let rows = drawing.map { Array($0) }
    return { i, j in rows[j][i] == "#" }
  }

  /// A small diamond with two kinds of interfaces, seen without noise.
  ///
  /// Collective.
  static func specimen(
    pixelSize: Double = 25, angle: Double = 0.6, communicator: Communicator
  ) throws(ParallelError) -> ParticleImage {
    try VirtualSpecimen(
      halfA: 420, halfC: 260, cells: 16,
      law: EigenstrainLaw(
        quadraticA: (linear: -0.0494, bowing: 0.006), c: (linear: 0.0213, bowing: -0.003)),
      stiffness: Material.lithiumIronPhosphate.stiffness.planeStress, communicator: communicator,
      composition: VirtualSpecimen.lamellae(period: 400, width: 90, angle: angle)
    ).image(name: "V", pixelSize: pixelSize, role: .train, communicator: communicator).image
  }

  /// The image with dead pixels in every channel, others in each.
  static func damaged(_ image: ParticleImage, seed: Int = 5) -> ParticleImage {
    var damaged = image
    let noise = IndexedNoise(seed: seed)
    for (stream, channel) in Channel.allCases.enumerated() {
      guard var values = image.channels[channel] else { continue }
      for cell in values.indices where image.numbering.number[cell] >= 0 {
        if noise.uniform(stream: stream, index: image.numbering.number[cell]) < 0.06 {
          values[cell] = .nan
        }
      }
      damaged.channels[channel] = values
    }
    return damaged
  }

  /// Random numbers on held pixels of the mask, the same whatever the ranks; zero elsewhere.
  static func random(_ image: ParticleImage, stream: Int, seed: Int = 1) -> [Double] {
    let noise = IndexedNoise(seed: seed)
    return image.numbering.number.map { $0 < 0 ? 0 : noise.normal(stream: stream, index: $0) }
  }

  /// The inner product over own pixels of all ranks, and the sum of its terms' sizes.
  ///
  /// Collective.
  static func product(
    _ image: ParticleImage, _ pairs: [([Double], [Double])]
  ) throws(ParallelError) -> (value: Double, size: Double) {
    var sums = [0.0, 0.0]
    for (first, second) in pairs {
      for cell in image.numbering.ownCells {
        sums[0] += first[cell] * second[cell]
        sums[1] += abs(first[cell] * second[cell])
      }
    }
    try image.communicator.reduce(&sums, .sum)
    return (sums[0], sums[1])
  }

  /// Options for M1 alone.
  static func options(
    _ misfit: Misfit, _ boundary: ForwardModel.Boundary, terms: [Int] = [2]
  ) -> LearningOptions {
    var options = LearningOptions(
      stiffness: Material.lithiumIronPhosphate.stiffness.planeStress)
    options.models = [.m1]
    options.terms = terms
    options.misfit = misfit
    options.boundary = boundary
    return options
  }
}
