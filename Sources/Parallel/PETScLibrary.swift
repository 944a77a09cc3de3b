// SPDX-License-Identifier: Apache-2.0

import CPETSc
import Foundation

/// PETSc's routines by their names; there from ``PETScLibrary/open(_:)`` on.
nonisolated(unsafe) var libpetsc = VegardPETSc()

/// PETSc's shared library, which a session opens: a program that was linked with it would start in
/// 60 ms, `--help` too.
enum PETScLibrary {
  /// Where it may be: in the program itself (nil), where somebody's flags have linked it; in the folder
  /// of the headers at the build; wherever the loader looks (`LD_LIBRARY_PATH`, the rpath, the system).
  ///
  /// Debian has `real` in the name, beside a link without it.
  static var places: [String?] {
    let folder = String(cString: vegard_petsc_folder())
    let names = ["libpetsc", "libpetsc_real"].map {
      "\($0).so.\(PETSC_VERSION_MAJOR).\(PETSC_VERSION_MINOR)"
    }
    return [nil] + (folder.isEmpty ? [] : names.map { "\(folder)/\($0)" }) + names
  }

  /// Opens the first that serves.
  ///
  /// - Throws: ``ParallelError`` of kind `library` that says what was tried, and why nothing served.
  static func open(_ places: [String?] = places) throws(ParallelError) {
    var refusals: [String] = []
    for place in places {
      let name = place ?? "the program"
      // Its symbols are there for all, as those of a linked library are.
      guard let library = dlopen(place, RTLD_LAZY | RTLD_GLOBAL) else {
        let words = dlerror().map { String(cString: $0) } ?? "\(name): no reason"
        let isAbsent =
          words.hasPrefix("\(name): ") && words.hasSuffix(": No such file or directory")
        if !isAbsent { refusals.append(words) }
        continue
      }
      var found = VegardPETSc()
      if let missing = vegard_petsc_find(library, &found) {
        if place != nil { refusals.append("\(name) has no \(String(cString: missing))") }
      } else if vegard_petsc_fits(&found) == 0 {
        refusals.append("\(name) has other scalars or indices than the headers at the build")
      } else {
        libpetsc = found
        return
      }
      dlclose(library)
    }
    let tried = places.compactMap { $0 }.joined(separator: ", ")
    throw ParallelError(
      .library,
      refusals.isEmpty
        ? "PETSc was not found: tried \(tried); LD_LIBRARY_PATH may name its directory"
        : "PETSc cannot be opened: \(refusals.joined(separator: "; "))")
  }
}
