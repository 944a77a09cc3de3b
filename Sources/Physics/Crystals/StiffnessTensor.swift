// SPDX-License-Identifier: Apache-2.0

import Glibc
import Numerics

/// The elastic stiffness of a crystal of any symmetry, as Voigt's 6 × 6 matrix.
///
/// Rows and columns are aa bb cc bc ac ab in Cartesian crystal axes (X ∥ a, Z ∥ c*), in eV/nm3. The
/// matrix multiplies engineering shear, as every table of elastic constants does.
public struct StiffnessTensor: Equatable, Sendable {
  /// The 36 constants, row by row, in eV/nm3.
  public let constants: [Double]

  /// The Voigt index, from 0, of a pair of Cartesian indices.
  static func voigt(_ first: Int, _ second: Int) -> Int {
    first == second ? first : 6 - first - second
  }

  /// The pairs of Cartesian indices behind the six Voigt indices.
  static let pairs = [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]

  /// A stiffness from six rows of six constants, each multiplied by the unit they are given in.
  ///
  /// - Throws: ``CrystalError`` where the shape is wrong, a constant is not finite or the matrix is
  ///   not symmetric. Whether it is stable is ``checkStability()``'s concern.
  public init(rows: [[Double]], in unit: Double) throws(CrystalError) {
    guard rows.count == 6, rows.allSatisfy({ $0.count == 6 }) else { throw .badShape }
    let scale = rows.joined().map(abs).max() ?? 0
    for row in 0..<6 {
      for column in 0..<6 {
        guard rows[row][column].isFinite else { throw .badConstant(row + 1, column + 1) }
        // Tables are typed to a few digits, so a real difference is far above rounding.
        guard abs(rows[row][column] - rows[column][row]) <= 1e-9 * scale else {
          throw .asymmetric(min(row, column) + 1, max(row, column) + 1)
        }
      }
    }
    constants = rows.joined().map { $0 * unit }
  }

  /// The stiffness of an orthorhombic crystal in its own axes.
  public init(_ crystal: OrthotropicStiffness) {
    var matrix = [Double](repeating: 0, count: 36)
    let diagonal = [
      crystal.c11, crystal.c22, crystal.c33, crystal.c44, crystal.c55, crystal.c66,
    ]
    for index in 0..<6 { matrix[7 * index] = diagonal[index] }
    for (row, column, value) in [(0, 1, crystal.c12), (0, 2, crystal.c13), (1, 2, crystal.c23)] {
      matrix[6 * row + column] = value
      matrix[6 * column + row] = value
    }
    constants = matrix
  }

  init(voigt constants: [Double]) { self.constants = constants }

  /// The component C_ijkl, indices from 0, in eV/nm3.
  public func component(_ i: Int, _ j: Int, _ k: Int, _ l: Int) -> Double {
    constants[6 * Self.voigt(i, j) + Self.voigt(k, l)]
  }

  /// The contraction (m n) with components m_i C_ijkl n_l, in eV/nm3.
  ///
  /// With m = n a unit vector this is the acoustic (Christoffel) tensor.
  public func contracted(_ left: SIMD3<Double>, _ right: SIMD3<Double>) -> Matrix3 {
    var result = Matrix3.zero
    for j in 0..<3 {
      for k in 0..<3 {
        var sum = 0.0
        for i in 0..<3 {
          for l in 0..<3 { sum += left[i] * component(i, j, k, l) * right[l] }
        }
        result[j, k] = sum
      }
    }
    return result
  }

  /// The stress C:ε in eV/nm3 of a strain with tensor shear.
  public func stress(ofElasticStrain strain: Matrix3) -> Matrix3 {
    let engineering = [
      strain.first.x, strain.second.y, strain.third.z,
      strain.second.z + strain.third.y, strain.first.z + strain.third.x,
      strain.first.y + strain.second.x,
    ]
    var stress = Matrix3.zero
    for (row, pair) in Self.pairs.enumerated() {
      var sum = 0.0
      for column in 0..<6 { sum += constants[6 * row + column] * engineering[column] }
      stress[pair.0, pair.1] = sum
      stress[pair.1, pair.0] = sum
    }
    return stress
  }

  /// The stiffness of the crystal after a rotation: C'_ijkl = R_ip R_jq R_kr R_ls C_pqrs.
  ///
  /// Mirror rotations are as good as proper ones, because the rank is even.
  public func rotated(by rotation: Matrix3) -> StiffnessTensor {
    // Bond's matrix M with C' = M C Mᵀ.
    var bond = [Double](repeating: 0, count: 36)
    for (row, (i, j)) in Self.pairs.enumerated() {
      for (column, (p, q)) in Self.pairs.enumerated() {
        let straight = rotation[i, p] * rotation[j, q]
        bond[6 * row + column] = p == q ? straight : straight + rotation[i, q] * rotation[j, p]
      }
    }
    var half = [Double](repeating: 0, count: 36)
    var full = half
    for row in 0..<6 {
      for column in 0..<6 {
        for index in 0..<6 {
          half[6 * row + column] += bond[6 * row + index] * constants[6 * index + column]
        }
      }
    }
    for row in 0..<6 {
      for column in 0..<6 {
        for index in 0..<6 {
          full[6 * row + column] += half[6 * row + index] * bond[6 * column + index]
        }
      }
    }
    return StiffnessTensor(voigt: full)
  }

  /// The largest absolute constant in eV/nm3.
  public var largest: Double { constants.map(abs).max() ?? 0 }

  /// Whether another stiffness agrees with this one to a fraction of the largest constant.
  public func agrees(with other: StiffnessTensor, within tolerance: Double) -> Bool {
    let limit = tolerance * max(largest, other.largest)
    return zip(constants, other.constants).allSatisfy { abs($0 - $1) <= limit }
  }

  /// The mean of two stiffnesses, such as a half-lithiated crystal's.
  public func mean(with other: StiffnessTensor) -> StiffnessTensor {
    StiffnessTensor(voigt: zip(constants, other.constants).map { ($0 + $1) / 2 })
  }

  /// The six eigenvalues (Kelvin moduli, eV/nm3, ascending) and their unit strains.
  ///
  /// Shear rows carry √2 (Kelvin's notation), so that the eigenvalues do not depend on the axes; a
  /// strain mode is aa bb cc bc ac ab with tensor shear.
  public var modes: [(modulus: Double, strain: [Double])] {
    var matrix = constants
    for row in 0..<6 {
      for column in 0..<6 {
        matrix[6 * row + column] *= (row < 3 ? 1 : 2.0.squareRoot())
        matrix[6 * row + column] *= (column < 3 ? 1 : 2.0.squareRoot())
      }
    }
    let eigen = SymmetricEigenproblem(matrix, count: 6)
    return eigen.values.indices.sorted { eigen.values[$0] < eigen.values[$1] }.map { index in
      let mode = (0..<6).map { eigen.vectors[6 * $0 + index] / ($0 < 3 ? 1 : 2.0.squareRoot()) }
      return (eigen.values[index], mode)
    }
  }

  /// Refuses a stiffness for which some strain costs no energy.
  ///
  /// - Throws: ``CrystalError/unstable(_:_:_:)`` with the lowest eigenvalue.
  public func checkStability() throws(CrystalError) {
    guard let lowest = modes.first else { throw .badShape }
    // Below 1e-9 of the stiffest mode an eigenvalue's sign is rounding.
    guard lowest.modulus > 1e-9 * largest else {
      throw .unstable(1, lowest.modulus / gigapascal, lowest.strain)
    }
  }
}
