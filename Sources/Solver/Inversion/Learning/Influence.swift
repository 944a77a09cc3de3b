// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// How the right-hand side of the normal equations follows from the measured strain and rotation.
///
/// The estimate is exactly linear in these data: p = M⁻¹ Σ_k B_k ĝ_k, with B from the misfit, the
/// inverse gradient and, where the data hold the boundary, an adjoint solve for each unknown.
package struct Influence: Sendable {
  /// Unknowns of the law.
  let count: Int
  /// B on own pixels of held fields: for each unknown the four channels of ``Channel/gradient``.
  package var weights: [[[Double]]]

  /// No influence yet.
  init(count: Int, layout: ImageLayout) {
    self.count = count
    let empty = [Double](repeating: 0, count: layout.cellCount)
    weights = [[[Double]]](
      repeating: [[Double]](repeating: empty, count: 4), count: count)
  }

  /// Σ_k B_k g_k over all ranks, for data on held fields.
  ///
  /// Collective.
  func applied(
    to data: [[Double]], _ image: ParticleImage
  ) throws(ParallelError) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    for unknown in 0..<count {
      for channel in data.indices {
        for cell in image.numbering.ownCells where weights[unknown][channel][cell] != 0 {
          sums[unknown] += weights[unknown][channel][cell] * data[channel][cell]
        }
      }
    }
    try image.communicator.reduce(&sums, .sum)
    return sums
  }
}

extension Influence {
  /// The influence of the pixels' displacement, moved to strain and rotation.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - displacement: for each unknown the weights on the displacement in pixel sides.
  ///   - gradients: for each unknown weights on the filled gradient itself.
  mutating func addDisplacement(
    _ displacement: [(a: [Double], c: [Double])],
    gradients: [(aa: [Double], cc: [Double], ac: [Double], ca: [Double])]?,
    _ image: ParticleImage, _ components: Components
  ) throws(ParallelError) {
    let inverse = try InverseGradient(image, components: components)
    let slopes = try inverse.transposed(
      displacement.flatMap { [$0.a, $0.c] }, rule: .fourthOrder)
    for unknown in 0..<count {
      var (aa, ac) = slopes[2 * unknown]
      var (ca, cc) = slopes[2 * unknown + 1]
      if let direct = gradients?[unknown] {
        for cell in image.numbering.ownCells {
          aa[cell] += direct.aa[cell]
          ac[cell] += direct.ac[cell]
          ca[cell] += direct.ca[cell]
          cc[cell] += direct.cc[cell]
        }
      }
      // ∂u_a/∂c = ε_ac − θ and ∂u_c/∂a = ε_ac + θ.
      var parts = [aa, cc, zip(ca, ac).map { $0 + $1 }, zip(ca, ac).map { $0 - $1 }]
      for (index, channel) in Channel.gradient.enumerated() {
        try image.fillTransposed(channel, &parts[index])
        for cell in image.numbering.ownCells {
          weights[unknown][index][cell] += parts[index][cell]
        }
      }
    }
  }
}
