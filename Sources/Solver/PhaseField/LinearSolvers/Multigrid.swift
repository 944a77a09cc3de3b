// SPDX-License-Identifier: Apache-2.0

import Parallel

/// One grid of a multigrid: its part of the operator, its fields, and how they are smoothed.
///
/// All fields have the same number of components. Conformances are final classes of this room: the
/// V-cycle is specialised for each, and no loop over nodes meets the protocol.
protocol MultigridLevel: AnyObject {
  /// Where the fields live.
  var grid: StructuredGrid { get }
  /// The approximate solution v.
  var values: Fields { get }
  /// The right side b.
  var rightSide: Fields { get }
  /// b − A v.
  var residual: Fields { get }
  /// The components that the coarsest grid solves for; those after them stay zero.
  var components: Int { get }
  /// Above zero at own nodes that take part.
  var active: Lane { get }
  /// The share by which the diagonal of the coarsest matrix grows, which holds motions that cost
  /// nothing.
  static var shift: Double { get }

  /// Damps what of the error the coarser grid does not see.
  ///
  /// Collective.
  ///
  /// - Parameter fromZero: v counts as zero whatever it holds.
  func smooth(fromZero: Bool) throws(ParallelError)

  /// Sets the residual, as the coarser grid shall see it.
  ///
  /// Collective.
  func takeResidual() throws(ParallelError)

  /// product = A v for the coarsest matrix, both of ``components`` fields.
  ///
  /// Collective; fills the ghosts of `source`.
  func multiply(_ source: Fields, into product: Fields) throws(ParallelError)

  /// Adds the interpolated solution of the coarser grid, whose ghosts are filled.
  func correct(by coarse: Fields, _ transfer: Transfer)
}

extension MultigridLevel {
  static var shift: Double { 0 }

  func correct(by coarse: Fields, _ transfer: Transfer) {
    transfer.prolong(coarse, addingTo: values)
  }
}

/// The hierarchy of grids over one box and its V-cycle (Trottenberg, Oosterlee, Schüller: Multigrid,
/// 2.4): smoothing before and after the coarse correction, the coarsest grid solved as a dense
/// matrix.
///
/// What is solved for is the level's: an extension for one kind of level adds how it is built and
/// how it takes new coefficients.
final class Multigrid<Level: MultigridLevel> {
  /// The finest first.
  let levels: [Level]
  /// From each level to the next.
  let transfers: [Transfer]
  private var coarsest: DenseBlock?

  /// Coarsens the finest level's grid as far as it goes.
  ///
  /// Collective.
  ///
  /// - Parameter coarsen: the level of the coarser grid below a level.
  init(
    _ finest: Level,
    coarsen: (_ fine: Level, _ grid: StructuredGrid, _ transfer: Transfer) throws(ParallelError)
      -> Level
  ) throws(ParallelError) {
    var (levels, transfers, fine) = ([finest], [Transfer](), finest)
    while let grid = try fine.grid.coarsened() {
      let transfer = Transfer(from: fine.grid, to: grid)
      fine = try coarsen(fine, grid, transfer)
      transfers.append(transfer)
      levels.append(fine)
    }
    self.levels = levels
    self.transfers = transfers
  }

  /// Takes over the operator of the coarsest grid: before the first solve, and when it changed.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when its matrix is singular.
  func factoriseCoarsest() throws(ParallelError) {
    let last = levels[levels.count - 1]
    coarsest = try DenseBlock(
      last.grid, components: last.components, active: last.active, shift: Level.shift
    ) { (unit, product) throws(ParallelError) in try last.multiply(unit, into: product) }
  }

  /// solution[first…] = V-cycle(right side[first…]), as many fields as a level has; ghosts are left
  /// as they were.
  ///
  /// Collective.
  func solve(
    _ rightSide: Fields, into solution: Fields, at first: Int = 0
  ) throws(ParallelError) {
    let (finest, layout) = (levels[0], levels[0].grid.layout)
    for field in 0..<finest.rightSide.count {
      finest.rightSide[field].copy(rightSide[first + field], layout)
    }
    try cycle(0)
    for field in 0..<finest.values.count {
      solution[first + field].copyOwn(finest.values[field], layout)
    }
  }

  private func cycle(_ index: Int) throws(ParallelError) {
    let level = levels[index]
    guard index < levels.count - 1 else {
      try coarsest?.solve(level.rightSide, into: level.values)
      return
    }
    let coarse = levels[index + 1]
    try level.smooth(fromZero: true)
    try level.takeResidual()
    try transfers[index].restrict(level.residual, into: coarse.rightSide)
    try cycle(index + 1)
    try coarse.values.fillGhosts(coarse.grid.halo)
    level.correct(by: coarse.values, transfers[index])
    try level.smooth(fromZero: false)
  }
}
