// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// A void: a sphere as {a, c, b, radius}, or one of the bodies by its name.
struct VoidKeys: CaseMapping {
  private var centre = CentreKeys()
  private var radius: Double?
  private var sphere: BodyKeys?
  private var box: BodyKeys?
  private var ellipsoid: BodyKeys?
  private var cylinder: BodyKeys?
  /// The void.
  private(set) var hole = Shape.sphere(centre: Directions(0, 0, 0), radius: 0)
  /// Whether it ends along b and does not say where.
  private(set) var lacksDepth = false

  static var fields: [CaseField<VoidKeys>] {
    [
      .init("a", optional: \.centre.a, .place, unless: "none", "the centre of a sphere along a"),
      .init("c", optional: \.centre.c, .place, unless: "none", "along c"),
      .init("b", optional: \.centre.b, .place, unless: "none", "along b"),
      .init("radius", optional: \.radius, .length, unless: "none", "its radius"),
      .init("sphere", optional: \.sphere, .body([.b, .radius]), unless: "none", "a sphere"),
      .init("box", optional: \.box, .body([.b, .size]), unless: "none", "a box"),
      .init(
        "ellipsoid", optional: \.ellipsoid, .body([.b, .radii]), unless: "none", "an ellipsoid"),
      .init(
        "cylinder", optional: \.cylinder, .body([.radius]), unless: "none", "a cylinder along b"),
    ]
  }

  init() {}

  /// The void of a shape: a prism is an outline and never a void.
  init(_ shape: Shape) {
    hole = shape
    switch shape {
    case .sphere(let centre, let radius): (self.centre, self.radius) = (CentreKeys(centre), radius)
    case .ellipsoid(let centre, let radii):
      ellipsoid = BodyKeys(centre: CentreKeys(centre), radii: radii)
    case .box(let centre, let size): box = BodyKeys(centre: CentreKeys(centre), size: size)
    case .prism: break
    }
  }

  /// Makes the shape: a sphere by its own keys, else the one body that is named.
  mutating func finish(_ keys: FieldKeys) throws {
    let named = ["sphere", "box", "ellipsoid", "cylinder"].filter { keys.has($0) }
    guard let name = named.first else {
      let place = try centre.required(keys)
      guard let radius else { throw keys.missing("radius", .length) }
      (hole, lacksDepth) = (.sphere(centre: place, radius: radius), centre.b == nil)
      return
    }
    let all = VoidKeys.names.filter { keys.has($0) }
    guard all.count == 1 else {
      throw keys.problem(
        name, "found \(all.joined(separator: ", ")), expected one body")
    }
    if let box {
      (hole, lacksDepth) = (.box(centre: box.place, size: box.size), box.lacksDepth(box.size))
    } else if let ellipsoid {
      hole = .ellipsoid(centre: ellipsoid.place, radii: ellipsoid.radii)
      lacksDepth = ellipsoid.lacksDepth(ellipsoid.radii)
    } else if let cylinder {
      hole = .cylinder(a: cylinder.place.x, c: cylinder.place.y, radius: cylinder.radius)
    } else if let sphere {
      hole = .sphere(centre: sphere.place, radius: sphere.radius)
      lacksDepth = sphere.centre.b == nil
    }
  }
}

/// A place; b may be left out in two dimensions, which is not known before the whole case is read.
private struct CentreKeys {
  var a: Double?
  var c: Double?
  var b: Double?

  init() {}

  init(_ place: Directions<Double>) { (a, c, b) = (place.x, place.y, place.z) }

  func required(_ keys: FieldKeys) throws -> Directions<Double> {
    guard let a else { throw keys.missing("a", .length) }
    guard let c else { throw keys.missing("c", .length) }
    return Directions(a, c, b ?? 0)
  }
}

/// A body: its centre and what it takes to draw it.
///
/// One type with the parts of all: ``CaseForm/body(_:)`` says which of them a kind has.
private struct BodyKeys: CaseMapping {
  /// What a body may have beside a and c.
  enum Part: String { case b, radius, size, radii }

  var centre = CentreKeys()
  var radius = 0.0
  var size = Directions(0.0, 0.0, .infinity)
  var radii = Directions(0.0, 0.0, .infinity)

  static var fields: [CaseField<BodyKeys>] {
    [
      .init("a", optional: \.centre.a, .place, unless: CasePath.required, "the centre along a"),
      .init("c", optional: \.centre.c, .place, unless: CasePath.required, "along c"),
      .init("b", optional: \.centre.b, .place, unless: "none", "along b"),
      .init("radius", \.radius, .length, unless: CasePath.required, "the radius"),
      .init("size", \.size, .extents, unless: CasePath.required, "the edges"),
      .init("radii", \.radii, .extents, unless: CasePath.required, "the half axes"),
    ]
  }

  init() {}

  init(
    centre: CentreKeys, size: Directions<Double> = Directions(0, 0, .infinity),
    radii: Directions<Double> = Directions(0, 0, .infinity)
  ) {
    (self.centre, self.size, self.radii) = (centre, size, radii)
  }

  var place: Directions<Double> { Directions(centre.a ?? 0, centre.c ?? 0, centre.b ?? 0) }

  /// Whether a body of these extents ends along b and does not say where.
  func lacksDepth(_ extents: Directions<Double>) -> Bool {
    centre.b == nil && extents.z.isFinite
  }
}

extension CaseForm where Value == BodyKeys {
  /// A body with a, c and these parts.
  fileprivate static func body(_ parts: [BodyKeys.Part]) -> CaseForm {
    let names = ["a", "c"] + parts.map(\.rawValue)
    let fields = BodyKeys.fields.filter { names.contains($0.name) }
    return CaseForm(
      words: "`{\(names.joined(separator: ", "))}`", parts: { fields.flatMap(\.paths) },
      read: { keys, key in
        try keys.nested(key, names: names) { keys in
          var body = BodyKeys()
          for field in fields { try field.read(&body, keys) }
          _ = try body.centre.required(keys)
          for part in parts where part != .b && !keys.has(part.rawValue) {
            guard part == .radius else {
              throw keys.problem(
                part.rawValue, "found nothing, expected {a, c, b}")
            }
            throw keys.missing(part.rawValue, .length)
          }
          return body
        }
      },
      text: { body in "{\(body.lines(fields).joined(separator: ", "))}" })
  }
}

extension FieldKeys {
  /// The error of a quantity that must stand there.
  func missing(_ name: String, _ dimension: Dimension) -> CaseError {
    problem(
      name,
      "found nothing, expected a quantity of \(dimension.rawValue) in \(dimension.unitList)")
  }
}

/// The outline of a particle in the ac plane.
struct OutlineKeys: CaseMapping {
  private var polygon: [PointKeys]?
  private var diamond: PlateletKeys?
  private var hexagon: PlateletKeys?
  private var ellipse: PlateletKeys?
  private var stack: String?
  private var particle: String?

  static var fields: [CaseField<OutlineKeys>] {
    [
      .init(
        "polygon", optional: \.polygon, .list("a list of `{a, c}`"), unless: "none",
        "at least three corners in order, not crossing itself"),
      .init(
        "diamond", optional: \.diamond, .platelet(hasTip: false), unless: "none",
        "by its extents, with corners at their ends"),
      .init(
        "hexagon", optional: \.hexagon, .platelet(hasTip: true), unless: "none",
        "two sides along a and a tip at either end of a; the facets are {101} of the material unless "
          + "`tip` gives the length of a tip"),
      .init(
        "ellipse", optional: \.ellipse, .platelet(hasTip: false), unless: "none", "by its extents"),
      .init(
        "stack", optional: \.stack, .text, unless: "none",
        "the mask of a particle's image in this stack, in the middle of the box"),
      .init("particle", optional: \.particle, .text, unless: "none", "the particle of `stack`"),
    ]
  }

  init() {}

  /// The outline of a shape.
  init(_ shape: Shape) {
    switch shape {
    case .prism(let outline): polygon = outline.points.map { PointKeys($0) }
    case .ellipsoid(let centre, let radii):
      ellipse = PlateletKeys(
        extents: SIMD2(2 * radii.x, 2 * radii.y), centre: SIMD2(centre.x, centre.y))
    case .sphere, .box: break
    }
  }

  mutating func finish(_ keys: FieldKeys) throws {
    let kinds = OutlineKeys.names.filter { $0 != "particle" }
    let found = kinds.filter { keys.has($0) }
    guard found.count == 1 else {
      throw CaseError(
        keys.path,
        "found \(found.isEmpty ? "nothing" : found.joined(separator: " and ")), "
          + "expected one of \(kinds.joined(separator: ", "))")
    }
    guard stack != nil || particle == nil else {
      throw keys.problem(
        "particle", "found a particle, expected it with a stack only")
    }
    if stack != nil { particle = try keys.text("particle") }
    if let problem = polygon.flatMap({ Polygon($0.map(\.point)).problem }) {
      throw keys.problem("polygon", problem)
    }
  }

  /// The mask it is; nil for an outline that is drawn.
  var mask: (stack: String, particle: String)? {
    stack.flatMap { stack in particle.map { (stack, $0) } }
  }

  /// The outline in a box.
  ///
  /// Platelets grow with facets of low index: a hexagon's tips have {101} facets of `lattice` where no length is given;
  /// nil for a mask.
  func shape(size: Directions<Double>, lattice: LatticeParameters) throws(CaseProblem) -> Shape? {
    func centre(_ keys: PlateletKeys) -> SIMD2<Double> {
      keys.centre?.point ?? SIMD2(size.x / 2, size.y / 2)
    }
    if let polygon { return .prism(Polygon(polygon.map(\.point))) }
    if let diamond {
      return .prism(.diamond(centre: centre(diamond), extents: diamond.extents))
    }
    if let ellipse {
      let middle = centre(ellipse)
      return .ellipsoid(
        centre: Directions(middle.x, middle.y, 0),
        radii: Directions(ellipse.extents.x / 2, ellipse.extents.y / 2, .infinity))
    }
    guard let hexagon else { return nil }
    let tip = hexagon.tip ?? hexagon.extents.y / 2 * lattice.a / lattice.c
    guard 2 * tip < hexagon.extents.x else {
      throw CaseProblem(
        "outline.hexagon: found tips of \(tip) nm on an extent of \(hexagon.extents.x) nm along a, "
          + "expected less than half of it: give tip, or take a diamond")
    }
    return .prism(.hexagon(centre: centre(hexagon), extents: hexagon.extents, tip: tip))
  }
}

/// What is wrong with a case when its parts meet.
struct CaseProblem: Error {
  let sentence: String
  init(_ sentence: String) { self.sentence = sentence }
}

/// The extents of a platelet along a and c.
private struct PlateletKeys: CaseMapping {
  var extents = SIMD2<Double>()
  var centre: PointKeys?
  var tip: Double?

  static var fields: [CaseField<PlateletKeys>] {
    [
      .init("a", required: \.extents.x, .length, "the extent along a"),
      .init("c", required: \.extents.y, .length, "the extent along c"),
      .init("centre", optional: \.centre, .mapping, unless: "the middle of the box", "its middle"),
      .init("tip", optional: \.tip, .length, unless: "{101} facets", "the length of a tip along a"),
    ]
  }

  init() {}

  init(extents: SIMD2<Double>, centre: SIMD2<Double>) {
    (self.extents, self.centre) = (extents, PointKeys(centre))
  }
}

extension CaseForm where Value == PlateletKeys {
  fileprivate static func platelet(hasTip: Bool) -> CaseForm {
    let plain = CaseForm.mapping
    return CaseForm(
      words: hasTip ? "`{a, c, centre, tip}`" : "`{a, c, centre}`",
      parts: { plain.parts().filter { hasTip || $0.keys != ["tip"] } },
      read: { keys, key in
        let platelet = try plain.read(keys, key)
        guard hasTip || platelet.tip == nil else {
          throw CaseError(
            keys.path + [key, "tip"],
            "found a tip, expected it with a hexagon only")
        }
        return platelet
      }, text: plain.text)
  }
}

/// A point of the ac plane, {a: 10 nm, c: 20 nm}.
private struct PointKeys: CaseMapping {
  var point = SIMD2<Double>()

  static var fields: [CaseField<PointKeys>] {
    [
      .init("a", required: \.point.x, .place, "along a"),
      .init("c", required: \.point.y, .place, "along c"),
    ]
  }

  init() {}

  init(_ point: SIMD2<Double>) { self.point = point }
}
