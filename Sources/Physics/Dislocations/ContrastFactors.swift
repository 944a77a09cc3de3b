// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The contrast factors of a straight dislocation for all reflections.
///
///     C_g = (1/π) ∫ [γ·β̃(φ)·γ]² dφ over 0 … 2π,   β̃ = (2πr/b) ∂u/∂x,   γ = g/|g|
///
/// β̃ has no component along the line, so all reflections share one symmetric 6 × 6 tensor,
/// E = (1/π) ∫ β̃ ⊗ β̃ dφ, computed once.
public struct ContrastFactors: Sendable {
  private let frame: DislocationFrame
  /// The length of the Burgers vector in nm.
  private let magnitude: Double
  /// E with index 2 i + J for the component β̃_iJ in the dislocation's frame, i of 3, J of 2.
  private let tensor: [Double]

  /// The contrast factors of a dislocation.
  public init(_ dislocation: StraightDislocation) {
    frame = dislocation.frame
    magnitude = length(dislocation.burgers)
    // β̃(φ + π) = −β̃(φ): half the circle suffices, and the trapezoidal rule converges exponentially.
    var points = 16
    var sum = Self.partialSum(dislocation, points: points, offset: 0)
    var mean = sum.map { 2 * $0 / Double(points) }
    while points < 1 << 18 {
      sum = zip(sum, Self.partialSum(dislocation, points: points, offset: 0.5)).map(+)
      points *= 2
      let next = sum.map { 2 * $0 / Double(points) }
      let change = zip(mean, next).map { abs($0 - $1) }.max() ?? 0
      mean = next
      // The next doubling would square the error.
      if change < 1e-9 * (mean.max() ?? 1) { break }
    }
    tensor = mean
  }

  /// The contrast factor C_g of a diffraction vector, whose length does not matter.
  public func factor(of vector: SIMD3<Double>) -> Double {
    let direction = frame.components(unit(vector))
    let weights = [
      direction.x * direction.x, direction.x * direction.y,
      direction.y * direction.x, direction.y * direction.y,
      direction.z * direction.x, direction.z * direction.y,
    ]
    var sum = 0.0
    for row in 0..<6 {
      for column in 0..<6 { sum += weights[row] * tensor[6 * row + column] * weights[column] }
    }
    return sum
  }

  /// The contrast factor of a reflection, alone or as the mean over its equivalents.
  ///
  /// - Throws: ``CrystalError/zeroReflection`` for 0 0 0.
  public func factor(
    of reflection: Reflection, in crystal: Crystal, averaged: Bool
  ) throws(CrystalError) -> Double {
    guard reflection != Reflection(0, 0, 0) else { throw .zeroReflection }
    let members = averaged ? crystal.equivalents(of: reflection) : [reflection]
    let sum = members.reduce(0) { $0 + factor(of: crystal.cell.diffractionVector($1)) }
    return sum / Double(members.count)
  }

  /// The geometric factor Λ = (π/2) g² b² C that turns a density into a broadening, ρ* = Λ ρ.
  ///
  /// g = 1/d without 2π. Dimensionless.
  ///
  /// - Throws: ``CrystalError/zeroReflection`` for 0 0 0.
  public func geometricFactor(
    of reflection: Reflection, in crystal: Crystal, averaged: Bool
  ) throws(CrystalError) -> Double {
    let contrast = try factor(of: reflection, in: crystal, averaged: averaged)
    let vector = crystal.cell.diffractionVector(reflection)
    return Double.pi / 2 * dot(vector, vector) * magnitude * magnitude * contrast
  }

  /// The sum over half a circle of β̃ ⊗ β̃, 36 numbers.
  private static func partialSum(
    _ dislocation: StraightDislocation, points: Int, offset: Double
  ) -> [Double] {
    let scale = 1 / length(dislocation.burgers)
    let radial = scale * dislocation.frame.components(dislocation.radial)
    var sum = [Double](repeating: 0, count: 36)
    var component = [Double](repeating: 0, count: 6)
    for point in 0..<points {
      let angle = (Double(point) + offset) * Double.pi / Double(points)
      let (cosine, sine) = (cos(angle), sin(angle))
      let around = dislocation.circumferential(cosine: cosine, sine: sine)
      let turning = scale * dislocation.frame.components(around)
      for index in 0..<3 {
        component[2 * index] = -radial[index] * cosine - turning[index] * sine
        component[2 * index + 1] = turning[index] * cosine - radial[index] * sine
      }
      for row in 0..<6 {
        for column in 0..<6 { sum[6 * row + column] += component[row] * component[column] }
      }
    }
    return sum
  }
}
