// SPDX-License-Identifier: Apache-2.0

package import Images
import Numerics

extension ParticleImage {
  /// The image with white noise added to its strain and rotation, and to its composition.
  ///
  /// - Parameters:
  ///   - strain: standard deviation on the four gradient channels.
  ///   - composition: standard deviation on X.
  package func withNoise(strain: Double, composition: Double = 0, seed: Int) -> ParticleImage {
    var noisy = self
    let noise = IndexedNoise(seed: seed)
    for (stream, channel) in Channel.allCases.enumerated() {
      guard var values = channels[channel] else { continue }
      let sigma = channel == .composition ? composition : strain
      for cell in values.indices where numbering.number[cell] >= 0 && sigma > 0 {
        values[cell] += sigma * noise.normal(stream: stream, index: numbering.number[cell])
      }
      noisy.channels[channel] = values
    }
    return noisy
  }
}
