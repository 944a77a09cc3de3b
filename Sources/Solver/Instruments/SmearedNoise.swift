// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Images
import Numerics

/// White noise, or white noise that an instrument smeared with a Gaussian, at a given level.
package struct SmearedNoise {
  /// The standard deviation, which the smearing does not change.
  package let level: Double
  /// One side of the symmetric filter t, normalised so that the variance stays: Σ t² = 1 along each
  /// direction.
  private let taps: [Double]

  /// Noise.
  ///
  /// - Parameters:
  ///   - width: the Gaussian's standard deviation in pixels; 0 is white.
  ///   - level: the standard deviation.
  package init(width: Double, level: Double) {
    self.level = level
    let radius = width > 0 ? Int((4 * width).rounded(.up)) : 0
    let raw = (0...radius).map { width > 0 ? exp(-Double($0 * $0) / (2 * width * width)) : 1 }
    let norm = raw.enumerated().reduce(0) {
      $0 + ($1.offset == 0 ? 1 : 2) * $1.element * $1.element
    }
    taps = raw.map { $0 / norm.squareRoot() }
  }

  /// Adds a draw to channels of an image, whatever part of it this rank holds.
  ///
  /// - Parameter channels: at most four; strain and rotation unless told.
  package func add(
    to image: inout ParticleImage, seed: Int, stream: Int,
    channels: [Channel] = Channel.gradient
  ) {
    for (index, channel) in channels.enumerated() {
      guard var values = image.channels[channel] else { continue }
      let field = draw(image.layout, seed: seed, stream: 4 * stream + index)
      for cell in values.indices where image.mask[cell] { values[cell] += level * field[cell] }
      image.channels[channel] = values
    }
  }

  /// A draw of unit level on held pixels, by the pixels' numbers in the whole image, so that it does not
  /// depend on how the ranks share it.
  ///
  /// It is smeared as on a torus: the level is the same everywhere.
  private func draw(_ layout: ImageLayout, seed: Int, stream: Int) -> [Double] {
    let source = IndexedNoise(seed: seed)
    let (lines, length, reach) = (layout.lineCount, layout.length, taps.count - 1)
    guard !layout.held.isEmpty else { return [] }
    // Lines beside the held ones that the filter asks for, too.
    var rows: [[Double]] = []
    for line in layout.held.lowerBound - reach..<layout.held.upperBound + reach {
      let first = SmearedNoise.wrapped(line, lines) * length
      rows.append(
        smeared((0..<length).map { source.normal(stream: stream, index: first + $0) }))
    }
    guard reach > 0 else { return rows.flatMap { $0 } }
    var result: [Double] = []
    result.reserveCapacity(layout.cellCount)
    for line in 0..<layout.held.count {
      let middle = line + reach
      for position in 0..<length {
        var sum = taps[0] * rows[middle][position]
        for (distance, tap) in taps.enumerated().dropFirst() {
          sum += tap * (rows[middle + distance][position] + rows[middle - distance][position])
        }
        result.append(sum)
      }
    }
    return result
  }

  /// Filters along a line.
  private func smeared(_ row: [Double]) -> [Double] {
    guard taps.count > 1 else { return row }
    return row.indices.map { place in
      var sum = taps[0] * row[place]
      for (distance, tap) in taps.enumerated().dropFirst() {
        sum +=
          tap
          * (row[SmearedNoise.wrapped(place + distance, row.count)]
            + row[SmearedNoise.wrapped(place - distance, row.count)])
      }
      return sum
    }
  }

  private static func wrapped(_ index: Int, _ count: Int) -> Int {
    let rest = index % count
    return rest < 0 ? rest + count : rest
  }
}
