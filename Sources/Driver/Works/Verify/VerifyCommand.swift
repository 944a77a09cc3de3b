// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Parallel
import Physics
import Verification

/// Runs the studies of the verification and shows each value beside its target.
struct VerifyCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Run the studies of the verification, each value beside its target.",
    discussion: """
      Without an ID all studies run. A letter alone stands for its group. The speed rows that \
      'vegard bench' measures run where they are named (F, F1): their goals are for an idle machine. \
      Ends with exit code 3 when a value misses its target; a known deviation, with its reason and \
      a bound that it must not exceed, is told and is no miss.

      EXAMPLE
        mpirun -n 2 vegard verify D1 D2 --quick
        vegard verify F1 F2
      """)

  @Argument(help: ArgumentHelp("Rows of docs/verification.md.", valueName: "ID"))
  var ids: [String] = []

  @Flag(help: "The reduced form, as the tests run it.")
  var quick = false

  @Option(help: "The seed of the random numbers.")
  var seed = 1

  @Option(help: ArgumentHelp("How many times finer than usual.", valueName: "N"))
  var refine = 1

  @Option(
    help: ArgumentHelp("Where the measured data lie (default: shared/data).", valueName: "DIR"))
  var data: String?

  @Flag(help: "Show the studies and run none.")
  var list = false

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func validate() throws {
    guard (1...64).contains(refine) else {
      throw ValidationError("--refine: found \(refine), expected 1 to 64")
    }
    guard seed >= 0 else { throw ValidationError("--seed: found \(seed), expected 0 or more") }
  }

  func run(_ context: RunContext) throws(ParallelError) {
    let studies = try VerifyCommand.selection(
      ids, of: Studies.all, named: Benchmarks.all.map(VerifyCommand.study))
    if list {
      show(studies, on: context.console)
      return
    }
    let directory = try StudyData(named: data, context.communicator)
    let options = StudyOptions(
      quick: quick, seed: seed, refine: refine, dataDirectory: directory.path)
    var rows: [(id: String, result: StudyResult)] = []
    for study in studies {
      context.log.progress("\(study.id) \(study.title)")
      rows += try results(of: study, options, directory, context).map { (study.id, $0) }
    }
    VerifyCommand.report(rows, on: context.console)
    for (id, result) in rows {
      guard result.verdict == .knownDeviation, let deviation = result.deviation else { continue }
      context.log.note(
        "\(id) \(result.quantity): a known deviation, at most \(Table.number(deviation.bound)) "
          + "from the target: \(deviation.reason)")
    }
    if rows.contains(where: { $0.result.verdict == .missed }) { context.outcome = .notConverged }
  }

  /// A row of `bench` as a study: its ratio beside its goal.
  private static func study(_ benchmark: Benchmark) -> Study {
    Study(benchmark.id, benchmark.title) {
      (options, communicator, log) throws(ParallelError) in
      let rows = try benchmark.run(BenchmarkOptions(quick: options.quick), communicator, log)
      return rows.map { row in
        let quantity = row.id == benchmark.id ? row.quantity : "\(row.id) \(row.quantity)"
        return row.goal.isNaN
          ? StudyResult(quantity, reported: row.ratio)
          : StudyResult(
            quantity: quantity, value: row.ratio, target: row.goal, tolerance: 0,
            toleranceText: "goal", passed: row.isReached, seconds: 0)
      }
    }
  }

  /// The studies named, in the order of the registry; without a name all but `others`.
  static func selection(
    _ ids: [String], of usual: [Study], named others: [Study] = []
  ) throws(ParallelError) -> [Study] {
    guard !ids.isEmpty else { return usual }
    let all = usual + others
    let names = all.map(\.id)
    var chosen = Set<String>()
    for id in ids {
      let matches = names.filter { VerifyCommand.names($0, by: id) }
      guard matches.isEmpty else {
        chosen.formUnion(matches)
        continue
      }
      let nearest = nearestName(to: id, among: names).map { "; did you mean \($0)?" } ?? ""
      throw ParallelError(
        .input, "there is no study \"\(id)\"\(nearest) (vegard verify --list shows all)")
    }
    return all.filter { chosen.contains($0.id) }
  }

  /// Whether a row is meant: D6 is D6, D6a and D6b but not D61; D is all of them.
  private static func names(_ row: String, by id: String) -> Bool {
    let (row, id) = (row.uppercased(), id.uppercased())
    guard row.hasPrefix(id), let last = id.last else { return false }
    return !last.isNumber || row.dropFirst(id.count).first?.isNumber != true
  }

  /// A study's results; one that breaks down is a failed row, and the others still run.
  ///
  /// Without the measured data its studies are left out, with a warning; but not in CI.
  private func results(
    of study: Study, _ options: StudyOptions, _ data: StudyData, _ context: RunContext
  ) throws(ParallelError) -> [StudyResult] {
    let start = ContinuousClock.now
    var results: [StudyResult]
    do throws(ParallelError) {
      results = try study.run(options, context.communicator, context.log)
    } catch {
      if error.kind == .file && data.mayBeAbsent {
        context.log.warn("\(study.id) left out: \(error.message) (--data names the directory)")
        return []
      }
      context.log.warn("\(study.id): \(error.message)")
      results = [
        StudyResult("broke down: \(error.message)", .nan, target: .nan, tolerance: 0)
      ]
    }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    if results.first?.seconds == 0 { results[0].seconds = elapsed }
    return results
  }

  private func show(_ studies: [Study], on console: Console) {
    var table = Table("id", "study")
    for study in studies { table.add(study.id, study.title) }
    console.table(table)
    console.result([
      "studies": .list(studies.map { ["id": .text($0.id), "title": .text($0.title)] })
    ])
  }

  private static func report(_ rows: [(id: String, result: StudyResult)], on console: Console) {
    var table = Table("id", "quantity", "value", "target", "tolerance", "passed", "seconds")
    for (id, result) in rows {
      table.add(
        id, result.quantity, Table.number(result.value), Table.number(result.target),
        result.toleranceText, verdict(result),
        formatted(result.seconds, significant: 3))
    }
    console.table(table)
    console.result(["studies": .list(rows.map { json($0.id, $0.result) })])
  }

  private static func verdict(_ result: StudyResult) -> String {
    switch result.verdict {
    case .passed: "yes"
    case .knownDeviation: "known"
    case .missed: "NO"
    }
  }

  private static func json(_ id: String, _ result: StudyResult) -> JSONValue {
    var object: [String: JSONValue] = [
      "id": .text(id), "quantity": .text(result.quantity), "value": .number(result.value),
      "target": .number(result.target), "tolerance": .number(result.tolerance),
      "tolerance_text": .text(result.toleranceText), "passed": .bool(result.passed),
      "verdict": .text(result.verdict.rawValue), "seconds": .number(result.seconds),
    ]
    if let deviation = result.deviation {
      object["deviation"] = ["reason": .text(deviation.reason), "bound": .number(deviation.bound)]
    }
    return .object(object)
  }
}

/// Where the measured data of the studies lie.
private struct StudyData {
  /// The directory.
  let path: String
  /// Whether a study that misses it is left out instead of failing.
  let mayBeAbsent: Bool

  /// The directory named, else `shared/data` in or above the working directory or the binary.
  ///
  /// Collective. Throws ``ParallelError`` of kind `file` when the named one does not exist.
  init(named name: String?, _ communicator: Communicator) throws(ParallelError) {
    let found = try communicator.first { () throws(ParallelError) in
      if let name {
        guard Folders.exists(name) else {
          throw ParallelError(.file, "\(name): there is no such directory")
        }
        return name
      }
      let places = Folders.aboveHereAndBinary.map { $0.appending(path: "shared/data").path }
      return places.first(where: Folders.exists) ?? ""
    }
    path = found.isEmpty ? "../shared/data" : found
    mayBeAbsent = found.isEmpty && ProcessInfo.processInfo.environment["CI"] == nil
  }
}
