// SPDX-License-Identifier: Apache-2.0

import Physics

/// A crystal of a case: cell and stiffness, or the name of a bundled one.
struct CrystalCase: Decodable {
  /// What it describes.
  let crystal: Crystal

  /// The crystals that need no cell and stiffness, by the names a case may use.
  static let bundled: [(name: String, crystal: Crystal)] =
    Crystal.bundled.map { ($0.name, $0) }
    + [("lfp", .lithiumIronPhosphate), ("fp", .ironPhosphate)]

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      let names = CrystalCase.bundled.map(\.name)
      guard let found = CrystalCase.bundled.first(where: { $0.name == name }) else {
        let nearest = nearestName(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
        throw CaseError(
          decoder.codingPath,
          "found \"\(name)\", expected cell and stiffness, or one of "
            + names.joined(separator: ", ") + nearest)
      }
      crystal = found.crystal
      return
    }
    crystal = try CrystalKeys(from: decoder).crystal
  }
}

extension CaseForm where Value == Crystal {
  /// A crystal by its name or its keys.
  static var crystal: CaseForm {
    CaseForm(
      words: "the name of a bundled one, or `{\(CrystalKeys.names.joined(separator: ", "))}`",
      parts: { CrystalKeys.paths }, read: { try $0.nested($1, CrystalCase.self).crystal },
      text: { CrystalKeys($0).flow })
  }
}

/// The keys of a crystal.
struct CrystalKeys: CaseMapping {
  private var name = "crystal"
  /// a, b, c in Å and alpha, beta, gamma in degrees.
  private var numbers: [Double] = []
  private var given = StiffnessCase.constants([:])
  private var claimed: CrystalSystem?
  /// What they describe.
  private(set) var crystal = Crystal.lithiumIronPhosphate

  static var fields: [CaseField<CrystalKeys>] {
    [
      .init("name", \.name, .crystalName, "by which outputs call it"),
      .init("cell", required: \.numbers, .cell, "the unit cell in Å and degrees"),
      .init(
        "stiffness", required: \.given, .stiffness,
        "in GPa, in Cartesian axes with X along a and Z along c*, in the order aa bb cc bc ac ab"),
      .init(
        "symmetry", optional: \.claimed, .choice,
        unless: "that of the constants' names, else of cell and stiffness", "the crystal system"),
    ]
  }

  init() {}

  /// The keys that say a crystal again.
  init(_ crystal: Crystal) {
    let cell = crystal.cell
    name = crystal.name
    numbers =
      [cell.a, cell.b, cell.c].map { $0 / angstrom }
      + [cell.alpha, cell.beta, cell.gamma].map { $0 / degree }
    given = .matrix(
      (0..<6).map { row in
        (0..<6).map { crystal.stiffness.constants[6 * row + $0] / gigapascal }
      })
    (claimed, self.crystal) = (crystal.group.system, crystal)
  }

  mutating func finish(_ keys: FieldKeys) throws {
    let cell: UnitCell
    do throws(CrystalError) {
      cell = try UnitCell(
        a: numbers[0] * angstrom, b: numbers[1] * angstrom, c: numbers[2] * angstrom,
        alpha: numbers[3] * degree, beta: numbers[4] * degree, gamma: numbers[5] * degree)
    } catch {
      throw keys.problem("cell", "\(error)")
    }
    do throws(CrystalError) {
      let (stiffness, named) = try tensor(cell)
      // The system that the constants' names say holds, also where their values or the cell happen
      // to be more symmetric.
      crystal = try Crystal(
        name: name, cell: cell, stiffness: stiffness, symmetry: claimed ?? named)
    } catch {
      throw keys.problem(error.key == "crystal.symmetry" ? "symmetry" : "stiffness", "\(error)")
    }
  }

  /// The stiffness, and the system that the names of its constants say.
  private func tensor(
    _ cell: UnitCell
  ) throws(CrystalError) -> (StiffnessTensor, CrystalSystem?) {
    switch given {
    case .matrix(let rows): return (try StiffnessTensor(rows: rows, in: gigapascal), nil)
    case .constants(let named):
      // Where the names fit no system, the cell's own tells which of them is wrong.
      let isotropic = try StiffnessTensor(constants: ["c11": 3, "c12": 1], of: .isotropic, in: 1)
      let system =
        claimed ?? CrystalSystem.inferred(fromConstants: Set(named.keys))
        ?? LaueGroup(cell: cell, stiffness: isotropic).system
      let tensor = try StiffnessTensor(constants: named, of: system, in: gigapascal)
      // A claimed symmetry that the cell has in no axes is told as such.
      let hasOtherAxes = system == .trigonal || system == .monoclinic
      guard system.hasAxes(of: cell) || (claimed != nil && !hasOtherAxes) else {
        throw .wrongAxes(system, cell)
      }
      return (tensor, system)
    }
  }
}

extension CaseForm where Value == String {
  /// A name that nothing depends on: whatever is no text is passed over.
  fileprivate static var crystalName: CaseForm {
    CaseForm(words: "", read: { (try? $0.text($1)) ?? "crystal" }, text: { $0 })
  }
}

extension CaseForm where Value == [Double] {
  /// The edges in Å and the angles in degrees of a unit cell.
  fileprivate static var cell: CaseForm {
    CaseForm(
      words: "`[a, b, c, alpha, beta, gamma]`",
      read: { keys, key in
        let numbers = try keys.numbers(key, "a", "b", "c", "alpha", "beta", "gamma")
        // No lattice repeats within 1 Å; beyond 200 Å the edges are in another unit.
        for (name, edge) in zip(["a", "b", "c"], numbers) where edge > 0 && !(1...200 ~= edge) {
          throw keys.problem(
            key,
            "found the edge \(name) = \(edge), expected 1 to 200 Å; is it in "
              + "\(edge < 1 ? "nm" : "pm")?")
        }
        if numbers[3...].allSatisfy({ 0...Double.pi ~= $0 }) {
          throw keys.problem(
            key, "found the angles \(Array(numbers[3...])), expected degrees; are they in radians?")
        }
        return numbers
      }, text: { "\($0)" })
  }
}

extension CaseForm where Value == StiffnessCase {
  fileprivate static var stiffness: CaseForm {
    CaseForm(
      words: "a 6 × 6 matrix, or `{c11, c12, …}`",
      parts: {
        [
          CasePath(
            keys: [CasePath.anyName], words: "a number in GPa", usual: "by symmetry", value: nil,
            meaning: "a constant by its name", isLeaf: true)
        ]
      },
      read: { keys, key in
        let given = try keys.nested(key, StiffnessCase.self)
        // Diamond has 1080 GPa.
        if let largest = given.largest, largest > 3000 {
          throw keys.problem(
            key,
            "found the constant \(largest), expected GPa, 3000 at most; is it in "
              + "\(largest < 1e8 ? "MPa" : "Pa")?")
        }
        return given
      },
      text: { given in
        switch given {
        case .matrix(let rows): "\(rows)"
        case .constants(let named):
          "{\(named.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
        }
      })
  }
}

/// The two ways to give a stiffness.
private enum StiffnessCase: Decodable {
  case matrix([[Double]])
  case constants([String: Double])

  /// The largest finite constant.
  var largest: Double? {
    switch self {
    case .matrix(let rows): rows.joined().filter(\.isFinite).map(abs).max()
    case .constants(let named): named.values.filter(\.isFinite).map(abs).max()
    }
  }

  init(from decoder: any Decoder) throws {
    if (try? decoder.unkeyedContainer()) != nil {
      let rows = try decoder.singleValueContainer().decode([[CaseNumber]].self)
      self = .matrix(rows.map { $0.map(\.value) })
      return
    }
    guard let named = try? decoder.container(keyedBy: FieldKey.self) else {
      throw CaseError(
        decoder.codingPath, "found a single value, expected a 6 by 6 matrix or constants in GPa")
    }
    var constants: [String: Double] = [:]
    for key in named.allKeys {
      constants[key.stringValue] = try named.decode(CaseNumber.self, forKey: key).value
    }
    self = .constants(constants)
  }
}
