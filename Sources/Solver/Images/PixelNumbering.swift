// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// Counts the particle's pixels over all ranks, line by line, so that the count does not depend
/// on how the lines are shared.
public struct PixelNumbering: Sendable {
  /// The number of each held cell, or −1 outside the mask.
  public let number: [Int]
  /// The particle's own pixels, as held cells.
  public let ownCells: [Int]
  /// The numbers of the own pixels.
  public let own: Range<Int>
  /// The number of pixels over all ranks.
  public let globalCount: Int

  /// Counts.
  ///
  /// Collective.
  init(layout: ImageLayout, mask: [Bool], communicator: Communicator) throws(ParallelError) {
    var perLine = [Int](repeating: 0, count: layout.lineCount)
    for cell in layout.ownCells where mask[cell] {
      perLine[layout.held.lowerBound + cell / layout.length] += 1
    }
    try communicator.reduce(&perLine, .sum)
    var next = perLine[..<layout.held.lowerBound].reduce(0, +)
    var number = [Int](repeating: -1, count: layout.cellCount)
    for cell in mask.indices where mask[cell] {
      number[cell] = next
      next += 1
    }
    self.number = number
    ownCells = layout.ownCells.filter { mask[$0] }
    let first = perLine[..<layout.own.lowerBound].reduce(0, +)
    own = first..<first + ownCells.count
    globalCount = perLine.reduce(0, +)
  }
}

/// A field on the particle's pixels that is known on own pixels and brought to all held ones.
package struct PixelExchange: ~Copyable {
  private let ghosts: Ghosts
  private let columns: DenseColumns
  private let cells: [Int]
  private let numbering: PixelNumbering

  /// Plans the exchange for an image.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package init(_ numbering: PixelNumbering, _ communicator: Communicator) throws(ParallelError) {
    let held = numbering.number.indices.filter { numbering.number[$0] >= 0 }
    let plan = try Ghosts(
      localRows: numbering.own.count, rows: held.map { numbering.number[$0] },
      communicator: communicator)
    let field = try DenseColumns(
      localRows: numbering.own.count, columnCount: 1, communicator: communicator)
    cells = held
    self.numbering = numbering
    ghosts = plan
    columns = field
  }

  /// Fills the held pixels of other ranks from their owners.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func fill(_ field: inout [Double]) throws(ParallelError) {
    try columns.withLocal { (local) throws(ParallelError) in
      for (index, cell) in numbering.ownCells.enumerated() { local[index] = field[cell] }
    }
    let values = try ghosts.fetch(columns)
    for (index, cell) in cells.enumerated() { field[cell] = values[index] }
  }
}
