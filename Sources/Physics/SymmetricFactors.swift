import Glibc

/// The eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's cyclic rotations.
///
/// Jacobi rather than tridiagonal QR because it is short, needs no library and resolves the small
/// eigenvalues of a matrix with a unit diagonal, on which the rank is decided.
struct SymmetricEigenproblem {
  /// Eigenvalues, unordered, shape (n).
  private(set) var values: [Double]
  /// Unit eigenvectors in columns, shape (n, n), row-major.
  private(set) var vectors: [Double]

  init(_ matrix: [Double], count: Int) {
    precondition(matrix.count == count * count, "an eigenproblem needs an (n, n) matrix")
    var work = matrix
    vectors = [Double](repeating: 0, count: count * count)
    for index in 0..<count { vectors[index * count + index] = 1 }
    // Convergence is quadratic: 6 to 10 sweeps in practice, 60 guard against a cycle of roundings.
    for _ in 0..<60 {
      var rotated = false
      for first in 0..<max(count - 1, 0) {
        for second in (first + 1)..<count {
          let offDiagonal = work[first * count + second]
          let size =
            abs(work[first * count + first]) * abs(work[second * count + second])
          // Below this no eigenvalue moves by more than a rounding. Relative to the geometric
          // mean, so that a tiny diagonal keeps its digits.
          let negligible =
            abs(offDiagonal) <= 0.5 * Double.ulpOfOne * size.squareRoot()
            || abs(offDiagonal) < Double.leastNormalMagnitude
          if negligible { continue }
          rotated = true
          Self.rotate(&work, &vectors, first, second, count)
        }
      }
      if !rotated { break }
    }
    values = (0..<count).map { work[$0 * count + $0] }
  }

  /// Zeroes one pair of off-diagonal entries by a rotation of two coordinates.
  private static func rotate(
    _ work: inout [Double], _ vectors: inout [Double], _ first: Int, _ second: Int, _ count: Int
  ) {
    let offDiagonal = work[first * count + second]
    let difference = work[second * count + second] - work[first * count + first]
    let cotangent = difference / (2 * offDiagonal)
    // The smaller root: rotations of at most 45 degrees converge. An infinite cotangent gives 0.
    let tangent =
      (cotangent < 0 ? -1 : 1) / (abs(cotangent) + (1 + cotangent * cotangent).squareRoot())
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    let sine = tangent * cosine
    for row in 0..<count {
      let left = work[row * count + first]
      let right = work[row * count + second]
      work[row * count + first] = cosine * left - sine * right
      work[row * count + second] = sine * left + cosine * right
      let leftVector = vectors[row * count + first]
      let rightVector = vectors[row * count + second]
      vectors[row * count + first] = cosine * leftVector - sine * rightVector
      vectors[row * count + second] = sine * leftVector + cosine * rightVector
    }
    for column in 0..<count {
      let upper = work[first * count + column]
      let lower = work[second * count + column]
      work[first * count + column] = cosine * upper - sine * lower
      work[second * count + column] = sine * upper + cosine * lower
    }
    work[first * count + second] = 0
    work[second * count + first] = 0
  }
}

/// The lower triangle L of a small symmetric positive definite matrix A = L Lᵀ.
struct CholeskyFactor {
  private var lower: [Double]
  private let count: Int

  /// Factors a matrix of shape (n, n), row-major.
  ///
  /// Throws ``SingularDesign`` at a pivot that is not positive, which a matrix of full numerical rank
  /// does not have.
  init(_ matrix: [Double], count: Int) throws(SingularDesign) {
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

  /// ln det A.
  var logDeterminant: Double {
    2 * (0..<count).reduce(0) { $0 + log(lower[$1 * count + $1]) }
  }

  /// A⁻¹, shape (n, n).
  func inverse() -> [Double] {
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
  func solve(_ vector: inout [Double]) {
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
