// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Parallel
import Physics

/// Validates a case, a material file or a stack and shows what follows from it.
struct CheckCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Validate a case, a material file or a stack and show what follows from it.",
    discussion: """
      The keys tell the kind: a case of simulate, dislocation or diffract, specimens of image, or a \
      material. Of a case \
      of diffract the pattern files are looked for and not read.

      Of a material: the eigenvalues of the stiffness, the energies of six independent unit strains \
      (shear as √2 times tensor shear), and its plane-stress constants, the stiffness in the ac \
      plane of a plate free to strain along b.

      Of a case of simulate: unknowns, elements across the interface, volume fractions, the memory \
      that the run will take, the number of steps, and the time of a step and of all. A small piece \
      of the case is run to its end, or for some seconds, and counts steps and iterations; a larger \
      one tells what an iteration costs in CPU time on the present ranks, scaled by the nodes. \
      --quick leaves both out. Of particles in one dimension the case itself is tried for some \
      seconds. A case that does not fit into the memory of a node is refused. Its keys are listed in \
      docs/simulate.md.

      Of a stack of images: the pixels of its particles, and about how much memory learn and residual \
      take of them with default options.

      An invalid file ends with exit code 2.

      EXAMPLE
        vegard check examples/materials/lfp.yaml
        vegard check examples/void-center.yaml --ranks 16 --memory "64 GiB"
        vegard check examples/discharge.yaml
        vegard check examples/data/platelets.h5
      """)

  @Argument(
    help: ArgumentHelp("A case, a material file, a stack, or the bundled lfp.", valueName: "FILE"))
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
    let isHDF5 = try context.communicator.first { () throws(ParallelError) in
      "\(InputFile.isHDF5(file))"
    }
    guard isHDF5 != "true" else { return try StackCheck(file: file, context: context).run() }
    switch try kind(context.communicator) {
    case .simulate where try CaseDimension.read(file, context.communicator) == 1:
      try EnsembleCheck(file, self, context).run()
    case .simulate: try SimulationCheck(file, self, context).run()
    case .dislocation:
      let cases = try CaseFile<DislocationCases>(file, communicator: context.communicator).value
      report("dislocation", [("dislocations", cases.cases.count)], context)
    case .diffract:
      let found = try CaseFile<DiffractCase>(file, communicator: context.communicator).value
      try look(for: DiffractWork(found, in: file).inputs, context.communicator)
      report("diffract", [("lines", found.peaks.count), ("systems", found.systems.count)], context)
    case .image:
      let found = try CaseFile<SpecimenText>(file, communicator: context.communicator).value
      _ = try found.specimens(in: CaseFolder.of(file), of: file, context.communicator)
      report("image", [("particles", found.particles)], context)
    case .material: try checkMaterial(context)
    }
  }

  /// What kind of file it is.
  ///
  /// Collective.
  private func kind(_ communicator: Communicator) throws(ParallelError) -> CaseKind {
    guard MaterialFile.bundled[file] == nil else { return .material }
    let found = try communicator.first { () throws(ParallelError) in
      // What cannot be read is refused, with its reason, where it is read as a material.
      (try? CaseReading.text(of: file)).map { CaseKind(of: $0).rawValue } ?? ""
    }
    return CaseKind(rawValue: found) ?? .material
  }

  /// Refuses a case that names a file which is not there.
  ///
  /// Collective.
  private func look(for paths: [String], _ communicator: Communicator) throws(ParallelError) {
    let missing = try communicator.first { () throws(ParallelError) in
      paths.first { !FileManager.default.fileExists(atPath: $0) } ?? ""
    }
    guard missing.isEmpty else {
      throw ParallelError(.file, "\(file): \(missing): there is no such file")
    }
  }

  private func report(_ command: String, _ counts: [(String, Int)], _ context: RunContext) {
    context.log.note("\(file): a valid case of \(command)")
    var table = Table("case of \(command)", "value", "unit")
    for (name, count) in counts { table.add(name, "\(count)", "1") }
    context.console.table(table)
    var result: [String: JSONValue] = ["command": .text(command)]
    for (name, count) in counts { result[name] = .integer(count) }
    context.console.result(result)
  }

  private func checkMaterial(_ context: RunContext) throws(ParallelError) {
    let material = try MaterialFile.material(file, communicator: context.communicator)
    let eigenvalues = material.stiffness.scaled(by: 1 / gigapascal).eigenvalues
    let plate = material.stiffness.planeStress.scaled(by: 1 / gigapascal)
    context.log.note("\(file): a valid material")
    context.console.table(CheckCommand.table(material, eigenvalues, plate))
    context.console.result([
      "command": "material", "name": .text(material.name),
      "reference_composition": .number(material.referenceComposition),
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
    table.add("reference composition", Table.number(material.referenceComposition), "1")
    let strain = material.eigenstrain
    for (axis, value) in [("a", strain.a), ("b", strain.b), ("c", strain.c)] {
      table.add("eigenstrain \(axis)", Table.number(value), "1")
    }
    return table
  }
}
