// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Formats
import Foundation
import Parallel

/// Writes what a file holds as tables for a spreadsheet.
struct ExportCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write what a file holds as CSV.",
    discussion: """
      One file for each image (lines along c, cells along a, comments with the unit on top) and \
      one table for each set of curves, units in the heading. An existing directory is refused; \
      with --force the files of equal name in it are replaced and others stay.

      EXAMPLE
        vegard export law.h5 --csv tables
      """)
  static let needsPETSc = false

  @Argument(help: ArgumentHelp("A stack, a law or a run.", valueName: "FILE.h5"))
  var file: String

  @Option(help: ArgumentHelp("Where the files go.", valueName: "DIR"))
  var csv: String

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func run(_ context: RunContext) throws(ParallelError) {
    let communicator = context.communicator
    Signals.answer(by: .isAsked(words: "stopping"))
    let opened = try InputFile(file, communicator: communicator)
    try TableExport.check(opened)
    // A lock alone is what a killed run left.
    let files = FileManager.default
    let isNew =
      communicator.isFirst
      && (!files.fileExists(atPath: csv)
        || (try? files.contentsOfDirectory(atPath: csv)) == [".lock"])
    // The process number keeps two runs apart; the first rank's holds.
    let stage = try communicator.first { () throws(ParallelError) in try prepareStage(isNew) }
    var names: [String] = []
    do throws(ParallelError) {
      let export = TableExport(
        origin: "vegard \(Release.version) export of \(file)", communicator: communicator)
      names = try export.write(opened, into: stage, log: context.log)
      try communicator.agree(communicator.isFirst ? problemPlacing(names, from: stage) : nil)
    } catch {
      if communicator.isFirst {
        try? files.removeItem(atPath: stage)
        OutputLock.releaseAll()
        if isNew { try? files.removeItem(atPath: csv) }
      }
      throw error
    }
    let paths = names.map { csv + (csv.hasSuffix("/") ? "" : "/") + $0 }
    for path in paths { context.console.line(path) }
    context.console.result(["files": .list(paths.map { .text($0) })])
  }

  /// Makes the directory beside the final one.
  ///
  /// - Parameter isNew: whether nothing is there that would have to stay.
  private func prepareStage(_ isNew: Bool) throws(ParallelError) -> String {
    let files = FileManager.default
    guard !csv.isEmpty else { throw ParallelError(.input, "--csv: the name is empty") }
    guard isNew || common.force else {
      throw ParallelError(.input, "\(csv): exists already; --force replaces files in it")
    }
    guard isNew || files.fileExists(atPath: csv + "/.") else {
      throw ParallelError(.file, "\(csv): found a file, expected a directory")
    }
    let place = URL(filePath: csv).standardizedFileURL
    let (above, name) = (place.deletingLastPathComponent(), place.lastPathComponent)
    let stage = above.appending(path: ".\(name).\(getpid()).partial").path
    do {
      if !files.fileExists(atPath: place.path) {
        Leftovers.add(place.path)
        try files.createDirectory(atPath: place.path, withIntermediateDirectories: false)
      }
      _ = try OutputLock.takeHere(place.path + "/.lock", of: csv)
      Stages.removeAll(in: above.path) { $0.hasPrefix(".\(name).") && $0.hasSuffix(".partial") }
      Leftovers.add(stage)
      try files.createDirectory(atPath: stage, withIntermediateDirectories: false)
    } catch let error as ParallelError {
      throw error
    } catch {
      throw ParallelError(.file, "\(csv): cannot be made: \(error.localizedDescription)")
    }
    return stage
  }

  private func problemPlacing(_ names: [String], from stage: String) -> ParallelError? {
    let files = FileManager.default
    do throws(ParallelError) { try Stages.checkNotStopped() } catch { return error }
    for name in names {
      let target = csv + "/" + name
      if let problem = OutputPlace.problem(target) { return problem }
      let folder = URL(filePath: target).deletingLastPathComponent().path
      do {
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
      } catch {
        return ParallelError(.file, "\(folder): cannot be made: \(error.localizedDescription)")
      }
      guard unsafe rename(stage + "/" + name, target) == 0 else {
        return ParallelError(.file, "\(target): cannot be put in place: \(systemProblem())")
      }
    }
    try? files.removeItem(atPath: stage)
    return nil
  }
}
