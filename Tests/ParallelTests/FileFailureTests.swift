// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import XCTest

@testable import Parallel

/// Files close what they opened when a call fails, and a failed output leaves nothing.
///
/// Collective.
final class FileFailureTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  func testOutputFileClosesAndLeavesNothing() throws {
    let folder = try TestSession.scratch()
    // Only ranks with a share select; all have one on up to two.
    let selection = communicator.size < 3 ? ["H5Sselect_hyperslab"] : []
    try ForcedFailure.visit(
      selection + [
        "H5Fcreate", "H5Tcopy", "H5Tset_size", "H5Tset_cset", "H5Screate", "H5Acreate2", "H5Awrite",
        "H5Pcreate", "H5Gcreate2", "H5Screate_simple", "H5Dcreate2",
        "H5Pset_dxpl_mpio", "H5Dwrite", "H5Rcreate", "H5Oopen", "H5Fflush",
      ]
    ) {
      // Each pass starts from an empty folder: what a failure left would show.
      XCTAssertEqual(try listing(folder), "")
      do {
        try FileSketch.write(folder + "/out.h5", communicator)
        XCTAssertEqual(try listing(folder), "out.h5")
      } catch {
        XCTAssertEqual(try listing(folder), "", "\(error)")
        throw error
      }
      try remove(folder + "/out.h5")
    }
  }

  func testGrowingFileClosesWhatItOpenedAndStaysOnceItWasFlushed() throws {
    let folder = try TestSession.scratch()
    let path = folder + "/out.h5"
    // What fails at an append only: creation calls the rest as well.
    try ForcedFailure.visit([
      "H5Dset_extent", "H5Aexists", "H5Adelete", "H5Ldelete", "H5Lcreate_hard", "H5Lexists",
      "H5Fopen",
    ]) {
      do {
        var file = try OutputFile(path, placement: .inPlace, communicator: communicator)
        try file.makeSeries("series")
        try file.write("twice", [1], shape: [1])
        try file.flush()
        try file.append([1, 2, 3], to: "series")
        try file.append([5], to: "series", keeping: 2)
        try file.setAttribute("status", "running")
        try file.setAttribute("status", "done")
        try file.link("once", to: "twice")
        try file.remove("twice")
        let isThere = try file.contains("twice")
        XCTAssertFalse(isThere)
        try file.commit()
        let again = try OutputFile(path, placement: .continued, communicator: communicator)
        try again.removeAttribute("status")
        try again.commit()
        let read = try InputFile(path, communicator: communicator)
        XCTAssertEqual(try read.numbers("series"), [1, 2, 5])
        XCTAssertNil(try read.attribute("status"))
      } catch {
        // Flushed before it failed.
        XCTAssertEqual(try listing(folder), "out.h5", "\(error)")
        throw error
      }
    }
  }

  func testFileInPlaceThatWasNeverFlushedLeavesNothing() throws {
    let folder = try TestSession.scratch()
    do {
      let file = try OutputFile(
        folder + "/out.h5", placement: .inPlace, communicator: communicator)
      try file.write("numbers", [1, 2, 3], shape: [3])
      XCTAssertTrue(try listing(folder).hasPrefix("out.h5"))
    }
    XCTAssertEqual(try listing(folder), "")
  }

  func testInputFileClosesWhatItOpened() throws {
    let path = try TestSession.scratch() + "/in.h5"
    try FileSketch.write(path, communicator)
    try ForcedFailure.visit([
      "H5Fopen", "H5Lexists", "H5Oopen", "H5Dopen2", "H5Dget_type", "H5Gopen2", "H5Gget_info",
      "H5Lget_name_by_idx", "H5Dget_space", "H5Screate_simple", "H5Sselect_hyperslab", "H5Dread",
      "H5Rdereference2", "H5Iget_name", "H5Aget_num_attrs", "H5Aget_name_by_idx", "H5Aexists",
      "H5Aopen", "H5Aget_type", "H5Aget_space", "H5Aread",
    ]) {
      do {
        try FileSketch.readAll(path, communicator)
      } catch let error as ParallelError where error.message.contains("forced") {
        // Files tell the user which file; here only the release counts.
        throw ParallelError(.library, error.message)
      }
    }
  }

  func testOutputThatCannotBePlacedFailsOnAllRanksAndLeavesNothing() throws {
    let folder = try TestSession.scratch()
    let path = folder + "/taken"
    let file = try OutputFile(path, communicator: communicator)
    _ = try communicator.first { () throws(ParallelError) in
      // A folder with something in it cannot be replaced by a file.
      try? FileManager.default.createDirectory(
        atPath: path + "/full", withIntermediateDirectories: true)
      return ""
    }
    var error: ParallelError?
    do throws(ParallelError) { try file.commit() } catch let caught { error = caught }
    XCTAssertEqual(error?.kind, .file)
    XCTAssertEqual(error?.message.contains("cannot be put in place"), true, "\(error as Any)")
    XCTAssertEqual(try listing(folder), "taken")
  }

  func testAbandonedOutputLeavesNothing() throws {
    let folder = try TestSession.scratch()
    do {
      let file = try OutputFile(folder + "/out.h5", communicator: communicator)
      try file.write("numbers", [1, 2, 3], shape: [3])
      // MPI may keep a lock of its own beside it while the file is open.
      XCTAssertTrue(try listing(folder).hasPrefix("out.h5.partial"))
    }
    XCTAssertEqual(try listing(folder), "")
  }

  func testDirectoryThatIsNotThereIsAFileErrorOnAllRanks() throws {
    let path = try TestSession.scratch() + "/none/out.h5"
    let error = thrown { _ = try OutputFile(path, communicator: communicator) }
    XCTAssertEqual(error?.kind, .file)
    XCTAssertEqual(error?.message.contains(path), true)
  }

  func testDamagedFilesSayWhatTheyAre() throws {
    let folder = try TestSession.scratch()
    try FileSketch.write(folder + "/whole.h5", communicator)
    _ = try communicator.first { () throws(ParallelError) in
      do {
        let whole = try Data(contentsOf: URL(filePath: folder + "/whole.h5"))
        try whole.prefix(whole.count / 2).write(to: URL(filePath: folder + "/half.h5"))
        try Data("no HDF5".utf8).write(to: URL(filePath: folder + "/text.h5"))
      } catch { throw ParallelError(.file, "\(error)") }
      return ""
    }
    for (name, kind, word) in [
      ("half.h5", ParallelError.Kind.input, "truncated"),
      ("text.h5", .input, "not an HDF5 file"), ("none.h5", .file, "no such file"),
      ("", .file, "directory"),
    ] {
      let error = thrown { _ = try InputFile(folder + "/" + name, communicator: communicator) }
      XCTAssertEqual(error?.kind, kind, name)
      XCTAssertEqual(error?.message.contains(word), true, "\(error as Any)")
    }
  }

  func testWrongShapesAndTypesAreInputErrorsOnAllRanks() throws {
    let path = try TestSession.scratch() + "/in.h5"
    try FileSketch.write(path, communicator)
    let file = try InputFile(path, communicator: communicator)
    for (dataset, window, words) in [
      (
        "image/double", Window(0..<FileSketch.rows + 1, 0..<2),
        ["image/double", "shape", "[40, 30]"]
      ),
      ("image/double", Window(0..<2), ["image/double", "[40, 30]"]),
      ("words", Window(0..<2), ["words", "expected numbers"]),
      ("image/none", Window(0..<2), ["image/none"]),
    ] {
      let error = thrown { try file.numbers(dataset, window: window) }
      XCTAssertEqual(error?.kind, .input, dataset)
      for word in words { XCTAssertEqual(error?.message.contains(word), true, "\(error as Any)") }
    }
    XCTAssertNotNil(thrown { try file.texts("image/double") })
  }

  /// The names in a folder, as rank 0 sees them.
  ///
  /// Collective.
  private func listing(_ folder: String) throws -> String {
    try communicator.first { () throws(ParallelError) in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        .joined(separator: ", ")
    }
  }

  private func remove(_ path: String) throws {
    _ = try communicator.first { () throws(ParallelError) in
      try? FileManager.default.removeItem(atPath: path)
      return ""
    }
  }
}
