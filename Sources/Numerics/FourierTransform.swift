// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The discrete Fourier transform of any number of complex numbers, in place.
///
/// Radix 2 for a power of two; any other length is a convolution with a chirp (Bluestein), done by
/// one of at least twice the length. No library: the images of a particle need some 512² points, where
/// it takes tens of milliseconds.
public struct FourierTransform: Sendable {
  /// The number of points.
  public let count: Int
  private let core: PowerOfTwo
  /// exp(−πi n²/N) and the transform of its conjugate; empty for a power of two.
  private let chirp: (real: [Double], imaginary: [Double])
  private let filter: (real: [Double], imaginary: [Double])

  /// The transform of `count` points.
  public init(count: Int) {
    precondition(count > 0, "a transform has points")
    self.count = count
    guard count & (count - 1) != 0 else {
      core = PowerOfTwo(count: count)
      (chirp, filter) = (([], []), ([], []))
      return
    }
    core = PowerOfTwo(count: Self.size(atLeast: 2 * count - 1))
    // n² modulo 2N, for an angle of a million turns has no digits left.
    let angles = (0..<count).map { Double.pi * Double($0 * $0 % (2 * count)) / Double(count) }
    chirp = (angles.map { cos($0) }, angles.map { -sin($0) })
    var real = [Double](repeating: 0, count: core.count)
    var imaginary = real
    for index in 0..<count {
      for place in [index, (core.count - index) % core.count] {
        (real[place], imaginary[place]) = (chirp.real[index], -chirp.imaginary[index])
      }
    }
    core.transform(&real, &imaginary, start: 0, stride: 1, forwards: true)
    filter = (real, imaginary)
  }

  /// The smallest power of two that is not below a number.
  public static func size(atLeast number: Int) -> Int {
    var size = 1
    while size < number { size *= 2 }
    return size
  }

  /// Transforms `count` numbers that lie `stride` apart, the first at `start`.
  ///
  /// X_k = Σ x_n exp(∓2πi kn/N), minus forwards; without a factor either way.
  public func transform(
    _ real: inout [Double], _ imaginary: inout [Double], start: Int = 0, stride: Int = 1,
    forwards: Bool
  ) {
    guard !chirp.real.isEmpty else {
      core.transform(&real, &imaginary, start: start, stride: stride, forwards: forwards)
      return
    }
    // Backwards is forwards of the conjugate, conjugated.
    let sign = forwards ? 1.0 : -1.0
    var x = [Double](repeating: 0, count: core.count)
    var y = x
    for index in 0..<count {
      let (a, b) = (real[start + index * stride], sign * imaginary[start + index * stride])
      x[index] = a * chirp.real[index] - b * chirp.imaginary[index]
      y[index] = a * chirp.imaginary[index] + b * chirp.real[index]
    }
    core.transform(&x, &y, start: 0, stride: 1, forwards: true)
    for index in x.indices {
      let (a, b) = (x[index], y[index])
      x[index] = a * filter.real[index] - b * filter.imaginary[index]
      y[index] = a * filter.imaginary[index] + b * filter.real[index]
    }
    core.transform(&x, &y, start: 0, stride: 1, forwards: false)
    let factor = 1 / Double(core.count)
    for index in 0..<count {
      let (a, b) = (factor * x[index], factor * y[index])
      real[start + index * stride] = a * chirp.real[index] - b * chirp.imaginary[index]
      imaginary[start + index * stride] =
        sign * (a * chirp.imaginary[index] + b * chirp.real[index])
    }
  }

  /// The radix-2 transform.
  private struct PowerOfTwo: Sendable {
    let count: Int
    private let cosines: [Double]
    private let sines: [Double]
    private let order: [Int]

    init(count: Int) {
      self.count = count
      let angles = (0..<max(1, count / 2)).map { 2 * Double.pi * Double($0) / Double(count) }
      cosines = angles.map { cos($0) }
      sines = angles.map { sin($0) }
      var reversed = [Int](repeating: 0, count: count)
      for index in 1..<max(1, count) {
        reversed[index] = reversed[index >> 1] >> 1 + (index & 1 == 1 ? count >> 1 : 0)
      }
      order = reversed
    }

    func transform(
      _ real: inout [Double], _ imaginary: inout [Double], start: Int, stride: Int,
      forwards: Bool
    ) {
      for index in 0..<count where index < order[index] {
        real.swapAt(start + index * stride, start + order[index] * stride)
        imaginary.swapAt(start + index * stride, start + order[index] * stride)
      }
      var half = 1
      while half < count {
        let step = count / (2 * half)
        for block in Swift.stride(from: 0, to: count, by: 2 * half) {
          for offset in 0..<half {
            let cosine = cosines[offset * step]
            let sine = forwards ? -sines[offset * step] : sines[offset * step]
            let upper = start + (block + offset) * stride
            let lower = upper + half * stride
            let (x, y) = (real[lower], imaginary[lower])
            let (turnedX, turnedY) = (cosine * x - sine * y, sine * x + cosine * y)
            real[lower] = real[upper] - turnedX
            imaginary[lower] = imaginary[upper] - turnedY
            real[upper] += turnedX
            imaginary[upper] += turnedY
          }
        }
        half *= 2
      }
    }
  }
}
