// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Formats
import Inversion
import Parallel
import PhaseField

/// Compares two laws or two runs.
struct CompareCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two laws or two runs within tolerances.",
    discussion: """
      Each declared dataset of numbers gets the largest and the root mean square difference, and \
      the latter over the root mean square of A. It is within where rms(A − B) is at most \
      absolute + relative · rms(A). A dataset of another shape, and numbers that only one file has, \
      are not. Datasets that only one file has are named and not judged.

      Of runs, the last stored steps and the histories are compared. In the same box on another \
      grid, B is interpolated to the points of A: let A be the coarser. With other steps, its \
      history is interpolated to the times of A.

      Exit code 0: all is within. Exit code 3: something is not.

      EXAMPLE
        vegard compare law.h5 other.h5 --relative 1e-3
        vegard compare coarse.h5 fine.h5 --relative 0.02 --only composition
      """)
  static let needsPETSc = false

  @Argument(help: ArgumentHelp("A law or a run.", valueName: "A.h5"))
  var first: String

  @Argument(help: ArgumentHelp("Another one.", valueName: "B.h5"))
  var second: String

  @Option(
    help: ArgumentHelp("What may differ, in root mean squares of A's numbers.", valueName: "SHARE"))
  var relative = 1e-6

  @Option(
    help: ArgumentHelp("What may differ beside that, in the dataset's unit.", valueName: "VALUE"))
  var absolute = 1e-12

  @Option(
    help: ArgumentHelp(
      "Only these, separated by commas: names of datasets or groups.", valueName: "NAMES"))
  var only: String?

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func validate() throws {
    for (name, value) in [("relative", relative), ("absolute", absolute)]
    where !(value >= 0 && value.isFinite) {
      throw ValidationError("--\(name): found \(value), expected at least 0")
    }
  }

  /// What can be compared.
  private static let formats = [Formats.law, Formats.run, Formats.ensemble]

  func run(_ context: RunContext) throws(ParallelError) {
    let one = try InputFile(first, communicator: context.communicator)
    let two = try InputFile(second, communicator: context.communicator)
    let name = try one.attribute("format")?.text ?? ""
    guard let format = CompareCommand.formats.first(where: { $0.name == name }) else {
      throw ParallelError(
        .input, "\(first): found the format \"\(name)\", expected a law or a run")
    }
    try format.checkName(of: two, advice: "both must be of one kind")
    for file in [first, second] {
      try format.checkVersion(of: InputFile(file, communicator: context.communicator))
    }
    let names = (only ?? "").split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }
    func isWanted(_ path: String) -> Bool {
      names.isEmpty || path.split(separator: "/").contains { part in names.contains { $0 == part } }
    }
    let comparison =
      name == Formats.law.name
      ? try FileComparison(one, two, format, isWanted: isWanted)
      : try RunComparison(one, two, format, isWanted: isWanted).comparison
    guard !comparison.datasets.isEmpty else {
      throw ParallelError(
        .input,
        "\(second): found no dataset to compare with \(first)"
          + (only.map { ", expected one of \($0)" } ?? ""))
    }
    let tolerance = DatasetDifference.Tolerance(relative: relative, absolute: absolute)
    let isWithin = comparison.datasets.allSatisfy { $0.isWithin(tolerance) }
    report(comparison, name, tolerance, isWithin, context)
    if !isWithin { context.outcome = .notConverged }
  }

  private func report(
    _ comparison: FileComparison, _ format: String, _ tolerance: DatasetDifference.Tolerance,
    _ isWithin: Bool, _ context: RunContext
  ) {
    var table = Table("dataset", "unit", "numbers", "largest", "rms", "over A", "verdict")
    var objects: [String: JSONValue] = [:]
    for row in comparison.datasets {
      let isIn = row.isWithin(tolerance)
      let verdict =
        row.obstacle
        ?? (isIn ? "within" : row.unmatched > 0 ? "\(row.unmatched) of one" : "differs")
      table.add(
        row.path, row.unit ?? Table.nothing, "\(row.count)", Table.number(row.largest, digits: 3),
        Table.number(row.rms, digits: 3), Table.number(row.relative, digits: 3), verdict)
      var object: [String: JSONValue] = [
        "numbers": .integer(row.count), "unmatched": .integer(row.unmatched),
        "largest": .number(row.largest), "rms": .number(row.rms), "rms_of_first": .number(row.norm),
        "relative": .number(row.relative), "within": .bool(isIn),
      ]
      if let unit = row.unit { object["unit"] = .text(unit) }
      if let obstacle = row.obstacle { object["obstacle"] = .text(obstacle) }
      objects[row.path] = .object(object)
    }
    if comparison.isInterpolated {
      context.log.note("the grids differ: \(second) is interpolated to the points of \(first)")
    }
    for (file, paths) in [(first, comparison.onlyFirst), (second, comparison.onlySecond)]
    where !paths.isEmpty {
      context.log.note("only in \(file): \(paths.joined(separator: ", "))")
    }
    context.console.table(table)
    var result: [String: JSONValue] = [
      "format": .text(format), "within": .bool(isWithin),
      "interpolated": .bool(
        comparison.isInterpolated), "relative": .number(tolerance.relative),
      "absolute": .number(tolerance.absolute), "datasets": .object(objects),
      "only_in_first": .list(comparison.onlyFirst.map { .text($0) }),
      "only_in_second": .list(comparison.onlySecond.map { .text($0) }),
    ]
    if !comparison.times.isEmpty { result["times_s"] = .numbers(comparison.times) }
    context.console.result(result)
  }
}
