// SPDX-License-Identifier: Apache-2.0

import Parallel

/// Where the nodes of a rank lie in memory: rows along x, a ghost layer around x and y.
///
/// A row starts with 8 places, the last of which is the ghost, so that own nodes are aligned, and
/// ends with room for a vector that reaches beyond the last element. Element (i, j, k) is kept at
/// the place of its lowest node; element −1 is the one below the first own node.
public struct FieldLayout: Sendable, Equatable {
  /// Own nodes along x.
  public let x: Int
  /// Own nodes along y.
  public let y: Int
  /// Nodes along z.
  public let z: Int
  /// Places in a row.
  package let line: Int
  /// Places in a layer of constant z.
  package let plane: Int
  /// From a node to the one above it as the element sees it: zero in two dimensions.
  package let up: Int
  /// Places in all.
  package let size: Int
  /// Elements along x that own nodes touch: none below the first where no rank follows there.
  let elementsX: Range<Int>
  /// Elements along y that own nodes touch.
  let elementsY: Range<Int>

  /// A block of own nodes; `isOpen` says where the box goes on beyond them.
  package init(
    x: Int, y: Int, z: Int, isPlane: Bool,
    isOpen: (lowX: Bool, highX: Bool, lowY: Bool, highY: Bool) = (true, true, true, true)
  ) {
    self.x = x
    self.y = y
    self.z = z
    line = (x + 10 + 7) / 8 * 8
    plane = line * (y + 2)
    up = isPlane ? 0 : plane
    size = (plane * z + 64 + 15) / 16 * 16
    elementsX = (isOpen.lowX ? -1 : 0)..<max(isOpen.highX ? x : x - 1, 0)
    elementsY = (isOpen.lowY ? -1 : 0)..<max(isOpen.highY ? y : y - 1, 0)
  }

  /// The place of a node; −1 and the count are ghosts along x and y.
  @inline(__always)
  package func index(_ i: Int, _ j: Int, _ k: Int) -> Int { k * plane + (j + 1) * line + 8 + i }

  /// Layers of elements.
  package var elementLayers: Int { up == 0 ? 1 : z - 1 }

  /// The layout of one layer of nodes.
  var layer: FieldLayout { FieldLayout(x: x, y: y, z: 1, isPlane: true) }

  var block: HaloExchange.Block {
    HaloExchange.Block(count: (x, y, z), stride: (line, plane), origin: index(0, 0, 0))
  }
}

/// Cuts a vector of eight nodes to the own ones.
package struct OwnNodes {
  private let outside: SIMDMask<SIMD8<Int64>>

  init(_ count: Int) {
    outside = SIMD8<Int64>(0, 1, 2, 3, 4, 5, 6, 7) .>= SIMD8<Int64>(repeating: Int64(count))
  }

  /// The values with zeros at ghosts and padding.
  @inline(__always)
  func callAsFunction(_ values: Eight) -> Eight { values.replacing(with: 0, where: outside) }
}

extension FieldLayout {
  /// Visits the own nodes of a layer, eight at a time, and says which of them are own.
  @inline(__always)
  func forOwn(layer k: Int, _ body: (_ place: Int, _ isOwn: OwnNodes) -> Void) {
    let (all, last) = (OwnNodes(8), OwnNodes(x - (x - 1) / 8 * 8))
    for j in 0..<y {
      let row = index(0, j, k)
      for i in stride(from: 0, to: x - 8, by: 8) { body(row + i, all) }
      body(row + (x - 1) / 8 * 8, last)
    }
  }

  /// The values of the elements i…i+7 whose lowest node is own, zeros for the others.
  @inline(__always)
  func owned(_ values: Eight, _ i: Int) -> Eight {
    var kept = values
    if i < 0 { kept[0] = 0 }
    if i + 8 > x { for lane in (x - i)..<8 { kept[lane] = 0 } }
    return kept
  }
}
