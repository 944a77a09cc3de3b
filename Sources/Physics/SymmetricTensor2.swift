// SPDX-License-Identifier: Apache-2.0

/// A symmetric second-rank tensor in the ac plane: a strain, an eigenstrain or a stress.
///
/// The ac component is the tensor component, half the engineering shear, and stands twice in
/// every full contraction. Strains are dimensionless, stresses in eV/nm3.
@frozen
public struct SymmetricTensor2: Equatable, Sendable {
  /// Normal component along a.
  public var aa: Double
  /// Normal component along c.
  public var cc: Double
  /// Tensor shear component between a and c.
  public var ac: Double

  /// The zero tensor.
  @inlinable public static var zero: SymmetricTensor2 { SymmetricTensor2(aa: 0, cc: 0, ac: 0) }

  /// A tensor from its three components, shear as tensor shear.
  @inlinable
  public init(aa: Double, cc: Double, ac: Double) {
    self.aa = aa
    self.cc = cc
    self.ac = ac
  }

  /// The full contraction with another tensor: aa aa + cc cc + 2 ac ac.
  @inlinable
  public func contracted(with other: SymmetricTensor2) -> Double {
    aa * other.aa
      + cc * other.cc
      + 2 * ac * other.ac
  }

  /// The Frobenius norm √(aa² + cc² + 2 ac²), the measure of every model error.
  @inlinable public var frobeniusNorm: Double { contracted(with: self).squareRoot() }

  /// The tensor applied to a vector; of a stress and a normal, the traction.
  @inlinable
  public func applied(toA alongA: Double, c alongC: Double) -> (a: Double, c: Double) {
    (aa * alongA + ac * alongC, ac * alongA + cc * alongC)
  }

  /// The sum of two tensors.
  @inlinable
  public static func + (left: SymmetricTensor2, right: SymmetricTensor2) -> SymmetricTensor2 {
    SymmetricTensor2(aa: left.aa + right.aa, cc: left.cc + right.cc, ac: left.ac + right.ac)
  }

  /// The difference of two tensors.
  @inlinable
  public static func - (left: SymmetricTensor2, right: SymmetricTensor2) -> SymmetricTensor2 {
    SymmetricTensor2(aa: left.aa - right.aa, cc: left.cc - right.cc, ac: left.ac - right.ac)
  }

  /// The tensor times a number.
  @inlinable
  public static func * (factor: Double, tensor: SymmetricTensor2) -> SymmetricTensor2 {
    SymmetricTensor2(aa: factor * tensor.aa, cc: factor * tensor.cc, ac: factor * tensor.ac)
  }
}
