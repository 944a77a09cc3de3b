// SPDX-License-Identifier: Apache-2.0

import CPETSc
import Foundation
import TestSupport
import XCTest

@testable import Parallel

/// Forces the failure of C routines one by one and counts what stays open.
enum ForcedFailure {
  /// Runs `work` once for each routine, which fails at its first call on all ranks.
  ///
  /// Collective.
  static func visit(
    _ routines: [String], file: StaticString = #filePath, line: UInt = #line,
    _ work: () throws -> Void
  ) throws {
    // Whatever PETSc caches for good at first use is made here.
    try work()
    let before = try OpenHandles()
    for routine in routines {
      Door.forcedFailure = routine
      var message = ""
      do {
        try work()
      } catch let error as ParallelError {
        message = error.message
        XCTAssertEqual(error.kind, .library, message, file: file, line: line)
      }
      XCTAssertNil(Door.forcedFailure, "\(routine) was not called", file: file, line: line)
      Door.forcedFailure = nil
      XCTAssert(
        message.contains("\(routine) failed (forced by a test)"), "\(routine): \(message)",
        file: file, line: line)
      XCTAssertEqual(try OpenHandles(), before, routine, file: file, line: line)
    }
    try work()
    XCTAssertEqual(try OpenHandles(), before, "after success", file: file, line: line)
  }
}

/// How many handles of each library are open on this rank.
struct OpenHandles: Equatable {
  /// Objects made less objects destroyed, by PETSc's own log.
  let petsc: Int
  /// Files, datasets, groups, types and attributes of HDF5.
  let hdf5: Int

  private typealias Begin = @convention(c) () -> PetscErrorCode
  private typealias Get = @convention(c) (UnsafeMutablePointer<PetscStageLog?>) -> PetscErrorCode

  /// Counts; PETSc counts from the first call on.
  init() throws {
    // The session has opened PETSc for all.
    let begin = unsafeBitCast(try XCTUnwrap(dlsym(nil, "PetscLogDefaultBegin")), to: Begin.self)
    let get = unsafeBitCast(try XCTUnwrap(dlsym(nil, "PetscLogGetStageLog")), to: Get.self)
    var log: PetscStageLog?
    try Door.petsc("PetscLogGetStageLog") { get(&log) }
    if log == nil {
      try Door.petsc("PetscLogDefaultBegin") { begin() }
      try Door.petsc("PetscLogGetStageLog") { get(&log) }
    }
    let stages = try XCTUnwrap(log)
    var open = 0
    for stage in 0..<Int(stages.pointee.numStages) {
      guard let classes = stages.pointee.stageInfo[stage].classLog else { continue }
      for index in 0..<Int(classes.pointee.numClasses) {
        let info = classes.pointee.classInfo[index]
        open += Int(info.creations) - Int(info.destructions)
      }
    }
    petsc = open
    // H5F_OBJ_ALL, a macro that is not imported, both as identifier and as kinds.
    hdf5 = Int(H5Fget_obj_count(hid_t(0x1f), UInt32(0x1f)))
  }
}
