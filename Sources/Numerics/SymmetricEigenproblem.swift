// SPDX-License-Identifier: Apache-2.0

/// The eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's cyclic rotations.
///
/// Jacobi rather than tridiagonal QR because it is short, needs no library and resolves the small
/// eigenvalues of a matrix with a unit diagonal, on which the rank is decided.
public struct SymmetricEigenproblem {
  /// Eigenvalues, unordered, shape (n).
  public private(set) var values: [Double]
  /// Unit eigenvectors in columns, shape (n, n), row-major.
  public private(set) var vectors: [Double]

  /// Solves the problem of a symmetric matrix of shape (n, n), row-major.
  public init(_ matrix: [Double], count: Int) {
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
