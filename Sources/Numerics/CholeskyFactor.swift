// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The lower triangle L of a small symmetric positive definite matrix A = L Lᵀ.
public struct CholeskyFactor {
  /// L, shape (n, n), row-major; what stands above its diagonal has no meaning.
  public private(set) var lower: [Double]
  private let count: Int

  /// Factors a matrix of shape (n, n), row-major.
  ///
  /// - Throws: ``SingularDesign`` at a pivot that is not positive, which a matrix of full numerical rank
  ///   does not have.
  public init(_ matrix: [Double], count: Int) throws(SingularDesign) {
    precondition(matrix.count == count * count, "a factorisation needs an (n, n) matrix")
    self.count = count
    lower = matrix
    for column in 0..<count {
      var pivot = lower[column * count + column]
      for inner in 0..<column {
        pivot -= lower[column * count + inner] * lower[column * count + inner]
      }
      guard pivot > 0 else {
        throw SingularDesign(undetermined: [column], unknowns: count, rank: column)
      }
      let root = pivot.squareRoot()
      lower[column * count + column] = root
      for row in (column + 1)..<max(count, column + 1) {
        var sum = lower[row * count + column]
        for inner in 0..<column {
          sum -= lower[row * count + inner] * lower[column * count + inner]
        }
        lower[row * count + column] = sum / root
      }
    }
  }

  /// Factors a covariance, of which a direction may have no variance: no pivot falls below a share of
  /// its diagonal entry.
  public init(covariance matrix: [Double], count: Int, leastShare: Double) {
    precondition(matrix.count == count * count, "a factorisation needs an (n, n) matrix")
    self.count = count
    lower = matrix
    for column in 0..<count {
      let diagonal = matrix[column * count + column]
      var pivot = lower[column * count + column]
      for inner in 0..<column {
        pivot -= lower[column * count + inner] * lower[column * count + inner]
      }
      let root = max(pivot, leastShare * diagonal).squareRoot()
      for row in column..<count {
        var sum = matrix[row * count + column]
        for inner in 0..<column {
          sum -= lower[row * count + inner] * lower[column * count + inner]
        }
        lower[row * count + column] = row == column ? root : (root > 0 ? sum / root : 0)
      }
    }
  }

  /// ln det A.
  public var logDeterminant: Double {
    2 * (0..<count).reduce(0) { $0 + log(lower[$1 * count + $1]) }
  }

  /// A⁻¹, shape (n, n).
  public func inverse() -> [Double] {
    var result = [Double](repeating: 0, count: count * count)
    for column in 0..<count {
      var unit = [Double](repeating: 0, count: count)
      unit[column] = 1
      solve(&unit)
      for row in 0..<count { result[row * count + column] = unit[row] }
    }
    return result
  }

  /// Solves A x = b in place.
  public func solve(_ vector: inout [Double]) {
    for row in 0..<count {
      for column in 0..<row {
        vector[row] -= lower[row * count + column] * vector[column]
      }
      vector[row] /= lower[row * count + row]
    }
    for row in stride(from: count - 1, through: 0, by: -1) {
      for column in stride(from: row + 1, to: count, by: 1) {
        vector[row] -= lower[column * count + row] * vector[column]
      }
      vector[row] /= lower[row * count + row]
    }
  }
}
