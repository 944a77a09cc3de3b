// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// What a model predicts on own pixels, for several right-hand sides.
public struct PixelFields: Sendable {
  /// The number of own pixels.
  public let pixelCount: Int
  /// The number of right-hand sides.
  public let columnCount: Int
  private var values: [Double]

  init(pixelCount: Int, columnCount: Int) {
    self.pixelCount = pixelCount
    self.columnCount = columnCount
    values = [Double](
      repeating: 0, count: pixelCount * columnCount * ForwardModel.Field.allCases.count)
  }

  /// A field of one right-hand side at one own pixel.
  public subscript(field: ForwardModel.Field, column: Int, pixel: Int) -> Double {
    get { values[place(field, column, pixel)] }
    set { values[place(field, column, pixel)] = newValue }
  }

  /// Some columns along a, and as many along c.
  func columns(_ along: [Range<Int>]) -> PixelFields {
    let kept = along.flatMap { Array($0) }
    var result = PixelFields(pixelCount: pixelCount, columnCount: kept.count)
    for field in ForwardModel.Field.allCases {
      for (target, source) in kept.enumerated() {
        for pixel in 0..<pixelCount { result[field, target, pixel] = self[field, source, pixel] }
      }
    }
    return result
  }

  /// Adds the difference of two others of the same shape.
  mutating func add(_ after: PixelFields, less before: PixelFields) {
    precondition(after.values.count == values.count && before.values.count == values.count)
    for index in values.indices { values[index] += after.values[index] - before.values[index] }
  }

  private func place(_ field: ForwardModel.Field, _ column: Int, _ pixel: Int) -> Int {
    (field.rawValue * columnCount + column) * pixelCount + pixel
  }

  /// Turns pixel means into values at the centres, as an image samples them.
  ///
  /// The mean less ∇² times `curvature` in units of the pixel, where all four neighbours exist.
  /// Collective.
  mutating func takePointValues(
    _ image: ParticleImage, curvature: Double = 1.0 / 24,
    _ fields: [ForwardModel.Field] = [.strainAA, .strainCC, .strainAC, .rotation]
  ) throws(ParallelError) {
    let exchange = try PixelExchange(image.numbering, image.communicator)
    let cells = image.numbering.ownCells
    let around = cells.map { neighbours(of: $0, image) }
    var held = [Double](repeating: 0, count: image.layout.cellCount)
    for field in fields {
      for column in 0..<columnCount {
        for (pixel, cell) in cells.enumerated() { held[cell] = self[field, column, pixel] }
        try exchange.fill(&held)
        for (pixel, cell) in cells.enumerated() where around[pixel].count == 4 {
          let laplacian = around[pixel].reduce(-4 * held[cell]) { $0 + held[$1] }
          self[field, column, pixel] = held[cell] - curvature * laplacian
        }
      }
    }
  }
}
