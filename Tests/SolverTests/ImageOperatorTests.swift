// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images

/// Parts of a mask and the filling of dead pixels.
///
/// Collective.
final class ImageOperatorTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  /// Masks that a labelling by lines gets wrong.
  private let drawings: [(name: String, parts: [Int], drawing: [String])] = [
    (
      "checkerboard: corners do not connect", [Int](repeating: 1, count: 18),
      ["#.#.#.#.#", ".#.#.#.#.", "#.#.#.#.#", ".#.#.#.#."]
    ),
    (
      "ring around a pixel", [1, 20],
      ["#######", "#.....#", "#..#..#", "#.....#", "#######"]
    ),
    (
      "a spiral that crosses every cut again and again", [45],
      [
        "##########", ".........#", "########.#", "#......#.#", "#.####.#.#", "#.#....#.#",
        "#.######.#", "#........#", "##########",
      ]
    ),
    (
      "combs that meet at the far end", [24],
      ["###########", "#.#.#.#.#.#", "#.#.#.#.#.#", "......#...#"]
    ),
    ("single pixels at the corners", [1, 1, 1, 1], ["#....#", "......", "#....#"]),
    ("one line", [9], ["#########"]),
  ]

  func testComponentsAreThoseOfASerialFloodFill() throws {
    for (name, _, drawing) in drawings {
      for isTurned in [false, true] {
        let shape = (rows: drawing.count, columns: drawing[0].count)
        let drawn = DrawnImage.inside(drawing)
        let inside: (Int, Int) -> Bool = isTurned ? { drawn($1, $0) } : drawn
        let rows = isTurned ? shape.columns : shape.rows
        let columns = isTurned ? shape.rows : shape.columns
        let image = try DrawnImage.make(
          rows: rows, columns: columns, communicator: communicator, inside: inside)
        let components = try Components(image)
        let oracle = floodFill(rows: rows, columns: columns, inside)
        XCTAssertEqual(components.sizes.sorted(), oracle.sizes.sorted(), name)
        // The same pixels together: each of ours is one of the oracle's.
        var wrong = 0
        var partner: [Int: Int] = [:]
        for cell in image.mask.indices {
          let (i, j) = image.layout.indices(cell)
          let label = components.label[cell]
          guard image.mask[cell] else {
            wrong += label == -1 ? 0 : 1
            continue
          }
          let other = oracle.label[j * columns + i]
          if partner[label, default: other] != other { wrong += 1 }
          partner[label] = other
        }
        XCTAssertEqual(try communicator.sum(wrong), 0, name)
      }
    }
  }

  func testSizesOfComponentsAreAsDrawn() throws {
    for (name, parts, drawing) in drawings
    where name != drawings[2].name && name != drawings[3].name {
      let image = try DrawnImage.make(
        rows: drawing.count, columns: drawing[0].count, communicator: communicator,
        inside: DrawnImage.inside(drawing))
      XCTAssertEqual(try Components(image).sizes.sorted(), parts, name)
    }
  }

  func testHarmonicFillIsExactOnLinearFields() throws {
    func linear(_ i: Int, _ j: Int) -> Double { 0.3 + 0.02 * Double(i) - 0.05 * Double(j) }
    // Holes inside, one across most of the image, so that it crosses every cut.
    func isDead(_ i: Int, _ j: Int) -> Bool {
      ((2...16).contains(i) && (3...5).contains(j)) || (i == 4 && j == 8)
    }
    let image = try DrawnImage.make(
      rows: 11, columns: 19, communicator: communicator,
      channels: [.composition: { i, j in isDead(i, j) ? .nan : linear(i, j) }])
    let (values, filled) = try image.filled(.composition)
    XCTAssertEqual(filled, 15 * 3 + 1)
    var worst = 0.0
    for cell in values.indices {
      let (i, j) = image.layout.indices(cell)
      worst = max(worst, abs(values[cell] - linear(i, j)))
    }
    XCTAssertLessThanOrEqual(try communicator.maximum(worst), 1e-13)
  }

  func testFilledValuesStayBetweenTheirNeighbours() throws {
    let image = DrawnImage.damaged(try DrawnImage.specimen(communicator: communicator))
    let measured = try image.values(.composition)
    let (values, filled) = try image.filled(.composition)
    XCTAssertGreaterThan(filled, 5)
    let finite = measured.filter(\.isFinite)
    let low = try communicator.minimum(finite.min() ?? .infinity)
    let high = try communicator.maximum(finite.max() ?? -.infinity)
    let own = image.numbering.ownCells
    let outside = own.filter { !(low - 1e-12...high + 1e-12).contains(values[$0]) }
    let changed = own.filter { measured[$0].isFinite && !values[$0].isEqual(to: measured[$0]) }
    XCTAssertEqual(try communicator.sum(outside.count + changed.count), 0)
  }

  /// The textbook's labelling on one process.
  private func floodFill(
    rows: Int, columns: Int, _ inside: (Int, Int) -> Bool
  ) -> (label: [Int], sizes: [Int]) {
    var label = [Int](repeating: -1, count: rows * columns)
    var sizes: [Int] = []
    for start in label.indices where label[start] < 0 && inside(start % columns, start / columns) {
      var open = [start]
      label[start] = sizes.count
      sizes.append(0)
      while let cell = open.popLast() {
        sizes[sizes.count - 1] += 1
        let (i, j) = (cell % columns, cell / columns)
        for (k, l) in [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
        where k >= 0 && l >= 0 && k < columns && l < rows {
          let other = l * columns + k
          if label[other] < 0, inside(k, l) {
            label[other] = sizes.count - 1
            open.append(other)
          }
        }
      }
    }
    return (label, sizes)
  }
}
