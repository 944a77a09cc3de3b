// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

@testable import Driver
@testable import Formats

/// The contract of the command line, on the built program.
final class CommandLineTests: XCTestCase {
  override func setUpWithError() throws {
    try Spawned.skipOnManyRanks()
  }

  func testBadInputEndsWithItsCodeOneMessageAndNoOutput() throws {
    let place = try Spawned(files: BadInputRow.files)
    let before = place.contents
    for row in BadInputRow.all {
      let ended = try place.vegard(row.arguments)
      let name = row.arguments.joined(separator: " ")
      XCTAssertEqual(ended.code, row.code, "\(name): \(ended.errors)")
      XCTAssertEqual(ended.output, "", name)
      XCTAssert(ended.errors.hasPrefix("vegard: "), "\(name): \(ended.errors)")
      XCTAssertEqual(ended.errors.split(separator: "\n").count, 1, "\(name): \(ended.errors)")
      for word in row.words { XCTAssert(ended.errors.contains(word), "\(name): \(ended.errors)") }
      XCTAssertEqual(place.contents, before, name)
    }
  }

  func testTwoRanksEndAlikeWithOneMessage() throws {
    let place = try Spawned(files: BadInputRow.files)
    for row in BadInputRow.all where row.isTriedInParallel {
      let ended = try place.vegard(row.arguments, ranks: 2)
      let name = row.arguments.joined(separator: " ")
      XCTAssertEqual(ended.code, row.code, "\(name): \(ended.errors)")
      XCTAssertEqual(ended.output, "", name)
      let messages = ended.errors.split(separator: "\n").filter { $0.hasPrefix("vegard: ") }
      XCTAssertEqual(messages.count, 1, "\(name): \(ended.errors)")
      XCTAssertFalse(ended.errors.contains("signal"), "\(name): \(ended.errors)")
    }
  }

  func testHelpOfEveryCommandHasAnExample() throws {
    let place = try Spawned()
    for command in [[]] + Vegard.commands.map({ [$0._commandName] }) {
      let ended = try place.vegard(command + ["--help"])
      XCTAssertEqual(ended.code, 0, ended.errors)
      XCTAssert(ended.output.contains("EXAMPLE"), ended.output)
      XCTAssertEqual(ended.errors, "")
    }
  }

  func testVersionNamesTheLibraries() throws {
    let ended = try Spawned().vegard(["--version"])
    XCTAssertEqual(ended.code, 0, ended.errors)
    for word in [Release.version, "PETSc", "MPI", "HDF5"] {
      XCTAssert(ended.output.contains(word), ended.output)
    }
  }

  func testOneJSONObjectOnStdoutWhateverTheRanks() throws {
    let place = try Spawned()
    let alone = try place.vegard(["check", "lfp", "--format", "json"])
    XCTAssertEqual(alone.code, 0, alone.errors)
    let object = try JSONSerialization.jsonObject(with: Data(alone.output.utf8))
    XCTAssertEqual((object as? [String: Any])?["name"] as? String, "LiFePO4")
    XCTAssertEqual(Formats.checkMaterialResult.differences(in: alone.output), [])
    let together = try place.vegard(["check", "lfp", "--format", "json", "--quiet"], ranks: 2)
    XCTAssertEqual(together.code, 0, together.errors)
    XCTAssertEqual(together.output, alone.output)
    XCTAssertEqual(together.errors, "")
  }

  func testCheckKnowsEveryKindOfCase() throws {
    let examples = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../examples").standardizedFileURL.path
    let place = try Spawned(files: [
      "small.yaml": """
      size: {a: 60 nm, c: 30 nm, b: 50 nm}
      elements: {a: 16, c: 8}
      until: 1e-2 s

      """
    ])
    for (file, command, format) in [
      ("\(examples)/dislocation-metals.yaml", "dislocation", Formats.checkCaseResult),
      ("\(examples)/diffract-lines.yaml", "diffract", Formats.checkCaseResult),
      ("\(examples)/specimen.yaml", "image", Formats.checkCaseResult),
      ("\(examples)/data/platelets.h5", "stack", Formats.checkStackResult),
      ("\(examples)/materials/lfp.yaml", "material", Formats.checkMaterialResult),
      ("small.yaml", "simulate", Formats.checkSimulateResult),
    ] {
      let ended = try place.vegard(["check", file, "--format", "json"])
      XCTAssertEqual(ended.code, 0, ended.errors)
      XCTAssertEqual(format.differences(in: ended.output), [], file)
      XCTAssert(ended.output.contains("\"command\": \"\(command)\""), ended.output)
    }
  }

  func testLogFileKeepsWhatQuietHides() throws {
    let place = try Spawned()
    let ended = try place.vegard(["check", "lfp", "--quiet", "--log-file", "log"])
    XCTAssertEqual(ended.code, 0)
    XCTAssertEqual(ended.errors, "")
    let log = try String(contentsOf: place.directory.appending(path: "log"), encoding: .utf8)
    XCTAssert(log.contains("a valid material"), log)
  }

  func testStdoutThatIsFullIsAnOutputError() throws {
    let place = try Spawned()
    let binary = try XCTUnwrap(Program.binary).deletingLastPathComponent().appending(path: "vegard")
    let ended = try ChildProcess.run(
      "/bin/sh", ["-c", "'\(binary.path)' check lfp > /dev/full"],
      environment: ChildProcess.environment, in: place.directory.path)
    XCTAssertEqual(ended.code, 4, ended.errors)
  }
}
