import ArgumentParser
import Foundation
import Parallel
import Physics
import Solver
import Yams

/// Validates a material file or a case and shows what follows from it.
struct CheckCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Validate a material file or a case of simulate and show what follows from it.",
    discussion: """
      Of a material: the eigenvalues of the stiffness, the energies of six independent unit strains \
      (shear as √2 times tensor shear), and its plane-stress constants, the stiffness in the ac \
      plane of a plate free to strain along b.

      Of a case: unknowns, elements across the interface, volume fractions, the memory that the run \
      will take and the time of a step. The time comes from a few steps of a piece of the case on \
      the present ranks, scaled by the nodes; --quick leaves it out. A case that does not fit into \
      the memory of a node is refused. Its keys are listed in docs/simulate.md.

      An invalid file ends with exit code 2.

      EXAMPLE
        vegard check examples/materials/lfp.yaml
        vegard check examples/void-center.yaml --ranks 16 --memory "64 GiB"
      """)

  @Argument(
    help: ArgumentHelp("A material file, the bundled lfp, or a case.", valueName: "FILE.yaml"))
  var file: String

  @Flag(help: "Do not measure the time of a step.")
  var quick = false

  @Option(help: "Predict for this many ranks on a node instead of the present ones.")
  var ranks: Int?

  @Option(
    help: ArgumentHelp(
      "The memory of a node instead of what it has free, such as \"16 GiB\".", valueName: "SIZE"))
  var memory: String?

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func validate() throws {
    try NodeMemory.validate(memory)
    guard (1...1_000_000).contains(ranks ?? 1) else {
      throw ValidationError("--ranks: found \(ranks ?? 0), expected 1 to 1000000")
    }
  }

  func run(_ context: RunContext) throws(ParallelError) {
    if MaterialFile.bundled[file] == nil, try isCase(context.communicator) {
      try SimulationCheck(file, self, context).run()
      return
    }
    let material = try MaterialFile.material(file, communicator: context.communicator)
    let eigenvalues = material.stiffness.scaled(by: 1 / gigapascal).eigenvalues
    let plate = material.stiffness.planeStress.scaled(by: 1 / gigapascal)
    context.log.note("\(file): a valid material")
    context.console.table(CheckCommand.table(material, eigenvalues, plate))
    context.console.result([
      "name": .text(material.name),
      "stiffness_eigenvalues_GPa": .numbers(eigenvalues),
      "plane_stress_GPa": [
        "alpha": .number(plate.alpha), "beta": .number(plate.beta),
        "gamma": .number(plate.gamma), "shear": .number(plate.shear),
      ],
      "lattice_nm": [
        "a": .number(material.referenceLattice.a), "b": .number(material.referenceLattice.b),
        "c": .number(material.referenceLattice.c),
      ],
      "eigenstrain": [
        "a": .number(material.eigenstrain.a), "b": .number(material.eigenstrain.b),
        "c": .number(material.eigenstrain.c),
      ],
    ])
  }

  /// Whether the file has more keys of a case than of a material.
  ///
  /// Collective.
  private func isCase(_ communicator: Communicator) throws(ParallelError) -> Bool {
    guard FileManager.default.fileExists(atPath: file) else { return false }
    let answer = try communicator.first { () throws(ParallelError) in
      guard let text = try? CaseReading.text(of: file), let root = try? Yams.compose(yaml: text)
      else { return "" }
      let names = root.mapping?.keys.compactMap(\.string) ?? []
      let cases = names.count { SimulationText.Key(rawValue: $0) != nil }
      return cases > names.count { MaterialFile.names.contains($0) } ? "case" : ""
    }
    return answer == "case"
  }

  private static func table(
    _ material: Material, _ eigenvalues: [Double], _ plate: PlaneStressStiffness
  ) -> Table {
    var table = Table(material.name, "value", "unit")
    for (index, value) in eigenvalues.enumerated() {
      table.add("stiffness eigenvalue \(index + 1)", Table.number(value), "GPa")
    }
    table.add("plane stress alpha", Table.number(plate.alpha), "GPa")
    table.add("plane stress beta", Table.number(plate.beta), "GPa")
    table.add("plane stress gamma", Table.number(plate.gamma), "GPa")
    table.add("plane stress shear", Table.number(plate.shear), "GPa")
    let lattice = material.referenceLattice
    for (axis, edge) in [("a", lattice.a), ("b", lattice.b), ("c", lattice.c)] {
      table.add("lattice \(axis)", Table.number(edge), "nm")
    }
    let strain = material.eigenstrain
    for (axis, value) in [("a", strain.a), ("b", strain.b), ("c", strain.c)] {
      table.add("eigenstrain \(axis)", Table.number(value), "1")
    }
    return table
  }
}
