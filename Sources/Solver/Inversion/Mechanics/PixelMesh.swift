// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// The mesh of a particle image: its whole pixels, joined at shared edges and corners.
///
/// A node belongs to the rank of the first pixel (in the order of the lines) that has it. Two
/// pixels that touch at a corner only, with no pixel beside them, do not share that node: a hinge
/// would be a motion without energy. The numbering does not depend on the number of ranks.
struct PixelMesh {
  /// Held cells whose elements touch a node of this rank: own pixels first, then those of the
  /// next line.
  let cells: [Int]
  /// The number of own pixels at the front of `cells`.
  let ownElements: Int
  /// Global node numbers, eight for each of `cells`.
  let nodes: [Int]
  /// The nodes of this rank.
  let own: Range<Int>
  /// The number of nodes over all ranks.
  let globalCount: Int

  /// Numbers the nodes of an image.
  ///
  /// Collective.
  init(_ image: ParticleImage) throws(ParallelError) {
    let layout = image.layout
    let topology = PixelTopology(image)
    // Which of its eight nodes each held pixel brings in.
    var created = [UInt8](repeating: 0, count: layout.cellCount)
    for cell in image.mask.indices where image.mask[cell] && topology.isInside(cell) {
      for node in 0..<8 where topology.sharers(cell, node)[0].cell == cell {
        created[cell] |= 1 << node
      }
    }
    let numbering = image.numbering
    let mine = numbering.ownCells.reduce(0) { $0 + created[$1].nonzeroBitCount }
    let first = try image.communicator.offset(of: mine)
    var start = [Double](repeating: -1, count: layout.cellCount)
    var next = first
    for cell in numbering.ownCells {
      start[cell] = Double(next)
      next += created[cell].nonzeroBitCount
    }
    try PixelExchange(numbering, image.communicator).fill(&start)
    let beyond = layout.ownCells.upperBound
    let following = (beyond..<min(beyond + layout.length, layout.cellCount)).filter {
      !layout.own.isEmpty && image.mask[$0]
    }
    let cells = numbering.ownCells + following
    var nodes: [Int] = []
    nodes.reserveCapacity(8 * cells.count)
    for cell in cells {
      for node in 0..<8 {
        let creator = topology.sharers(cell, node)[0]
        let before = created[creator.cell] & ((1 << creator.node) - 1)
        nodes.append(Int(start[creator.cell]) + before.nonzeroBitCount)
      }
    }
    self.cells = cells
    ownElements = numbering.ownCells.count
    self.nodes = nodes
    own = first..<next
    globalCount = try image.communicator.sum(mine)
  }
}

/// Which pixels share a node.
struct PixelTopology {
  private let image: ParticleImage
  /// Offsets along a and c of the pixels around corner k, counter-clockwise from the pixel that has
  /// it as its corner 2; position m has it as its corner (m + 2) mod 4.
  private static let around = [(-1, -1), (0, -1), (0, 0), (-1, 0)]
  /// Where corner k lies from its pixel's low corner.
  private static let corner = [(0, 0), (1, 0), (1, 1), (0, 1)]
  /// The neighbour across edge k, which has the edge as its edge (k + 2) mod 4.
  private static let across = [(0, -1), (1, 0), (0, 1), (-1, 0)]

  init(_ image: ParticleImage) { self.image = image }

  /// Whether all neighbours of a held cell are held too (or lie outside the image).
  func isInside(_ cell: Int) -> Bool {
    let line = image.layout.held.lowerBound + cell / image.layout.length
    let held = image.layout.held
    return (line > held.lowerBound || line == 0)
      && (line < held.upperBound - 1 || line == image.layout.lineCount - 1)
  }

  private func inMask(_ i: Int, _ j: Int) -> Int? {
    image.layout.cell(i, j).flatMap { image.mask[$0] ? $0 : nil }
  }

  /// The pixels that share node `node` of a pixel in the mask, each with the node's number in it;
  /// the first in the order of the lines stands first.
  func sharers(_ cell: Int, _ node: Int) -> [(cell: Int, node: Int)] {
    let (i, j) = image.layout.indices(cell)
    if node >= 4 {
      let edge = node - 4
      let step = Self.across[edge]
      guard let other = inMask(i + step.0, j + step.1) else { return [(cell, node)] }
      let pair = [(cell: cell, node: node), (cell: other, node: 4 + (edge + 2) % 4)]
      return other < cell ? [pair[1], pair[0]] : pair
    }
    let (u, v) = (i + Self.corner[node].0, j + Self.corner[node].1)
    var found: [(cell: Int, node: Int)] = []
    for (place, step) in Self.around.enumerated() {
      if let other = inMask(u + step.0, v + step.1) {
        found.append((other, (place + 2) % 4))
      }
    }
    // Two pixels across the corner with nothing beside them hang together elsewhere or not at all.
    if found.count == 2, (found[0].node - found[1].node) % 2 == 0 {
      found.removeAll { $0.cell != cell }
    }
    return found.sorted { $0.cell < $1.cell }
  }
}
