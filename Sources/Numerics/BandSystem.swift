// SPDX-License-Identifier: Apache-2.0

/// Linear equations whose matrix is zero farther than a few places from its diagonal, solved again and
/// again for other numbers in the same memory.
///
/// Gaussian elimination with row pivoting, the right sides going along: rows are short enough that a
/// call of LAPACK would cost more than its work.
@safe public final class BandSystem {
  /// The number of unknowns.
  public let count: Int
  /// How far from the diagonal numbers stand.
  public let reach: Int
  /// The number of right sides.
  public let sides: Int
  /// Numbers of a row: the band, and on its right the room that pivoting fills.
  @usableFromInline let width: Int
  @usableFromInline let matrix: UnsafeMutablePointer<Double>
  @usableFromInline let values: UnsafeMutablePointer<Double>

  /// Equations of zeros.
  public init(count: Int, reach: Int, sides: Int) {
    self.count = count
    self.reach = reach
    self.sides = sides
    width = 3 * reach + 1
    unsafe matrix = .allocate(capacity: max(1, count * width))
    unsafe values = .allocate(capacity: max(1, count * sides))
    clear()
  }

  deinit {
    unsafe matrix.deallocate()
    unsafe values.deallocate()
  }

  /// Sets all numbers to zero.
  public func clear() {
    unsafe matrix.initialize(repeating: 0, count: count * width)
    unsafe values.initialize(repeating: 0, count: count * sides)
  }

  /// Adds to the matrix.
  ///
  /// - Precondition: the column is at most ``reach`` from the row.
  @inlinable
  public func add(_ value: Double, row: Int, column: Int) {
    unsafe matrix[row * width + column - row + reach] += value
  }

  /// A right side's number, after ``solve()`` that of its solution.
  @inlinable
  public subscript(row: Int, side: Int) -> Double {
    get { unsafe values[row * sides + side] }
    set { unsafe values[row * sides + side] = newValue }
  }

  /// Replaces the right sides by the solutions; the matrix is used up.
  ///
  /// - Returns: whether each column had a pivot.
  public func solve() -> Bool {
    for k in 0..<count {
      let last = min(count - 1, k + reach)
      var best = k
      var largest = unsafe abs(matrix[k * width + reach])
      for row in k + 1..<max(k + 1, last + 1) {
        let size = unsafe abs(matrix[row * width + k - row + reach])
        if size > largest { (best, largest) = (row, size) }
      }
      guard largest > 0, largest.isFinite else { return false }
      let end = min(count - 1, k + 2 * reach)
      let own = unsafe matrix + (k * width - k + reach)
      if best != k {
        let other = unsafe matrix + (best * width - best + reach)
        for column in k...end {
          unsafe (own[column], other[column]) = (other[column], own[column])
        }
        for side in 0..<sides {
          unsafe (values[k * sides + side], values[best * sides + side]) = (
            values[best * sides + side], values[k * sides + side]
          )
        }
      }
      let inverse = unsafe 1 / own[k]
      for row in k + 1..<max(k + 1, last + 1) {
        let other = unsafe matrix + (row * width - row + reach)
        let factor = unsafe other[k] * inverse
        guard factor != 0 else { continue }
        for column in k + 1..<max(k + 1, end + 1) {
          unsafe other[column] -= factor * own[column]
        }
        for side in 0..<sides {
          unsafe values[row * sides + side] -= factor * values[k * sides + side]
        }
      }
    }
    for k in (0..<count).reversed() {
      let own = unsafe matrix + (k * width - k + reach)
      let end = min(count - 1, k + 2 * reach)
      let inverse = unsafe 1 / own[k]
      for side in 0..<sides {
        var sum = unsafe values[k * sides + side]
        for column in k + 1..<max(k + 1, end + 1) {
          unsafe sum -= own[column] * values[column * sides + side]
        }
        unsafe values[k * sides + side] = sum * inverse
      }
    }
    return true
  }
}
