// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel

/// The connected parts of the solid: elements that are at least ``threshold`` full and share a face.
struct SolidParts {
  /// The least volume fraction of an element that conducts force and lithium to its neighbours.
  static let threshold = 0.05

  /// The volumes of the parts in nm³, the largest first, at most ``limit``.
  let volumes: [Double]
  /// The most parts that are told apart.
  static let limit = 64

  /// Finds the parts.
  ///
  /// Collective. Each rank floods its own elements, then neighbours pass on the smallest label until
  /// nothing changes: O(elements) work, ghosts only.
  init(_ fractions: VolumeFractions, _ grid: StructuredGrid) throws(ParallelError) {
    let layout = grid.layout
    let (weights, least) = (fractions.weights[0], SolidParts.threshold * grid.elementVolume)
    let labels = Fields(layout, count: 1)
    let label = labels[0]
    let (part, seeds) = SolidParts.flood(weights, least, grid)
    var smallest = seeds
    while true {
      SolidParts.forElements(grid) { place, _, _, _ in
        label[place] = part[place] >= 0 ? smallest[Int(part[place])] : 0
      }
      try labels.fillGhosts(grid.halo)
      var changed = 0.0
      SolidParts.forElements(grid) { place, i, j, _ in
        guard part[place] >= 0 else { return }
        let mine = Int(part[place])
        func look(_ other: Int) {
          guard label[other] > 0, label[other] < smallest[mine] else { return }
          smallest[mine] = label[other]
          changed = 1
        }
        if i == 0 { look(place - 1) }
        if i == layout.x - 1 { look(place + 1) }
        if j == 0 { look(place - layout.line) }
        if j == layout.y - 1 { look(place + layout.line) }
      }
      if try grid.communicator.maximum(changed) == 0 { break }
    }
    var own: [Double: Double] = [:]
    SolidParts.forElements(grid) { place, _, _, _ in
      if part[place] >= 0 { own[smallest[Int(part[place])], default: 0] += weights[place] }
    }
    var found: [Double] = []
    var last = 0.0
    while found.count < SolidParts.limit {
      let next = try grid.communicator.minimum(own.keys.filter { $0 > last }.min() ?? .infinity)
      guard next.isFinite else { break }
      found.append(try grid.communicator.sum(own[next] ?? 0))
      last = next
    }
    volumes = found.sorted(by: >)
  }

  /// Parts of this rank's own elements: the part of each place, −1 for none, and for each part one
  /// more than the global number of its first element.
  private static func flood(
    _ weights: Lane, _ least: Double, _ grid: StructuredGrid
  ) -> (part: [Int32], seeds: [Double]) {
    let layout = grid.layout
    var sets = DisjointSets(count: layout.size)
    var isSolid = [Bool](repeating: false, count: layout.size)
    forElements(grid) { place, i, j, k in
      guard weights[place] >= least else { return }
      isSolid[place] = true
      for (index, step) in [(i, 1), (j, layout.line), (k, layout.up)]
      where index > 0 && isSolid[place - step] { sets.join(place, place - step) }
    }
    var part = [Int32](repeating: -1, count: layout.size)
    var seeds: [Double] = []
    // A set's root is the first of its elements.
    forElements(grid) { place, i, j, k in
      guard isSolid[place] else { return }
      let root = sets.root(place)
      if root == place {
        let row = (k * grid.elements.y + grid.own.y.lowerBound + j) * grid.elements.x
        part[place] = Int32(seeds.count)
        seeds.append(Double(row + grid.own.x.lowerBound + i + 1))
      } else {
        part[place] = part[root]
      }
    }
    return (part, seeds)
  }

  /// Visits the own elements, those whose lowest node is this rank's.
  private static func forElements(
    _ grid: StructuredGrid, _ body: (_ place: Int, _ i: Int, _ j: Int, _ k: Int) -> Void
  ) {
    let layout = grid.layout
    for k in 0..<layout.elementLayers {
      for j in 0..<layout.y where grid.own.y.lowerBound + j < grid.elements.y {
        for i in 0..<layout.x where grid.own.x.lowerBound + i < grid.elements.x {
          body(layout.index(i, j, k), i, j, k)
        }
      }
    }
  }
}
