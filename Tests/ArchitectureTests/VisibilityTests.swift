// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest

/// The compiler's own word on the wall around C: a file is type-checked against the built modules.
final class VisibilityTests: XCTestCase {
  func testCSymbolsAreNotVisibleThroughTheRoomsAndParallel() throws {
    try XCTSkipIf(isOneOfManyRanks, "one process suffices")
    let probe = try Probe()
    for symbol in ["VecCreate", "MPI_Comm_rank", "H5Fopen", "PetscFinalize", "vegard_barrier"] {
      let throughHouse = try probe.check(
        "import Parallel\nimport Physics\nimport Images\nimport PhaseField\nfunc probe() { _ = \(symbol) }"
      )
      XCTAssertNotEqual(throughHouse.code, 0, "\(symbol) is visible")
      XCTAssert(
        throughHouse.errors.contains("cannot find '\(symbol)' in scope"), throughHouse.errors)
      // The same line compiles with the import: the probe itself is sound.
      let direct = try probe.check("import CPETSc\nfunc probe() { _ = \(symbol) }")
      XCTAssertEqual(direct.code, 0, direct.errors)
    }
  }

  private var isOneOfManyRanks: Bool {
    (ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"] ?? "1") != "1"
  }
}

/// Type-checks small files with the flags of the build.
private struct Probe {
  private let flags: [String]

  init() throws {
    let binary = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let modules = URL(filePath: binary).deletingLastPathComponent().appending(path: "Modules")
    let maps = ["CPETSc", "CMPI", "CHDF5", "CVector"].flatMap { name in
      ["-Xcc", "-fmodule-map-file=\(SourceFile.root.path)/Sources/\(name)/module.modulemap"]
    }
    let packages = ["ompi-c", "hdf5-openmpi", "PETSc"]
    let includes = try Probe.run(["pkg-config", "--cflags-only-I"] + packages).output
      .split(whereSeparator: \.isWhitespace).flatMap { ["-Xcc", String($0)] }
    flags = ["-swift-version", "6", "-I", modules.path] + maps + includes
  }

  func check(_ text: String) throws -> (code: Int32, errors: String) {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "probe-\(UUID().uuidString).swift")
    try text.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let ended = try Probe.run(["swiftc", "-typecheck"] + flags + [file.path])
    return (ended.code, ended.errors)
  }

  private static func run(
    _ words: [String]
  ) throws -> (code: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    let folder = FileManager.default.temporaryDirectory
    let streams = ["out", "err"].map { folder.appending(path: "\(UUID().uuidString).\($0)") }
    defer { for stream in streams { try? FileManager.default.removeItem(at: stream) } }
    for stream in streams { try Data().write(to: stream) }
    process.standardOutput = try FileHandle(forWritingTo: streams[0])
    process.standardError = try FileHandle(forWritingTo: streams[1])
    try process.run()
    process.waitUntilExit()
    let texts = try streams.map { try String(contentsOf: $0, encoding: .utf8) }
    return (process.terminationStatus, texts[0], texts[1])
  }
}
