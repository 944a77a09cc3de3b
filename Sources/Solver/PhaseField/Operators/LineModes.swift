// SPDX-License-Identifier: Apache-2.0

/// The nodes of eight neighbouring elements on one line of nodes and the line above it, as sums and
/// differences along x and z: half of an ``Octet``'s transform.
///
/// Elements that follow each other along y share a line, so each line is transformed once. The
/// numbers are those of the modes: bit 0 a difference along x, bit 2 one along z.
struct LineModes {
  var v0, v1, v4, v5: Eight

  @inline(__always)
  init(_ v0: Eight, _ v1: Eight, _ v4: Eight, _ v5: Eight) {
    self.v0 = v0
    self.v1 = v1
    self.v4 = v4
    self.v5 = v5
  }

  @inline(__always)
  static var zero: LineModes { LineModes(.zero, .zero, .zero, .zero) }

  /// The line of nodes at `place` and the one `up` places above.
  @inline(__always)
  init(_ lane: Lane, _ place: Int, up: Int) {
    let (a, b) = (lane.load(place), lane.load(place + 1))
    let (c, d) = (lane.load(place + up), lane.load(place + up + 1))
    let (lowSum, lowDifference) = (a + b, b - a)
    let (highSum, highDifference) = (c + d, d - c)
    v0 = lowSum + highSum
    v1 = lowDifference + highDifference
    v4 = highSum - lowSum
    v5 = highDifference - lowDifference
  }

  /// All modes of the elements between this line and the next along y.
  @inline(__always)
  func joined(_ next: LineModes) -> Octet {
    Octet(
      v0 + next.v0, v1 + next.v1, next.v0 - v0, next.v1 - v1, v4 + next.v4, v5 + next.v5,
      next.v4 - v4, next.v5 - v5)
  }

  /// Adds what the modes of the elements above along y give this line.
  @inline(__always)
  mutating func addLower(_ modes: Octet) {
    v0 += modes.v0 - modes.v2
    v1 += modes.v1 - modes.v3
    v4 += modes.v4 - modes.v6
    v5 += modes.v5 - modes.v7
  }

  /// What the modes of the elements below along y give this line.
  @inline(__always)
  init(upper modes: Octet) {
    v0 = modes.v0 + modes.v2
    v1 = modes.v1 + modes.v3
    v4 = modes.v4 + modes.v6
    v5 = modes.v5 + modes.v7
  }

  /// Gives the nodes their share, the transpose of reading them.
  ///
  /// Adds to the layer below, which the elements under it have written, and begins the layer above.
  @inline(__always)
  func give(to low: LayerSums, _ high: LayerSums, _ place: Int, up: Int) {
    if up == 0 {
      // Both layers are one.
      low.even.store(place, v0 + v0)
      low.odd.store(place, v1 + v1)
      return
    }
    low.even.add(place, v0 - v4)
    low.odd.add(place, v1 - v5)
    high.even.store(place + up, v0 + v4)
    high.odd.store(place + up, v1 + v5)
  }
}

/// What an operator gives to the nodes of a layer, kept by elements along x: the part that both
/// nodes of an element get, and the part that the upper gets and the lower loses.
///
/// Added up at the nodes only when the layer is complete; shifting each vector by a node on the way
/// would cost more than the second sum.
package struct LayerSums {
  let even: Lane
  let odd: Lane

  /// The values of eight nodes.
  @inline(__always)
  package func load(_ place: Int) -> Eight {
    let upper = even.load(place - 1) + odd.load(place - 1)
    return (even.load(place) - odd.load(place)) + upper
  }
}

extension Lane {
  /// The same field, read as if `count` places earlier.
  @inline(__always)
  func earlier(by count: Int) -> Lane { unsafe Lane(self.base - count) }
}

/// Two layers of nodes that collect the sums of an operator, layer after layer.
///
/// What an operator gives to layer k is complete after the elements above it; then the layer is
/// handed on while it is still in the cache, and its place serves the layer after next.
package struct LayerRing {
  private let layers: Fields
  private let components: Int
  private let layout: FieldLayout

  package init(_ layout: FieldLayout, components: Int) {
    self.layout = layout
    self.components = components
    layers = Fields(layout.layer, count: 4 * components)
  }

  /// The sums of layer `k` of one component, by places of the whole field.
  @inline(__always)
  package func sums(_ component: Int, _ k: Int) -> LayerSums {
    let (first, start) = (2 * (component + (k & 1) * components), k * layout.plane)
    return LayerSums(
      even: layers[first].earlier(by: start), odd: layers[first + 1].earlier(by: start))
  }

  /// Runs over the layers of elements: `layer` gives to nodes of layers k and k + 1 (in two
  /// dimensions both are layer 0), `finish` takes a complete layer.
  ///
  /// Each layer of elements writes all sums of the nodes above it, so that only the first layer of
  /// nodes has to be cleared; what no element touches stays zero.
  @inline(__always)
  func run(layer: (Int) -> Void, finish: (Int) -> Void) {
    for component in 0..<2 * components { layers[component].clear(layout.plane + 64) }
    for k in 0..<layout.elementLayers {
      layer(k)
      finish(k)
    }
    if layout.up > 0 { finish(layout.elementLayers) }
  }
}
