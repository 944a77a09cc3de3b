// SPDX-License-Identifier: Apache-2.0

/// A body in space: a void, or the outline that a particle is cut from.
///
/// Lengths in nm along a, c, b. A body whose extent along b is infinite is the same at every depth.
public enum Shape: Sendable, Equatable {
  /// A sphere.
  case sphere(centre: Directions<Double>, radius: Double)
  /// An ellipsoid with its axes along a, c and b; an infinite half-axis makes it a cylinder.
  case ellipsoid(centre: Directions<Double>, radii: Directions<Double>)
  /// A box with its edges along a, c and b.
  case box(centre: Directions<Double>, size: Directions<Double>)
  /// A polygon of the ac plane, drawn out along b.
  case prism(Polygon)

  /// A sphere.
  public init(centre: Directions<Double>, radius: Double) {
    self = .sphere(centre: centre, radius: radius)
  }

  /// A cylinder along b.
  public static func cylinder(a: Double, c: Double, radius: Double) -> Shape {
    .ellipsoid(
      centre: Directions(a, c, 0), radii: Directions(radius, radius, .infinity))
  }

  /// The section at the body's centre as a body that is the same at every depth: what two
  /// dimensions see.
  var section: Shape {
    switch self {
    case .sphere(let centre, let radius):
      .ellipsoid(centre: centre, radii: Directions(radius, radius, .infinity))
    case .ellipsoid(let centre, let radii):
      .ellipsoid(centre: centre, radii: Directions(radii.x, radii.y, .infinity))
    case .box(let centre, let size):
      .box(centre: centre, size: Directions(size.x, size.y, .infinity))
    case .prism: self
    }
  }

  /// The distance to the surface in nm, negative inside; to first order near an ellipsoid's.
  package func distance(_ place: Directions<Double>) -> Double {
    switch self {
    case .sphere(let centre, let radius):
      let (x, y, z) = (place.x - centre.x, place.y - centre.y, place.z - centre.z)
      return (x * x + y * y + z * z).squareRoot() - radius
    case .ellipsoid(let centre, let radii):
      let (level, slope) = Shape.ellipsoid(place, centre, radii)
      return slope > 0 ? (level - 1) * level / slope : -Shape.smallest(radii)
    case .box(let centre, let size):
      let x = abs(place.x - centre.x) - size.x / 2
      let y = abs(place.y - centre.y) - size.y / 2
      let z = abs(place.z - centre.z) - size.z / 2
      let out = (max(x, 0), max(y, 0), max(z, 0))
      let beyond = (out.0 * out.0 + out.1 * out.1 + out.2 * out.2).squareRoot()
      return beyond + min(0, max(x, max(y, z)))
    case .prism(let polygon): return polygon.distance(place.x, place.y)
    }
  }

  /// At most the distance to the surface, whichever side: how far one may go without meeting it.
  func clearance(_ place: Directions<Double>) -> Double {
    guard case .ellipsoid(let centre, let radii) = self else { return abs(distance(place)) }
    // Outside, the level is convex, so that the first order is a lower bound; inside, the ellipsoid
    // around `place` shrunk by 1 − level fits in.
    let level = Shape.ellipsoid(place, centre, radii).level
    return level < 1 ? (1 - level) * Shape.smallest(radii) : distance(place)
  }

  /// |p/r| and |p/r²|.
  private static func ellipsoid(
    _ place: Directions<Double>, _ centre: Directions<Double>, _ radii: Directions<Double>
  ) -> (level: Double, slope: Double) {
    let x = (place.x - centre.x) / radii.x
    let y = (place.y - centre.y) / radii.y
    let z = (place.z - centre.z) / radii.z
    let (sx, sy, sz) = (x / radii.x, y / radii.y, z / radii.z)
    return ((x * x + y * y + z * z).squareRoot(), (sx * sx + sy * sy + sz * sz).squareRoot())
  }

  private static func smallest(_ radii: Directions<Double>) -> Double {
    min(radii.x, min(radii.y, radii.z))
  }

  /// The box around the body, in nm.
  public var bounds: (low: Directions<Double>, high: Directions<Double>) {
    func around(_ c: Directions<Double>, _ r: Directions<Double>) -> (
      Directions<Double>, Directions<Double>
    ) {
      (Directions(c.x - r.x, c.y - r.y, c.z - r.z), Directions(c.x + r.x, c.y + r.y, c.z + r.z))
    }
    switch self {
    case .sphere(let centre, let radius):
      return around(centre, Directions(radius, radius, radius))
    case .ellipsoid(let centre, let radii): return around(centre, radii)
    case .box(let centre, let size):
      return around(centre, Directions(size.x / 2, size.y / 2, size.z / 2))
    case .prism(let polygon):
      let (low, high) = polygon.bounds
      return (Directions(low.x, low.y, -.infinity), Directions(high.x, high.y, .infinity))
    }
  }

  /// The body moved.
  func moved(_ x: Double, _ y: Double, _ z: Double = 0) -> Shape {
    func shifted(_ c: Directions<Double>) -> Directions<Double> {
      Directions(c.x + x, c.y + y, c.z + z)
    }
    switch self {
    case .sphere(let centre, let radius): return .sphere(centre: shifted(centre), radius: radius)
    case .ellipsoid(let centre, let radii):
      return .ellipsoid(centre: shifted(centre), radii: radii)
    case .box(let centre, let size): return .box(centre: shifted(centre), size: size)
    case .prism(let polygon):
      return .prism(Polygon(polygon.points.map { $0 + SIMD2(x, y) }))
    }
  }

  /// What it is, for a message.
  public var name: String {
    switch self {
    case .sphere: "sphere"
    case .ellipsoid(_, let radii): radii.z.isInfinite ? "cylinder" : "ellipsoid"
    case .box: "box"
    case .prism: "polygon"
    }
  }
}
