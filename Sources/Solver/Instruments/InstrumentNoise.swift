// SPDX-License-Identifier: Apache-2.0

package import Images
import Numerics

/// What an instrument adds to an image: noise, mis-indexed and dead pixels.
///
/// All draws are by the number of the pixel in the whole image, so that they do not depend on the ranks.
package struct InstrumentNoise: Sendable, Equatable {
  /// Standard deviation of each tensor component of the strain.
  package var strain = 0.0
  /// Standard deviation of the rotation [rad].
  package var rotation = 0.0
  /// Standard deviation of the composition.
  package var composition = 0.0
  /// The Gaussian's standard deviation in pixels over which noise of strain and rotation is smeared.
  package var correlation = 0.0
  /// The same of the composition's noise.
  package var compositionCorrelation = 0.0
  /// The share of pixels that are mis-indexed.
  package var outliers = 0.0
  /// By how much strain and rotation of these are off, up or down.
  package var outlierSize = 0.15
  /// The share of pixels without data.
  package var deadPixels = 0.0
  /// The share of rows without data.
  package var deadLines = 0.0
  /// Whether the composition is cut at 0 and 1, as other tools write it.
  package var isClipped = false
  /// Whether the stack says how large the noise is.
  package var isStated = true

  /// No noise.
  package init() {}

  /// What a level of 100 % means: the strain of LiFePO4 along a between X = 0 and 1, by which the
  /// paper counts noise.
  package static let unit = 0.0494

  /// The noise that the published images have: 0.35 % of strain, 0.18° of rotation, 0.07 of X, over
  /// one and a half pixels, one pixel in two hundred mis-indexed.
  package static let instrument: InstrumentNoise = {
    var noise = InstrumentNoise()
    noise.strain = 0.0035
    noise.rotation = 0.18 * .pi / 180
    noise.composition = 0.07
    (noise.correlation, noise.compositionCorrelation) = (1.5, 1.5)
    noise.outliers = 0.005
    return noise
  }()

  /// Streams of random numbers that an image takes, as ``SmearedNoise`` counts them.
  private static let streams = 4

  /// Adds noise to the image number `place` of a stack.
  package func add(to image: inout ParticleImage, seed: Int, place: Int) {
    let stream = InstrumentNoise.streams * place
    SmearedNoise(width: correlation, level: strain).add(
      to: &image, seed: seed, stream: stream, channels: Channel.strains)
    SmearedNoise(width: correlation, level: rotation).add(
      to: &image, seed: seed, stream: stream + 1, channels: [.rotation])
    SmearedNoise(width: compositionCorrelation, level: composition).add(
      to: &image, seed: seed, stream: stream + 2, channels: [.composition])
    if outliers > 0 { misindex(&image, seed: seed, stream: 4 * (stream + 3)) }
    if isClipped, let values = image.channels[.composition] {
      image.channels[.composition] = values.map { $0.isFinite ? min(max($0, 0), 1) : $0 }
    }
    if deadPixels > 0 || deadLines > 0 { silence(&image, seed: seed, stream: 4 * (stream + 3) + 1) }
    if isStated { state(&image) }
  }

  /// The sizes and lengths of the noise, as far as there is some.
  private func state(_ image: inout ParticleImage) {
    for channel in Channel.allCases where image.channels[channel] != nil {
      let (size, length) =
        switch channel {
        case .composition: (composition, compositionCorrelation)
        case .rotation: (rotation, correlation)
        default: (strain, correlation)
        }
      guard size > 0 else { continue }
      image.sigmas[channel] = image.mask.map { $0 ? size : .nan }
      image.correlationLengths[channel] = length
    }
  }

  /// The number of a held pixel in the whole image.
  private static func number(_ cell: Int, _ layout: ImageLayout) -> Int {
    layout.held.lowerBound * layout.length + cell
  }

  private func misindex(_ image: inout ParticleImage, seed: Int, stream: Int) {
    let source = IndexedNoise(seed: seed)
    for (index, channel) in Channel.gradient.enumerated() {
      guard var values = image.channels[channel] else { continue }
      for cell in values.indices where image.mask[cell] {
        let number = InstrumentNoise.number(cell, image.layout)
        guard source.uniform(stream: stream, index: number) < outliers else { continue }
        let isDown = source.uniform(stream: stream + 2, index: 4 * number + index) < 0.5
        values[cell] += isDown ? -outlierSize : outlierSize
      }
      image.channels[channel] = values
    }
  }

  private func silence(_ image: inout ParticleImage, seed: Int, stream: Int) {
    let source = IndexedNoise(seed: seed)
    for cell in image.mask.indices where image.mask[cell] {
      let number = InstrumentNoise.number(cell, image.layout)
      let row = image.layout.indices(cell).j
      guard
        source.uniform(stream: stream, index: number) < deadPixels
          || source.uniform(stream: stream + 2, index: row) < deadLines
      else { continue }
      for channel in image.channels.keys { image.channels[channel]?[cell] = .nan }
    }
  }
}
