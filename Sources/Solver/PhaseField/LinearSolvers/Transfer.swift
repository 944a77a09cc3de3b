// SPDX-License-Identifier: Apache-2.0

import Parallel

/// Linear interpolation between a grid and the coarser one over the same box, and its transpose.
///
/// Counts need not be even: nodes lie where they lie. Own fine nodes need coarse nodes of the own
/// block and one ghost layer only, because blocks are cut by rounding up.
final class Transfer {
  private let fine: FieldLayout
  private let coarse: FieldLayout
  private let coarseGrid: StructuredGrid
  private let x: Line
  private let y: Line
  private let z: Line
  private let elementX: Overlap
  private let elementY: Overlap
  private let elementZ: Overlap

  /// For each own fine node the lower coarse node, as a local index, and the upper one's weight.
  private struct Line {
    var lower: [Int] = []
    var weight: [Double] = []

    init(fine: Range<Int>, fineCount: Int, coarseStart: Int, coarseCount: Int, last: Int) {
      for node in fine {
        let scaled = node * coarseCount
        var below = scaled / fineCount
        var share = Double(scaled - below * fineCount) / Double(fineCount)
        if below >= last && share == 0 && below > 0 { (below, share) = (below - 1, 1) }
        lower.append(below - coarseStart)
        weight.append(share)
      }
    }
  }

  /// For each own fine element the one or two coarse elements it lies in and its share of them.
  private struct Overlap {
    var lower: [Int] = []
    var shares: [(Double, Double)] = []

    init(fine: Range<Int>, fineCount: Int, coarseStart: Int, coarseCount: Int) {
      for element in fine {
        let start = Double(element * coarseCount) / Double(fineCount)
        let length = Double(coarseCount) / Double(fineCount)
        let below = element * coarseCount / fineCount
        let inLower = min(length, Double(below + 1) - start)
        lower.append(below - coarseStart)
        shares.append((inLower / length, max(0, length - inLower) / length))
      }
    }
  }

  init(from fine: StructuredGrid, to coarse: StructuredGrid) {
    self.fine = fine.layout
    self.coarse = coarse.layout
    coarseGrid = coarse
    x = Line(
      fine: fine.own.x, fineCount: fine.elements.x, coarseStart: coarse.own.x.lowerBound,
      coarseCount: coarse.elements.x, last: coarse.periodic.x ? .max : coarse.elements.x)
    y = Line(
      fine: fine.own.y, fineCount: fine.elements.y, coarseStart: coarse.own.y.lowerBound,
      coarseCount: coarse.elements.y, last: coarse.periodic.y ? .max : coarse.elements.y)
    z =
      fine.dimension == 2
      ? Line(fine: 0..<1, fineCount: 1, coarseStart: 0, coarseCount: 1, last: .max)
      : Line(
        fine: 0..<fine.elements.z + 1, fineCount: fine.elements.z, coarseStart: 0,
        coarseCount: coarse.elements.z, last: coarse.elements.z)
    func elements(_ range: Range<Int>, _ count: Int) -> Range<Int> {
      range.lowerBound..<max(range.lowerBound, min(range.upperBound, count))
    }
    elementX = Overlap(
      fine: elements(fine.own.x, fine.elements.x), fineCount: fine.elements.x,
      coarseStart: coarse.own.x.lowerBound, coarseCount: coarse.elements.x)
    elementY = Overlap(
      fine: elements(fine.own.y, fine.elements.y), fineCount: fine.elements.y,
      coarseStart: coarse.own.y.lowerBound, coarseCount: coarse.elements.y)
    elementZ = Overlap(
      fine: 0..<fine.elements.z, fineCount: fine.elements.z, coarseStart: 0,
      coarseCount: coarse.elements.z)
  }

  /// Adds the interpolated coarse fields, whose ghosts are filled, to the fine ones.
  func prolong(_ source: Fields, addingTo target: Fields) {
    for component in 0..<target.count {
      let (from, to) = (source[component], target[component])
      forRows { fineRow, rows in
        for i in 0..<fine.x {
          let (low, w) = (x.lower[i], x.weight[i])
          var sum = 0.0
          for (row, weight) in rows {
            sum += weight * ((1 - w) * from[row + low] + w * from[row + low + 1])
          }
          to[fineRow + i] += sum
        }
      }
    }
  }

  /// Writes the transpose: the coarse residual of the fine one.
  ///
  /// Collective.
  func restrict(_ source: Fields, into target: Fields) throws(ParallelError) {
    target.fill()
    for component in 0..<target.count {
      let (from, to) = (source[component], target[component])
      forRows { fineRow, rows in
        for i in 0..<fine.x {
          let (low, w) = (x.lower[i], x.weight[i])
          let value = from[fineRow + i]
          for (row, weight) in rows {
            to[row + low] += weight * (1 - w) * value
            to[row + low + 1] += weight * w * value
          }
        }
      }
    }
    try collect(target)
    target.clearGhosts()
  }

  /// Adds what the ranks gave to the same nodes or elements.
  ///
  /// Collective.
  private func collect(_ target: Fields) throws(ParallelError) {
    if let ranks = coarseGrid.replicatedOver { try target.sumOver(ranks) }
    try target.addGhosts(coarseGrid.halo)
  }

  /// Visits each own fine row with the coarse rows it lies between and their weights.
  private func forRows(_ body: (Int, InlineRows) -> Void) {
    for k in 0..<fine.z {
      let (lowZ, wz) = (z.lower[k], z.weight[k])
      for j in 0..<fine.y {
        let (lowY, wy) = (y.lower[j], y.weight[j])
        let base = coarse.index(0, lowY, lowZ)
        var rows = InlineRows()
        rows.append(base, (1 - wy) * (1 - wz))
        rows.append(base + coarse.line, wy * (1 - wz))
        rows.append(base + coarse.plane, (1 - wy) * wz)
        rows.append(base + coarse.line + coarse.plane, wy * wz)
        body(fine.index(0, j, k), rows)
      }
    }
  }

  /// Gives each coarse element the sum of an element field over the volume it covers.
  ///
  /// Collective.
  func sumElements(_ source: Fields, into target: Fields) throws(ParallelError) {
    target.fill()
    for component in 0..<source.count {
      let (from, to) = (source[component], target[component])
      for k in elementZ.lower.indices {
        for (kk, wz) in pair(elementZ, k) where wz > 0 {
          for j in elementY.lower.indices {
            for (jj, wy) in pair(elementY, j) where wy > 0 {
              let row = coarse.index(0, jj, kk)
              let fineRow = fine.index(0, j, k)
              for i in elementX.lower.indices {
                let value = from[fineRow + i] * wy * wz
                to[row + elementX.lower[i]] += value * elementX.shares[i].0
                if elementX.shares[i].1 > 0 {
                  to[row + elementX.lower[i] + 1] += value * elementX.shares[i].1
                }
              }
            }
          }
        }
      }
    }
    try collect(target)
    target.clearGhosts()
    try target.fillGhosts(coarseGrid.halo)
  }

  private func pair(_ overlap: Overlap, _ index: Int) -> [(Int, Double)] {
    let low = overlap.lower[index]
    return [(low, overlap.shares[index].0), (low + 1, overlap.shares[index].1)]
  }
}

/// Up to four coarse rows and their weights, those without weight left out.
struct InlineRows: Sequence {
  private var places = SIMD4<Int>()
  private var weights = SIMD4<Double>()
  private var count = 0

  mutating func append(_ place: Int, _ weight: Double) {
    guard weight > 0 else { return }
    places[count] = place
    weights[count] = weight
    count += 1
  }

  struct Iterator: IteratorProtocol {
    let rows: InlineRows
    var index = 0
    @inline(__always)
    mutating func next() -> (Int, Double)? {
      guard index < rows.count else { return nil }
      defer { index += 1 }
      return (rows.places[index], rows.weights[index])
    }
  }

  @inline(__always)
  func makeIterator() -> Iterator { Iterator(rows: self) }
}
