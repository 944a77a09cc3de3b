// SPDX-License-Identifier: Apache-2.0

/// The least-squares solution of A x = b with x ≥ 0, by the active sets of Lawson and Hanson.
///
/// Small dense problems: some reflections, some tens of slip systems. Columns are scaled to unit
/// length, so that no tolerance depends on units.
public struct NonNegativeFit {
  /// The matrix A, row-major.
  public let matrix: [Double]
  /// The number of data.
  public let rows: Int
  /// The number of unknowns.
  public let columns: Int
  /// The data b.
  public let right: [Double]
  /// The solution.
  public private(set) var solution: [Double]
  /// b − A x.
  public private(set) var residual: [Double]
  /// |b − A x|.
  public var residualNorm: Double { norm(residual) }
  /// Aᵀ(b − A x) by unit columns and |b|: nowhere positive, and zero where x > 0, at the minimum.
  public private(set) var gradient: [Double]

  /// Solves the problem; the matrix is row-major with `columns` columns.
  public init(_ matrix: [Double], columns: Int, right: [Double]) {
    self.matrix = matrix
    self.columns = columns
    rows = right.count
    self.right = right
    precondition(matrix.count == rows * columns, "a row of the matrix for each datum")
    solution = [Double](repeating: 0, count: columns)
    residual = right
    gradient = [Double](repeating: 0, count: columns)
    solve()
  }

  /// How far the solution is from the conditions of optimality: the largest positive entry of the
  /// gradient where x = 0, the largest magnitude where x > 0.
  public var violation: Double {
    zip(solution, gradient).map { $0 > 0 ? abs($1) : max($1, 0) }.max() ?? 0
  }

  private mutating func solve() {
    let scales = (0..<columns).map { column in
      norm((0..<rows).map { matrix[$0 * columns + column] })
    }
    let size = norm(right)
    guard size > 0 else { return }
    var unit = matrix
    for index in unit.indices where scales[index % columns] > 0 {
      unit[index] /= scales[index % columns]
    }
    var passive = [Bool](repeating: false, count: columns)
    var refused = [Bool](repeating: false, count: columns)
    var current = [Double](repeating: 0, count: columns)
    // Each step enlarges or shrinks the set and lowers the residual: no set comes twice. The limit
    // guards against a cycle of roundings.
    for _ in 0..<(20 * (columns + 1)) {
      residual = right
      for row in 0..<rows {
        for column in 0..<columns where current[column] > 0 {
          residual[row] -= unit[row * columns + column] * current[column]
        }
      }
      gradient = (0..<columns).map { column in
        (0..<rows).reduce(0) { $0 + unit[$1 * columns + column] * residual[$1] } / size
      }
      let next = (0..<columns).filter { !passive[$0] && !refused[$0] && gradient[$0] > 1e-14 }
        .max { gradient[$0] < gradient[$1] }
      guard let next else { break }
      passive[next] = true
      guard let trial = passiveSolution(unit, passive), trial[next] > 0 else {
        // Dependent on the set, or wrong by rounding: it cannot help now.
        passive[next] = false
        refused[next] = true
        continue
      }
      refused = [Bool](repeating: false, count: columns)
      advance(&current, to: trial, unit, &passive)
    }
    for column in 0..<columns where scales[column] > 0 {
      solution[column] = current[column] / scales[column]
    }
  }

  /// Walks from the present point to the unconstrained minimum of the set, dropping what turns
  /// negative on the way.
  private func advance(
    _ current: inout [Double], to trial: [Double], _ unit: [Double], _ passive: inout [Bool]
  ) {
    var target = trial
    while true {
      let negative = (0..<columns).filter { passive[$0] && target[$0] <= 0 }
      guard !negative.isEmpty else { break }
      let share = negative.map { current[$0] / (current[$0] - target[$0]) }.min() ?? 0
      for column in 0..<columns where passive[column] {
        current[column] += share * (target[column] - current[column])
      }
      for column in negative where current[column] <= 1e-15 * (current.max() ?? 0) {
        passive[column] = false
        current[column] = 0
      }
      guard passive.contains(true), let again = passiveSolution(unit, passive) else { return }
      target = again
    }
    for column in 0..<columns { current[column] = passive[column] ? target[column] : 0 }
  }

  /// The least-squares solution on a set of columns; nil where they are dependent.
  private func passiveSolution(_ unit: [Double], _ passive: [Bool]) -> [Double]? {
    let chosen = (0..<columns).filter { passive[$0] }
    guard chosen.count <= rows else { return nil }
    var entries = [Double](repeating: 0, count: rows * chosen.count)
    for row in 0..<rows {
      for (place, column) in chosen.enumerated() {
        entries[row * chosen.count + place] = unit[row * columns + column]
      }
    }
    let factors = OrthogonalFactors(entries, rows: rows, columns: chosen.count)
    guard factors.rank == chosen.count else { return nil }
    var result = [Double](repeating: 0, count: columns)
    for (place, value) in factors.solve(right).enumerated() { result[chosen[place]] = value }
    return result
  }
}

/// The Euclidean length.
public func norm(_ vector: [Double]) -> Double {
  vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
}
