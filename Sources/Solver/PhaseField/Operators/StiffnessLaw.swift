// SPDX-License-Identifier: Apache-2.0

public import Physics

/// The share h(X) of a property's end at X = 1 in it.
public enum CompositionShare: Equatable, Sendable {
  /// h = X.
  case linear
  /// h = X³(6X² − 15X + 10), level at both ends (PFHub benchmark 4).
  case smooth
  /// h by a table from 0 to 1.
  case tabulated(CompositionTable)

  /// Coefficients of the powers 3, 4 and 5 of the smooth one.
  private static let smoothPowers = [10.0, -15, 6]

  /// h(X) − h(X_r) of a linear or smooth share in powers of (X − X_r), that of the first power first.
  ///
  /// From (X_r + s)^n = Σ C(n, k) X_r^(n−k) s^k.
  func powers(about reference: Double) -> [Double] {
    guard case .smooth = self else { return [1] }
    return (1...5).map { power in
      CompositionShare.smoothPowers.enumerated().reduce(0) { sum, term in
        let n = term.offset + 3
        guard n >= power else { return sum }
        var factor = term.element
        // C(n, k) by its factors, and a power of X_r.
        for step in 0..<power { factor *= Double(n - step) / Double(step + 1) }
        for _ in power..<n { factor *= reference }
        return sum + factor
      }
    }
  }
}

/// A share as the kernels evaluate it.
struct ShareKernel {
  private let isSmooth: Bool
  private let table: TableKernel?

  init(_ share: CompositionShare) {
    isSmooth = share == .smooth
    table = if case .tabulated(let table) = share { TableKernel(table) } else { nil }
  }

  /// h and its first two derivatives.
  @inline(__always)
  func evaluate(_ x: Eight) -> (Eight, Eight, Eight) {
    if let table { return table.evaluate(x) }
    guard isSmooth else { return (x, Eight(repeating: 1), .zero) }
    let (square, rest) = (x * x, 1 - x)
    return (
      square * x * ((x * 6 - 15) * x + 10), square * rest * rest * 30,
      x * rest * (1 - (x + x)) * 60
    )
  }
}

/// A stiffness that follows the composition, C(X) = C₀ (1 − h(X)) + C₁ h(X).
///
/// In a plate, which has no stress along b, it is the bulk's, and the strain along b that goes with it
/// follows at each point: the plate's own stiffness is not linear in h.
public struct StiffnessLaw: Sendable {
  /// C₀ in grid axes, eV per site.
  package let empty: GridStiffness
  /// C₁ − C₀.
  package let difference: GridStiffness
  package let share: CompositionShare
  /// Whether the stress along b is zero.
  package let isPlate: Bool

  /// A law between the ends of a range.
  ///
  /// - Parameters:
  ///   - range: C₀ at X = 0 and C₁ at X = 1, eV/nm³.
  ///   - plane: the assumption in two dimensions, nil in three.
  ///   - sitesPerVolume: in 1/nm3.
  public init(
    _ range: StiffnessRange, share: CompositionShare, plane: ElasticModel.Plane?,
    sitesPerVolume: Double
  ) {
    func grid(_ crystal: OrthotropicStiffness) -> GridStiffness {
      plane == nil
        ? GridStiffness(crystal, sitesPerVolume: sitesPerVolume)
        : GridStiffness(planeStrain: crystal, sitesPerVolume: sitesPerVolume)
    }
    empty = grid(range.poor)
    difference = grid(range.rich).adding(-1, empty)
    self.share = share
    isPlate = plane == .stress
  }

  /// The normal stresses and h of elements' centres, for elastic normal strains; in a plate that along z
  /// is what ``thickness(_:_:at:)`` says.
  func normalStress(_ x: Eight, _ y: Eight, _ z: Eight, at composition: Eight) -> (
    x: Eight, y: Eight, z: Eight, share: Eight
  ) {
    let h = ShareKernel(share).evaluate(composition).0
    func modulus(_ path: KeyPath<GridStiffness, Double>) -> Eight {
      h * difference[keyPath: path] + empty[keyPath: path]
    }
    let (xy, xz, yz) = (modulus(\.xy), modulus(\.xz), modulus(\.yz))
    return (
      modulus(\.xx) * x + xy * y + xz * z, xy * x + modulus(\.yy) * y + yz * z,
      isPlate ? .zero : xz * x + yz * y + modulus(\.zz) * z, h
    )
  }

  /// The elastic strain along z that leaves a plate without stress there.
  func thickness(_ x: Eight, _ y: Eight, at composition: Eight) -> Eight {
    let h = ShareKernel(share).evaluate(composition).0
    let zz = h * difference.zz + empty.zz
    return Eight.zero - ((h * difference.xz + empty.xz) * x + (h * difference.yz + empty.yz) * y)
      / zz
  }
}

extension GridStiffness {
  /// The sum with a multiple of another.
  package func adding(_ factor: Double, _ other: GridStiffness) -> GridStiffness {
    var sum = self
    let constants: [WritableKeyPath<GridStiffness, Double>] = [
      \.xx, \.yy, \.zz, \.xy, \.xz, \.yz, \.shearXY, \.shearXZ, \.shearYZ,
    ]
    for constant in constants { sum[keyPath: constant] += factor * other[keyPath: constant] }
    return sum
  }
}
