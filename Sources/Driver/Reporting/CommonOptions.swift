// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The options that every command takes.
struct CommonOptions: ParsableArguments {
  /// How results appear on stdout.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  @Option(help: "How results appear on stdout: a table (text) or one JSON object (json).")
  var format = Format.text

  @Flag(help: "Nothing on stderr but errors.")
  var quiet = false

  @Flag(help: "Show a library's trace with an error.")
  var verbose = false

  @Option(help: "Append the log to this file, too.")
  var logFile: String?

  @Flag(help: "Let every rank log, not only the first.")
  var logAllRanks = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Options for PETSc, such as \"-ksp_monitor\".", valueName: "options"))
  var petsc = ""

  @Flag(help: "Replace an existing output.")
  var force = false

  func validate() throws {
    // PETSc takes a stray word without a sound.
    guard let first = petsc.split(whereSeparator: \.isWhitespace).first else { return }
    guard first.hasPrefix("-"), first.count > 1 else {
      throw ValidationError(
        "--petsc: found \"\(first)\", expected PETSc options such as \"-ksp_monitor\"")
    }
  }
}
