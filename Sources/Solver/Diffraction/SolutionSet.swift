// SPDX-License-Identifier: Apache-2.0

import Numerics

/// All x ≥ 0 that fit as well as the best one: whether there is more than one, and the shortest.
///
/// The residual of the best fit is unique, and so is the gradient. Where the gradient is negative,
/// x is zero in every solution; the others, the `free` columns, may vary by null vectors of theirs.
struct SolutionSet {
  private let fit: NonNegativeFit
  private let free: [Int]
  /// The rank of the whole matrix.
  package let rank: Int
  /// Whether the residual is zero up to rounding.
  let isExact: Bool

  init(_ fit: NonNegativeFit) {
    self.fit = fit
    rank = SolutionSet.factors(fit, Array(0..<fit.columns)).rank
    isExact = fit.residualNorm <= 1e-10 * norm(fit.right)
    let exact = isExact
    free = (0..<fit.columns).filter {
      fit.solution[$0] > 0 || exact || fit.gradient[$0] > -1e-10
    }
  }

  private static func factors(_ fit: NonNegativeFit, _ columns: [Int]) -> OrthogonalFactors {
    var entries: [Double] = []
    for row in 0..<fit.rows {
      for column in columns { entries.append(fit.matrix[row * fit.columns + column]) }
    }
    return OrthogonalFactors(
      entries, rows: fit.rows, columns: columns.count, tolerance: 1e-10)
  }

  /// Whether no other densities fit as well.
  ///
  /// A residual of zero with dependent columns counts as not unique whatever the geometry: the data
  /// then lie within what the systems can make, and the smallest error moves the answer.
  var isUnique: Bool {
    if isExact && rank < fit.columns { return false }
    let positive = free.filter { fit.solution[$0] > 0 }
    let zero = free.filter { fit.solution[$0] <= 0 }
    // Another solution has some zero column j grow while the positive ones give way: A_j is then a
    // combination of −A of the other zero columns and ±A of the positive ones.
    return zero.allSatisfy { grown in
      var entries: [Double] = []
      let others = zero.filter { $0 != grown }
      for row in 0..<fit.rows {
        func entry(_ column: Int) -> Double { fit.matrix[row * fit.columns + column] }
        entries += positive.map { entry($0) } + positive.map { -entry($0) }
        entries += others.map { -entry($0) }
      }
      let right = (0..<fit.rows).map { fit.matrix[$0 * fit.columns + grown] }
      let count = 2 * positive.count + others.count
      guard count > 0 else { return norm(right) > 0 }
      let trial = NonNegativeFit(entries, columns: count, right: right)
      return trial.residualNorm > 1e-9 * norm(right)
    }
  }

  /// The solution of the smallest Euclidean length.
  ///
  /// With x = p + N u, N an orthonormal basis of the null space and p orthogonal to it, the length
  /// of u is least under N u ≥ −p: a least-distance problem, which is a non-negative fit of
  /// (Nᵀ; −pᵀ) to (0; 1) (Lawson and Hanson, chapter 23).
  var shortest: [Double] {
    let chosen = SolutionSet.transposed(fit, free)
    let factors = OrthogonalFactors(
      chosen, rows: free.count, columns: fit.rows, tolerance: 1e-10)
    let basis = factors.complement()
    guard !basis.isEmpty, !free.isEmpty else { return fit.solution }
    var particular = free.map { fit.solution[$0] }
    let scale = norm(particular)
    guard scale > 0 else { return fit.solution }
    for vector in basis {
      let along = zip(vector, particular).reduce(0) { $0 + $1.0 * $1.1 }
      for index in particular.indices { particular[index] -= along * vector[index] }
    }
    var entries: [Double] = basis.flatMap { $0 }
    entries += particular.map { -$0 / scale }
    var right = [Double](repeating: 0, count: basis.count + 1)
    right[basis.count] = 1
    let dual = NonNegativeFit(entries, columns: free.count, right: right)
    let last = dual.residual[basis.count]
    var result = [Double](repeating: 0, count: fit.columns)
    for (place, column) in free.enumerated() {
      var value = particular[place]
      for (index, vector) in basis.enumerated() {
        // u = −residual/last, in units of the scale; last is positive where a solution exists.
        value -= scale * dual.residual[index] / last * vector[place]
      }
      result[column] = max(0, value)
    }
    return result
  }

  private static func transposed(_ fit: NonNegativeFit, _ columns: [Int]) -> [Double] {
    columns.flatMap { column in
      (0..<fit.rows).map { fit.matrix[$0 * fit.columns + column] }
    }
  }
}
