// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images

/// What arrives at the pixels of an image: amounts per area, each from the cells of a grid.
///
/// A cell is a rectangle with the same amount everywhere in it; a pixel takes its mean over its square,
/// after a Gaussian of standard deviation `blur` has spread it. Both are exact, so that no
/// amount is lost between cells and pixels of any sizes: with H the second integral of the Gaussian,
/// the pixel [p₀, p₁] takes of the cell [s₀, s₁]
///
///     H(p₁ − s₀) − H(p₁ − s₁) − H(p₀ − s₀) + H(p₀ − s₁)
///
/// along a, times the same along c.
struct Exposure {
  /// Amounts that are brought together.
  let count: Int
  /// The mean amounts of held pixels, one pixel after the other.
  private(set) var sums: [Double]
  private let frame: PixelFrame
  private let layout: ImageLayout
  private let blur: Double
  private let map: PlaneMap

  /// Standard deviations beyond which a Gaussian is left out: 2e-9 of it.
  static let reach = 6.0

  /// An exposure of held pixels.
  ///
  /// - Parameters:
  ///   - blur: standard deviation of the Gaussian [nm].
  ///   - map: where the points of the grid come to.
  ///   - count: amounts of a cell.
  init(_ frame: PixelFrame, _ layout: ImageLayout, blur: Double, map: PlaneMap, count: Int) {
    (self.frame, self.layout, self.blur, self.map, self.count) = (frame, layout, blur, map, count)
    sums = [Double](repeating: 0, count: count * layout.cellCount)
  }

  /// The grid whose cells are seen.
  struct Cells {
    /// The lower corner of the whole grid (a, c) [nm].
    let low: SIMD2<Double>
    /// The edges of a cell [nm].
    let edge: SIMD2<Double>
    /// The cells along a that are given.
    let x: Range<Int>
    /// The cells along c that are given.
    let y: Range<Int>
  }

  /// Adds cells.
  ///
  /// - Parameters:
  ///   - amounts: `count` numbers of each cell, x fastest.
  ///   - shift: moves all of them [nm].
  mutating func add(_ amounts: [Double], of cells: Cells, shift: SIMD2<Double> = .zero) {
    let middle =
      frame.corner + 0.5 * frame.size * SIMD2(Double(frame.columns), Double(frame.rows))
    let edge = cells.edge * SIMD2(length(map.alongA), length(map.alongC))
    let size = SIMD2(frame.columns, frame.rows)
    func centre(_ i: Int, _ j: Int) -> SIMD2<Double> {
      let place = cells.low + cells.edge * SIMD2(Double(i) + 0.5, Double(j) + 0.5) + shift
      return map(place - middle) + middle - frame.corner
    }
    // Without a rotation all cells of a column lie alike along a, all of a row along c.
    let first = (x: cells.x.first ?? 0, y: cells.y.first ?? 0)
    let isGrid = map.isShift
    var alongA = isGrid ? cells.x.map { share(centre($0, first.y).x, edge.x, size.x) } : []
    var alongC = isGrid ? cells.y.map { share(centre(first.x, $0).y, edge.y, size.y) } : []
    if !isGrid { (alongA, alongC) = ([Share()], [Share()]) }
    var place = 0
    for (row, j) in cells.y.enumerated() {
      for (column, i) in cells.x.enumerated() {
        defer { place += count }
        // Nothing there.
        guard amounts[place] != 0 else { continue }
        if !isGrid {
          let at = centre(i, j)
          alongA[0] = share(at.x, edge.x, size.x)
          alongC[0] = share(at.y, edge.y, size.y)
        }
        deposit(amounts, place, alongA[isGrid ? column : 0], alongC[isGrid ? row : 0])
      }
    }
  }

  private mutating func deposit(_ amounts: [Double], _ place: Int, _ a: Share, _ c: Share) {
    // Along the lines only those that are held.
    let (lines, positions) = layout.linesAreColumns ? (a, c) : (c, a)
    for (offset, weight) in lines.weights.enumerated() {
      let line = lines.first + offset - layout.held.lowerBound
      guard line >= 0, line < layout.held.count else { continue }
      var target = (line * layout.length + positions.first) * count
      for other in positions.weights {
        for index in 0..<count { sums[target + index] += weight * other * amounts[place + index] }
        target += count
      }
    }
  }

  /// What pixels take of a cell along one direction.
  private struct Share {
    var first = 0
    var weights: [Double] = []
  }

  /// - Parameters:
  ///   - centre: of the cell, from the first pixel's lower side [nm].
  ///   - edge: of the cell [nm].
  ///   - count: pixels along the direction.
  private func share(_ centre: Double, _ edge: Double, _ count: Int) -> Share {
    let reach = edge / 2 + Exposure.reach * blur
    let low = max(0, Int(((centre - reach) / frame.size).rounded(.down)))
    let high = min(count, Int(((centre + reach) / frame.size).rounded(.up)))
    guard low < high else { return Share() }
    let (s0, s1) = (centre - edge / 2, centre + edge / 2)
    // H at the sides of pixels.
    let steps = (low...high).map { side in
      let place = Double(side) * frame.size
      return twice(place - s0) - twice(place - s1)
    }
    return Share(first: low, weights: zip(steps.dropFirst(), steps).map { ($0 - $1) / frame.size })
  }

  /// The second integral of the Gaussian; x₊ without one.
  private func twice(_ x: Double) -> Double {
    guard blur > 0 else { return max(0, x) }
    let z = x / blur
    let gauss = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    return x * 0.5 * erfc(-z / 2.0.squareRoot()) + blur * gauss
  }

  private func length(_ vector: SIMD2<Double>) -> Double { (vector * vector).sum().squareRoot() }
}
