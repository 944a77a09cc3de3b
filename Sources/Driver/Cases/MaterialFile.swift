// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// A material as YAML: name, stiffness, lattice, eigenstrain.
struct MaterialFile: CaseMapping {
  private var name = ""
  private var stiffness = Material.lithiumIronPhosphate.stiffness
  private var lattice = Material.lithiumIronPhosphate.referenceLattice
  private var eigenstrain = Material.lithiumIronPhosphate.eigenstrain
  private var endMembers: StiffnessRange?
  private var reference = 1.0

  static var fields: [CaseField<MaterialFile>] {
    [
      .init("name", required: \.name, .text, "by which outputs call it"),
      .init(
        "stiffness", required: \.stiffness, .constants,
        "1, 2, 3 = a, b, c and 4, 5, 6 = bc, ac, ab; positive definite"),
      .init("lattice", required: \.lattice, .lattice, "the cell at the reference composition"),
      .init(
        "eigenstrain", required: \.eigenstrain, .expansion,
        "strain per composition along each axis"),
      .init(
        "end_members", optional: \.endMembers, .endMembers, unless: "none",
        "the stiffness at X = 0 and X = 1, for `vegard learn --sensitivity` and `simulate`'s `stiffness`"
      ),
      .init(
        "reference_composition", words: CaseForm.number(in: 0...1).words, unless: "1",
        value: "1", "X of the lattice to which all strains refer",
        read: { owner, keys, key in owner.reference = try keys.number(key, in: 0...1) },
        // Left out where it is 1, as in the checkpoints of before.
        text: { $0.reference == 1 ? nil : "\($0.reference)" }),
    ]
  }

  init() {}

  /// The keys of a material.
  init(of material: Material) {
    (name, stiffness, endMembers) = (material.name, material.stiffness, material.endMembers)
    (lattice, eigenstrain) = (material.referenceLattice, material.eigenstrain)
    reference = material.referenceComposition
  }

  mutating func finish(_ keys: FieldKeys) throws {
    guard stiffness.isPositiveDefinite else {
      throw keys.problem(
        "stiffness",
        "found a stiffness under which some strain gains energy, expected a positive definite one")
    }
  }

  /// What it describes.
  var material: Material {
    Material(
      name: name, stiffness: stiffness, referenceLattice: lattice,
      eigenstrain: LinearEigenstrain(
        a: eigenstrain.a, b: eigenstrain.b, c: eigenstrain.c, reference: reference),
      endMembers: endMembers)
  }

  /// The tables of docs/materials.md.
  static var documents: [(name: String, table: String)] {
    [
      ("material", CaseDocument.table(fields)),
      ("crystal", CaseDocument.table(CrystalKeys.fields)),
    ]
  }

  /// The materials that need no file.
  static let bundled = ["lfp": Material.lithiumIronPhosphate]

  /// The bundled material of that name, or the one in the file of that name.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` for a file that cannot be read, which lists the bundled
  ///   names, of kind `input` for one that is no material.
  static func material(
    _ nameOrPath: String, communicator: Communicator
  ) throws(ParallelError) -> Material {
    if let material = bundled[nameOrPath] { return material }
    do {
      return try CaseFile<MaterialFile>(nameOrPath, communicator: communicator).value.material
    } catch {
      guard error.kind == .file else { throw error }
      let names = bundled.keys.sorted().joined(separator: ", ")
      throw ParallelError(error.kind, "\(error.message) (bundled materials: \(names))")
    }
  }
}

/// The nine constants of an orthotropic stiffness.
private struct StiffnessKeys: CaseMapping {
  var stiffness = Material.lithiumIronPhosphate.stiffness

  static var fields: [CaseField<StiffnessKeys>] {
    let constants: [(String, WritableKeyPath<StiffnessKeys, Double>)] = [
      ("C11", \.stiffness.c11), ("C22", \.stiffness.c22), ("C33", \.stiffness.c33),
      ("C44", \.stiffness.c44), ("C55", \.stiffness.c55), ("C66", \.stiffness.c66),
      ("C12", \.stiffness.c12), ("C13", \.stiffness.c13), ("C23", \.stiffness.c23),
    ]
    return constants.map { name, path in
      .init(name, required: path, .quantity(.stress, "eV/nm3"), "a constant")
    }
  }

  init() {}

  init(_ stiffness: OrthotropicStiffness) { self.stiffness = stiffness }
}

extension CaseForm where Value == OrthotropicStiffness {
  /// Nine constants by their names.
  fileprivate static var constants: CaseForm {
    CaseForm(
      words: "`{\(StiffnessKeys.names.joined(separator: ", "))}` in \(Dimension.stress.unitList)",
      parts: { StiffnessKeys.paths }, read: { try $0.nested($1, StiffnessKeys.self).stiffness },
      text: { StiffnessKeys($0).flow })
  }
}

/// The stiffness of the pure phases.
private struct EndMemberKeys: CaseMapping {
  var range = StiffnessRange(
    poor: Material.lithiumIronPhosphate.stiffness, rich: Material.lithiumIronPhosphate.stiffness)

  static var fields: [CaseField<EndMemberKeys>] {
    [
      .init("poor", required: \.range.poor, .constants, "at X = 0"),
      .init("rich", required: \.range.rich, .constants, "at X = 1"),
    ]
  }

  init() {}

  init(_ range: StiffnessRange) { self.range = range }

  mutating func finish(_ keys: FieldKeys) throws {
    for (name, stiffness) in [("poor", range.poor), ("rich", range.rich)]
    where !stiffness.isPositiveDefinite {
      throw keys.problem(name, "found an unstable stiffness, expected a positive definite one")
    }
  }
}

extension CaseForm where Value == StiffnessRange {
  fileprivate static var endMembers: CaseForm {
    CaseForm(
      words: "`{\(EndMemberKeys.names.joined(separator: ", "))}`, each as `stiffness`",
      parts: { EndMemberKeys.paths }, read: { try $0.nested($1, EndMemberKeys.self).range },
      text: { EndMemberKeys($0).flow })
  }
}

/// The cell edges at the reference composition.
private struct LatticeKeys: CaseMapping {
  var lattice = Material.lithiumIronPhosphate.referenceLattice

  static var fields: [CaseField<LatticeKeys>] {
    [
      .init("a", required: \.lattice.a, .length, "the edge along a"),
      .init("b", required: \.lattice.b, .length, "along b"),
      .init("c", required: \.lattice.c, .length, "along c"),
    ]
  }

  init() {}

  init(_ lattice: LatticeParameters) { self.lattice = lattice }
}

extension CaseForm where Value == LatticeParameters {
  fileprivate static var lattice: CaseForm {
    CaseForm(
      words: "`{a, b, c}` in \(Dimension.length.unitList)", parts: { LatticeKeys.paths },
      read: { try $0.nested($1, LatticeKeys.self).lattice }, text: { LatticeKeys($0).flow })
  }
}

/// The expansion coefficients dε⁰/dX.
private struct EigenstrainKeys: CaseMapping {
  var eigenstrain = Material.lithiumIronPhosphate.eigenstrain

  static var fields: [CaseField<EigenstrainKeys>] {
    [
      .init("a", required: \.eigenstrain.a, .coefficient, "dε⁰/dX along a"),
      .init("b", required: \.eigenstrain.b, .coefficient, "along b"),
      .init("c", required: \.eigenstrain.c, .coefficient, "along c"),
    ]
  }

  init() {}

  init(_ eigenstrain: LinearEigenstrain) { self.eigenstrain = eigenstrain }
}

extension CaseForm where Value == LinearEigenstrain {
  fileprivate static var expansion: CaseForm {
    CaseForm(
      words: "`{a, b, c}`", parts: { EigenstrainKeys.paths },
      read: { try $0.nested($1, EigenstrainKeys.self).eigenstrain },
      text: { EigenstrainKeys($0).flow })
  }
}

extension CaseForm where Value == Double {
  /// A strain per composition.
  fileprivate static var coefficient: CaseForm {
    CaseForm(
      words: "a strain between -1 and 1",
      read: { keys, key in
        // Beyond one in magnitude the lattice at X = 0 would be turned inside out.
        let value = try keys.quantity(key, .ratio)
        guard abs(value) < 1 else {
          throw keys.problem(key, "found \(value), expected a strain between -1 and 1")
        }
        return value
      }, text: { "\($0)" })
  }
}
