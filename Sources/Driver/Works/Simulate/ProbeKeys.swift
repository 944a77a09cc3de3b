// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// A place at which composition and potential are told.
struct ProbeKeys: CaseMapping {
  private var place = Directions(0.0, 0, 0)

  static var fields: [CaseField<ProbeKeys>] {
    [
      .init("a", required: \.place.x, .place, "along a"),
      .init("c", required: \.place.y, .place, "along c"),
      .init("b", \.place.z, .place, "along b; without effect in two dimensions"),
    ]
  }

  /// The place in nm.
  var position: Directions<Double> { place }
}

/// A box over which the composition is averaged; an edge left out reaches through.
struct RegionKeys: CaseMapping {
  private var a: [Double]?
  private var c: [Double]?
  private var b: [Double]?

  static var fields: [CaseField<RegionKeys>] {
    [
      .init("a", optional: \.a, .quantities(.length, "nm"), unless: "through", "from, to along a"),
      .init("c", optional: \.c, .quantities(.length, "nm"), unless: "through", "along c"),
      .init("b", optional: \.b, .quantities(.length, "nm"), unless: "through", "along b"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    for (name, edge) in [("a", a), ("c", c), ("b", b)] {
      guard let edge, edge.count != 2 || !(edge[0] < edge[1]) else { continue }
      throw keys.problem(name, "found \(edge), expected two places, the lower one first")
    }
  }

  /// The box within one of `size`.
  func region(in size: Directions<Double>) -> Probes.Region {
    let (a, c, b) = (a ?? [0, size.x], c ?? [0, size.y], b ?? [0, size.z])
    return Probes.Region(low: Directions(a[0], c[0], b[0]), high: Directions(a[1], c[1], b[1]))
  }
}

/// A straight line between two places, along which the stored fields are cut.
struct LineKeys: CaseMapping {
  private var start = ProbeKeys()
  private var end = ProbeKeys()
  private var points: Int?

  static var fields: [CaseField<LineKeys>] {
    [
      .init("from", required: \.start, .mapping, "its first point"),
      .init("to", required: \.end, .mapping, "its last point"),
      .init(
        "points", optional: \.points, .integer(in: 2...100_000),
        unless: "as many as no element is passed over", "how many, ends included"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    if start.position == end.position {
      throw keys.problem("to", "found the place of from, expected another")
    }
  }

  /// Its ends in nm.
  var ends: [Directions<Double>] { [start.position, end.position] }

  /// The line.
  var line: Probes.Line { Probes.Line(from: start.position, to: end.position, points: points) }
}
