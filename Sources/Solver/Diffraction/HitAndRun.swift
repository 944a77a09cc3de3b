// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics

/// One chain of uniformly distributed densities within the tolerance: hit and run (Smith 1984).
///
/// From the present point a line is drawn in a random direction; the next point is uniform on the
/// chord within ρ ≥ 0 and |ρ* − Λρ| ≤ τ|ρ*|, whose ends follow from a linear and a quadratic
/// inequality. Directions come from a pool drawn beforehand, stretched by the covariance seen while
/// warming up: they do not depend on the state, so that the uniform distribution stays stationary.
struct HitAndRun {
  private let count: Int
  private let rows: Int
  /// The weighted matrix, row-major, and data, both over the scale.
  private let matrix: [Double]
  private let data: [Double]
  private let radius: Double
  private var state: [Double]
  private var residual: [Double]
  private var random: RandomStream
  /// Directions one after the other, and their images.
  private var directions: [Double] = []
  private var images: [Double] = []
  private var poolSize = 0

  /// A chain of the problem; `vertices` are acceptable densities whose mixtures it starts from.
  init(_ problem: DecompositionProblem, vertices: [[Double]], seed: Int, chain: Int) {
    count = problem.labels.count
    rows = problem.effective.count
    let scale = problem.scale
    matrix = problem.weightedMatrix().map { $0 / scale }
    data = problem.weightedData().map { $0 / scale }
    radius = problem.tolerance
    random = RandomStream(seed: seed, chain: chain)
    // A random mixture of the ends, some of the plain mean for a start inside.
    var shares: [Double] = []
    for _ in vertices { shares.append(pow(-log(1 - random.uniform()), 2)) }
    let sum = shares.reduce(0, +)
    shares = shares.map { 0.9 * $0 / sum + 0.1 / Double(vertices.count) }
    state = [Double](repeating: 0, count: count)
    for (vertex, share) in zip(vertices, shares) {
      for index in state.indices { state[index] += share * vertex[index] }
    }
    residual = data
    refresh()
    // The first directions: as wide as the vertices lie apart.
    let widths = (0..<count).map { index in
      (vertices.map { $0[index] }.max() ?? 0) - (vertices.map { $0[index] }.min() ?? 0)
    }
    var lower = [Double](repeating: 0, count: count * count)
    for index in 0..<count { lower[index * count + index] = widths[index] }
    drawPool(lower)
  }

  /// Draws directions L z, z normal, L a lower triangle.
  private mutating func drawPool(_ lower: [Double]) {
    poolSize = 64 * count
    directions = []
    images = []
    for _ in 0..<poolSize {
      let normal = (0..<count).map { _ in random.normal() }
      var direction = [Double](repeating: 0, count: count)
      for row in 0..<count {
        for column in 0...row { direction[row] += lower[row * count + column] * normal[column] }
      }
      directions += direction
      for row in 0..<rows {
        images.append(
          (0..<count).reduce(0) { $0 + matrix[row * count + $1] * direction[$1] })
      }
    }
  }

  /// Walks and learns the shape of the set; the directions are fixed from then on.
  mutating func warmUp() {
    for length in [200, 500, 1000] {
      var sums = [Double](repeating: 0, count: count)
      var products = [Double](repeating: 0, count: count * count)
      let steps = length * count
      for _ in 0..<steps {
        step()
        for row in 0..<count {
          sums[row] += state[row]
          for column in 0...row { products[row * count + column] += state[row] * state[column] }
        }
      }
      let total = Double(steps)
      for row in 0..<count {
        for column in 0...row {
          products[row * count + column] =
            products[row * count + column] / total - sums[row] / total * sums[column] / total
        }
      }
      drawPool(CholeskyFactor(covariance: products, count: count, leastShare: 1e-10).lower)
    }
  }

  /// The residual from the state, against the drift of many steps.
  private mutating func refresh() {
    for row in 0..<rows {
      residual[row] = (0..<count).reduce(data[row]) {
        $0 - matrix[row * count + $1] * state[$1]
      }
    }
  }

  /// One step.
  private mutating func step() {
    let draw = random.next()
    let direction = Int(truncatingIfNeeded: draw % UInt64(poolSize)) * count
    let image = direction / count * rows
    var low = -Double.infinity
    var high = Double.infinity
    for index in 0..<count {
      let slope = directions[direction + index]
      if slope > 0 {
        low = max(low, -state[index] / slope)
      } else if slope < 0 {
        high = min(high, -state[index] / slope)
      }
    }
    // |r − t Λd|² ≤ τ²: a t² − 2 b t + c ≤ 0.
    var (a, b, c) = (0.0, 0.0, -radius * radius)
    for row in 0..<rows {
      let slope = images[image + row]
      a += slope * slope
      b += slope * residual[row]
      c += residual[row] * residual[row]
    }
    if a > 0 {
      // At the rim c may be above zero by a rounding.
      let root = max(b * b - a * min(c, 0), 0).squareRoot()
      low = max(low, (b - root) / a)
      high = min(high, (b + root) / a)
    }
    guard low < high, low.isFinite, high.isFinite else { return }
    let t = low + random.uniform() * (high - low)
    for index in 0..<count {
      state[index] = max(0, state[index] + t * directions[direction + index])
    }
    for row in 0..<rows { residual[row] -= t * images[image + row] }
  }

  /// `samples` states, `thinning` steps apart, one after the other.
  mutating func run(samples: Int, thinning: Int) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(samples * count)
    for sample in 0..<samples {
      for _ in 0..<thinning { step() }
      if sample % 64 == 0 { refresh() }
      result += state
    }
    return result
  }
}
