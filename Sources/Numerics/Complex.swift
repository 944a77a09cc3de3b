// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// A complex number.
@frozen
public struct Complex: Equatable, Sendable {
  /// Real part.
  public var real: Double
  /// Imaginary part.
  public var imaginary: Double

  /// A number from its parts.
  @inlinable
  public init(_ real: Double, _ imaginary: Double) {
    self.real = real
    self.imaginary = imaginary
  }

  /// The absolute value.
  @inlinable public var modulus: Double { hypot(real, imaginary) }

  /// The number with the other sign of its imaginary part.
  @inlinable public var conjugate: Complex { Complex(real, -imaginary) }

  /// The sum.
  @inlinable public static func + (left: Complex, right: Complex) -> Complex {
    Complex(left.real + right.real, left.imaginary + right.imaginary)
  }

  /// The difference.
  @inlinable public static func - (left: Complex, right: Complex) -> Complex {
    Complex(left.real - right.real, left.imaginary - right.imaginary)
  }

  /// The product.
  @inlinable public static func * (left: Complex, right: Complex) -> Complex {
    Complex(
      left.real * right.real - left.imaginary * right.imaginary,
      left.real * right.imaginary + left.imaginary * right.real)
  }

  /// The quotient.
  @inlinable public static func / (left: Complex, right: Complex) -> Complex {
    let square = right.real * right.real + right.imaginary * right.imaginary
    let product = left * right.conjugate
    return Complex(product.real / square, product.imaginary / square)
  }
}
