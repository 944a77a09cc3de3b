// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Numerics
import Parallel

/// The noise of a particle's composition: its standard deviation at each pixel and how far it is
/// correlated.
///
/// Filled pixels carry none. Correlated noise is white noise convolved with a Gaussian.
package struct CompositionNoise {
  /// Where the standard deviation comes from.
  enum Source: String, Sendable {
    /// The stack's map.
    case map = "sigma_composition"
    /// The user.
    case given = "--sigma-composition"
    /// The map of the composition itself.
    case roughness = "roughness"
  }

  /// The standard deviation on held cells, 0 outside the mask and where the composition was filled.
  let sigma: [Double]
  /// The standard deviation in pixels of the Gaussian that correlates it; 0 for white noise.
  let width: Double
  /// Root mean square over the pixels.
  let level: Double
  let source: Source
  private let image: ParticleImage
  private let composition: [Double]
  private let seed: Int

  /// Noise beyond which a law is corrected: 0.003 changes f' by a few hundredths of a per cent.
  static let negligible = 0.003

  /// Noise of given size.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - sigma: on held cells.
  ///   - composition: on held cells, filled.
  init(
    _ image: ParticleImage, sigma: [Double], width: Double, source: Source, composition: [Double],
    seed: Int
  ) throws(ParallelError) {
    self.image = image
    self.sigma = sigma
    self.width = width < 0.1 ? 0 : width
    self.source = source
    self.composition = composition
    self.seed = seed
    var sums = [0.0, 0]
    for cell in image.numbering.ownCells where sigma[cell] > 0 {
      sums[0] += sigma[cell] * sigma[cell]
      sums[1] += 1
    }
    try image.communicator.reduce(&sums, .sum)
    level = (sums[0] / max(1, sums[1])).squareRoot()
  }

  /// c_ij of two held cells, `columns` and `rows` apart.
  func covariance(_ first: Int, _ second: Int, _ columns: Int, _ rows: Int) -> Double {
    guard width > 0 else { return first == second ? sigma[first] * sigma[first] : 0 }
    let distance = Double(columns * columns + rows * rows)
    return sigma[first] * sigma[second] * exp(-distance / (4 * width * width))
  }

  /// Pixels beyond which correlated noise counts as independent: there its correlation is 1e-4.
  private var reach: Int { width > 0 ? Int((6.1 * width).rounded(.up)) : 0 }

  /// A draw of the noise on held cells.
  ///
  /// Collective.
  ///
  /// Drawn by the pixel's composition and its distance from the middle of the image, so that the
  /// order of particles, the rank count, the origin and a mirror do not change the law.
  func draw(_ number: Int) throws(ParallelError) -> [Double] {
    let layout = image.layout
    let length = layout.length
    let source = IndexedNoise(seed: seed)
    let radius = width > 0 ? Int((4.5 * width).rounded(.up)) : 0
    func white(_ line: Int, _ position: Int, _ value: Double) -> Double {
      // The smaller of the two distances to the border is that of the mirror image, too.
      let along = min(line, layout.lineCount - 1 - line)
      let across = min(position, length - 1 - position)
      let key = (along + 64) &* 1_048_583 &+ across + 64
      let bits = value.isFinite ? Int(truncatingIfNeeded: value.bitPattern &>> 1) : 0
      return source.normal(stream: 7000 + number, index: (bits ^ (key &* 0x9E37_79B9)) & .max)
    }
    guard radius > 0 else {
      return sigma.indices.map { cell in
        guard sigma[cell] > 0 else { return 0 }
        let line = layout.held.lowerBound + cell / length
        return sigma[cell] * white(line, cell % length, composition[cell])
      }
    }
    // Wider than what is held, and beyond the image: noise does not end at its border.
    let window = try LineWindow(
      layout, radius: radius + ImageLayout.halo, communicator: image.communicator)
    let own = image.mask.indices.map { image.mask[$0] ? composition[$0] : .nan }
    let known = try window.widened(own)
    let wide = length + 2 * radius
    let lines = layout.held.count + 2 * radius
    guard !layout.own.isEmpty else { return [] }
    var field = [Double](repeating: 0, count: lines * wide)
    for line in 0..<lines {
      let place = layout.held.lowerBound - radius + line
      for position in -radius..<length + radius {
        let isKnown = window.lines.contains(place) && position >= 0 && position < length
        let value =
          isKnown ? known[(place - window.lines.lowerBound) * length + position] : .nan
        field[line * wide + position + radius] = white(place, position, value)
      }
    }
    var taps = (-radius...radius).map { exp(-Double($0 * $0) / (2 * width * width)) }
    let norm = taps.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for index in taps.indices { taps[index] /= norm }
    var across = [Double](repeating: 0, count: lines * length)
    for line in 0..<lines {
      for position in 0..<length {
        var sum = 0.0
        for (tap, factor) in taps.enumerated() {
          sum += factor * field[line * wide + position + tap]
        }
        across[line * length + position] = sum
      }
    }
    return sigma.indices.map { cell in
      guard sigma[cell] > 0 else { return 0 }
      let (line, position) = (cell / length, cell % length)
      var sum = 0.0
      for (tap, factor) in taps.enumerated() {
        sum += factor * across[(line + tap) * length + position]
      }
      return sigma[cell] * sum
    }
  }

  /// Σ_j c_ij F_j on own cells of a held field that is zero outside the mask.
  ///
  /// Collective.
  func correlated(_ field: [Double]) throws(ParallelError) -> [Double] {
    let layout = image.layout
    let length = layout.length
    var result = [Double](repeating: 0, count: layout.cellCount)
    guard width > 0 else {
      for cell in layout.ownCells { result[cell] = sigma[cell] * sigma[cell] * field[cell] }
      return result
    }
    let window = try LineWindow(layout, radius: reach, communicator: image.communicator)
    let wide = try window.widened(zip(sigma, field).map { $0 * $1 })
    let taps = (-reach...reach).map { exp(-Double($0 * $0) / (4 * width * width)) }
    var across = [Double](repeating: 0, count: wide.count)
    for line in 0..<window.lines.count {
      for position in 0..<length {
        var sum = 0.0
        for place in max(0, position - reach)..<min(length, position + reach + 1) {
          sum += taps[place - position + reach] * wide[line * length + place]
        }
        across[line * length + position] = sum
      }
    }
    for cell in layout.ownCells where sigma[cell] > 0 {
      let line = window.place(cell) / length
      var sum = 0.0
      for other in max(0, line - reach)..<min(window.lines.count, line + reach + 1) {
        sum += taps[other - line + reach] * across[other * length + cell % length]
      }
      result[cell] = sigma[cell] * sum
    }
    return result
  }
}
