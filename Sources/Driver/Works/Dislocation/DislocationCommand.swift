// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Parallel
import Physics
import Verification

/// The elastic field, energy factor and contrast factors of straight dislocations.
struct DislocationCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "dislocation",
    abstract: "Energy, field and contrast factors of a straight dislocation in any crystal.",
    discussion: """
      CASE.yaml holds one case, or several under the key "cases":

        crystal:                     or the name LiFePO4 or FePO4
          cell: [10.45, 6.05, 4.74, 90, 90, 90]       Å, degrees
          stiffness: {c11: 138.9, c22: 198.0, …}      GPa; or a 6 by 6 matrix
          symmetry: orthorhombic     optional, else inferred
        burgers: [0, 0, 1]           u v w; 1/2 is a number
        line: [0, 1, 0]              u v w
        plane: [1, 0, 0]             h k l, optional
        reflections: [[1, 0, 1]]     optional
        average: equivalent          or none
        points: [[10, 0, 0]]         optional, Å

      The stiffness matrix and the points are in Cartesian crystal axes, X along a and Z along \
      c*, in the order aa bb cc bc ac ab. The line passes through the origin; a right-handed \
      circuit about it closes with +b. K is b·L·b/b², so that the energy of a line is \
      K b²/4π ln(R/r0). Contrast factors are averaged over the reflections that symmetry makes \
      equivalent (default for orthorhombic crystals) or not at all (default for others). Lambda \
      is (π/2) g² b² C with g = 1/d.

      EXAMPLE
        vegard dislocation examples/dislocation-lfp.yaml --format json
      """)
  static let needsPETSc = false

  @Argument(help: ArgumentHelp("A case, or several.", valueName: "CASE.yaml"))
  var file: String?

  @Flag(help: "Show Tables S2 and S3 of the paper computed anew, differences marked.")
  var paperTables = false

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func validate() throws {
    guard (file == nil) == paperTables else {
      throw ValidationError(
        paperTables
          ? "--paper-tables: found a case too, expected none"
          : "found no case, expected CASE.yaml (or --paper-tables)")
    }
  }

  func run(_ context: RunContext) throws(ParallelError) {
    guard let file else {
      let text = try DislocationTables.markdown()
      context.console.line(text)
      context.console.result(["markdown": .text(text)])
      return
    }
    let cases = try CaseFile<DislocationCases>(file, communicator: context.communicator).value
    var results: [DislocationReport] = []
    for (index, value) in cases.cases.enumerated() {
      let report = try DislocationReport(value)
      if !value.glides {
        context.log.note(
          (cases.isList ? "case \(index + 1): " : "")
            + "the Burgers vector does not lie in the plane: this dislocation cannot glide in it")
      }
      if cases.isList { context.console.line((index > 0 ? "\n" : "") + "case \(index + 1)") }
      report.show(on: context.console)
      results.append(report)
    }
    if cases.isList {
      context.console.result(["cases": .list(results.map { .object($0.json) })])
    } else if let only = results.first {
      context.console.result(only.json)
    }
  }
}
