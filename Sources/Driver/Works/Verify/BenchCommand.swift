// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Parallel
import Verification

/// Measures speed as ratios to references in the same run.
struct BenchCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the speed of kernels and steps against references in the same run.",
    discussion: """
      Without an ID all rows run, which takes some minutes. The references are STREAM's triad and \
      PETSc's assembled matrices. Goals are for one core of an idle machine; F7 compares all ranks \
      with one. A goal that is missed is said and is no error: machines differ.

      EXAMPLE
        vegard bench F1 F2 F3
        mpirun -n 2 vegard bench F7
      """)

  @Argument(help: ArgumentHelp("Rows, such as F1.", valueName: "ID"))
  var ids: [String] = []

  @Flag(help: "Small grids and short samples: shows that it works, not how fast.")
  var quick = false

  @Flag(help: "Show the rows and measure none.")
  var list = false

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func run(_ context: RunContext) throws(ParallelError) {
    let all = Benchmarks.all
    for id in ids where !all.contains(where: { $0.id == id.uppercased() }) {
      throw ParallelError(
        .input,
        "there is no row \"\(id)\", expected one of \(all.map(\.id).joined(separator: ", "))")
    }
    let chosen = all.filter { row in
      ids.isEmpty || ids.contains { $0.uppercased() == row.id }
    }
    var rows: [BenchmarkRow] = []
    for benchmark in chosen where !list {
      context.log.progress("\(benchmark.id) \(benchmark.title)")
      rows += try benchmark.run(
        BenchmarkOptions(quick: quick), context.communicator, context.log)
    }
    rows.sort { $0.id < $1.id }
    if list {
      var table = Table("id", "what is measured")
      for benchmark in chosen { table.add(benchmark.id, benchmark.title) }
      context.console.table(table)
    } else {
      context.console.table(BenchCommand.table(rows))
    }
    context.console.result(["rows": .list(rows.map(BenchCommand.json))])
  }

  private static func table(_ rows: [BenchmarkRow]) -> Table {
    var table = Table("id", "quantity", "value", "reference", "ratio", "goal", "reached")
    for row in rows {
      table.add(
        row.id, row.quantity, short(row.value), short(row.reference), short(row.ratio),
        short(row.goal), row.goal.isNaN ? "-" : (row.isReached ? "yes" : "NO"))
    }
    return table
  }

  private static func short(_ value: Double) -> String {
    value.isNaN ? "-" : formatted(value, significant: 3)
  }

  private static func json(_ row: BenchmarkRow) -> JSONValue {
    [
      "id": .text(row.id), "quantity": .text(row.quantity), "value": .number(row.value),
      "reference": .number(row.reference), "ratio": .number(row.ratio),
      "goal": .number(row.goal),
    ]
  }
}
