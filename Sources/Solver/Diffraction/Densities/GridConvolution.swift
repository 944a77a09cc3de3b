// SPDX-License-Identifier: Apache-2.0

import Numerics

/// The convolution of a density on a grid with kernels, by Fourier transform.
///
///     field_i = Σ_j kernel(i − j) density_j
///
/// over all pixels of the grid and none outside: the grid is padded with zeros, so that nothing
/// comes round the edge. Costs O(N log N) where the direct sum costs N². Arrays are row by row.
public struct GridConvolution: Sendable {
  /// The number of rows, the slow index.
  public let rows: Int
  /// The number of columns, the fast index.
  public let columns: Int
  private let along: FourierTransform
  private let across: FourierTransform
  /// The transforms of the kernels, real and imaginary.
  private let kernels: [(real: [Double], imaginary: [Double])]

  /// A convolution with kernels that depend on the distance from source to field in rows, columns.
  public init(rows: Int, columns: Int, kernels: [(_ rows: Int, _ columns: Int) -> Double]) {
    self.rows = rows
    self.columns = columns
    let along = FourierTransform(count: FourierTransform.size(atLeast: 2 * columns - 1))
    let across = FourierTransform(count: FourierTransform.size(atLeast: 2 * rows - 1))
    (self.along, self.across) = (along, across)
    self.kernels = kernels.map { kernel in
      var real = [Double](repeating: 0, count: along.count * across.count)
      var imaginary = real
      for row in 1 - rows..<rows {
        for column in 1 - columns..<columns {
          // Negative distances wrap to the end, where the padding is.
          let place = (row + across.count) % across.count * along.count
          real[place + (column + along.count) % along.count] = kernel(row, column)
        }
      }
      Self.transform(&real, &imaginary, along, across, forwards: true)
      return (real, imaginary)
    }
  }

  /// The fields of a density, one for each kernel.
  public func fields(of density: [Double]) -> [[Double]] {
    let spectrum = padded(density)
    return kernels.map { kernel in
      var real = spectrum.real
      var imaginary = spectrum.imaginary
      for index in real.indices {
        let (x, y) = (real[index], imaginary[index])
        real[index] = x * kernel.real[index] - y * kernel.imaginary[index]
        imaginary[index] = x * kernel.imaginary[index] + y * kernel.real[index]
      }
      return cropped(&real, &imaginary)
    }
  }

  /// The adjoint: Σ over kernels and pixels i of kernel(i − j) field_i.
  public func adjoint(of fields: [[Double]]) -> [Double] {
    precondition(fields.count == kernels.count, "a field for each kernel")
    var real = [Double](repeating: 0, count: along.count * across.count)
    var imaginary = real
    for (kernel, field) in zip(kernels, fields) {
      let spectrum = padded(field)
      // The transform of the mirrored kernel is the conjugate.
      for index in real.indices {
        let (x, y) = (spectrum.real[index], spectrum.imaginary[index])
        real[index] += x * kernel.real[index] + y * kernel.imaginary[index]
        imaginary[index] += y * kernel.real[index] - x * kernel.imaginary[index]
      }
    }
    return cropped(&real, &imaginary)
  }

  private func padded(_ field: [Double]) -> (real: [Double], imaginary: [Double]) {
    precondition(field.count == rows * columns, "a number for each pixel")
    var real = [Double](repeating: 0, count: along.count * across.count)
    var imaginary = real
    for row in 0..<rows {
      for column in 0..<columns {
        real[row * along.count + column] = field[row * columns + column]
      }
    }
    Self.transform(&real, &imaginary, along, across, forwards: true)
    return (real, imaginary)
  }

  private func cropped(_ real: inout [Double], _ imaginary: inout [Double]) -> [Double] {
    Self.transform(&real, &imaginary, along, across, forwards: false)
    let factor = 1 / Double(along.count * across.count)
    var field: [Double] = []
    field.reserveCapacity(rows * columns)
    for row in 0..<rows {
      for column in 0..<columns { field.append(factor * real[row * along.count + column]) }
    }
    return field
  }

  private static func transform(
    _ real: inout [Double], _ imaginary: inout [Double], _ along: FourierTransform,
    _ across: FourierTransform, forwards: Bool
  ) {
    for row in 0..<across.count {
      along.transform(
        &real, &imaginary, start: row * along.count, stride: 1, forwards: forwards)
    }
    for column in 0..<along.count {
      across.transform(
        &real, &imaginary, start: column, stride: along.count, forwards: forwards)
    }
  }
}
