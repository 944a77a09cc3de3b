// SPDX-License-Identifier: Apache-2.0

import Numerics
public import Parallel

/// The parts of a particle whose pixels hang together along edges.
public struct Components: Sendable {
  /// The component of each held pixel, counted from zero, or −1 outside the mask.
  public let label: [Int]
  /// The number of pixels in each component, over all ranks.
  public let sizes: [Int]
  /// The lowest and the highest pixel number in each component.
  public let ends: [(first: Int, last: Int)]

  /// The number of components.
  public var count: Int { sizes.count }

  /// Finds the components of an image.
  ///
  /// Collective.
  ///
  /// Labels spread within a rank by union-find and between ranks by exchange, until no rank
  /// changes any: as many rounds as the longest chain of ranks through a component.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public init(_ image: ParticleImage) throws(ParallelError) {
    let numbering = image.numbering
    let exchange = try PixelExchange(numbering, image.communicator)
    var label = numbering.number.map(Double.init)
    while true {
      let before = label
      Self.spread(&label, image)
      try exchange.fill(&label)
      if try image.communicator.sum(label == before ? 0 : 1) == 0 { break }
    }
    // A component is named by its lowest pixel: number these over the ranks.
    let roots = numbering.ownCells.enumerated().filter { index, cell in
      Int(label[cell]) == numbering.own.lowerBound + index
    }.map { numbering.number[$0.element] }
    let before = try image.communicator.offset(of: roots.count)
    let total = try image.communicator.sum(roots.count)
    var all = [Int](repeating: 0, count: total)
    for (index, root) in roots.enumerated() { all[before + index] = root }
    try image.communicator.reduce(&all, .sum)
    let place = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
    let labels = label.map { $0 < 0 ? -1 : place[Int($0)] ?? -1 }
    var sizes = [Int](repeating: 0, count: total)
    var last = [Int](repeating: 0, count: total)
    for cell in numbering.ownCells {
      sizes[labels[cell]] += 1
      last[labels[cell]] = max(last[labels[cell]], numbering.number[cell])
    }
    try image.communicator.reduce(&sizes, .sum)
    try image.communicator.reduce(&last, .maximum)
    self.label = labels
    self.sizes = sizes
    ends = zip(all, last).map { ($0, $1) }
  }

  /// Gives every held pixel the lowest label of those it hangs together with.
  private static func spread(_ label: inout [Double], _ image: ParticleImage) {
    let length = image.layout.length
    var sets = DisjointSets(count: label.count)
    for cell in label.indices where label[cell] >= 0 {
      if cell % length > 0, label[cell - 1] >= 0 { sets.join(cell, cell - 1) }
      if cell >= length, label[cell - length] >= 0 { sets.join(cell, cell - length) }
    }
    var lowest = label
    for cell in label.indices where label[cell] >= 0 {
      let top = sets.root(cell)
      lowest[top] = min(lowest[top], label[cell])
    }
    for cell in label.indices where label[cell] >= 0 { label[cell] = lowest[sets.root(cell)] }
  }
}
