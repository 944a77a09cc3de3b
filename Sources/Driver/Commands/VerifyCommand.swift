import ArgumentParser
import Foundation
import Parallel
import Physics
import Solver

/// Runs the studies of the verification and shows each value beside its target.
struct VerifyCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Run the studies of the verification, each value beside its target.",
    discussion: """
      Without an ID all studies run. A letter alone stands for its group. Ends with exit code 3 \
      when a value misses its target.

      EXAMPLE
        mpirun -n 2 vegard verify D1 D2 --quick
      """)

  @Argument(help: ArgumentHelp("Rows of docs/verification.md.", valueName: "ID"))
  var ids: [String] = []

  @Flag(help: "The reduced form, as the tests run it.")
  var quick = false

  @Option(help: "The seed of the random numbers.")
  var seed = 1

  @Option(help: ArgumentHelp("Refine so many times more than usual.", valueName: "N"))
  var refine = 0

  @Option(help: ArgumentHelp("Where the measured data lie.", valueName: "DIR"))
  var data: String?

  @Flag(help: "Show the studies and run none.")
  var list = false

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func validate() throws {
    guard (0...10).contains(refine) else {
      throw ValidationError("--refine: found \(refine), expected 0 to 10")
    }
    guard seed >= 0 else { throw ValidationError("--seed: found \(seed), expected 0 or more") }
  }

  func run(_ context: RunContext) throws(ParallelError) {
    let studies = try VerifyCommand.selection(ids, of: Studies.all)
    if list {
      show(studies, on: context.console)
      return
    }
    let directory = data ?? VerifyCommand.standardData
    if data != nil { try checkDirectory(directory, context.communicator) }
    let options = StudyOptions(
      quick: quick, seed: seed, refine: max(1, refine), dataDirectory: directory)
    var rows: [(id: String, result: StudyResult)] = []
    for study in studies {
      context.log.progress("\(study.id) \(study.title)")
      rows += try results(of: study, options, context).map { (study.id, $0) }
    }
    VerifyCommand.report(rows, on: context.console)
    if rows.contains(where: { !$0.result.passed }) { context.outcome = .notConverged }
  }

  /// `$VEGARD_DATA`, or the shared data beside the checkout.
  private static var standardData: String {
    ProcessInfo.processInfo.environment["VEGARD_DATA"] ?? "../shared/data"
  }

  /// The studies named, in the order of the registry; all where none is named.
  static func selection(_ ids: [String], of all: [Study]) throws(ParallelError) -> [Study] {
    guard !ids.isEmpty else { return all }
    let names = all.map(\.id)
    var chosen = Set<String>()
    for id in ids {
      let matches = names.filter { name in
        name.uppercased() == id.uppercased() || group(name) == id.uppercased()
      }
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

  private static func group(_ name: String) -> String {
    String(name.prefix { $0.isLetter }).uppercased()
  }

  /// A study's results; one that breaks down is a failed row, and the others still run.
  private func results(
    of study: Study, _ options: StudyOptions, _ context: RunContext
  ) throws(ParallelError) -> [StudyResult] {
    let start = ContinuousClock.now
    do throws(ParallelError) {
      var results = try study.run(options, context.communicator, context.log)
      if !results.isEmpty { results[0].seconds = (ContinuousClock.now - start) / .seconds(1) }
      return results
    } catch {
      context.log.warn("\(study.id): \(error.message)")
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      return [
        StudyResult(
          quantity: "broke down: \(error.message)", value: .nan, target: .nan, tolerance: 0,
          toleranceText: "-", passed: false, seconds: seconds)
      ]
    }
  }

  private func checkDirectory(
    _ path: String, _ communicator: Communicator
  ) throws(ParallelError) {
    let isThere = FileManager.default.fileExists(atPath: path + "/.")
    try communicator.agree(
      isThere ? nil : ParallelError(.file, "\(path): there is no such directory"))
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
        result.toleranceText, result.passed ? "yes" : "NO",
        formatted(result.seconds, significant: 3))
    }
    console.table(table)
    console.result(["studies": .list(rows.map { json($0.id, $0.result) })])
  }

  private static func json(_ id: String, _ result: StudyResult) -> JSONValue {
    [
      "id": .text(id), "quantity": .text(result.quantity), "value": .number(result.value),
      "target": .number(result.target), "tolerance": .number(result.tolerance),
      "tolerance_text": .text(result.toleranceText), "passed": .bool(result.passed),
      "seconds": .number(result.seconds),
    ]
  }
}
