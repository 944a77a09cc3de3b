import Foundation

/// The discrete Fourier transform of a power of two of complex numbers, in place.
///
/// A radix-2 transform without a library: the images of a particle need some 512² points, where it
/// takes tens of milliseconds.
struct FourierTransform: Sendable {
  /// The number of points.
  let count: Int
  private let cosines: [Double]
  private let sines: [Double]
  private let order: [Int]

  /// The transform of `count` points, a power of two.
  init(count: Int) {
    precondition(count > 0 && count & (count - 1) == 0, "a power of two")
    self.count = count
    let angles = (0..<max(1, count / 2)).map { 2 * Double.pi * Double($0) / Double(count) }
    cosines = angles.map(cos)
    sines = angles.map(sin)
    var reversed = [Int](repeating: 0, count: count)
    for index in 1..<max(1, count) {
      reversed[index] = reversed[index >> 1] >> 1 + (index & 1 == 1 ? count >> 1 : 0)
    }
    order = reversed
  }

  /// The smallest power of two that is not below a number.
  static func size(atLeast number: Int) -> Int {
    var size = 1
    while size < number { size *= 2 }
    return size
  }

  /// Transforms `count` numbers that lie `stride` apart, the first at `start`.
  ///
  /// X_k = Σ x_n exp(∓2πi kn/N), minus forwards; without a factor either way.
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
