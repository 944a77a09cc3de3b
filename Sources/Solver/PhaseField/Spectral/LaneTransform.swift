// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The discrete Fourier transform of eight sequences of complex numbers at once, one in each lane.
///
/// X_k = Σ x_n exp(−2πi kn/N) by Stockham's passes, which need no reversal of bits: radix 4, 2, 3, 5,
/// and p² operations for any other prime factor p. The sequences lie in two lanes of 8N numbers, real
/// and imaginary parts apart; the other direction is the same with the two exchanged.
struct LaneTransform {
  /// The number of points, N.
  let count: Int
  private let factors: [Int]
  /// cos 2πn/N and sin 2πn/N.
  private let cosines, sines: Numbers

  init(count: Int) {
    precondition(count > 0, "a transform has points")
    self.count = count
    var (rest, factors) = (count, [Int]())
    for radix in [4, 2, 3, 5] {
      while rest % radix == 0 {
        factors.append(radix)
        rest /= radix
      }
    }
    var prime = 7
    while rest > 1 {
      while rest % prime == 0 {
        factors.append(prime)
        rest /= prime
      }
      prime += 2
    }
    self.factors = factors
    (cosines, sines) = (Numbers(count), Numbers(count))
    for index in 0..<count {
      let angle = 2 * Double.pi * Double(index) / Double(count)
      (cosines.lane[index], sines.lane[index]) = (cos(angle), sin(angle))
    }
  }

  /// Transforms what is in `first`; `second` is as large.
  ///
  /// - Returns: the one of them that holds the result; the other holds nothing of use.
  func transform(
    _ first: ComplexLane, _ second: ComplexLane
  ) -> (result: ComplexLane, other: ComplexLane) {
    var (source, target) = (first, second)
    var (length, stride) = (count, 1)
    for radix in factors {
      pass(radix, length, stride, source, target)
      (source, target) = (target, source)
      length /= radix
      stride *= radix
    }
    return (source, target)
  }

  /// One pass: butterflies of `radix` points that lie length/radix apart, times the twiddle factors.
  private func pass(
    _ radix: Int, _ length: Int, _ stride: Int, _ source: ComplexLane, _ target: ComplexLane
  ) {
    let parts = length / radix
    let step = count / length
    let reach = stride * parts
    for part in 0..<parts {
      let turn = part * step
      for offset in 0..<stride {
        let from = offset + stride * part
        let to = offset + stride * radix * part
        switch radix {
        case 2: two(source, from, reach, target, to, stride, turn)
        case 3: three(source, from, reach, target, to, stride, turn)
        case 4: four(source, from, reach, target, to, stride, turn)
        case 5: five(source, from, reach, target, to, stride, turn)
        default: any(radix, source, from, reach, target, to, stride, turn)
        }
      }
    }
  }

  /// exp(−2πi n/N) times a number.
  @inline(__always)
  private func turned(_ value: ComplexEight, _ turn: Int) -> ComplexEight {
    value.turned(cosines.lane[turn], -sines.lane[turn])
  }

  @inline(__always)
  private func two(
    _ source: ComplexLane, _ from: Int, _ reach: Int, _ target: ComplexLane, _ to: Int,
    _ stride: Int, _ turn: Int
  ) {
    let (a, b) = (source[from], source[from + reach])
    target[to] = a + b
    target[to + stride] = turned(a - b, turn)
  }

  @inline(__always)
  private func three(
    _ source: ComplexLane, _ from: Int, _ reach: Int, _ target: ComplexLane, _ to: Int,
    _ stride: Int, _ turn: Int
  ) {
    let (a, b, c) = (source[from], source[from + reach], source[from + 2 * reach])
    let sum = b + c
    let middle = a.addingProduct(sum, -0.5)
    // √3/2.
    let side = ((b - c) * 0.866_025_403_784_438_6).quarterBack
    target[to] = a + sum
    target[to + stride] = turned(middle + side, turn)
    target[to + 2 * stride] = turned(middle - side, 2 * turn)
  }

  @inline(__always)
  private func four(
    _ source: ComplexLane, _ from: Int, _ reach: Int, _ target: ComplexLane, _ to: Int,
    _ stride: Int, _ turn: Int
  ) {
    let (a, b) = (source[from], source[from + reach])
    let (c, d) = (source[from + 2 * reach], source[from + 3 * reach])
    let (even, odd) = (a + c, b + d)
    let (middle, side) = (a - c, (b - d).quarterBack)
    target[to] = even + odd
    target[to + stride] = turned(middle + side, turn)
    target[to + 2 * stride] = turned(even - odd, 2 * turn)
    target[to + 3 * stride] = turned(middle - side, 3 * turn)
  }

  @inline(__always)
  private func five(
    _ source: ComplexLane, _ from: Int, _ reach: Int, _ target: ComplexLane, _ to: Int,
    _ stride: Int, _ turn: Int
  ) {
    // Cosines and sines of 2π/5 and 4π/5.
    let (c1, c2) = (0.309_016_994_374_947_4, -0.809_016_994_374_947_4)
    let (s1, s2) = (0.951_056_516_295_153_5, 0.587_785_252_292_473_1)
    let (a, b) = (source[from], source[from + reach])
    let (c, d) = (source[from + 2 * reach], source[from + 3 * reach])
    let e = source[from + 4 * reach]
    let (outer, inner) = (b + e, c + d)
    let (outerSide, innerSide) = (b - e, c - d)
    let first = a.addingProduct(outer, c1).addingProduct(inner, c2)
    let second = a.addingProduct(outer, c2).addingProduct(inner, c1)
    let firstSide = (outerSide * s1).addingProduct(innerSide, s2).quarterBack
    let secondSide = (outerSide * s2).addingProduct(innerSide, -s1).quarterBack
    target[to] = a + outer + inner
    target[to + stride] = turned(first + firstSide, turn)
    target[to + 2 * stride] = turned(second + secondSide, 2 * turn)
    target[to + 3 * stride] = turned(second - secondSide, 3 * turn)
    target[to + 4 * stride] = turned(first - firstSide, 4 * turn)
  }

  @inline(__always)
  private func any(
    _ radix: Int, _ source: ComplexLane, _ from: Int, _ reach: Int, _ target: ComplexLane,
    _ to: Int, _ stride: Int, _ turn: Int
  ) {
    let root = count / radix
    for row in 0..<radix {
      var sum = source[from]
      for column in 1..<radix {
        sum = sum + turned(source[from + column * reach], row * column % radix * root)
      }
      target[to + row * stride] = turned(sum, row * turn)
    }
  }
}

/// Sequences of complex numbers in eight lanes, valid as long as the memory they lie in.
struct ComplexLane {
  let real, imaginary: Lane

  @inline(__always)
  subscript(_ index: Int) -> ComplexEight {
    get { ComplexEight(real: real.load(8 * index), imaginary: imaginary.load(8 * index)) }
    nonmutating set {
      real.store(8 * index, newValue.real)
      imaginary.store(8 * index, newValue.imaginary)
    }
  }

  /// With real and imaginary part exchanged.
  var exchanged: ComplexLane { ComplexLane(real: imaginary, imaginary: real) }
}

/// Eight complex numbers.
struct ComplexEight {
  var real, imaginary: Eight

  @inline(__always)
  static func + (left: Self, right: Self) -> Self {
    Self(real: left.real + right.real, imaginary: left.imaginary + right.imaginary)
  }

  @inline(__always)
  static func - (left: Self, right: Self) -> Self {
    Self(real: left.real - right.real, imaginary: left.imaginary - right.imaginary)
  }

  @inline(__always)
  static func * (left: Self, right: Double) -> Self {
    Self(real: left.real * right, imaginary: left.imaginary * right)
  }

  @inline(__always)
  func addingProduct(_ other: Self, _ factor: Double) -> Self {
    Self(
      real: real.addingProduct(other.real, factor),
      imaginary: imaginary.addingProduct(other.imaginary, factor))
  }

  /// Times −i.
  var quarterBack: Self {
    @inline(__always) get { Self(real: imaginary, imaginary: Eight.zero - real) }
  }

  /// Times cosine + i sine.
  @inline(__always)
  func turned(_ cosine: Double, _ sine: Double) -> Self {
    Self(
      real: (real * cosine).addingProduct(imaginary, -sine),
      imaginary: (imaginary * cosine).addingProduct(real, sine))
  }
}
