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

  fileprivate enum Key: String, CaseKey {
    case crystal, burgers, line, plane, reflections, average, points, cases
  }

  /// All keys.
  static let names = Key.allCases.map(\.rawValue)

  init(from decoder: any Decoder) throws {
    try self.init(CaseKeys<Key>(decoder))
  }

  fileprivate init(_ keys: CaseKeys<Key>) throws {
    guard !keys.has(.cases) else {
      throw keys.problem(.cases, "found a list of cases in a case, expected a single case here")
    }
    crystal = try keys.nested(.crystal, CrystalCase.self).crystal
    let system = SlipSystem(
      burgers: try keys.vector(.burgers, "u", "v", "w"),
      line: try keys.vector(.line, "u", "v", "w"),
      plane: try keys.optional(.plane, default: nil) { try keys.vector($0, "h", "k", "l") })
    do throws(CrystalError) {
      dislocation = try StraightDislocation(system, in: crystal)
    } catch {
      throw keys.problem(Key(rawValue: error.key) ?? .burgers, "\(error)")
    }
    let sine = dot(unit(dislocation.burgers), dislocation.frame.e2)
    glides = abs(sine) < 1e-6
    reflections = try keys.optional(.reflections, default: []) {
      try DislocationCase.reflections($0, keys)
    }
    average = try keys.optional(
      .average, default: crystal.group.system == .orthorhombic ? .equivalent : .none
    ) { try keys.choice($0) }
    points = try keys.optional(.points, default: []) {
      try keys.vectors($0, "x", "y", "z").map { angstrom * $0 }
    }
    for (index, point) in points.enumerated() {
      let across = dislocation.frame.components(point)
      // Nearer than this the field is larger than any lattice, and 0 Å is typed exactly.
      guard abs(across.x) + abs(across.y) > 1e-6 * angstrom else {
        throw keys.problem(
          .points, "point \(index + 1) lies on the dislocation line, where the field diverges")
      }
    }
  }

  private static func reflections(_ key: Key, _ keys: CaseKeys<Key>) throws -> [Reflection] {
    try keys.vectors(key, "h", "k", "l").map { indices in
      let whole = SIMD3(indices.x.rounded(), indices.y.rounded(), indices.z.rounded())
      guard whole == indices, largestComponent(indices) < 1000 else {
        throw keys.problem(
          key, "found \(indices.x) \(indices.y) \(indices.z), expected whole numbers h k l")
      }
      let reflection = Reflection(Int(indices.x), Int(indices.y), Int(indices.z))
      guard reflection != Reflection(0, 0, 0) else {
        throw keys.problem(key, "\(CrystalError.zeroReflection)")
      }
      return reflection
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
    let keys = try CaseKeys<DislocationCase.Key>(decoder)
    isList = keys.has(.cases)
    guard isList else {
      cases = [try DislocationCase(keys)]
      return
    }
    for key in DislocationCase.Key.allCases where key != .cases && keys.has(key) {
      throw keys.problem(key, "found beside cases, expected within each case")
    }
    cases = try keys.nested(.cases, [DislocationCase].self)
    guard !cases.isEmpty else {
      throw keys.problem(.cases, "found an empty list, expected at least one case")
    }
  }
}
