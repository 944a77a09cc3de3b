// SPDX-License-Identifier: Apache-2.0

/// The proper rotations that map a lattice and its stiffness onto themselves.
///
/// With inversion, which elasticity and diffraction always have, they are the Laue group. They are
/// found, not looked up: all integer matrices that preserve the metric and whose rotation preserves
/// the stiffness. So a cell in any setting, rhombohedral axes too, has the group it really has.
public struct LaueGroup: Equatable, Sendable {
  /// The rotations as integer matrices: a lattice vector [u v w] goes to W [u v w].
  public let rotations: [Matrix3]
  /// The crystal system that the number and order of the rotations tell.
  public let system: CrystalSystem
  /// The symbol of Hermann and Mauguin, such as `mmm` or `-3m`.
  public let symbol: String

  /// Edges and angles that differ by less than this fraction count as equal.
  static let cellTolerance = 1e-5
  /// Constants that differ by less than this fraction of the largest count as equal.
  ///
  /// Printed tables round (c11 − c12)/2 and c66 separately, to about this much.
  static let stiffnessTolerance = 1e-3

  /// The group of a lattice with a stiffness.
  public init(cell: UnitCell, stiffness: StiffnessTensor) {
    self.init(
      rotations: Self.rotations(of: cell).filter { matrix in
        let rotation = cell.direct * matrix * cell.reciprocal
        return stiffness.rotated(by: rotation).agrees(
          with: stiffness, within: Self.stiffnessTolerance)
      })
  }

  private init(rotations: [Matrix3]) {
    self.rotations = rotations
    let orders = rotations.map(Self.order)
    switch (rotations.count, orders.max() ?? 1) {
    case (24, _): (system, symbol) = (.cubic, "m-3m")
    case (12, 6): (system, symbol) = (.hexagonal, "6/mmm")
    case (12, _): (system, symbol) = (.cubic, "m-3")
    case (8, _): (system, symbol) = (.tetragonal, "4/mmm")
    case (6, 6): (system, symbol) = (.hexagonal, "6/m")
    case (6, _): (system, symbol) = (.trigonal, "-3m")
    case (4, 4): (system, symbol) = (.tetragonal, "4/m")
    case (4, _): (system, symbol) = (.orthorhombic, "mmm")
    case (3, _): (system, symbol) = (.trigonal, "-3")
    case (2, _): (system, symbol) = (.monoclinic, "2/m")
    default: (system, symbol) = (.triclinic, "-1")
    }
  }

  /// The subgroup that a crystal system keeps in its own axes, or nil where it is not there.
  ///
  /// Used where a case claims less symmetry than cell and stiffness happen to have.
  public func reduced(to claimed: CrystalSystem) -> LaueGroup? {
    if claimed == system || claimed == .isotropic { return self }
    let zAxis = SIMD3(0.0, 0, 1)
    let kept = rotations.filter { rotation in
      let image = rotation * zAxis
      let keepsAxis = image == zAxis || image == -zAxis
      return switch claimed {
      case .cubic, .isotropic: true
      case .hexagonal, .tetragonal: keepsAxis
      // Three-fold rotations about c, and half-turns about a and its images.
      case .trigonal: keepsAxis && Self.isTrigonal(rotation)
      case .orthorhombic: Self.isDiagonal(rotation)
      case .monoclinic: Self.isDiagonal(rotation) && rotation.second.y == 1
      case .triclinic: rotation == .identity
      }
    }
    let group = LaueGroup(rotations: kept)
    return group.system == claimed ? group : nil
  }

  /// The reflections that symmetry makes equivalent, one of each pair ±(h k l).
  ///
  /// Contrast factors do not tell h k l from −h −k −l.
  public func equivalents(of reflection: Reflection) -> [Reflection] {
    var seen = Set<Reflection>()
    var result: [Reflection] = []
    for rotation in rotations {
      // A group holds its inverses, so h W runs over the same orbit as h W⁻¹.
      let image = rotation.transpose * reflection.indices
      let next = Reflection(
        Int(image.x.rounded()), Int(image.y.rounded()), Int(image.z.rounded()))
      guard !seen.contains(next) else { continue }
      seen.formUnion([next, Reflection(-next.h, -next.k, -next.l)])
      result.append(next)
    }
    return result
  }

  private static func isDiagonal(_ matrix: Matrix3) -> Bool {
    matrix.first.y == 0 && matrix.first.z == 0 && matrix.second.x == 0
      && matrix.second.z == 0 && matrix.third.x == 0 && matrix.third.y == 0
  }

  /// Whether a rotation of a hexagonal lattice belongs to 3 2 1, two-fold axis along a.
  private static func isTrigonal(_ rotation: Matrix3) -> Bool {
    let trace = rotation.first.x + rotation.second.y + rotation.third.z
    if rotation.third.z == 1 { return trace == 3 || trace == 0 }
    // The half-turns along [100], [010] and [110]; those of 3 1 2 lie between them.
    return [SIMD3(1.0, 0, 0), SIMD3(0, 1, 0), SIMD3(1, 1, 0)].contains { rotation * $0 == $0 }
  }

  private static func order(_ rotation: Matrix3) -> Int {
    var power = rotation
    var order = 1
    while power != .identity, order < 6 {
      power = power * rotation
      order += 1
    }
    return order
  }

  private static func rotations(of cell: UnitCell) -> [Matrix3] {
    let axes = cell.direct.transpose
    let edges = [axes.first, axes.second, axes.third]
    func matches(_ first: SIMD3<Double>, _ second: SIMD3<Double>, _ i: Int, _ j: Int) -> Bool {
      let size = length(edges[i]) * length(edges[j])
      return abs(dot(first, second) - dot(edges[i], edges[j])) <= 2 * cellTolerance * size
    }
    let steps = [-1.0, 0, 1]
    let vectors = steps.flatMap { u in steps.flatMap { v in steps.map { SIMD3(u, v, $0) } } }
    let candidates = (0..<3).map { axis in
      vectors.map { ($0, cell.direction($0)) }.filter { matches($0.1, $0.1, axis, axis) }
    }
    var result: [Matrix3] = []
    for first in candidates[0] {
      for second in candidates[1] where matches(first.1, second.1, 0, 1) {
        for third in candidates[2]
        where matches(first.1, third.1, 0, 2) && matches(second.1, third.1, 1, 2) {
          let matrix = Matrix3(first.0, second.0, third.0).transpose
          if matrix.determinant == 1 { result.append(matrix) }
        }
      }
    }
    return result
  }
}
