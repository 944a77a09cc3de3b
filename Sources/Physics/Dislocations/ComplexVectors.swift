// SPDX-License-Identifier: Apache-2.0

import Glibc
import Numerics

/// A complex vector in three dimensions, by real and imaginary part.
struct ComplexVector3 {
  var real: SIMD3<Double>
  var imaginary: SIMD3<Double>

  /// The bilinear product, without conjugation.
  func dot(_ other: ComplexVector3) -> Complex {
    Complex(
      Physics.dot(real, other.real) - Physics.dot(imaginary, other.imaginary),
      Physics.dot(real, other.imaginary) + Physics.dot(imaginary, other.real))
  }

  func cross(_ other: ComplexVector3) -> ComplexVector3 {
    ComplexVector3(
      real: Physics.cross(real, other.real) - Physics.cross(imaginary, other.imaginary),
      imaginary: Physics.cross(real, other.imaginary) + Physics.cross(imaginary, other.real))
  }

  var modulus: Double {
    (Physics.dot(real, real) + Physics.dot(imaginary, imaginary)).squareRoot()
  }
}

/// A complex 3 × 3 matrix, by real and imaginary part.
struct ComplexMatrix3 {
  var real: Matrix3
  var imaginary: Matrix3

  var rows: (ComplexVector3, ComplexVector3, ComplexVector3) {
    (
      ComplexVector3(real: real.first, imaginary: imaginary.first),
      ComplexVector3(real: real.second, imaginary: imaginary.second),
      ComplexVector3(real: real.third, imaginary: imaginary.third)
    )
  }

  /// The adjugate adj M with M adj M = det M, and the determinant.
  var adjugate: (matrix: ComplexMatrix3, determinant: Complex) {
    let (first, second, third) = rows
    let columns = (second.cross(third), third.cross(first), first.cross(second))
    let transposed = ComplexMatrix3(
      real: Matrix3(columns.0.real, columns.1.real, columns.2.real),
      imaginary: Matrix3(columns.0.imaginary, columns.1.imaginary, columns.2.imaginary))
    return (transposed.transpose, first.dot(columns.0))
  }

  var transpose: ComplexMatrix3 {
    ComplexMatrix3(real: real.transpose, imaginary: imaginary.transpose)
  }

  var trace: Complex {
    Complex(
      real.first.x + real.second.y + real.third.z,
      imaginary.first.x + imaginary.second.y + imaginary.third.z)
  }

  static func * (left: ComplexMatrix3, right: ComplexMatrix3) -> ComplexMatrix3 {
    ComplexMatrix3(
      real: left.real * right.real - left.imaginary * right.imaginary,
      imaginary: left.real * right.imaginary + left.imaginary * right.real)
  }

  static func * (factor: Complex, matrix: ComplexMatrix3) -> ComplexMatrix3 {
    ComplexMatrix3(
      real: factor.real * matrix.real - factor.imaginary * matrix.imaginary,
      imaginary: factor.real * matrix.imaginary + factor.imaginary * matrix.real)
  }
}
