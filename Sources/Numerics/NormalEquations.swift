// SPDX-License-Identifier: Apache-2.0

/// The normal equations of a small least-squares problem: a symmetric matrix and a right side.
///
/// For up to about 64 unknowns (the coefficients of a law, the densities of slip systems): the
/// rank is found by an eigen-decomposition, which costs about 10 n³ operations a sweep.
public struct NormalEquations: Sendable {
  /// The number of unknowns n.
  public let count: Int
  /// The symmetric positive (semi)definite matrix, shape (n, n), row-major.
  public let matrix: [Double]
  /// The right side, shape (n).
  public let rightSide: [Double]

  /// Normal equations from a symmetric matrix and a right side.
  ///
  /// - Parameters:
  ///   - matrix: shape (n, n), row-major, finite and symmetric up to rounding; the mean of the two
  ///     triangles is used.
  ///   - rightSide: shape (n), finite.
  public init(matrix: [Double], rightSide: [Double]) {
    let size = rightSide.count
    precondition(matrix.count == size * size, "normal equations need an (n, n) matrix")
    precondition(
      matrix.allSatisfy(\.isFinite) && rightSide.allSatisfy(\.isFinite),
      "normal equations must be finite")
    var symmetric = matrix
    for row in 0..<size {
      for column in 0..<row {
        let mean = 0.5 * matrix[row * size + column] + 0.5 * matrix[column * size + row]
        symmetric[row * size + column] = mean
        symmetric[column * size + row] = mean
      }
    }
    count = size
    self.matrix = symmetric
    self.rightSide = rightSide
  }

  /// Solves for the unknowns and inverts the matrix.
  ///
  /// The matrix is scaled to a diagonal between 1 and 4 first, so that the verdict on its rank does
  /// not depend on the units of the unknowns. Each column is solved by Cholesky's factors and refined once
  /// with a residual in twice the working precision, which leaves the solution accurate to nearly
  /// full precision while condition times 1e-16 is small.
  ///
  /// - Parameter relativeTolerance: eigenvalues of the scaled matrix below this share of the largest
  ///   count as zero. Never taken below n times the machine epsilon, the rounding of the eigenvalues.
  /// - Returns: the solution, shape (n), and the inverse, shape (n, n), row-major and symmetric.
  /// - Throws: ``SingularDesign`` with the undetermined unknowns if the matrix has not full rank.
  public func solve(
    relativeTolerance: Double = 1e-12
  ) throws(SingularDesign) -> (solution: [Double], inverse: [Double]) {
    let scale = diagonalScale
    var scaled = matrix
    for row in 0..<count {
      for column in 0..<count {
        // One after the other: the product of two large scales may overflow.
        scaled[row * count + column] *= scale[row]
        scaled[row * count + column] *= scale[column]
      }
    }
    try requireFullRank(scaled, relativeTolerance: relativeTolerance)
    let factor = try CholeskyFactor(scaled, count: count)

    let solution = refinedSolution(rightSide, factor: factor, scale: scale)
    var inverse = [Double](repeating: 0, count: count * count)
    for column in 0..<count {
      var unit = [Double](repeating: 0, count: count)
      unit[column] = 1
      let values = refinedSolution(unit, factor: factor, scale: scale)
      for row in 0..<count { inverse[row * count + column] = values[row] }
    }
    // A covariance must be symmetric to the last bit.
    for row in 0..<count {
      for column in 0..<row {
        let mean = 0.5 * inverse[row * count + column] + 0.5 * inverse[column * count + row]
        inverse[row * count + column] = mean
        inverse[column * count + row] = mean
      }
    }
    return (solution, inverse)
  }

  /// 1/√A_ii as the next power of two, so that scaling rounds nothing; 1 for an empty column.
  private var diagonalScale: [Double] {
    (0..<count).map { index in
      let diagonal = matrix[index * count + index]
      guard diagonal > 0 else { return 1 }
      return Double(sign: .plus, exponent: -(Int(diagonal.exponent) >> 1), significand: 1)
    }
  }

  /// Throws the unknowns that the null space of the scaled matrix touches, if there are any.
  private func requireFullRank(
    _ scaled: [Double], relativeTolerance: Double
  ) throws(SingularDesign) {
    let eigen = SymmetricEigenproblem(scaled, count: count)
    let largest = eigen.values.max() ?? 0
    let floor = max(relativeTolerance, Double(count) * Double.ulpOfOne) * largest
    var weight = [Double](repeating: 0, count: count)
    var nullity = 0
    // "Not above" also takes the zero matrix and negative eigenvalues.
    for column in 0..<count where !(eigen.values[column] > floor) {
      nullity += 1
      for row in 0..<count {
        let component = eigen.vectors[row * count + column]
        weight[row] += component * component
      }
    }
    guard nullity > 0 else { return }
    // An unknown with a thousandth of the largest component is fixed by the others to three
    // digits; smaller components may be rounding of nearly null vectors.
    let threshold = 1e-6 * (weight.max() ?? 0)
    throw SingularDesign(
      undetermined: weight.indices.filter { weight[$0] > threshold },
      unknowns: count, rank: count - nullity)
  }

  private func refinedSolution(
    _ right: [Double], factor: CholeskyFactor, scale: [Double]
  ) -> [Double] {
    func solved(_ vector: [Double]) -> [Double] {
      var work = (0..<count).map { scale[$0] * vector[$0] }
      factor.solve(&work)
      for index in 0..<count { work[index] *= scale[index] }
      return work
    }
    var solution = solved(right)
    let correction = solved(residual(of: solution, right: right))
    for index in 0..<count { solution[index] += correction[index] }
    return solution
  }

  /// b − A x in twice the working precision: in plain arithmetic it would be all rounding.
  private func residual(of solution: [Double], right: [Double]) -> [Double] {
    (0..<count).map { row in
      var high = right[row]
      var low = 0.0
      for column in 0..<count {
        let entry = -matrix[row * count + column]
        let product = entry * solution[column]
        let productError = (-product).addingProduct(entry, solution[column])
        let sum = high + product
        let part = sum - high
        let sumError = (high - (sum - part)) + (product - part)
        high = sum
        low += productError + sumError
      }
      return high + low
    }
  }
}
