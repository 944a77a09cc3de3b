// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// The grid lines around a rank's own ones, wider than the halo: for correlations and filters.
///
/// Arrays run over the lines of ``lines``, position fastest; outside the image there are none.
package struct LineWindow: ~Copyable {
  /// The lines brought together: own ones and up to `radius` on each side.
  package let lines: Range<Int>
  private let layout: ImageLayout
  private let ghosts: Ghosts
  private let columns: DenseColumns

  /// Plans the exchange.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package init(
    _ layout: ImageLayout, radius: Int, communicator: Communicator
  ) throws(ParallelError) {
    let lines =
      layout.own.isEmpty
      ? layout.own
      : max(
        0, layout.own.lowerBound - radius)..<min(layout.lineCount, layout.own.upperBound + radius)
    let local = layout.own.count * layout.length
    let plan = try Ghosts(
      localRows: local,
      rows: Array(lines.lowerBound * layout.length..<lines.upperBound * layout.length),
      communicator: communicator)
    let field = try DenseColumns(localRows: local, columnCount: 1, communicator: communicator)
    self.lines = lines
    self.layout = layout
    ghosts = plan
    columns = field
  }

  /// A held field over the window.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func widened(_ field: [Double]) throws(ParallelError) -> [Double] {
    try columns.withLocal { (local) throws(ParallelError) in
      for (index, cell) in layout.ownCells.enumerated() { local[index] = field[cell] }
    }
    return try ghosts.fetch(columns)
  }

  /// The place of a held own cell in the window's arrays.
  package func place(_ cell: Int) -> Int {
    cell + (layout.held.lowerBound - lines.lowerBound) * layout.length
  }
}
