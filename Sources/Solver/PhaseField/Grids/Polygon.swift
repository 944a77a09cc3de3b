// SPDX-License-Identifier: Apache-2.0

/// A polygon of the ac plane.
public struct Polygon: Sendable, Equatable {
  /// The corners in nm, in their order, (a, c).
  public let points: [SIMD2<Double>]

  /// A polygon from its corners in nm; ``problem`` tells whether it is one.
  public init(_ points: [SIMD2<Double>]) { self.points = points }

  /// A platelet with corners at the ends of its extents.
  public static func diamond(
    centre: SIMD2<Double>, extents: SIMD2<Double>
  ) -> Polygon {
    let h = extents * 0.5
    return Polygon([
      centre + SIMD2(h.x, 0), centre + SIMD2(0, h.y), centre - SIMD2(h.x, 0),
      centre - SIMD2(0, h.y),
    ])
  }

  /// A platelet with two sides along a and a tip of length `tip` at either end of its extent along a.
  public static func hexagon(
    centre: SIMD2<Double>, extents: SIMD2<Double>, tip: Double
  ) -> Polygon {
    let h = extents * 0.5
    return Polygon([
      centre + SIMD2(h.x, 0), centre + SIMD2(h.x - tip, h.y), centre + SIMD2(tip - h.x, h.y),
      centre - SIMD2(h.x, 0), centre + SIMD2(tip - h.x, -h.y), centre + SIMD2(h.x - tip, -h.y),
    ])
  }

  /// The distance to the border in nm, negative inside.
  func distance(_ x: Double, _ y: Double) -> Double {
    var nearest = Double.infinity
    var isInside = false
    var last = points[points.count - 1]
    for point in points {
      let edge = point - last
      let from = SIMD2(x, y) - last
      let length = (edge * edge).sum()
      let along = length > 0 ? max(0, min(1, (from * edge).sum() / length)) : 0
      let off = from - edge * along
      nearest = min(nearest, (off * off).sum())
      if (point.y > y) != (last.y > y) && x < last.x + (y - last.y) / edge.y * edge.x {
        isInside.toggle()
      }
      last = point
    }
    return isInside ? -nearest.squareRoot() : nearest.squareRoot()
  }

  /// The area in nm².
  public var area: Double {
    var twice = 0.0
    for (index, point) in points.enumerated() {
      let next = points[(index + 1) % points.count]
      twice += point.x * next.y - next.x * point.y
    }
    return abs(twice) / 2
  }

  /// The rectangle around it.
  var bounds: (low: SIMD2<Double>, high: SIMD2<Double>) {
    var low = points[0]
    var high = points[0]
    for point in points {
      low = SIMD2(min(low.x, point.x), min(low.y, point.y))
      high = SIMD2(max(high.x, point.x), max(high.y, point.y))
    }
    return (low, high)
  }

  /// What keeps the points from being a polygon; nil where nothing does.
  public var problem: String? {
    guard points.count >= 3 else {
      return "found \(points.count) points, expected at least 3"
    }
    for (index, point) in points.enumerated() where point == points[(index + 1) % points.count] {
      return "found point \(index + 1) twice in a row, expected each corner once"
    }
    for first in points.indices {
      for second in points.indices.dropFirst(first + 2)
      where !(first == 0 && second == points.count - 1) && crosses(first, second) {
        return "found that edge \(first + 1) crosses edge \(second + 1), expected a polygon that "
          + "does not cross itself"
      }
    }
    guard area > 0 else { return "found points on one line, expected a polygon with an area" }
    return nil
  }

  /// Whether two edges that share no corner meet.
  private func crosses(_ first: Int, _ second: Int) -> Bool {
    let (a, b) = (points[first], points[(first + 1) % points.count])
    let (c, d) = (points[second], points[(second + 1) % points.count])
    func side(_ p: SIMD2<Double>, _ q: SIMD2<Double>, _ r: SIMD2<Double>) -> Double {
      (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x)
    }
    func isWithin(_ p: SIMD2<Double>, _ q: SIMD2<Double>, _ r: SIMD2<Double>) -> Bool {
      min(p.x, q.x) <= r.x && r.x <= max(p.x, q.x) && min(p.y, q.y) <= r.y && r.y <= max(p.y, q.y)
    }
    let (s1, s2, s3, s4) = (side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b))
    if s1 * s2 < 0 && s3 * s4 < 0 { return true }
    return (s1 == 0 && isWithin(a, b, c)) || (s2 == 0 && isWithin(a, b, d))
      || (s3 == 0 && isWithin(c, d, a)) || (s4 == 0 && isWithin(c, d, b))
  }
}
