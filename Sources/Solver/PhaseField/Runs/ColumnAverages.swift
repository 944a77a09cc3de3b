// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// Averages over columns of elements along z, the depth, weighted by the volume fraction.
///
/// The b-average of q is Σ α_e q_e / Σ α_e; strains are taken at the centres of the elements.
public struct ColumnAverages: Sendable {
  /// Own columns along x and y, as global numbers of elements.
  public let columns: (x: Range<Int>, y: Range<Int>)
  /// Σ α V of each own column, x fastest.
  public private(set) var volume: [Double]
  /// Composition.
  public private(set) var composition: [Double]
  /// Total strain aa, bb, cc, ac (tensor shear).
  public private(set) var total: [[Double]]
  /// Coherency strain, total less eigenstrain of the composition: aa, bb, cc, ac.
  public private(set) var coherency: [[Double]]

  /// The averages of a state whose ghosts are filled.
  package init(_ system: PhaseFieldSystem, _ state: Fields) {
    let layout = system.grid.layout
    columns = system.grid.ownElements
    let (width, height) = (columns.x.count, columns.y.count)
    volume = [Double](repeating: 0, count: width * height)
    composition = volume
    total = [[Double]](repeating: volume, count: 4)
    coherency = total
    let centres = ElementCentres(system)
    for j in 0..<height {
      for i in stride(from: 0, to: width, by: 8) {
        var (sum, x) = (Eight.zero, Eight.zero)
        var (aa, bb, cc, ac) = (Eight.zero, Eight.zero, Eight.zero, Eight.zero)
        var (freeAA, freeBB, freeCC) = (Eight.zero, Eight.zero, Eight.zero)
        for k in 0..<layout.elementLayers {
          let here = centres.values(state, layout.index(i, j, k))
          let weight = here.weight
          sum += weight
          x += weight * here.composition
          aa += weight * here.aa
          bb += weight * here.bb
          cc += weight * here.cc
          ac += weight * here.ac
          freeAA += weight * here.freeAA
          freeBB += weight * here.freeBB
          freeCC += weight * here.freeCC
        }
        for lane in 0..<min(8, width - i) where sum[lane] > 0 {
          let (column, share) = (j * width + i + lane, 1 / sum[lane])
          volume[column] = sum[lane]
          composition[column] = x[lane] * share
          total[0][column] = aa[lane] * share
          total[1][column] = bb[lane] * share
          total[2][column] = cc[lane] * share
          total[3][column] = ac[lane] * share
          coherency[0][column] = (aa[lane] - freeAA[lane]) * share
          coherency[1][column] = (bb[lane] - freeBB[lane]) * share
          coherency[2][column] = (cc[lane] - freeCC[lane]) * share
          coherency[3][column] = ac[lane] * share
        }
      }
    }
  }

  /// The root mean square over the columns with material and the largest magnitude of each
  /// coherency component aa, bb, cc, ac.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func statistics(
    _ communicator: Communicator
  ) throws(ParallelError) -> (rms: [Double], largest: [Double]) {
    var sums = [Double](repeating: 0, count: 5)
    var largest = [Double](repeating: 0, count: 4)
    for column in volume.indices where volume[column] > 0 {
      sums[4] += 1
      for component in 0..<4 {
        let value = coherency[component][column]
        sums[component] += value * value
        largest[component] = max(largest[component], abs(value))
      }
    }
    try communicator.reduce(&sums, .sum)
    try communicator.reduce(&largest, .maximum)
    return (sums.prefix(4).map { ($0 / sums[4]).squareRoot() }, largest)
  }
}

extension PhaseFieldStepper {
  /// The b-averaged coherency strain's root mean square and largest magnitude: aa, bb, cc, ac.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func columnStatistics() throws(ParallelError) -> (rms: [Double], largest: [Double]) {
    try state.fillGhosts(system.grid.halo)
    return try ColumnAverages(system, state).statistics(system.grid.communicator)
  }
}
