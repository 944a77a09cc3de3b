// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// The keys of a value along each crystal axis.
enum Axis: String, CaseKey { case a, c, b }

extension CaseForm where Value == Directions<Double> {
  /// The edges of a box.
  static var edges: CaseForm {
    CaseForm(
      words: "`{a, c, b}`",
      read: { keys, key in
        let some = try keys.nested(key, SomeAxes.self)
        return Directions(
          try some.needed(.a, .length), try some.needed(.c, .length), try some.needed(.b, .length))
      },
      text: { $0.flow("nm") })
  }

  /// Lengths of which that along b may be left out, which draws a body out along b.
  static var extents: CaseForm {
    CaseForm(
      words: "`{a, c, b}`",
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
      words: "`{a, c, b}`", read: { try $0.nested($1, CountsKeys.self).counts },
      text: { "{a: \($0.x), c: \($0.y), b: \($0.z)}" })
  }
}

extension Directions<Double> {
  /// As a mapping; without b where that is infinite.
  func flow(_ unit: String) -> String {
    let depth = z.isFinite ? ", b: \(z) \(unit)" : ""
    return "{a: \(x) \(unit), c: \(y) \(unit)\(depth)}"
  }
}

private struct CountsKeys: Decodable {
  let counts: Directions<Int>

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Axis>(decoder)
    counts = Directions(
      try keys.integer(.a, in: 2...100_000), try keys.integer(.c, in: 2...100_000),
      try keys.optional(.b, default: 0) { key in
        let count = try keys.integer(key, in: 0...100_000)
        guard count != 1 else {
          throw keys.problem(key, "found 1, expected at least 2, or none for two dimensions")
        }
        return count
      })
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

extension CaseKeys {
  /// A positive quantity along each axis: a mapping that may leave axes out, or one for all.
  func axes(
    _ key: Key, _ dimension: Dimension, default usual: Directions<Double>
  ) throws -> Directions<Double> {
    guard has(key) else { return usual }
    if (try? text(key)) != nil {
      let value = try positiveQuantity(key, dimension)
      return Directions(value, value, value)
    }
    let some = try nested(key, SomeAxes.self)
    return Directions(
      try some.value(.a, dimension) ?? usual.x, try some.value(.c, dimension) ?? usual.y,
      try some.value(.b, dimension) ?? usual.z)
  }

  /// Values along all axes that a case has: in a plane b may be left out, it has no effect there.
  func wholeAxes(
    _ key: Key, _ dimension: Dimension, default usual: Directions<Double>, isPlane: Bool
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

/// The values of some axes.
private struct SomeAxes: Decodable {
  private let keys: CaseKeys<Axis>

  init(from decoder: any Decoder) throws { keys = try CaseKeys<Axis>(decoder) }

  func value(_ axis: Axis, _ dimension: Dimension) throws -> Double? {
    keys.has(axis) ? try keys.positiveQuantity(axis, dimension) : nil
  }

  func needed(_ axis: Axis, _ dimension: Dimension) throws -> Double {
    try keys.positiveQuantity(axis, dimension)
  }
}
