// SPDX-License-Identifier: Apache-2.0

import Physics

/// One straight dislocation and what is asked about it.
struct DislocationCase: Decodable {
  /// Which reflections a contrast factor is a mean of.
  enum Average: String, CaseIterable {
    /// Only the one given.
    case none
    /// All that the crystal's symmetry makes equivalent.
    case equivalent
  }

  /// The crystal.
  let crystal: Crystal
  /// The dislocation.
  let dislocation: StraightDislocation
  /// Whether the Burgers vector lies in the plane that was given.
  let glides: Bool
  /// Where contrast factors are wanted.
  let reflections: [Reflection]
  /// Which reflections each is a mean of.
  let average: Average
  /// Where the field is wanted, nm.
  let points: [SIMD3<Double>]

  init(from decoder: any Decoder) throws {
    let keys = try FieldKeys(decoder, names: DislocationText.names)
    // Looked at first: of a list, the keys that a case must have would be found missing.
    guard !keys.has("cases") else {
      throw keys.problem("cases", "found a list of cases in a case, expected a single case here")
    }
    try self.init(keys)
  }

  fileprivate init(_ keys: FieldKeys) throws {
    let text = try DislocationText(keys)
    crystal = text.crystal
    do throws(CrystalError) {
      dislocation = try StraightDislocation(text.system, in: crystal)
    } catch {
      throw keys.problem(
        DislocationText.names.contains(error.key) ? error.key : "burgers", "\(error)")
    }
    let sine = dot(unit(dislocation.burgers), dislocation.frame.e2)
    glides = abs(sine) < 1e-6
    reflections = text.reflections
    average = text.average ?? (crystal.group.system == .orthorhombic ? .equivalent : .none)
    points = text.points.map { angstrom * $0 }
    for (index, point) in points.enumerated() {
      let across = dislocation.frame.components(point)
      // Nearer than this the field is larger than any lattice, and 0 Å is typed exactly.
      guard abs(across.x) + abs(across.y) > 1e-6 * angstrom else {
        throw keys.problem(
          "points", "point \(index + 1) lies on the dislocation line, where the field diverges")
      }
    }
  }
}

/// A file of one case, or of several under `cases`.
struct DislocationCases: Decodable {
  /// The cases in the order of the file.
  let cases: [DislocationCase]
  /// Whether the file has the key `cases`.
  let isList: Bool

  init(from decoder: any Decoder) throws {
    let keys = try FieldKeys(decoder, names: DislocationText.names)
    isList = keys.has("cases")
    guard isList else {
      cases = [try DislocationCase(keys)]
      return
    }
    for key in DislocationText.names where key != "cases" && keys.has(key) {
      throw keys.problem(key, "found beside cases, expected within each case")
    }
    cases = try keys.nested("cases", [DislocationCase].self)
    guard !cases.isEmpty else {
      throw keys.problem("cases", "found an empty list, expected at least one case")
    }
  }
}
