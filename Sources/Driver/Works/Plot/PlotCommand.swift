// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Parallel

/// Draws what a Vegard file holds, by the Python package in `plots/`.
struct PlotCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw what a Vegard file holds.",
    discussion: """
      Needs a Python with h5py and matplotlib: VEGARD_PYTHON, the python3 of the path and \
      /usr/bin/python3 are tried in this order.

      EXAMPLE
        vegard plot law.h5 -o pictures --pdf --dpi 600
      """)
  static let needsPETSc = false

  @Argument(help: ArgumentHelp("A stack, a law or a run.", valueName: "FILE.h5"))
  var file: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where the pictures go; made when missing.", valueName: "DIR"))
  var output = "."

  @Flag(help: "A PDF beside each PNG.")
  var pdf = false

  @Flag(help: "An SVG beside each PNG.")
  var svg = false

  @Option(help: ArgumentHelp("Dots per inch of a PNG, 50 to 1200.", valueName: "N"))
  var dpi = 150

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func run(_ context: RunContext) throws(ParallelError) {
    guard (50...1200).contains(dpi) else {
      throw ParallelError(.input, "--dpi: found \(dpi), expected a whole number from 50 to 1200")
    }
    try InputFile.checkExists(file, context.communicator)
    Signals.answer(by: .isAsked(words: "stopping"))
    // One rank draws; the others wait for the names of its pictures.
    let names = try context.communicator.first { () throws(ParallelError) in
      let pictures = Pictures(directory: output, force: common.force)
      return try pictures.made { (stage) throws(ParallelError) in
        let notes = try PlotProgram.run(
          [file, "--output", stage, "--dpi", "\(dpi)"]
            + (pdf ? ["--pdf"] : []) + (svg ? ["--svg"] : []))
        for note in notes { context.log.note(note) }
      }.joined(separator: "\n")
    }
    let paths = names.split(separator: "\n").map(String.init)
    for path in paths { context.console.line(path) }
    context.console.result(["pictures": .list(paths.map { .text($0) })])
  }
}

extension InputFile {
  /// Checks that there is a file at `path` that may be read.
  ///
  /// Collective.
  static func checkExists(_ path: String, _ communicator: Communicator) throws(ParallelError) {
    _ = try communicator.first { () throws(ParallelError) in
      try InputFile.checkReadable(path)
      return ""
    }
  }
}
