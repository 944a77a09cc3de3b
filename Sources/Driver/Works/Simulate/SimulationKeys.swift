// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

extension CaseForm where Value == Directions<Double> {
  /// The edges of a box.
  static var edges: CaseForm {
    CaseForm(
      words: "`{a, c, b}`", parts: { EdgeKeys.paths },
      read: { try $0.nested($1, EdgeKeys.self).edges }, text: { $0.flow("nm") })
  }

  /// Lengths of which that along b may be left out, which draws a body out along b.
  static var extents: CaseForm {
    CaseForm(
      words: "`{a, c, b}`", parts: { Directions(0, 0, .infinity).paths(.length, "nm") },
      read: { keys, key in
        let found = try keys.axes(key, .length, default: Directions(0, 0, .infinity))
        guard found.x > 0, found.y > 0 else {
          throw keys.problem(key, "expected lengths along a and c")
        }
        return found
      },
      text: { $0.flow("nm") })
  }
}

extension CaseForm where Value == Directions<Int> {
  /// Elements along each axis; b may be left out, which makes the case two-dimensional.
  static var elements: CaseForm {
    CaseForm(
      words: "`{a, c, b}`", parts: { CountKeys.paths },
      read: { try $0.nested($1, CountKeys.self).counts },
      text: { "{a: \($0.x), c: \($0.y), b: \($0.z)}" })
  }
}

extension Directions<Double> {
  /// As a mapping; without b where that is infinite.
  func flow(_ unit: String) -> String {
    let depth = z.isFinite ? ", b: \(z) \(unit)" : ""
    return "{a: \(x) \(unit), c: \(y) \(unit)\(depth)}"
  }

  /// The keys of positive values along the axes whose defaults these are: 0 is none, infinity reaches
  /// through.
  func paths(_ dimension: Dimension, _ unit: String) -> [CasePath] {
    zip(["a", "c", "b"], [x, y, z]).map { axis, value in
      let text = value > 0 && value.isFinite ? "\(value) \(unit)" : nil
      return CasePath(
        keys: [axis], words: "in \(dimension.unitList)",
        usual: text ?? (value > 0 ? "through" : CasePath.required), value: text,
        meaning: "along \(axis)", isLeaf: true)
    }
  }
}

/// The edges of a box.
private struct EdgeKeys: CaseMapping {
  var edges = Directions(0.0, 0, 0)

  static var fields: [CaseField<EdgeKeys>] {
    [
      .init("a", required: \.edges.x, .length, "the edge along a"),
      .init("c", required: \.edges.y, .length, "along c"),
      .init("b", required: \.edges.z, .length, "along b"),
    ]
  }
}

/// Elements along the axes.
private struct CountKeys: CaseMapping {
  var counts = Directions(0, 0, 0)

  static var fields: [CaseField<CountKeys>] {
    [
      .init("a", required: \.counts.x, .integer(in: 2...100_000), "elements along a"),
      .init("c", required: \.counts.y, .integer(in: 2...100_000), "along c"),
      .init(
        "b", \.counts.z, .integer(in: 0...100_000), "along b; 0 makes the case two-dimensional"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    guard counts.z != 1 else {
      throw keys.problem("b", "found 1, expected at least 2, or none for two dimensions")
    }
  }
}

/// Which sides of the box meet.
struct BoundaryKeys: CaseMapping {
  enum Kind: String, CaseIterable { case free, periodic }

  var a = Kind.free
  var c = Kind.free

  static var fields: [CaseField<BoundaryKeys>] {
    [
      .init("a", \.a, .choice, "the sides along a"), .init("c", \.c, .choice, "the sides along c"),
    ]
  }

  var periodic: (x: Bool, y: Bool) { (a == .periodic, c == .periodic) }
}

extension FieldKeys {
  /// A positive quantity along each axis: a mapping that may leave axes out, or one for all.
  func axes(
    _ key: String, _ dimension: Dimension, default usual: Directions<Double>
  ) throws -> Directions<Double> {
    guard has(key) else { return usual }
    if (try? text(key)) != nil {
      let value = try positiveQuantity(key, dimension)
      return Directions(value, value, value)
    }
    return try nested(key, names: ["a", "c", "b"]) { keys in
      func value(_ axis: String, _ usual: Double) throws -> Double {
        keys.has(axis) ? try keys.positiveQuantity(axis, dimension) : usual
      }
      return Directions(
        try value("a", usual.x), try value("c", usual.y), try value("b", usual.z))
    }
  }

  /// Values along all axes that a case has: in a plane b may be left out, it has no effect there.
  func wholeAxes(
    _ key: String, _ dimension: Dimension, default usual: Directions<Double>, isPlane: Bool
  ) throws -> Directions<Double> {
    guard has(key), (try? text(key)) == nil else { return try axes(key, dimension, default: usual) }
    let found = try axes(key, dimension, default: Directions(0, 0, 0))
    let missing = [("a", found.x), ("c", found.y), ("b", isPlane ? 1 : found.z)]
      .filter { $0.1 == 0 }.map(\.0)
    guard missing.isEmpty else {
      throw problem(
        key,
        "found nothing for \(missing.joined(separator: " and ")), expected "
          + "\(isPlane ? "{a, c}" : "{a, c, b}") or one value for all")
    }
    return Directions(found.x, found.y, found.z > 0 ? found.z : usual.z)
  }
}
