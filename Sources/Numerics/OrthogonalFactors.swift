// SPDX-License-Identifier: Apache-2.0

/// The factors Q R of a small dense matrix by Householder reflections with column pivoting.
///
/// Not the normal equations: the columns of a tail fit and of Λ are nearly dependent, and a normal
/// matrix would square that.
public struct OrthogonalFactors {
  /// The shape of the matrix.
  public let rows: Int
  /// The shape of the matrix.
  public let columns: Int
  /// The reflected matrix, row-major: R above the diagonal, in pivoted order.
  private var matrix: [Double]
  /// The reflectors v, |v|² = 2, from row k on.
  private var reflectors: [[Double]] = []
  /// The column that stands at each place of R.
  public private(set) var order: [Int]
  /// The number of columns that are independent.
  public private(set) var rank = 0

  /// Factors a matrix of shape (rows, columns), row-major.
  ///
  /// A pivot below `tolerance` of the first one ends the rank.
  public init(_ entries: [Double], rows: Int, columns: Int, tolerance: Double = 1e-11) {
    precondition(entries.count == rows * columns, "a matrix of (rows, columns) numbers")
    self.rows = rows
    self.columns = columns
    matrix = entries
    order = Array(0..<columns)
    var largest = 0.0
    for step in 0..<min(rows, columns) {
      let norms = (step..<columns).map { norm(ofColumn: $0, from: step) }
      guard let pivot = norms.indices.max(by: { norms[$0] < norms[$1] }) else { break }
      if step == 0 { largest = norms[pivot] }
      guard norms[pivot] > tolerance * largest else { break }
      swapColumns(step, step + pivot)
      reflect(step, norms[pivot])
      rank += 1
    }
  }

  private func norm(ofColumn column: Int, from row: Int) -> Double {
    var sum = 0.0
    for index in row..<rows {
      let entry = matrix[index * columns + column]
      sum += entry * entry
    }
    return sum.squareRoot()
  }

  private mutating func swapColumns(_ first: Int, _ second: Int) {
    guard first != second else { return }
    for row in 0..<rows { matrix.swapAt(row * columns + first, row * columns + second) }
    order.swapAt(first, second)
  }

  private mutating func reflect(_ step: Int, _ norm: Double) {
    var vector = (step..<rows).map { matrix[$0 * columns + step] }
    // The sign that does not cancel.
    vector[0] += vector[0] < 0 ? -norm : norm
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let scale = length > 0 ? 2.0.squareRoot() / length : 0
    for index in vector.indices { vector[index] *= scale }
    for column in step..<columns {
      var sum = 0.0
      for (index, entry) in vector.enumerated() {
        sum += entry * matrix[(step + index) * columns + column]
      }
      for (index, entry) in vector.enumerated() {
        matrix[(step + index) * columns + column] -= sum * entry
      }
    }
    reflectors.append(vector)
  }

  /// Qᵀ b, in place.
  private func applyTransposed(_ vector: inout [Double]) {
    for (step, reflector) in reflectors.enumerated() {
      var sum = 0.0
      for (index, entry) in reflector.enumerated() { sum += entry * vector[step + index] }
      for (index, entry) in reflector.enumerated() { vector[step + index] -= sum * entry }
    }
  }

  /// The least-squares solution of A x = b; dependent columns get zero.
  public func solve(_ right: [Double]) -> [Double] {
    var vector = right
    applyTransposed(&vector)
    var solution = [Double](repeating: 0, count: columns)
    for row in stride(from: rank - 1, through: 0, by: -1) {
      var sum = vector[row]
      for column in (row + 1)..<max(rank, row + 1) {
        sum -= matrix[row * columns + column] * solution[order[column]]
      }
      solution[order[row]] = sum / matrix[row * columns + row]
    }
    return solution
  }

  /// The rows of the pseudo-inverse of a matrix of full column rank, shape (columns, rows).
  public func pseudoInverse() -> [[Double]] {
    var result = [[Double]](
      repeating: [Double](repeating: 0, count: rows), count: columns)
    for row in 0..<rows {
      var unit = [Double](repeating: 0, count: rows)
      unit[row] = 1
      for (column, value) in solve(unit).enumerated() { result[column][row] = value }
    }
    return result
  }

  /// An orthonormal basis of what is orthogonal to all columns: rows − rank vectors.
  public func complement() -> [[Double]] {
    (rank..<max(rank, rows)).map { index in
      var vector = [Double](repeating: 0, count: rows)
      vector[index] = 1
      for step in stride(from: reflectors.count - 1, through: 0, by: -1) {
        let reflector = reflectors[step]
        var sum = 0.0
        for (place, entry) in reflector.enumerated() { sum += entry * vector[step + place] }
        for (place, entry) in reflector.enumerated() { vector[step + place] -= sum * entry }
      }
      return vector
    }
  }
}
