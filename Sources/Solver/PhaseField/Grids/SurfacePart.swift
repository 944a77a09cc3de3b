// SPDX-License-Identifier: Apache-2.0

/// A part of a particle's surface.
public enum SurfacePart: String, CaseIterable, Sendable {
  /// The sides of the box; in two dimensions those along b are the faces of the plate.
  case lowA = "a-"
  case highA = "a+"
  case lowC = "c-"
  case highC = "c+"
  case lowB = "b-"
  case highB = "b+"
  /// The border of the outline, where it is not cut by a void.
  case outline
  /// The surfaces of the voids inside the outline.
  case void

  /// The direction across a side of the box, and whether it is the upper one; nil for a level set.
  var side: (axis: Int, isUpper: Bool)? {
    switch self {
    case .lowA: (0, false)
    case .highA: (0, true)
    case .lowC: (1, false)
    case .highC: (1, true)
    case .lowB: (2, false)
    case .highB: (2, true)
    case .outline, .void: nil
    }
  }
}

/// The area of a plane in a box: how the level set of a linear function cuts a cell.
///
/// The share of a cell where d + g·(x − x₀) > 0 is the distribution of a sum of uniform numbers of
/// widths |g_i| e_i; its derivative by d, their density, is the area of the cut over volume and |g|.
struct CellSection {
  /// The widths |g_i| e_i, the smaller ones held at a thousandth of the largest, which smears the
  /// density by as much and leaves its integral.
  private let widths: [Double]

  /// Widths in nm along two or three directions.
  init(_ widths: [Double]) {
    let least = 1e-3 * (widths.max() ?? 0)
    self.widths = widths.map { max($0, least) }
  }

  /// The density at d in 1/nm, zero beyond half the sum of the widths.
  func density(_ distance: Double) -> Double {
    guard abs(distance) < 0.5 * widths.reduce(0, +) else { return 0 }
    // Σ over the signs of ∏ sign · (d + ½ Σ sign · width)₊ to the power of the directions less one.
    var sum = 0.0
    for signs in 0..<1 << widths.count {
      var (place, sign) = (distance, 1.0)
      for (index, width) in widths.enumerated() {
        let isPlus = signs >> index & 1 == 0
        place += isPlus ? 0.5 * width : -0.5 * width
        if !isPlus { sign = -sign }
      }
      if place > 0 { sum += sign * (widths.count == 3 ? 0.5 * place * place : place) }
    }
    return max(0, sum / widths.reduce(1, *))
  }
}
