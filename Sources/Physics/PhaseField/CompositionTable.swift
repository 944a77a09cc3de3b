// SPDX-License-Identifier: Apache-2.0

/// A property by a table of compositions on [0, 1], joined without overshoot (``MonotoneCubic``).
///
/// Held as cubics on a uniform grid, so that a kernel finds its cell without a search: values and slopes
/// of the curve at the grid's points, which keeps it between the values of the table's neighbours. It
/// goes on as a straight line outside [0, 1], where only rounding and polynomial energies lead.
@frozen
public struct CompositionTable: Equatable, Sendable {
  /// Cells of the grid on [0, 1].
  public static let cells = 1024

  /// The compositions of the table.
  public let composition: [Double]
  /// The property at each.
  public let values: [Double]
  /// Coefficients of the powers 0…3 of the place in each cell, from 0 to 1.
  public let rows: [SIMD4<Double>]

  /// A table in the order of rising X from 0 to 1.
  ///
  /// - Parameter range: of the values.
  /// - Throws: ``EnergyProblem`` naming the point where X does not rise from 0 to 1 or a value is outside
  ///   the range.
  public init(
    composition: [Double], values: [Double], within range: ClosedRange<Double>
  ) throws(EnergyProblem) {
    precondition(composition.count == values.count)
    guard let first = composition.first, let last = composition.last, first == 0, last == 1 else {
      throw EnergyProblem(
        reason:
          "found X from \(composition.first ?? .nan) to \(composition.last ?? .nan), expected a "
          + "table from 0 to 1")
    }
    for (index, value) in values.enumerated() {
      guard index == 0 || composition[index] > composition[index - 1] else {
        throw EnergyProblem(
          reason: "point \(index + 1): found X = \(composition[index]) after "
            + "\(composition[index - 1]), expected rising compositions")
      }
      guard range.contains(value) else {
        throw EnergyProblem(
          reason:
            "point \(index + 1): found \(value), expected a number from \(range.lowerBound) to "
            + "\(range.upperBound)")
      }
    }
    (self.composition, self.values) = (composition, values)
    let curve = MonotoneCubic(composition, values)
    let h = 1 / Double(CompositionTable.cells)
    var left = curve.derivatives(at: 0)
    rows = (0..<CompositionTable.cells).map { cell in
      let right = curve.derivatives(at: Double(cell + 1) * h)
      let rise = right.value - left.value
      let (a, b) = (h * left.slope, h * right.slope)
      defer { left = right }
      return SIMD4(left.value, a, 3 * rise - 2 * a - b, a + b - 2 * rise)
    }
  }

  /// The property and its first two derivatives.
  public func derivatives(at x: Double) -> (value: Double, slope: Double, curvature: Double) {
    let count = Double(CompositionTable.cells)
    let inside = min(max(x, 0), 1)
    let cell = min(Int(inside * count), CompositionTable.cells - 1)
    let (t, row) = (inside * count - Double(cell), rows[cell])
    let slope = ((3 * row[3] * t + 2 * row[2]) * t + row[1]) * count
    let value = ((row[3] * t + row[2]) * t + row[1]) * t + row[0]
    guard x == inside else { return (value + slope * (x - inside), slope, 0) }
    return (value, slope, (6 * row[3] * t + 2 * row[2]) * count * count)
  }
}
