// SPDX-License-Identifier: Apache-2.0

/// A second-rank tensor in three dimensions, Cartesian, by rows.
@frozen
public struct Matrix3: Equatable, Sendable {
  /// First row.
  public var first: SIMD3<Double>
  /// Second row.
  public var second: SIMD3<Double>
  /// Third row.
  public var third: SIMD3<Double>

  /// A tensor from its rows.
  @inlinable
  public init(_ first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) {
    self.first = first
    self.second = second
    self.third = third
  }

  /// The zero tensor.
  @inlinable public static var zero: Matrix3 { Matrix3(.zero, .zero, .zero) }

  /// The unit tensor.
  @inlinable public static var identity: Matrix3 {
    Matrix3(SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1))
  }

  /// The dyadic product a ⊗ b, with components a_i b_j.
  @inlinable
  public static func dyad(_ left: SIMD3<Double>, _ right: SIMD3<Double>) -> Matrix3 {
    Matrix3(left.x * right, left.y * right, left.z * right)
  }

  /// The component of a row and a column.
  @inlinable
  public subscript(row: Int, column: Int) -> Double {
    get {
      switch row {
      case 0: first[column]
      case 1: second[column]
      default: third[column]
      }
    }
    set {
      switch row {
      case 0: first[column] = newValue
      case 1: second[column] = newValue
      default: third[column] = newValue
      }
    }
  }

  /// The tensor with rows and columns exchanged.
  @inlinable public var transpose: Matrix3 {
    Matrix3(
      SIMD3(first.x, second.x, third.x),
      SIMD3(first.y, second.y, third.y),
      SIMD3(first.z, second.z, third.z))
  }

  /// Half the sum of the tensor and its transpose; of a distortion, the strain.
  @inlinable public var symmetricPart: Matrix3 { 0.5 * (self + transpose) }

  /// The determinant.
  @inlinable public var determinant: Double { dot(first, cross(second, third)) }

  /// The inverse; not finite where the determinant is zero.
  @inlinable public var inverse: Matrix3 {
    let columns = Matrix3(cross(second, third), cross(third, first), cross(first, second))
    return (1 / dot(first, columns.first)) * columns.transpose
  }

  /// The largest absolute component.
  @inlinable public var largest: Double {
    max(largestComponent(first), largestComponent(second), largestComponent(third))
  }

  /// The tensor applied to a vector from the left.
  @inlinable
  public static func * (matrix: Matrix3, vector: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(dot(matrix.first, vector), dot(matrix.second, vector), dot(matrix.third, vector))
  }

  /// The product of two tensors.
  @inlinable
  public static func * (left: Matrix3, right: Matrix3) -> Matrix3 {
    let columns = right.transpose
    return Matrix3(columns * left.first, columns * left.second, columns * left.third)
  }

  /// The tensor times a number.
  @inlinable
  public static func * (factor: Double, matrix: Matrix3) -> Matrix3 {
    Matrix3(factor * matrix.first, factor * matrix.second, factor * matrix.third)
  }

  /// The sum of two tensors.
  @inlinable
  public static func + (left: Matrix3, right: Matrix3) -> Matrix3 {
    Matrix3(left.first + right.first, left.second + right.second, left.third + right.third)
  }

  /// The difference of two tensors.
  @inlinable
  public static func - (left: Matrix3, right: Matrix3) -> Matrix3 {
    Matrix3(left.first - right.first, left.second - right.second, left.third - right.third)
  }
}

/// The scalar product of two vectors.
@inlinable
public func dot(_ left: SIMD3<Double>, _ right: SIMD3<Double>) -> Double {
  left.x * right.x + left.y * right.y + left.z * right.z
}

/// The vector product of two vectors, in a right-handed frame.
@inlinable
public func cross(_ left: SIMD3<Double>, _ right: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(
    left.y * right.z - left.z * right.y,
    left.z * right.x - left.x * right.z,
    left.x * right.y - left.y * right.x)
}

/// The length of a vector.
@inlinable
public func length(_ vector: SIMD3<Double>) -> Double { dot(vector, vector).squareRoot() }

/// A vector of length one along another; not finite for the zero vector.
@inlinable
public func unit(_ vector: SIMD3<Double>) -> SIMD3<Double> { (1 / length(vector)) * vector }

/// The largest absolute component of a vector.
@inlinable
public func largestComponent(_ vector: SIMD3<Double>) -> Double {
  max(abs(vector.x), abs(vector.y), abs(vector.z))
}
