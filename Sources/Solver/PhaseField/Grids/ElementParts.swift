// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel

/// Elements that hang together by their faces: the parts of the solid, or the pores in it.
struct ElementParts {
  /// The least volume fraction of an element that conducts force and lithium to its neighbours.
  static let threshold = 0.05

  /// The label of each element's part, ghosts included; 0 for elements that are in none.
  private let labels: Fields
  private let grid: StructuredGrid
  /// The parts' labels, rising: one more than the global number of a part's first element.
  private let roots: [Double]

  /// Finds the parts.
  ///
  /// Collective. Each rank floods its own elements, then neighbours pass on the smallest label until
  /// nothing changes: O(elements) work, ghosts only. What all ranks know is the list of parts.
  ///
  /// - Parameters:
  ///   - grid: its elements.
  ///   - isMember: whether the element at a place is in a part; asked for own elements.
  init(
    _ grid: StructuredGrid, isMember: (_ place: Int) -> Bool
  ) throws(ParallelError) {
    let layout = grid.layout
    let labels = Fields(layout, count: 1)
    let label = labels[0]
    let (part, seeds) = ElementParts.flood(grid, isMember)
    var smallest = seeds
    while true {
      grid.forOwnElements { place, _, _, _ in
        label[place] = part[place] >= 0 ? smallest[Int(part[place])] : 0
      }
      try labels.fillGhosts(grid.halo)
      var changed = 0.0
      grid.forOwnElements { place, i, j, _ in
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
    self.labels = labels
    self.grid = grid
    // A part's root is the seed of the one rank that has its first element.
    let own = zip(seeds, smallest).filter { !($0 < $1) && !($0 > $1) }.map(\.0)
    let count = try grid.communicator.sum(own.count)
    var all = [Double](repeating: 0, count: count)
    if grid.communicator.size == 1 {
      all = own
    } else {
      let first = try grid.communicator.offset(of: own.count)
      for (index, root) in own.enumerated() { all[first + index] = root }
      try grid.communicator.reduce(&all, .sum)
    }
    roots = all.sorted()
  }

  /// How many there are.
  var count: Int { roots.count }

  /// The volumes of the parts in nm³ in the order of their labels.
  ///
  /// Collective.
  func volumes(_ weights: Lane) throws(ParallelError) -> [Double] {
    let places = Dictionary(uniqueKeysWithValues: zip(roots, roots.indices))
    var sums = [Double](repeating: 0, count: roots.count)
    let label = labels[0]
    grid.forOwnElements { place, _, _, _ in
      if label[place] > 0, let index = places[label[place]] { sums[index] += weights[place] }
    }
    try grid.communicator.reduce(&sums, .sum)
    return sums
  }

  /// Empties the elements of all parts but one, and those in no part that touch it nowhere.
  ///
  /// Collective.
  func keep(_ part: Int, _ fractions: VolumeFractions) throws(ParallelError) {
    let (layout, label, weights) = (grid.layout, labels[0], fractions.weights[0])
    let kept = roots[part]
    func isKept(_ place: Int) -> Bool { !(label[place] < kept) && !(label[place] > kept) }
    grid.forOwnElements { place, _, _, k in
      guard weights[place] > 0, !isKept(place) else { return }
      let isCrumb = !(label[place] > 0)
      let layers = max(0, k - 1)...min(layout.elementLayers - 1, k + 1)
      let hangsOn =
        isCrumb
        && layers.contains { layer in
          let above = place + (layer - k) * layout.up
          return (-1...1).contains { j in
            (-1...1).contains { i in isKept(above + j * layout.line + i) }
          }
        }
      if !hangsOn { weights[place] = 0 }
    }
    try fractions.weights.fillGhosts(grid.halo)
  }

  /// Parts of this rank's own elements: the part of each place, −1 for none, and for each part one
  /// more than the global number of its first element.
  private static func flood(
    _ grid: StructuredGrid, _ isMember: (_ place: Int) -> Bool
  ) -> (part: [Int32], seeds: [Double]) {
    let layout = grid.layout
    var sets = DisjointSets(count: layout.size)
    var isIn = [Bool](repeating: false, count: layout.size)
    grid.forOwnElements { place, i, j, k in
      guard isMember(place) else { return }
      isIn[place] = true
      for (index, step) in [(i, 1), (j, layout.line), (k, layout.up)]
      where index > 0 && isIn[place - step] { sets.join(place, place - step) }
    }
    var part = [Int32](repeating: -1, count: layout.size)
    var seeds: [Double] = []
    // A set's root is the first of its elements.
    grid.forOwnElements { place, i, j, k in
      guard isIn[place] else { return }
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
}

extension StructuredGrid {
  /// Visits the own elements, those whose lowest node is this rank's.
  func forOwnElements(
    _ body: (_ place: Int, _ i: Int, _ j: Int, _ k: Int) -> Void
  ) {
    for k in 0..<layout.elementLayers {
      for j in 0..<layout.y where own.y.lowerBound + j < elements.y {
        for i in 0..<layout.x where own.x.lowerBound + i < elements.x {
          body(layout.index(i, j, k), i, j, k)
        }
      }
    }
  }
}
