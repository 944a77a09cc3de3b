// SPDX-License-Identifier: Apache-2.0

import Physics

/// The mobility's dependence on the composition as the kernels evaluate it (``MobilityLaw``).
struct MobilityKernel {
  /// Whether it does not depend on it at all.
  let isConstant: Bool
  private let isDegenerate: Bool
  private let thermalEnergy: Double
  /// D(X)/D; empty where that is one.
  private let table: TableKernel?

  init(_ law: MobilityLaw) {
    isConstant = law == .constant
    (isDegenerate, thermalEnergy) =
      if case .degenerate(let thermal) = law.untabulated { (true, thermal) } else { (false, 1) }
    table = if case .tabulated(let table, _) = law { TableKernel(table) } else { nil }
  }

  /// M/D and its slope at the centres of eight elements.
  @inline(__always)
  func factor(_ x: Eight) -> (Eight, Eight) {
    if table != nil { return scaled(x) }
    return untabulated(x)
  }

  @inline(__always)
  private func untabulated(_ x: Eight) -> (Eight, Eight) {
    guard isDegenerate else { return (Eight(repeating: 1), .zero) }
    // Between the Newton steps the centre may leave [0, 1] in padding only.
    return (x * (1 - x) / thermalEnergy, (1 - 2 * x) / thermalEnergy)
  }

  @inline(never)
  private func scaled(_ x: Eight) -> (Eight, Eight) {
    let (value, slope) = untabulated(x)
    guard let share = table?.evaluate(x) else { return (value, slope) }
    return (share.0 * value, share.1 * value + share.0 * slope)
  }
}

/// A table of compositions as the kernels evaluate it (``CompositionTable``).
struct TableKernel {
  private let rows: [SIMD4<Double>]

  init(_ table: CompositionTable) { rows = table.rows }

  /// The value and its first two derivatives: each number's row is loaded at once, then all eight go
  /// together; a straight line outside [0, 1].
  @inline(__always)
  func evaluate(_ x: Eight) -> (Eight, Eight, Eight) {
    let count = Double(CompositionTable.cells)
    let isOutside = (x .< 0) .| (x .> 1)
    let inside = x.replacing(with: 0, where: x .< 0).replacing(with: 1, where: x .> 1)
    let place = inside * count
    var cell = place.rounded(.down)
    cell.replace(with: count - 1, where: cell .>= count)
    let t = place - cell
    var (c0, c1, c2, c3) = (Eight.zero, Eight.zero, Eight.zero, Eight.zero)
    for lane in 0..<8 {
      // A composition that is not a number finds a row too.
      let row = rows[cell[lane] >= 0 ? Int(cell[lane]) : 0]
      (c0[lane], c1[lane], c2[lane], c3[lane]) = (row[0], row[1], row[2], row[3])
    }
    let slope = ((c3 * 3 * t + c2 * 2) * t + c1) * count
    let value = ((c3 * t + c2) * t + c1) * t + c0
    let curvature = (c3 * 6 * t + c2 * 2) * (count * count)
    return (
      value + slope * (x - inside), slope, curvature.replacing(with: 0, where: isOutside)
    )
  }
}
