// SPDX-License-Identifier: Apache-2.0

import TestSupport
import XCTest

@testable import Parallel

/// What ranks tell each other.
///
/// Collective.
final class CommunicatorTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  func testTheProblemOfOneRankIsEveryRanks() throws {
    let last = communicator.size - 1
    let mine = ParallelError(.file, "rank \(last) has it: äß", stack: ["one", "two"])
    let error = thrown {
      try communicator.agree(communicator.rank == last ? mine : nil)
    }
    XCTAssertEqual(error?.kind, .file)
    XCTAssertEqual(error?.message, mine.message)
    XCTAssertEqual(error?.stack, ["one", "two"])
  }

  func testOfSeveralProblemsTheLowestRankSpeaks() throws {
    let error = thrown { try communicator.agree(ParallelError(.input, "\(communicator.rank)")) }
    XCTAssertEqual(error?.message, "0")
  }

  func testWithoutAProblemNobodyThrows() throws {
    try communicator.agree(nil)
    XCTAssertEqual(try communicator.together { () throws(ParallelError) in 3 }, 3)
  }

  func testSplitRanksSumAmongThemselves() throws {
    let group = try communicator.split(color: communicator.rank % 2)
    defer { group.release() }
    let members = (0..<communicator.size).filter { $0 % 2 == communicator.rank % 2 }
    XCTAssertEqual(group.size, members.count)
    XCTAssertEqual(group.rank, communicator.rank / 2)
    XCTAssertEqual(try group.sum(communicator.rank), members.reduce(0, +))
  }

  func testReductionsSeeEveryRank() throws {
    let (rank, size) = (communicator.rank, communicator.size)
    XCTAssertEqual(try communicator.sum(rank + 1), size * (size + 1) / 2)
    XCTAssertEqual(try communicator.sum(0.5), Double(size) / 2)
    XCTAssertEqual(try communicator.maximum(Double(rank)), Double(size - 1))
    XCTAssertEqual(try communicator.minimum(Double(rank)), 0)
    XCTAssertEqual(try communicator.offset(of: 10), 10 * rank)
    var values = [rank, -rank]
    try communicator.reduce(&values, .minimum)
    XCTAssertEqual(values, [0, 1 - size])
  }

  func testTextsOfOneRankReachAll() throws {
    let last = communicator.size - 1
    let text = communicator.rank == last ? "größer als\nnichts" : "unheard"
    XCTAssertEqual(try communicator.broadcast(text, from: last), "größer als\nnichts")
    XCTAssertEqual(try communicator.broadcast("", from: 0), "")
    XCTAssertEqual(
      try communicator.first { () throws(ParallelError) in "rank \(communicator.rank)" }, "rank 0")
  }

  func testNeighboursExchange() throws {
    let (rank, size) = (communicator.rank, communicator.size)
    let received = try communicator.exchange(
      [Double(rank)], to: rank + 1 < size ? rank + 1 : nil, receiving: 1,
      from: rank > 0 ? rank - 1 : nil)
    XCTAssertEqual(received, rank > 0 ? [Double(rank - 1)] : [])
  }

  func testGhostsComeInTheOrderTheyWereNamed() throws {
    let columns = try Chain.columns(communicator, count: 2)
    let total = 2 * Chain.nodes * communicator.size
    let wanted = [total - 1, 0, total / 2, 0]
    let ghosts = try Ghosts(
      localRows: 2 * Chain.nodes, rows: wanted, communicator: communicator)
    XCTAssertEqual(try ghosts.fetch(columns), wanted.map { Double($0 + 1) })
    XCTAssertEqual(
      try ghosts.fetch(columns, column: 1), wanted.map { Double(($0 + 1) * ($0 + 1)) })
  }

  func testALibrarysErrorKeepsItsTextAndStack() throws {
    // A column that is not there: PETSc's own message and where it was said.
    let columns = try Chain.columns(communicator, count: 1)
    let error = thrown { try columns.withVector(7) { (_) throws(ParallelError) in } }
    XCTAssertEqual(error?.kind, .library)
    XCTAssertEqual(
      error?.message.hasPrefix("MatDenseGetColumnVec failed with PETSc error"), true,
      "\(error as Any)")
    XCTAssertEqual(error?.stack.isEmpty, false)
  }
}
