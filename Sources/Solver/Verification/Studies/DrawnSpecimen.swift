// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Instruments
import Inversion
import Parallel
import Physics

/// A striped diamond whose strain the pixel mesh itself answers to a law: what is left between a law
/// that is learnt from it and the truth is noise alone.
struct DrawnSpecimen {
  /// A law by its strain along a and along c.
  typealias Law = @Sendable (Double) -> (a: Double, c: Double)

  let image: ParticleImage

  /// Draws a diamond of about `pixels` pixels.
  ///
  /// - Parameter place: tells the stripes apart.
  init(
    pixels: Int, place: Int, law: Law, _ communicator: Communicator
  ) throws(ParallelError) {
    // The diamond fills half of its box, which is twice as wide as it is high.
    let rows = Int(Double(pixels).squareRoot().rounded())
    let columns = 2 * rows
    let layout = ImageLayout(rows: rows, columns: columns, own: 0..<columns)
    let angle = 0.96 + 0.25 * Double(place)
    var mask: [Bool] = []
    var composition: [Double] = []
    for cell in 0..<layout.cellCount {
      let (i, j) = layout.indices(cell)
      let (x, y) = (Double(i) + 0.5, Double(j) + 0.5)
      let (u, v) = (2 * x / Double(columns) - 1, 2 * y / Double(rows) - 1)
      mask.append(abs(u) + abs(v) < 1.02)
      let along = x * cos(angle) + y * sin(angle) + 3 * Double(place)
      let stripe = abs((along - 26 * (along / 26).rounded(.down)) - 13) - 6.5
      composition.append(0.5 * (1 + 0.96 * tanh(stripe / 1.6)))
    }
    var image = try ParticleImage(
      name: "S\(place)", file: "drawn", pixelSize: 20, origin: [0, 0], role: .train,
      layout: layout, mask: mask,
      channels: [.composition: zip(mask, composition).map { $0 ? $1 : .nan }],
      communicator: communicator)
    let stiffness = Material.lithiumIronPhosphate.stiffness.planeStress
    let elements = ElementField(stiffness)
    var forward = try ForwardModel(
      image, components: Components(image), stiffness: elements, measured: nil)
    let profile = LocalComposition(image, composition)
    let points = elements.points
    let fields = try forward.responses(columns: 2) { cell, basis in
      for (index, point) in points.enumerated() {
        let strain = law(profile.value(cell, at: point))
        basis[index] = strain.a
        basis[points.count + index] = strain.c
      }
    }
    // Column 0 is the a strain along a, column 3 the c strain along c.
    for (channel, field) in zip(
      Channel.gradient, [ForwardModel.Field.strainAA, .strainCC, .strainAC, .rotation])
    {
      var values = [Double](repeating: .nan, count: layout.cellCount)
      for (pixel, cell) in image.numbering.ownCells.enumerated() {
        values[cell] = fields[field, 0, pixel] + fields[field, 3, pixel]
      }
      image.channels[channel] = values
    }
    self.image = image
  }

  /// What is added to a clean image.
  struct Noise {
    /// Standard deviations of the strain and of the composition.
    var strain = 0.0
    var composition = 0.0
    /// The width in pixels that smears them.
    var width = 0.0
    /// Whether the stack says the composition's.
    var isKnown = true
    /// Whether the composition is cut at 0 and 1.
    var isClipped = false
  }

  /// A draw.
  func noisy(_ noise: Noise, seed: Int, stream: Int, name: String? = nil) throws(ParallelError)
    -> ParticleImage
  {
    var image = try ParticleImage(
      name: name ?? self.image.name, file: self.image.file, pixelSize: self.image.pixelSize,
      origin: self.image.origin, role: .train, layout: self.image.layout, mask: self.image.mask,
      channels: self.image.channels, communicator: self.image.communicator)
    SmearedNoise(width: noise.width, level: noise.strain).add(
      to: &image, seed: seed, stream: 2 * stream)
    SmearedNoise(width: noise.width, level: noise.composition).add(
      to: &image, seed: seed, stream: 2 * stream + 1, channels: [.composition])
    if noise.isClipped {
      image.channels[.composition] = image.channels[.composition]?.map {
        $0.isFinite ? min(max($0, 0), 1) : $0
      }
    }
    if noise.composition > 0, noise.isKnown {
      image.sigmas[.composition] = image.mask.map { $0 ? noise.composition : .nan }
    }
    return image
  }
}
