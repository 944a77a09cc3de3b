// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// Numbers that every rank sends to every rank, and back.
public struct Redistribution: Sendable {
  /// How many numbers go to, or come from, each rank.
  private struct Shares {
    let counts, starts: [Int32]

    init(_ counts: [Int]) {
      self.counts = counts.map(Int32.init)
      starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }.map(Int32.init)
    }
  }

  private let here, there: Shares

  /// Plans it; without communication.
  ///
  /// - Parameters:
  ///   - here: how many numbers of this rank each rank gets, in the order of the ranks.
  ///   - there: how many each rank has for this one.
  public init(sending here: [Int], receiving there: [Int]) {
    (self.here, self.there) = (Shares(here), Shares(there))
  }

  /// Sends what lies at `source`, the part of rank 0 first, and puts what comes at `target` alike.
  ///
  /// Collective. `isBack` goes the other way: what was received is sent. The corresponding routine of
  /// MPI is MPI_Alltoallv.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func move(
    _ source: UnsafeMutablePointer<Double>, to target: UnsafeMutablePointer<Double>,
    isBack: Bool = false, _ communicator: Communicator
  ) throws(ParallelError) {
    let (out, into) = isBack ? (there, here) : (here, there)
    try Door.mpi("MPI_Alltoallv") {
      vegard_all_to_all(
        communicator.handle, source, out.counts, out.starts, target, into.counts, into.starts)
    }
  }
}
