// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

/// The walls of the house, read from the sources.
final class HouseTests: XCTestCase {
  /// What each target may import; its C headers are checked by the compile probe.
  ///
  /// The rooms of the solver stand in their order: none imports what comes after it.
  private static let allowed: [String: Set<String>] = [
    "CPETSc": [], "CMPI": [], "CHDF5": [], "CVector": [],
    "Numerics": ["Glibc", "Musl"],
    "Physics": ["Numerics", "Glibc", "Musl"],
    "Parallel": ["CPETSc", "CMPI", "CHDF5", "Foundation", "BasicContainers", "Collections"],
    "Formats": below([]),
    "Images": below(["Formats"]),
    "Import": below(["Images", "Formats"]),
    "Inversion": below(["Images", "Formats"]).union(["CVector"]),
    "PhaseField": below(["Formats"]).union(["CVector"]),
    "Diffraction": below(["Formats"]),
    "Instruments": below(rooms.filter { $0 != "Import" }),
    "Verification": below(rooms + ["Instruments"]),
    "Driver": below(
      rooms + [
        "Instruments", "Verification", "ArgumentParser", "Yams", "Logging", "Synchronization",
      ]),
  ]

  private static let rooms = [
    "Formats", "Images", "Import", "Inversion", "PhaseField", "Diffraction",
  ]

  /// The targets that every room may import, and some more.
  private static func below(_ others: [String]) -> Set<String> {
    Set(
      others + ["Numerics", "Physics", "Parallel", "Foundation", "BasicContainers", "Collections"])
  }

  /// The files that hold vector instructions.
  private static let vectorFiles = [
    "Sources/Solver/Inversion/Learning/RowKernels.swift",
    "Sources/Solver/PhaseField/Fields/Eight.swift",
  ]

  private static var forced: any RegexComponent { #/\b(try|as)!|[\w\)\]]!([\s\.\)\],;:\[]|$)/# }
  private static var printing: any RegexComponent { #/(^|[^\.\w])(debugPrint|print|dump|NSLog)\(/# }
  private static var ending: any RegexComponent { #/(^|[^\w])(exit|abort|fatalError)\(/# }

  override func setUpWithError() throws {
    let size = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"] ?? "1"
    try XCTSkipIf(size != "1", "one process suffices")
  }

  func testTheRulesSeeWhatTheyForbid() {
    let forbidden: [(String, any RegexComponent)] = [
      ("let a = b!", Self.forced), ("f(a[0]!.b)", Self.forced), ("try! f()", Self.forced),
      ("  print(1)", Self.printing), ("exit(1)", Self.ending), ("Foundation.exit(1)", Self.ending),
    ]
    for (text, rule) in forbidden {
      XCTAssertEqual(SourceFile(path: "a", text: text).places(matching: rule).count, 1, text)
    }
    for text in ["a != b", "if !a { }", "// b!", "let a = \"b!\"", "log.print(1)"] {
      let file = SourceFile(path: "a", text: text)
      let rules: [any RegexComponent] = [Self.forced, Self.printing, Self.ending]
      for rule in rules {
        XCTAssertEqual(file.places(matching: rule), [], text)
      }
    }
    let imports = SourceFile(path: "a", text: "@preconcurrency public import struct A.B\nimport C")
    XCTAssertEqual(imports.imports, ["A", "C"])
    let room = SourceFile(
      path: "Sources/Solver/PhaseField/Grids/A.swift", text: "package struct B { let c: D }")
    XCTAssertEqual([room.target, room.folder], ["PhaseField", "Grids"])
    XCTAssertEqual(room.declared, ["B"])
    XCTAssert(room.words.contains("D"))
  }

  func testTargetsImportOnlyWhatTheHouseAllows() throws {
    let files = try SourceFile.sources.get()
    XCTAssertGreaterThan(files.count, 20, "the sources were not found")
    for file in files {
      let allowed = try XCTUnwrap(Self.allowed[file.target], "\(file.path): an unknown target")
      for module in file.imports {
        XCTAssert(allowed.contains(module), "\(file.path) imports \(module)")
      }
    }
  }

  /// Folders of a target in their order: none uses what is declared in one after it.
  private static let folders: [String: [String]] = [
    "PhaseField": [
      "Fields", "Grids", "Operators", "LinearSolvers", "TimeSteppers", "Ensemble",
      "Spectral", "Models", "Setup", "Runs",
    ],
    "Inversion": ["Mechanics", "Learning", "Residuals"],
    "Driver": [
      "Formats", "Reporting", "Frame", "System", "Cases", "Import", "Learn", "Residual", "Simulate",
      "Image", "Dislocation", "Diffract", "Inspect", "Compare", "Plot", "Verify", "Check",
    ],
  ]

  func testFoldersOfATargetUseOnlyThoseBeforeThem() throws {
    let files = try SourceFile.sources.get()
    for (target, order) in Self.folders {
      let own = files.filter { $0.target == target && !$0.folder.isEmpty }
      XCTAssertEqual(Set(own.map(\.folder)), Set(order), target)
      var homes: [String: Set<String>] = [:]
      for file in own {
        for name in file.declared { homes[name, default: []].insert(file.folder) }
      }
      for file in own {
        let place = order.firstIndex(of: file.folder) ?? 0
        for name in file.words {
          // A name that two folders have says nothing.
          guard let found = homes[name], found.count == 1, let home = found.first else { continue }
          XCTAssertLessThanOrEqual(
            order.firstIndex(of: home) ?? 0, place, "\(file.path) uses \(name) of \(home)")
        }
      }
    }
  }

  func testVectorInstructionsStandInTheirFiles() throws {
    let files = try SourceFile.sources.get().filter { $0.imports.contains("CVector") }
    XCTAssertEqual(files.map(\.path), Self.vectorFiles)
  }

  func testNothingIsReExported() throws {
    expectNowhere(#/@_exported/#, in: try SourceFile.sources.get())
  }

  func testNothingIsForced() throws {
    let files = try SourceFile.sources.get() + SourceFile.all(below: "Tests")
    expectNowhere(Self.forced, in: files)
  }

  func testOnlyReportingPrints() throws {
    let files = try SourceFile.sources.get()
      .filter { !$0.path.hasPrefix("Sources/Driver/Reporting/") }
    expectNowhere(Self.printing, in: files)
  }

  func testOnlyMainEndsTheProcess() throws {
    let files = try SourceFile.sources.get().filter {
      !["Sources/Driver/Vegard.swift", "Sources/Parallel/Session.swift"].contains($0.path)
    }
    expectNowhere(Self.ending, in: files)
  }

  func testFilesSayTheirLicence() throws {
    let files = try FileManager.default.subpathsOfDirectory(
      atPath: SourceFile.root.appending(path: "Sources").path)
    for path in files where path.hasSuffix(".swift") || path.hasSuffix(".h") {
      let text = try String(
        contentsOf: SourceFile.root.appending(path: "Sources/\(path)"), encoding: .utf8)
      XCTAssert(text.hasPrefix("// SPDX-License-Identifier: Apache-2.0\n"), path)
    }
  }

  func testFilesStayShort() throws {
    for file in try SourceFile.sources.get() {
      XCTAssertLessThanOrEqual(file.lines.count, 401, file.path)
    }
  }

  private func expectNowhere(
    _ pattern: some RegexComponent, in files: [SourceFile], line: UInt = #line
  ) {
    let places = files.flatMap { $0.places(matching: pattern) }
    XCTAssert(places.isEmpty, places.joined(separator: "\n"), line: line)
  }
}
