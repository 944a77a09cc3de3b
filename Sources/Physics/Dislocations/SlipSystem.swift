// SPDX-License-Identifier: Apache-2.0

/// A kind of straight dislocation by its Miller indices.
///
/// Hexagonal crystals take three indices u v w and h k l too.
public struct SlipSystem: Equatable, Sendable {
  /// The name by which outputs call it; empty where it has none.
  public var label: String
  /// The Burgers vector b in lattice vectors: ½[0 1 1] is (0, ½, ½).
  public var burgers: SIMD3<Double>
  /// The line direction l in lattice vectors; its length does not matter, its sign does.
  public var line: SIMD3<Double>
  /// The plane (h k l) that holds the line; nil takes the one of b and l.
  public var plane: SIMD3<Double>?

  /// A system from its indices.
  public init(
    label: String = "", burgers: SIMD3<Double>, line: SIMD3<Double>, plane: SIMD3<Double>? = nil
  ) {
    self.label = label
    self.burgers = burgers
    self.line = line
    self.plane = plane
  }
}

/// How the Burgers vector lies to the line.
public enum DislocationCharacter: String, Sendable {
  /// Perpendicular to it.
  case edge
  /// Along it.
  case screw
  /// Between the two.
  case mixed
}

/// The right-handed axes of a dislocation, in Cartesian crystal axes.
///
/// e3 runs along the line, e2 is normal to the plane, e1 = e2 × e3 lies in the plane across the line.
public struct DislocationFrame: Equatable, Sendable {
  /// Across the line, in the plane.
  public let e1: SIMD3<Double>
  /// Normal to the plane.
  public let e2: SIMD3<Double>
  /// Along the line.
  public let e3: SIMD3<Double>

  /// A frame from a line and a direction whose part across the line becomes the normal.
  public init(line: SIMD3<Double>, normal: SIMD3<Double>) {
    e3 = unit(line)
    e2 = unit(normal - dot(normal, e3) * e3)
    e1 = cross(e2, e3)
  }

  /// A frame whose plane holds the line and the Burgers vector, with b along +e1 for an edge.
  ///
  /// A screw has no plane of its own: it takes the crystal axis most across the line as e1.
  public init(line: SIMD3<Double>, burgers: SIMD3<Double>) {
    let normal = cross(unit(line), unit(burgers))
    if length(normal) > 1e-9 {
      self.init(line: line, normal: normal)
    } else {
      let axes = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
      let direction = unit(line)
      let across = axes.min { abs(dot($0, direction)) < abs(dot($1, direction)) } ?? axes[0]
      self.init(line: line, normal: cross(direction, across))
    }
  }

  /// The components of a crystal-axes vector along e1, e2, e3.
  public func components(_ vector: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(dot(e1, vector), dot(e2, vector), dot(e3, vector))
  }
}
