// SPDX-License-Identifier: Apache-2.0

/// The LU factors of a small square matrix, with row pivoting.
///
/// LAPACK would do, but its library has another name on every cluster, and PETSc's own goes with a
/// handle; the matrices are of a hundred unknowns.
public struct PivotedFactors {
  private let count: Int
  private var rows: [Double]
  private var pivots: [Int]

  /// Factorises a matrix that is stored row after row.
  ///
  /// - Throws: ``SingularDesign`` at the first column without a pivot.
  public init(_ matrix: [Double], count: Int) throws(SingularDesign) {
    precondition(matrix.count == count * count)
    self.count = count
    rows = matrix
    pivots = Array(0..<count)
    for column in 0..<count {
      var best = column
      for row in column..<count
      where abs(rows[row * count + column]) > abs(rows[best * count + column]) {
        best = row
      }
      if best != column {
        for other in 0..<count { rows.swapAt(best * count + other, column * count + other) }
        pivots.swapAt(best, column)
      }
      let pivot = rows[column * count + column]
      guard pivot != 0, pivot.isFinite else {
        throw SingularDesign(undetermined: [column], unknowns: count, rank: column)
      }
      for row in column + 1..<max(count, column + 1) where rows[row * count + column] != 0 {
        let factor = rows[row * count + column] / pivot
        rows[row * count + column] = factor
        for other in column + 1..<count {
          rows[row * count + other] -= factor * rows[column * count + other]
        }
      }
    }
  }

  /// The solution for a right side.
  public func solved(_ rightSide: [Double]) -> [Double] {
    var x = pivots.map { rightSide[$0] }
    for row in 0..<count {
      var sum = x[row]
      for column in 0..<row { sum -= rows[row * count + column] * x[column] }
      x[row] = sum
    }
    for row in (0..<count).reversed() {
      var sum = x[row]
      for column in row + 1..<max(count, row + 1) { sum -= rows[row * count + column] * x[column] }
      x[row] = sum / rows[row * count + row]
    }
    return x
  }
}
