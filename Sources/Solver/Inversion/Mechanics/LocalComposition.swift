// SPDX-License-Identifier: Apache-2.0

package import Images
import Physics

/// The composition inside a pixel: a parabola through the pixel and its neighbours.
///
/// With (a, c) from the centre in pixel sides, and differences of the neighbours for derivatives,
///
///     X(a, c) = X₀ + X_a a + X_c c + ½ X_aa a² + ½ X_cc c² + X_ac a c,
///     X_a = (X₊ − X₋)/2,  X_aa = X₊ − 2X₀ + X₋,  X_ac = (X₊₊ + X₋₋ − X₊₋ − X₋₊)/4,
///
/// a Taylor series to second order, as quadratic triangles can follow.
/// A composition that is constant in each pixel smears what neighbours do to each other: on {101}
/// lamellae with interfaces of 123 nm it costs 0.17 % in f' at 16.6 nm pixels.
package struct LocalComposition {
  private let image: ParticleImage
  private let composition: [Double]

  package init(_ image: ParticleImage, _ composition: [Double]) {
    self.image = image
    self.composition = composition
  }

  /// The basis of ``AnchoredLegendre``, n = 1…terms, at points of a pixel: term by term.
  func evaluateBasis(
    _ cell: Int, _ terms: Int, reference: Double, _ points: [(a: Double, c: Double)],
    into basis: inout [Double]
  ) {
    let slope = slopes(cell)
    for (index, point) in points.enumerated() {
      let value = parabola(cell, slope, point)
      var recurrence = AnchoredLegendre.Recurrence(at: value, reference: reference)
      for term in 0..<terms {
        recurrence.advance()
        basis[term * points.count + index] = recurrence.value
      }
    }
  }

  /// X at a point of a pixel, in pixel sides from its centre.
  package func value(_ cell: Int, at point: (a: Double, c: Double)) -> Double {
    parabola(cell, slopes(cell), point)
  }

  private func parabola(
    _ cell: Int, _ slope: (a: Double, c: Double, aa: Double, cc: Double, ac: Double),
    _ point: (a: Double, c: Double)
  ) -> Double {
    let linear = slope.a * point.a + slope.c * point.c
    let curved = slope.aa * point.a * point.a / 2 + slope.cc * point.c * point.c / 2
    return composition[cell] + linear + curved + slope.ac * point.a * point.c
  }

  /// First and second differences; one-sided where a neighbour is missing.
  private func slopes(
    _ cell: Int
  ) -> (a: Double, c: Double, aa: Double, cc: Double, ac: Double) {
    let (i, j) = image.layout.indices(cell)
    let here = composition[cell]
    func value(_ di: Int, _ dj: Int) -> Double? {
      image.layout.cell(i + di, j + dj).flatMap { image.mask[$0] ? composition[$0] : nil }
    }
    func differences(_ before: Double?, _ after: Double?) -> (first: Double, second: Double) {
      switch (before, after) {
      case (let b?, let a?): ((a - b) / 2, a - 2 * here + b)
      case (nil, let a?): (a - here, 0)
      case (let b?, nil): (here - b, 0)
      case (nil, nil): (0, 0)
      }
    }
    let alongA = differences(value(-1, 0), value(1, 0))
    let alongC = differences(value(0, -1), value(0, 1))
    var mixed = 0.0
    if let pp = value(1, 1), let mm = value(-1, -1), let pm = value(1, -1), let mp = value(-1, 1) {
      mixed = (pp + mm - pm - mp) / 4
    }
    return (alongA.first, alongC.first, alongA.second, alongC.second, mixed)
  }
}
