// SPDX-License-Identifier: Apache-2.0

import Glibc
import Numerics

/// A crystal's unit cell and its reciprocal, in Cartesian crystal axes with X ∥ a and Z ∥ c*.
///
/// a lies along X and b in the XY plane, so that c* lies along Z and the frame is right-handed.
public struct UnitCell: Equatable, Sendable {
  /// Edge a in nm.
  public let a: Double
  /// Edge b in nm.
  public let b: Double
  /// Edge c in nm.
  public let c: Double
  /// Angle between b and c in radians.
  public let alpha: Double
  /// Angle between c and a in radians.
  public let beta: Double
  /// Angle between a and b in radians.
  public let gamma: Double
  /// The lattice vectors a, b, c as columns, nm.
  public let direct: Matrix3
  /// The reciprocal vectors a*, b*, c* as rows, 1/nm, without 2π: the inverse of ``direct``.
  public let reciprocal: Matrix3

  /// A cell from its edges in nm and its angles in radians.
  ///
  /// - Throws: ``CrystalError/badEdge(_:_:)`` or ``CrystalError/badAngles(_:_:_:)``.
  public init(
    a: Double, b: Double, c: Double, alpha: Double, beta: Double, gamma: Double
  ) throws(CrystalError) {
    for (name, edge) in [("a", a), ("b", b), ("c", c)] where !(edge > 0 && edge.isFinite) {
      throw .badEdge(name, edge)
    }
    self.init(edges: SIMD3(a, b, c), angles: SIMD3(alpha, beta, gamma))
    let angles = [alpha, beta, gamma]
    // The largest angle a cell can have is the sum of the other two.
    let volume = direct.determinant / (a * b * c)
    guard angles.allSatisfy({ $0 > 0 && $0 < .pi }), volume > 1e-6 else {
      throw .badAngles(alpha, beta, gamma)
    }
  }

  /// A rectangular cell from its edges in nm.
  init(orthorhombic a: Double, _ b: Double, _ c: Double) {
    self.init(edges: SIMD3(a, b, c), angles: SIMD3(repeating: .pi / 2))
  }

  private init(edges: SIMD3<Double>, angles: SIMD3<Double>) {
    (a, b, c) = (edges.x, edges.y, edges.z)
    (alpha, beta, gamma) = (angles.x, angles.y, angles.z)
    let (cosineAlpha, cosineBeta) = (Self.cosine(alpha), Self.cosine(beta))
    let (cosineGamma, sineGamma) = (Self.cosine(gamma), sin(gamma))
    let shift = (cosineAlpha - cosineBeta * cosineGamma) / sineGamma
    let height = (1 - cosineBeta * cosineBeta - shift * shift).squareRoot()
    direct = Matrix3(
      SIMD3(a, b * cosineGamma, c * cosineBeta),
      SIMD3(0, b * sineGamma, c * shift),
      SIMD3(0, 0, c * height))
    reciprocal = direct.inverse
  }

  /// The cosine of an angle, exact for 90°, 60° and 120°: symmetry must not be lost to rounding.
  private static func cosine(_ angle: Double) -> Double {
    for (special, value) in [(0.5, 0.0), (1.0 / 3, 0.5), (2.0 / 3, -0.5)]
    where abs(angle - special * .pi) < 1e-14 {
      return value
    }
    return cos(angle)
  }

  /// The volume of the cell in nm3.
  public var volume: Double { direct.determinant }

  /// The lattice vector u a + v b + w c in nm.
  public func direction(_ indices: SIMD3<Double>) -> SIMD3<Double> { direct * indices }

  /// The reciprocal vector h a* + k b* + l c* in 1/nm, normal to the plane (h k l).
  public func normal(_ indices: SIMD3<Double>) -> SIMD3<Double> {
    reciprocal.transpose * indices
  }

  /// The diffraction vector of a reflection in 1/nm; its length is 1/d, without 2π.
  public func diffractionVector(_ reflection: Reflection) -> SIMD3<Double> {
    normal(reflection.indices)
  }

  /// The spacing d of a reflection's planes in nm; infinite for 0 0 0.
  public func spacing(_ reflection: Reflection) -> Double {
    1 / length(diffractionVector(reflection))
  }
}

/// A reflection by its Miller indices.
@frozen
public struct Reflection: Hashable, Sendable, CustomStringConvertible {
  /// First index.
  public var h: Int
  /// Second index.
  public var k: Int
  /// Third index.
  public var l: Int

  /// A reflection from its indices.
  @inlinable
  public init(_ h: Int, _ k: Int, _ l: Int) {
    self.h = h
    self.k = k
    self.l = l
  }

  /// The indices as a vector.
  @inlinable public var indices: SIMD3<Double> { SIMD3(Double(h), Double(k), Double(l)) }

  /// The indices with single blanks and their signs: the key of the JSON output.
  public var description: String { "\(h) \(k) \(l)" }
}
