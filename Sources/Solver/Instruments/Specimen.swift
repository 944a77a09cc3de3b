// SPDX-License-Identifier: Apache-2.0

import Foundation
package import PhaseField
package import Physics

/// A particle with a known law: what it is made of, before its strain is computed.
///
/// Lengths in nm, places from the middle of the outline's coordinates.
package struct Specimen: Sendable {
  /// The outline in the ac plane.
  package var outline: Shape
  /// How the composition lies.
  package var pattern: CompositionPattern
  /// The law between composition and eigenstrain.
  package var law: EigenstrainLaw
  /// The stiffness.
  package var stiffness: PlaneStressStiffness
  /// How deep it is along b [nm].
  package var depth = 100.0
  /// How much the thickness varies across the particle, from 1 − v/2 to 1 + v/2.
  package var wedge = 0.0
  /// The direction in which it grows, from a towards c [rad].
  package var wedgeAngle = 0.0

  /// A specimen of even thickness.
  package init(
    outline: Shape, pattern: CompositionPattern, law: EigenstrainLaw,
    stiffness: PlaneStressStiffness
  ) {
    (self.outline, self.pattern, self.law, self.stiffness) = (outline, pattern, law, stiffness)
  }

  /// The outline's box (a, c) [nm].
  var box: (low: SIMD2<Double>, high: SIMD2<Double>) {
    let (low, high) = outline.bounds
    return (SIMD2(low.x, low.y), SIMD2(high.x, high.y))
  }

  /// The relative thickness at a place.
  func thickness(_ place: SIMD2<Double>) -> Double {
    guard wedge != 0 else { return 1 }
    let (low, high) = box
    let normal = SIMD2(cos(wedgeAngle), sin(wedgeAngle))
    let half = high - low
    let extent = abs(normal.x) * half.x + abs(normal.y) * half.y
    return 1 + wedge * (normal * (place - (low + high) / 2)).sum() / extent
  }

  /// Subdivisions of a cell that the border cuts.
  private static let cuts = 8

  /// The share of a square that lies within the outline.
  func share(_ middle: SIMD2<Double>, _ edge: Double) -> Double {
    func distance(_ place: SIMD2<Double>) -> Double {
      outline.distance(Directions(place.x, place.y, 0))
    }
    let away = distance(middle)
    // Beyond the half diagonal, and half as much again since an ellipse's distance is of first order.
    if abs(away) > 1.1 * edge { return away < 0 ? 1 : 0 }
    var inside = 0
    for j in 0..<Specimen.cuts {
      for i in 0..<Specimen.cuts {
        let offset = (SIMD2(Double(i), Double(j)) + 0.5) / Double(Specimen.cuts) - 0.5
        if distance(middle + edge * offset) < 0 { inside += 1 }
      }
    }
    return Double(inside) / Double(Specimen.cuts * Specimen.cuts)
  }

  /// The mean composition of a square, by the four Gauss points.
  func composition(_ middle: SIMD2<Double>, _ edge: Double) -> Double {
    let step = edge / (2 * 3.0.squareRoot())
    var sum = 0.0
    for (x, y) in [(-step, -step), (step, -step), (-step, step), (step, step)] {
      sum += pattern.composition(middle.x + x, middle.y + y)
    }
    return sum / 4
  }
}
