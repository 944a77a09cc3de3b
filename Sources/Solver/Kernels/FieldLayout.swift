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
  let line: Int
  /// Places in a layer of constant z.
  let plane: Int
  /// From a node to the one above it as the element sees it: zero in two dimensions.
  let up: Int
  /// Places in all.
  let size: Int

  init(x: Int, y: Int, z: Int, isPlane: Bool) {
    self.x = x
    self.y = y
    self.z = z
    line = (x + 10 + 7) / 8 * 8
    plane = line * (y + 2)
    up = isPlane ? 0 : plane
    size = (plane * z + 64 + 15) / 16 * 16
  }

  /// The place of a node; −1 and the count are ghosts along x and y.
  @inline(__always)
  func index(_ i: Int, _ j: Int, _ k: Int) -> Int { k * plane + (j + 1) * line + 8 + i }

  /// Layers of elements.
  var elementLayers: Int { up == 0 ? 1 : z - 1 }

  var block: HaloExchange.Block {
    HaloExchange.Block(count: (x, y, z), stride: (line, plane), origin: index(0, 0, 0))
  }
}
