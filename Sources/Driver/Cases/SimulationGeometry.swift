// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// A void: a sphere as {a, c, b, radius}, or one of the bodies by its name.
struct VoidKeys: Decodable {
  let hole: Shape
  /// Whether it ends along b and does not say where.
  let lacksDepth: Bool

  private enum Key: String, CaseKey {
    case a, c, b, radius, sphere, box, ellipsoid, cylinder
  }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    let named = [Key.sphere, .box, .ellipsoid, .cylinder].filter(keys.has)
    if named.isEmpty {
      hole = try SphereKeys(from: decoder).shape
      lacksDepth = !keys.has(.b)
      return
    }
    let others = Key.allCases.filter(keys.has)
    guard named.count == 1, others.count == 1 else {
      throw keys.problem(
        named[0], "found \(others.map(\.rawValue).joined(separator: ", ")), expected one body")
    }
    (hole, lacksDepth) =
      switch named[0] {
      case .box: try keys.body(.box, BoxKeys.self)
      case .ellipsoid: try keys.body(.ellipsoid, EllipsoidKeys.self)
      case .cylinder: try keys.body(.cylinder, CylinderKeys.self)
      default: try keys.body(.sphere, SphereKeys.self)
      }
  }
}

/// The keys of a body.
private protocol BodyKeys: Decodable {
  var shape: Shape { get }
  /// Whether the place along b is given.
  var hasDepth: Bool { get }
}

extension CaseKeys {
  fileprivate func body<Body: BodyKeys>(
    _ key: Key, _ type: Body.Type
  ) throws -> (shape: Shape, lacksDepth: Bool) {
    let body = try nested(key, type)
    let isThrough =
      switch body.shape {
      case .ellipsoid(_, let extent), .box(_, let extent): extent.z == .infinity
      case .sphere, .prism: false
      }
    return (body.shape, !body.hasDepth && !isThrough)
  }
}

extension CaseKeys {
  /// A place; b may be left out in two dimensions.
  fileprivate func place(_ a: Key, _ c: Key, _ b: Key) throws -> Directions<Double> {
    Directions(
      try quantity(a, .length), try quantity(c, .length),
      try optional(b, default: 0) { try quantity($0, .length) })
  }
}

private struct SphereKeys: BodyKeys {
  let shape: Shape
  let hasDepth: Bool
  private enum Key: String, CaseKey { case a, c, b, radius }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    shape = .sphere(
      centre: try keys.place(.a, .c, .b), radius: try keys.positiveQuantity(.radius, .length))
    hasDepth = keys.has(.b)
  }
}

private struct CylinderKeys: BodyKeys {
  let shape: Shape
  let hasDepth: Bool
  private enum Key: String, CaseKey { case a, c, radius }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    shape = .cylinder(
      a: try keys.quantity(.a, .length), c: try keys.quantity(.c, .length),
      radius: try keys.positiveQuantity(.radius, .length))
    hasDepth = true
  }
}

private struct BoxKeys: BodyKeys {
  let shape: Shape
  let hasDepth: Bool
  private enum Key: String, CaseKey { case a, c, b, size }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    shape = .box(
      centre: try keys.place(.a, .c, .b),
      size: try keys.axes(.size, .length, default: Directions(0, 0, .infinity), required: true))
    hasDepth = keys.has(.b)
  }
}

private struct EllipsoidKeys: BodyKeys {
  let shape: Shape
  let hasDepth: Bool
  private enum Key: String, CaseKey { case a, c, b, radii }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    shape = .ellipsoid(
      centre: try keys.place(.a, .c, .b),
      radii: try keys.axes(.radii, .length, default: Directions(0, 0, .infinity), required: true))
    hasDepth = keys.has(.b)
  }
}

extension CaseKeys {
  /// Lengths along the axes; b may be left out, which draws the body out along b.
  fileprivate func axes(
    _ key: Key, _ dimension: Dimension, default usual: Directions<Double>, required: Bool
  ) throws -> Directions<Double> {
    guard has(key) else { throw problem(key, "found nothing, expected {a, c, b}") }
    let found = try axes(key, dimension, default: usual)
    guard found.x > 0, found.y > 0 else { throw problem(key, "expected lengths along a and c") }
    return found
  }
}

/// The outline of a particle in the ac plane.
struct OutlineKeys: Decodable {
  /// What the outline is, before the box and the crystal are known.
  enum Kind {
    case polygon([SIMD2<Double>])
    case diamond(PlateletKeys)
    case hexagon(PlateletKeys)
    case ellipse(PlateletKeys)
    case mask(file: String, particle: String)
  }
  let kind: Kind

  private enum Key: String, CaseKey { case polygon, diamond, hexagon, ellipse, stack, particle }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    let kinds = Key.allCases.filter { $0 != .particle }
    let found = kinds.filter(keys.has)
    guard found.count == 1 else {
      throw CaseError(
        decoder.codingPath,
        "found \(found.isEmpty ? "nothing" : found.map(\.rawValue).joined(separator: " and ")), "
          + "expected one of \(kinds.map(\.rawValue).joined(separator: ", "))")
    }
    guard found[0] == .stack || !keys.has(.particle) else {
      throw keys.problem(.particle, "found a particle, expected it with a stack only")
    }
    switch found[0] {
    case .stack, .particle:
      kind = .mask(file: try keys.text(.stack), particle: try keys.text(.particle))
    case .polygon:
      let points = try keys.list(.polygon, of: PointKeys.self).map(\.point)
      if let problem = Polygon(points).problem { throw keys.problem(.polygon, problem) }
      kind = .polygon(points)
    case .diamond: kind = .diamond(try keys.nested(.diamond))
    case .hexagon: kind = .hexagon(try keys.nested(.hexagon))
    case .ellipse: kind = .ellipse(try keys.nested(.ellipse))
    }
  }

  /// The outline in a box; a hexagon's tips have {101} facets of `lattice` where no length is given;
  /// nil for a mask.
  func shape(size: Directions<Double>, lattice: LatticeParameters) throws(CaseProblem) -> Shape? {
    func centre(_ keys: PlateletKeys) -> SIMD2<Double> {
      keys.centre ?? SIMD2(size.x / 2, size.y / 2)
    }
    switch kind {
    case .mask: return nil
    case .polygon(let points): return .prism(Polygon(points))
    case .diamond(let keys):
      return .prism(.diamond(centre: centre(keys), extents: keys.extents))
    case .ellipse(let keys):
      let middle = centre(keys)
      return .ellipsoid(
        centre: Directions(middle.x, middle.y, 0),
        radii: Directions(keys.extents.x / 2, keys.extents.y / 2, .infinity))
    case .hexagon(let keys):
      let tip = keys.tip ?? keys.extents.y / 2 * lattice.a / lattice.c
      guard 2 * tip < keys.extents.x else {
        throw CaseProblem(
          "outline.hexagon: found tips of \(tip) nm on an extent of \(keys.extents.x) nm along a, "
            + "expected less than half of it: give tip, or take a diamond")
      }
      return .prism(.hexagon(centre: centre(keys), extents: keys.extents, tip: tip))
    }
  }
}

/// A tomogram: a dataset of a file.
struct TomogramKeys: Decodable {
  let file: String
  let dataset: String
  private enum Key: String, CaseKey { case file, dataset }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    file = try keys.text(.file)
    dataset = try keys.text(.dataset)
  }
}

/// What is wrong with a case when its parts meet.
struct CaseProblem: Error {
  let sentence: String
  init(_ sentence: String) { self.sentence = sentence }
}

/// The extents of a platelet along a and c.
struct PlateletKeys: Decodable {
  let extents: SIMD2<Double>
  let centre: SIMD2<Double>?
  let tip: Double?

  private enum Key: String, CaseKey { case a, c, centre, tip }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    extents = SIMD2(
      try keys.positiveQuantity(.a, .length), try keys.positiveQuantity(.c, .length))
    centre = try keys.optional(.centre, default: nil) { try keys.nested($0, PointKeys.self).point }
    tip = try keys.optional(.tip, default: nil) { try keys.positiveQuantity($0, .length) }
    guard tip == nil || decoder.codingPath.last?.stringValue == "hexagon" else {
      throw keys.problem(.tip, "found a tip, expected it with a hexagon only")
    }
  }
}

/// A point of the ac plane, {a: 10 nm, c: 20 nm}.
struct PointKeys: Decodable {
  let point: SIMD2<Double>
  private enum Key: String, CaseKey { case a, c }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    point = SIMD2(try keys.quantity(.a, .length), try keys.quantity(.c, .length))
  }
}
