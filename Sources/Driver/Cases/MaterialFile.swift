// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// A material as YAML: name, stiffness, lattice, eigenstrain.
struct MaterialFile: Decodable {
  /// What it describes.
  let material: Material

  private enum Key: String, CaseKey {
    case name, stiffness, lattice, eigenstrain
    case endMembers = "end_members"
    case referenceComposition = "reference_composition"
  }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    let stiffness = try keys.nested(.stiffness, StiffnessKeys.self).stiffness
    guard stiffness.isPositiveDefinite else {
      throw keys.problem(
        .stiffness,
        "found a stiffness under which some strain gains energy, expected a positive definite one")
    }
    var eigenstrain = try keys.nested(.eigenstrain, EigenstrainKeys.self).eigenstrain
    eigenstrain.reference = try keys.optional(.referenceComposition, default: 1) {
      try keys.number($0, in: 0...1)
    }
    material = Material(
      name: try keys.text(.name),
      stiffness: stiffness,
      referenceLattice: try keys.nested(.lattice, LatticeKeys.self).lattice,
      eigenstrain: eigenstrain,
      endMembers: try keys.optional(.endMembers, default: nil) { key in
        try keys.nested(key, EndMemberKeys.self).range
      })
  }

  /// A material on one line, read back to the last bit.
  static func flow(_ material: Material) -> String {
    let (c, l, e) = (material.stiffness, material.referenceLattice, material.eigenstrain)
    let constants = [
      ("C11", c.c11), ("C22", c.c22), ("C33", c.c33), ("C44", c.c44), ("C55", c.c55),
      ("C66", c.c66), ("C12", c.c12), ("C13", c.c13), ("C23", c.c23),
    ]
    let stiffness = constants.map { "\($0.0): \($0.1) eV/nm3" }.joined(separator: ", ")
    return "{name: \"\(material.name)\", stiffness: {\(stiffness)}, "
      + "lattice: {a: \(l.a) nm, b: \(l.b) nm, c: \(l.c) nm}, "
      + "eigenstrain: {a: \(e.a), b: \(e.b), c: \(e.c)}"
      // Left out where it is 1, as in the checkpoints of before.
      + (e.reference == 1 ? "}" : ", reference_composition: \(e.reference)}")
  }

  /// The names of its keys.
  static var names: [String] { Key.allCases.map(\.rawValue) }

  /// The materials that need no file.
  static let bundled = ["lfp": Material.lithiumIronPhosphate]

  /// The bundled material of that name, or the one in the file of that name.
  ///
  /// Collective.
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

/// The stiffness of the pure phases.
private struct EndMemberKeys: Decodable {
  let range: StiffnessRange

  private enum Key: String, CaseKey {
    case poor, rich
  }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    func stiffness(_ key: Key) throws -> OrthotropicStiffness {
      let found = try keys.nested(key, StiffnessKeys.self).stiffness
      guard found.isPositiveDefinite else {
        throw keys.problem(key, "found an unstable stiffness, expected a positive definite one")
      }
      return found
    }
    range = StiffnessRange(poor: try stiffness(.poor), rich: try stiffness(.rich))
  }
}

/// The nine constants of an orthotropic stiffness.
private struct StiffnessKeys: Decodable {
  let stiffness: OrthotropicStiffness

  private enum Key: String, CaseKey {
    case c11 = "C11"
    case c22 = "C22"
    case c33 = "C33"
    case c44 = "C44"
    case c55 = "C55"
    case c66 = "C66"
    case c12 = "C12"
    case c13 = "C13"
    case c23 = "C23"
  }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    func constant(_ key: Key) throws -> Double { try keys.quantity(key, .stress) }
    stiffness = OrthotropicStiffness(
      in: 1,
      c11: try constant(.c11), c22: try constant(.c22), c33: try constant(.c33),
      c44: try constant(.c44), c55: try constant(.c55), c66: try constant(.c66),
      c12: try constant(.c12), c13: try constant(.c13), c23: try constant(.c23))
  }
}

/// The keys of a value along each crystal axis.
private enum AxisKey: String, CaseKey {
  case a, b, c
}

/// The cell edges at the reference composition.
private struct LatticeKeys: Decodable {
  let lattice: LatticeParameters

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<AxisKey>(decoder)
    lattice = LatticeParameters(
      a: try keys.positiveQuantity(.a, .length),
      b: try keys.positiveQuantity(.b, .length),
      c: try keys.positiveQuantity(.c, .length))
  }
}

/// The expansion coefficients dε⁰/dX.
private struct EigenstrainKeys: Decodable {
  let eigenstrain: LinearEigenstrain

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<AxisKey>(decoder)
    // Beyond one in magnitude the lattice at X = 0 would be turned inside out.
    func coefficient(_ key: AxisKey) throws -> Double {
      let value = try keys.quantity(key, .ratio)
      guard abs(value) < 1 else {
        throw keys.problem(key, "found \(value), expected a strain between -1 and 1")
      }
      return value
    }
    eigenstrain = LinearEigenstrain(
      a: try coefficient(.a), b: try coefficient(.b), c: try coefficient(.c))
  }
}
