// SPDX-License-Identifier: Apache-2.0

import Images
import Physics

/// How the composition at a point of a pixel depends on the compositions around: Σ g_m(point) Σ_j
/// S_mj X_j with g = (1, a, c, a²/2, c²/2, ac) and the 3 × 3 pixels j.
struct PixelStencil {
  /// The held cells around, the pixel's own in the middle; −1 where there is none.
  var cells = [Int](repeating: -1, count: 9)
  /// S, shape (6, 9).
  var weights = [Double](repeating: 0, count: 54)

  /// The six functions of the place in a pixel.
  static func functions(_ point: (a: Double, c: Double)) -> [Double] {
    [
      1, point.a, point.c, point.a * point.a / 2, point.c * point.c / 2, point.a * point.c,
    ]
  }

  /// Fills in the stencil of a held cell, as ``LocalComposition`` interpolates.
  mutating func take(_ cell: Int, _ image: ParticleImage) {
    let (i, j) = image.layout.indices(cell)
    for place in 0..<9 {
      let other = image.layout.cell(i + place % 3 - 1, j + place / 3 - 1)
      cells[place] = other.flatMap { image.mask[$0] ? $0 : nil } ?? -1
    }
    for index in weights.indices { weights[index] = 0 }
    weights[4] = 1
    difference(first: 9, second: 27, before: 3, after: 5)
    difference(first: 18, second: 36, before: 1, after: 7)
    if cells[0] >= 0, cells[2] >= 0, cells[6] >= 0, cells[8] >= 0 {
      weights[45] = 0.25
      weights[53] = 0.25
      weights[47] = -0.25
      weights[51] = -0.25
    }
  }

  private mutating func difference(first: Int, second: Int, before: Int, after: Int) {
    switch (cells[before] >= 0, cells[after] >= 0) {
    case (true, true):
      weights[first + before] = -0.5
      weights[first + after] = 0.5
      weights[second + before] = 1
      weights[second + 4] = -2
      weights[second + after] = 1
    case (false, true):
      weights[first + 4] = -1
      weights[first + after] = 1
    case (true, false):
      weights[first + before] = -1
      weights[first + 4] = 1
    case (false, false): break
    }
  }
}

/// The deconvolved basis at the quadrature points of a pixel.
///
/// A class: it is scratch that closures share, and copies of it would cost more than its work.
final class NoisyPixel {
  private let image: ParticleImage
  private let composition: [Double]
  private let noise: CompositionNoise
  /// The six functions of the place, point after point.
  private let functions: [Double]
  /// For each point the weights of the 3 × 3 pixels.
  private var pointWeights: [Double]
  private(set) var stencil = PixelStencil()
  private var basis: DeconvolvedBasis
  /// φ̃_n^{(k)} at the points: point fastest, then n, then k = 0 and 1.
  private(set) var values: [Double]
  let pointCount: Int
  private let terms: Int

  init(
    _ image: ParticleImage, _ composition: [Double], _ noise: CompositionNoise, terms: Int,
    reference: Double, points: [(a: Double, c: Double)]
  ) {
    self.image = image
    self.composition = composition
    self.noise = noise
    self.terms = terms
    pointCount = points.count
    functions = points.flatMap(PixelStencil.functions)
    pointWeights = [Double](repeating: 0, count: 9 * points.count)
    basis = DeconvolvedBasis(terms: terms, reference: reference)
    values = [Double](repeating: 0, count: 2 * terms * points.count)
  }

  /// Takes up where the pixel of a held cell lies, for ``value(_:at:)``.
  func find(_ cell: Int) {
    stencil.take(cell, image)
    for point in 0..<pointCount {
      for neighbour in 0..<9 {
        var weight = 0.0
        for row in 0..<6 {
          weight += functions[6 * point + row] * stencil.weights[row * 9 + neighbour]
        }
        pointWeights[9 * point + neighbour] = weight
      }
    }
  }

  /// Evaluates the pixel of a held cell, each point with a variance of its own.
  func take(_ cell: Int) {
    find(cell)
    var covariances = [Double](repeating: 0, count: 81)
    for first in 0..<9 where stencil.cells[first] >= 0 {
      for second in 0..<9 where stencil.cells[second] >= 0 && (noise.width > 0 || first == second) {
        covariances[9 * first + second] = noise.covariance(
          stencil.cells[first], stencil.cells[second], first % 3 - second % 3,
          first / 3 - second / 3)
      }
    }
    // Out of the object meanwhile: each access to what is in it is checked.
    var (basis, values) = (DeconvolvedBasis(terms: 1, reference: 1), [Double]())
    swap(&basis, &self.basis)
    swap(&values, &self.values)
    for point in 0..<pointCount {
      var variance = 0.0
      for first in 0..<9 {
        let weight = pointWeights[9 * point + first]
        if noise.width > 0 {
          for second in 0..<9 {
            variance += weight * pointWeights[9 * point + second] * covariances[9 * first + second]
          }
        } else {
          variance += weight * weight * covariances[10 * first]
        }
      }
      basis.evaluate(at: value(composition, at: point), variance: variance, orders: 2)
      for order in 0..<2 {
        for term in 0..<terms {
          values[(order * terms + term) * pointCount + point] = basis[term + 1, order]
        }
      }
    }
    swap(&basis, &self.basis)
    swap(&values, &self.values)
  }

  /// A field that is interpolated as the composition is, at a point of the pixel.
  func value(_ field: [Double], at point: Int) -> Double {
    var sum = 0.0
    for neighbour in 0..<9 where stencil.cells[neighbour] >= 0 {
      sum += pointWeights[9 * point + neighbour] * field[stencil.cells[neighbour]]
    }
    return sum
  }

  /// φ̃_n^{(k)} at a point, n from 0.
  func basis(_ order: Int, _ term: Int, _ point: Int) -> Double {
    values[(order * terms + term) * pointCount + point]
  }

  /// Σ_p g_m(p) φ̃_n'(p) r(p) of a response at the points, for the six functions of place.
  ///
  /// - Parameter offset: where the response of the direction begins.
  func moments(
    _ term: Int, _ response: [Double], from offset: Int, into sums: inout [Double], at place: Int
  ) {
    for row in 0..<6 { sums[place + row] = 0 }
    let slopes = (terms + term) * pointCount
    for point in 0..<pointCount {
      let value = values[slopes + point] * response[offset + point]
      for row in 0..<6 { sums[place + row] += functions[6 * point + row] * value }
    }
  }
}
