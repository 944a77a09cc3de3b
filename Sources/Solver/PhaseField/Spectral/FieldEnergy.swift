// SPDX-License-Identifier: Apache-2.0

/// A free energy density f(φ₁, φ₂, …) of fields, their couplings included.
public protocol FieldEnergy: Sendable {
  /// The number of fields.
  var count: Int { get }
  /// What ∂²f/∂φ² comes to in a phase; the scale of times and preconditioners.
  var curvature: Double { get }
  /// What f comes to between phases; the scale of what an energy may rise by rounding.
  var barrier: Double { get }

  /// Σ f over the own points, ∂f/∂φᵢ and ∂²f/∂φᵢ∂φⱼ at each.
  ///
  /// - Parameter curvatures: of i ≤ j, at ``pairIndex(_:_:)``.
  func evaluate(_ values: Fields, slopes: Fields, curvatures: Fields) -> Double
}

/// Where ∂²f/∂φᵢ∂φⱼ is kept: the upper triangle, column by column.
@inline(__always)
package func pairIndex(_ first: Int, _ second: Int) -> Int {
  let (low, high) = (min(first, second), max(first, second))
  return high * (high + 1) / 2 + low
}

/// Two phases of one field, f = ρ(c − c_α)²(c_β − c)².
public struct DoubleWellEnergy: FieldEnergy {
  /// ρ, an energy density.
  public let height: Double
  /// c_α and c_β.
  public let low, high: Double

  /// A double well.
  public init(height: Double, low: Double = 0, high: Double = 1) {
    (self.height, self.low, self.high) = (height, low, high)
  }

  /// PFHub's first benchmark: ρ = 5 between 0.3 and 0.7.
  public static let pfhub1 = DoubleWellEnergy(height: 5, low: 0.3, high: 0.7)

  /// One.
  public var count: Int { 1 }
  /// 2ρ(c_β − c_α)².
  public var curvature: Double { 2 * height * (high - low) * (high - low) }
  /// f between the wells, ρ(c_β − c_α)⁴/16.
  public var barrier: Double {
    let square = (high - low) * (high - low)
    return height * square * square / 16
  }

  /// f, f′ = 2ρab(b − a), f″ = 2ρ(a² − 4ab + b²), with a = c − c_α and b = c_β − c.
  public func evaluate(_ values: Fields, slopes: Fields, curvatures: Fields) -> Double {
    let (c, slope, bend) = (values[0], slopes[0], curvatures[0])
    var sum = Eight.zero
    for layer in 0..<values.layout.z {
      values.layout.forOwn(layer: layer) { place, isOwn in
        let a = c.load(place) - Eight(repeating: low)
        let b = Eight(repeating: high) - c.load(place)
        let product = a * b
        sum += isOwn(product * product)
        slope.store(place, product * (b - a) * (2 * height))
        bend.store(place, (a * a + b * b - product * 4) * (2 * height))
      }
    }
    return height * sum.sum()
  }
}
