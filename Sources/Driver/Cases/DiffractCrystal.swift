import Foundation
import Parallel
import Physics

/// The phases of a powder: a name, a mapping, or a list of them.
struct DiffractCrystals: Decodable {
  let crystals: [Crystal]
  /// Whether all are bundled ones, whose slip systems are known.
  let isBundled: Bool

  init(from decoder: any Decoder) throws {
    let entries: [DiffractCrystal]
    if let list = try? decoder.unkeyedContainer(), (list.count ?? 0) > 0 {
      entries = try decoder.singleValueContainer().decode([DiffractCrystal].self)
    } else {
      entries = [try DiffractCrystal(from: decoder)]
    }
    crystals = entries.map(\.crystal)
    isBundled = entries.allSatisfy(\.isBundled)
  }
}

/// A bundled crystal by its name, or a cell with a stiffness.
struct DiffractCrystal: Decodable {
  let crystal: Crystal
  let isBundled: Bool

  private enum Key: String, CaseKey { case name, cell, stiffness, symmetry }

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      let names = Crystal.bundled.map(\.name)
      guard let found = Crystal.bundled.first(where: { $0.name == name }) else {
        let nearest = nearestName(to: name, among: names).map { "; did you mean \"\($0)\"?" }
        throw CaseError(
          decoder.codingPath,
          "found \"\(name)\", expected \(names.joined(separator: ", ")) or cell and stiffness"
            + (nearest ?? ""))
      }
      crystal = found
      isBundled = true
      return
    }
    let keys = try CaseKeys<Key>(decoder)
    isBundled = false
    guard let edges = try? keys.nested(.cell, [Double].self), edges.count == 6 else {
      throw keys.problem(.cell, "expected [a, b, c, alpha, beta, gamma] in Å and degrees")
    }
    let symmetry = try keys.optional(.symmetry, default: nil as CrystalSystem?) {
      try keys.choice($0)
    }
    do {
      let cell = try UnitCell(
        a: edges[0] * angstrom, b: edges[1] * angstrom, c: edges[2] * angstrom,
        alpha: edges[3] * degree, beta: edges[4] * degree, gamma: edges[5] * degree)
      crystal = try Crystal(
        name: try keys.optional(.name, default: "crystal", keys.text), cell: cell,
        stiffness: try DiffractCrystal.stiffness(keys, symmetry), symmetry: symmetry)
    } catch let error as CrystalError {
      let key: Key =
        switch error.key.split(separator: ".").last {
        case "cell": .cell
        case "symmetry": .symmetry
        default: .stiffness
        }
      throw keys.problem(key, error.description)
    }
  }

  /// Six rows of six constants in GPa, or constants by name.
  private static func stiffness(
    _ keys: CaseKeys<Key>, _ symmetry: CrystalSystem?
  ) throws -> StiffnessTensor {
    if let rows = try? keys.nested(.stiffness, [[Double]].self) {
      return try StiffnessTensor(rows: rows, in: gigapascal)
    }
    guard let named = try? keys.nested(.stiffness, [String: Double].self) else {
      throw keys.problem(
        .stiffness, "expected six rows of six numbers, or constants such as {c11: 138.9, …}, in GPa"
      )
    }
    let constants = Dictionary(named.map { ($0.key.lowercased(), $0.value) }) { $1 }
    guard let system = symmetry ?? CrystalSystem.inferred(fromConstants: Set(constants.keys))
    else {
      throw keys.problem(
        .stiffness, "found constants of no crystal system; give the key symmetry")
    }
    return try StiffnessTensor(constants: constants, of: system, in: gigapascal)
  }
}

/// The slip systems: `labelled` for the paper's 15, `olivine` for its 26, labels of these, `none`,
/// or indices.
struct DiffractSystems: Decodable {
  let systems: [SlipSystem]

  init(isBundled: Bool) { systems = isBundled ? SlipSystem.labelledCandidates : [] }

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      switch name {
      case "labelled": systems = SlipSystem.labelledCandidates
      case "olivine": systems = SlipSystem.olivineCandidates
      case "none": systems = []
      default:
        throw CaseError(
          decoder.codingPath,
          "found \"\(name)\", expected labelled, olivine, none, or a list of systems")
      }
      return
    }
    systems = try decoder.singleValueContainer().decode([DiffractSystem].self).map(\.system)
    let labels = systems.map(\.label)
    if let twice = labels.first(where: { label in labels.filter { $0 == label }.count > 1 }) {
      throw CaseError(decoder.codingPath, "found the label \"\(twice)\" twice")
    }
  }
}

/// A slip system by a label of Table S3, or by label, burgers, line and plane.
private struct DiffractSystem: Decodable {
  let system: SlipSystem

  private enum Key: String, CaseKey { case label, burgers, line, plane }

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      let known = SlipSystem.olivineCandidates
      guard let found = known.first(where: { $0.label == name }) else {
        let nearest = nearestName(to: name, among: known.map(\.label))
        throw CaseError(
          decoder.codingPath,
          "found the system \"\(name)\", expected a label of Table S3 such as D, or label, burgers, "
            + "line and plane" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""))
      }
      system = found
      return
    }
    let keys = try CaseKeys<Key>(decoder)
    func vector(_ key: Key) throws -> SIMD3<Double> {
      guard let numbers = try? keys.nested(key, [Double].self), numbers.count == 3 else {
        throw keys.problem(key, "expected three numbers such as [0, 0.5, 0.5]")
      }
      return SIMD3(numbers[0], numbers[1], numbers[2])
    }
    system = SlipSystem(
      label: try keys.text(.label), burgers: try vector(.burgers), line: try vector(.line),
      plane: try keys.optional(.plane, default: nil, vector))
  }
}
