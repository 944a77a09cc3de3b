// SPDX-License-Identifier: Apache-2.0

import Physics

/// A crystal of a case: cell and stiffness, or the name of a bundled one.
struct CrystalCase: Decodable {
  /// What it describes.
  let crystal: Crystal

  private enum Key: String, CaseKey {
    case name, cell, stiffness, symmetry
  }

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
    let keys = try CaseKeys<Key>(decoder)
    let cell = try CrystalCase.cell(keys)
    let claimed = try keys.optional(.symmetry, default: nil) {
      try keys.choice($0, CrystalSystem.self)
    }
    let (stiffness, named) = try CrystalCase.stiffness(keys, cell, claimed)
    do throws(CrystalError) {
      // The system that the constants' names say holds, also where their values or the cell happen
      // to be more symmetric.
      crystal = try Crystal(
        name: try CrystalCase.name(keys), cell: cell, stiffness: stiffness,
        symmetry: claimed ?? named)
    } catch {
      throw keys.problem(error.key == "crystal.symmetry" ? .symmetry : .stiffness, "\(error)")
    }
  }

  private static func name(_ keys: CaseKeys<Key>) throws(CrystalError) -> String {
    keys.has(.name) ? (try? keys.text(.name)) ?? "crystal" : "crystal"
  }

  /// a, b, c in Å and alpha, beta, gamma in degrees.
  private static func cell(_ keys: CaseKeys<Key>) throws -> UnitCell {
    let numbers = try keys.numbers(.cell, "a", "b", "c", "alpha", "beta", "gamma")
    // No lattice repeats within 1 Å; beyond 200 Å the edges are in another unit.
    for (name, edge) in zip(["a", "b", "c"], numbers) where edge > 0 && !(1...200 ~= edge) {
      throw keys.problem(
        .cell,
        "found the edge \(name) = \(edge), expected 1 to 200 Å; is it in \(edge < 1 ? "nm" : "pm")?"
      )
    }
    if numbers[3...].allSatisfy({ 0...Double.pi ~= $0 }) {
      throw keys.problem(
        .cell, "found the angles \(Array(numbers[3...])), expected degrees; are they in radians?")
    }
    do throws(CrystalError) {
      return try UnitCell(
        a: numbers[0] * angstrom, b: numbers[1] * angstrom, c: numbers[2] * angstrom,
        alpha: numbers[3] * degree, beta: numbers[4] * degree, gamma: numbers[5] * degree)
    } catch {
      throw keys.problem(.cell, "\(error)")
    }
  }

  /// A 6 × 6 matrix or named constants, GPa, and the system that names say.
  private static func stiffness(
    _ keys: CaseKeys<Key>, _ cell: UnitCell, _ claimed: CrystalSystem?
  ) throws -> (StiffnessTensor, CrystalSystem?) {
    let given = try keys.nested(.stiffness, StiffnessCase.self)
    // Diamond has 1080 GPa.
    if let largest = given.largest, largest > 3000 {
      throw keys.problem(
        .stiffness,
        "found the constant \(largest), expected GPa, 3000 at most; is it in "
          + "\(largest < 1e8 ? "MPa" : "Pa")?")
    }
    do throws(CrystalError) {
      switch given {
      case .matrix(let rows): return (try StiffnessTensor(rows: rows, in: gigapascal), nil)
      case .constants(let named):
        // Where the names fit no system, the cell's own tells which of them is wrong.
        let isotropic = try StiffnessTensor(
          constants: ["c11": 3, "c12": 1], of: .isotropic, in: 1)
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
    } catch {
      throw keys.problem(.stiffness, "\(error)")
    }
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
    guard let named = try? decoder.container(keyedBy: ConstantName.self) else {
      throw CaseError(
        decoder.codingPath, "found a single value, expected a 6 by 6 matrix or constants in GPa")
    }
    var constants: [String: Double] = [:]
    for key in named.allKeys {
      constants[key.stringValue] = try named.decode(CaseNumber.self, forKey: key).value
    }
    self = .constants(constants)
  }

  private struct ConstantName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }
}
