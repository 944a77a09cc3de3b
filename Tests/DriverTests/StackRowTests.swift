// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Driver

/// Damaged stacks end with their code and one message, or work and say what they left out.
///
/// What a damaged stack is, every row tells: all of them in processes of their own, and on the ranks
/// of the tests, which need no start. How many ranks end one process, a row of each end tells.
final class StackRowTests: XCTestCase {
  private let world = TestSession.communicator

  func testDamagedStacksOnOneProcess() throws { try spawn(StackRow.all, ranks: nil) }

  func testDamagedStacksUnderTheLauncher() throws { try spawn(StackRow.oneOfEachEnd, ranks: 2) }

  func testDamagedStacksEndAlikeOnEveryRank() throws {
    let directory = URL(filePath: try TestSession.scratch())
    try SketchedStacks.write(in: directory)
    let files = FileManager.default
    let home = files.currentDirectoryPath
    XCTAssertTrue(files.changeCurrentDirectoryPath(directory.path))
    defer { _ = files.changeCurrentDirectoryPath(home) }
    try world.agree(nil)
    let before = try files.subpathsOfDirectory(atPath: ".").sorted()
    for row in StackRow.all {
      let name = "\(world.size) ranks: \(row.arguments.joined(separator: " "))"
      let ended = try run(row.arguments)
      XCTAssertEqual(ended.message, try world.broadcast(ended.message), name)
      XCTAssertEqual(ended.code, row.code, "\(name): \(ended.message)")
      for word in row.words where world.isFirst || row.code != 0 {
        XCTAssertTrue(ended.message.contains(word), "\(name): \(word): \(ended.message)")
      }
      for (key, count) in row.counts {
        XCTAssertEqual(ended.object[key], .integer(count), "\(name): \(key)")
      }
      if row.code == 0, world.isFirst { try files.removeItem(atPath: "out.h5") }
      try world.agree(nil)
      XCTAssertEqual(try files.subpathsOfDirectory(atPath: ".").sorted(), before, name)
      try world.agree(nil)
    }
  }

  func testFiniteStrainIsLearntFromWhereAskedFor() throws {
    try Spawned.skipOnManyRanks()
    let place = try Spawned()
    var turned = SketchedStack()
    // A lattice that is turned by 0.1: first-order strain is off by half of its square.
    turned.set("rotation", to: 0.1) { _, _ in true }
    try turned.write(place.directory.appending(path: "turned.h5").path)
    let command = ["learn", "turned.h5", "--terms", "2", "--force", "-o", "out.h5", "--quiet"]
    let plain = try place.vegard(command)
    let finite = try place.vegard(command + ["--finite-strain"])
    XCTAssertEqual([plain.code, finite.code], [0, 0], plain.errors + finite.errors)
    let words = "P: the finite strain differs by"
    XCTAssertFalse(plain.output.contains(words))
    XCTAssert(finite.output.contains(words), finite.output)
    func laws(_ text: String) -> [Substring] {
      text.split(separator: "\n").filter { $0.hasPrefix("m1, N = 2") }
    }
    XCTAssertEqual(laws(plain.output).count, 1, plain.output)
    XCTAssertNotEqual(laws(plain.output), laws(finite.output))
  }

  /// How a command ends on this rank: its code, what it says, its object of JSON.
  ///
  /// Collective.
  private func run(
    _ words: [String]
  ) throws -> (code: Int32, message: String, object: [String: JSONValue]) {
    guard case .command(let command) = Invocation(words) else {
      throw ParallelError(.input, "\(words) is no command")
    }
    let log = Warnings()
    let context = RunContext(
      communicator: world, log: log,
      console: Console(communicator: world, format: command.common.format),
      replaces: command.common.force, commandLine: ["vegard"] + words)
    defer { OutputLock.releaseAll() }
    do throws(ParallelError) {
      try command.run(context)
    } catch {
      return (ExitStatus(error.kind).rawValue, error.message, [:])
    }
    guard case .object(let object) = context.console.object else {
      throw ParallelError(.input, "\(words): no object")
    }
    return (context.outcome.rawValue, log.text, object)
  }

  private func spawn(_ rows: [StackRow], ranks: Int?) throws {
    try Spawned.skipOnManyRanks()
    let place = try Spawned()
    try SketchedStacks.write(in: place.directory)
    let before = place.contents
    for row in rows {
      let ended = try place.vegard(row.arguments, ranks: ranks)
      let name = "\(ranks ?? 1) ranks: \(row.arguments.joined(separator: " "))"
      XCTAssertEqual(ended.code, row.code, "\(name): \(ended.errors)")
      if row.code == 0 {
        try checkWorks(row, ended, name)
        try? FileManager.default.removeItem(at: place.directory.appending(path: "out.h5"))
      } else {
        checkRefused(row, ended, name, ranks)
      }
      XCTAssertEqual(place.contents, before, name)
    }
  }

  private func checkRefused(
    _ row: StackRow, _ ended: ChildProcess.Ended, _ name: String, _ ranks: Int?
  ) {
    XCTAssertEqual(ended.output, "", name)
    let lines = ended.errors.split(separator: "\n").map(String.init)
    let messages = lines.filter { $0.hasPrefix("vegard: ") }
    XCTAssertEqual(messages.count, 1, "\(name): \(ended.errors)")
    // With several ranks mpirun adds its own lines.
    if ranks == nil { XCTAssertEqual(lines.count, 1, "\(name): \(ended.errors)") }
    XCTAssertFalse(ended.errors.contains("signal"), "\(name): \(ended.errors)")
    for word in row.words {
      XCTAssert(messages.first?.contains(word) == true, "\(name): \(word): \(ended.errors)")
    }
  }

  private func checkWorks(
    _ row: StackRow, _ ended: ChildProcess.Ended, _ name: String
  ) throws {
    for word in row.words {
      XCTAssert(ended.errors.contains(word), "\(name): \(word): \(ended.errors)")
    }
    let object = try? JSONSerialization.jsonObject(with: Data(ended.output.utf8))
    let keys = try XCTUnwrap(object as? [String: Any], "\(name): \(ended.output)")
    for (key, count) in row.counts {
      XCTAssertEqual((keys[key] as? NSNumber)?.intValue, count, "\(name): \(key)")
    }
  }
}

/// Keeps warnings as a terminal would show them.
private final class Warnings: RunLog {
  private(set) var text = ""
  func note(_ sentence: @autoclosure () -> String) {}
  func warn(_ sentence: @autoclosure () -> String) { text += "warning: \(sentence())\n" }
  func progress(_ line: @autoclosure () -> String) {}
}
