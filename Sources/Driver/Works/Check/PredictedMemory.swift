// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField

/// The memory that a case of `simulate` will take, which the nodes have.
struct PredictedMemory {
  private let estimate: MemoryEstimate
  private let ranks: Int
  /// Bytes on the node with the most ranks.
  private let needed: Double
  /// Bytes that a node has, where that is known.
  private let room: Double?

  /// Holds an estimate against the memory of the nodes.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a case that does not fit.
  init(
    _ estimate: MemoryEstimate, _ command: CheckCommand, _ communicator: Communicator
  ) throws(ParallelError) {
    self.estimate = estimate
    ranks = command.ranks ?? communicator.size
    (needed, room) = try NodeMemory.admit(
      estimate.largestRank, ranks: command.ranks, limit: command.memory.flatMap(NodeMemory.bytes),
      communicator)
  }

  /// Adds its rows and keys.
  func add(to table: inout Table, _ result: inout [String: JSONValue]) {
    table.add("ranks", "\(ranks)", "1")
    table.add("memory in all", NodeMemory.text(estimate.total), "")
    table.add("memory of the largest rank", NodeMemory.text(estimate.largestRank), "")
    table.add("memory on a node", NodeMemory.text(needed), "")
    if let room { table.add("memory a node has", NodeMemory.text(room), "") }
    result["ranks"] = .integer(ranks)
    result["memory_bytes"] = .number(estimate.total)
    result["memory_per_rank_bytes"] = .number(estimate.largestRank)
  }
}
