// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// The blocks of N × N pixels of an image as pixels of a coarser one.
///
/// Blocks start at pixel [0, 0]; what is left at the far edges is dropped. The ranks share the
/// blocks by lines, like every image, whatever lines they own of the fine one.
struct PixelBlocks: ~Copyable {
  /// N.
  let size: Int
  /// The lines of blocks.
  let layout: ImageLayout
  private let ghosts: Ghosts
  private let columns: DenseColumns
  private let image: ParticleImage

  /// Plans the exchange.
  ///
  /// Collective.
  init(_ image: ParticleImage, size: Int) throws(ParallelError) {
    precondition(size > 0, "a block has pixels")
    let fine = image.layout
    let communicator = image.communicator
    let (rows, columns) = (fine.rows / size, fine.columns / size)
    // The longer dimension may be another one after division; the shares follow its lines.
    let linesAreColumns = columns >= rows
    var perLine = [Int](repeating: 0, count: max(rows, columns))
    for cell in image.numbering.ownCells {
      let (i, j) = fine.indices(cell)
      let line = (linesAreColumns ? i : j) / size
      if line < perLine.count { perLine[line] += 1 }
    }
    try communicator.reduce(&perLine, .sum)
    let layout = ImageLayout.balanced(
      rows: rows, columns: columns, pixelsPerLine: perLine, rank: communicator.rank,
      size: communicator.size)
    var wanted: [Int] = []
    wanted.reserveCapacity(layout.cellCount * size * size)
    for cell in 0..<layout.cellCount {
      let (i, j) = layout.indices(cell)
      for place in 0..<size * size {
        let (a, c) = (i * size + place % size, j * size + place / size)
        wanted.append(fine.linesAreColumns ? a * fine.length + c : c * fine.length + a)
      }
    }
    let plan = try Ghosts(
      localRows: fine.own.count * fine.length, rows: wanted, communicator: communicator)
    self.columns = try DenseColumns(
      localRows: fine.own.count * fine.length, columnCount: 1, communicator: communicator)
    self.size = size
    self.layout = layout
    ghosts = plan
    self.image = image
  }

  /// A field's N × N values in each held block, block by block.
  ///
  /// Collective.
  func values(_ field: [Double]) throws(ParallelError) -> [Double] {
    try columns.withLocal { (local) throws(ParallelError) in
      for (row, cell) in image.layout.ownCells.enumerated() { local[row] = field[cell] }
    }
    return try ghosts.fetch(columns)
  }

  /// The mean of a field over the counted pixels of each held block; NaN without any.
  ///
  /// Collective.
  /// `isCounted` runs over the pixels of all held blocks, block by block.
  func mean(_ field: [Double], over isCounted: [Bool]) throws(ParallelError) -> [Double] {
    let values = try values(field)
    let count = size * size
    return (0..<layout.cellCount).map { block in
      var sum = 0.0
      var number = 0.0
      for index in block * count..<(block + 1) * count where isCounted[index] {
        sum += values[index]
        number += 1
      }
      return number > 0 ? sum / number : .nan
    }
  }
}
