// SPDX-License-Identifier: Apache-2.0

import CPETSc
import TestSupport
import XCTest

@testable import Parallel

/// PETSc is opened by its name, and says in one line why it cannot be.
final class PETScLibraryTests: XCTestCase {
  /// The routines of the session's own library are left as they are.
  private func refusal(_ places: [String]) -> ParallelError? {
    thrown { try PETScLibrary.open(places) }
  }

  func testAMissingLibraryIsNamedWithAllPlaces() {
    _ = TestSession.communicator
    let error = refusal(["/nowhere/libpetsc.so.0", "libnowhere.so.0"])
    XCTAssertEqual(error?.kind, .library)
    XCTAssertEqual(
      error?.description,
      "PETSc was not found: tried /nowhere/libpetsc.so.0, libnowhere.so.0; LD_LIBRARY_PATH may name "
        + "its directory")
  }

  func testALibraryThatIsNotPETScIsRefusedWithTheReason() throws {
    _ = TestSession.communicator
    XCTAssertEqual(
      refusal(["libm.so.6"])?.description,
      "PETSc cannot be opened: libm.so.6 has no ISCreateGeneral")
    let path = try TestSession.scratch() + "/libpetsc.so"
    try TestSession.write("no library", to: path)
    XCTAssertEqual(
      refusal([path, "libnowhere.so"])?.description,
      "PETSc cannot be opened: \(path): file too short")
  }

  func testNumbersOfAnotherLengthDoNotFit() {
    _ = TestSession.communicator
    XCTAssertEqual(vegard_petsc_fits(&libpetsc), 1)
    var other = libpetsc
    other.PetscDataTypeGetSize = { _, size in
      size?.pointee = 2
      return 0
    }
    XCTAssertEqual(vegard_petsc_fits(&other), 0)
    other = libpetsc
    other.PetscDataTypeFromString = { name, type, found in
      type?.pointee = PETSC_COMPLEX
      found?.pointee = PETSC_TRUE
      return 0
    }
    XCTAssertEqual(vegard_petsc_fits(&other), 0)
  }
}
