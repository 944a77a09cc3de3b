import ArgumentParser
import Parallel
import Physics

/// Validates a material file and shows what follows from it.
struct CheckCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Validate a material file and show what follows from it.",
    discussion: """
      The stiffness is shown by its eigenvalues, the energies of six independent unit strains \
      (shear as √2 times tensor shear), and by its plane-stress constants, the stiffness in the \
      ac plane of a plate free to strain along b. An invalid file ends with exit code 2.

      EXAMPLE
        vegard check examples/materials/lfp.yaml
      """)

  @Argument(help: ArgumentHelp("A material file, or the bundled lfp.", valueName: "FILE.yaml"))
  var file: String

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func run(_ context: RunContext) throws(ParallelError) {
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
