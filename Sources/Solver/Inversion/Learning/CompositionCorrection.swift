// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// What the noise of the composition does to a particle's normal equations, to all orders.
///
/// With the deconvolved basis the right-hand side is unbiased, and the normal matrix too once
/// Σ_k (−1)^{k+1} Σ_ij W_ij c_ij^k/k! φ̃_n^{(k)}(X_i) φ̃_m^{(k)}(X_j) is taken off; W = GᵀG is never formed.
struct CompositionCorrection: Sendable {
  /// The unknowns of the law.
  let count: Int
  /// What is taken off the normal matrix, shape (count, count).
  let matrix: [Double]
  /// Its first order, Σ_ij W_ij c_ij φ̃_n'(X_i) φ̃_m'(X_j).
  let firstOrder: [Double]
  /// The same by each probe.
  private let probes: [[Double]]
  /// Σ_ij c_ij F_f(i) F_g(j) of the fields that ∂ψ/∂X consists of.
  private let gram: [Double]
  /// The same of what a draw of the noise changes in these fields.
  private let curvature: [Double]
  /// The equations on the plain basis: what noise would make of the law without correction.
  let plain: LeastSquares
  /// What probes of the noise make of the basis: own pixels, fields of ``ForwardModel/Field``.
  let echoes: [PixelFields]

  /// Probes of the first order, an even number: their own scatter counts in the covariance.
  static let probeCount = 8
  /// Probes that tell the local weight of each order.
  static let weightProbes = 4
  /// Probes that are kept to take the composition's part off the residuals' autocovariance.
  static let echoCount = 2
  /// The part of a draw that the composition is moved by to see the fields of ∂ψ/∂X change.
  static let step = 1e-3

  /// The number of that draw, after those of all probes.
  static func curvatureDraw(_ terms: Int) -> Int { probeCount + weightProbes * terms }

  init(
    count: Int, first: [[Double]], higher: [Double], gram: [Double], curvature: [Double],
    plain: LeastSquares, echoes: [PixelFields]
  ) {
    self.count = count
    probes = first
    var mean = [Double](repeating: 0, count: higher.count)
    for probe in first {
      for index in mean.indices { mean[index] += probe[index] / Double(first.count) }
    }
    firstOrder = mean
    matrix = zip(mean, higher).map { $0 + $1 }
    self.gram = gram
    self.curvature = curvature
    self.plain = plain
    self.echoes = echoes
  }

  /// The field of ∂ψ_n/∂X that belongs to p_m (n ≤ m or not), or to no unknown.
  static func field(_ n: Int, _ m: Int?, of count: Int) -> Int {
    guard let m else { return n }
    let (low, high) = (min(n, m), max(n, m))
    return count + low * count - low * (low - 1) / 2 + high - low
  }

  /// The number of these fields.
  static func fieldCount(_ count: Int) -> Int { count + count * (count + 1) / 2 }

  /// The covariance of ψ from the noise of the composition.
  ///
  /// With t_k what the k-th derivatives of ψ contribute, the covariance is Σ t_k. First derivatives at
  /// the noisy composition count t_k k times, second ones k(k − 1)/2 times: their difference has t_1
  /// and t_2 right.
  ///
  /// - Returns: what first derivatives and what second ones count.
  func covariance(_ unknowns: [Double]) -> (first: [Double], second: [Double]) {
    (contracted(gram, unknowns), contracted(curvature, unknowns).map { $0 / 2 })
  }

  /// Σ_fg v_nf G_fg v_kg with ∂ψ_n/∂X = Σ_f v_nf F_f, which is F_n − Σ_m p_m F_nm.
  private func contracted(_ gram: [Double], _ unknowns: [Double]) -> [Double] {
    let fields = Self.fieldCount(count)
    var result = [Double](repeating: 0, count: count * count)
    var halves = [Double](repeating: 0, count: count * fields)
    for n in 0..<count {
      for other in 0..<fields {
        var sum = gram[Self.field(n, nil, of: count) * fields + other]
        for m in 0..<count {
          sum -= unknowns[m] * gram[Self.field(n, m, of: count) * fields + other]
        }
        halves[n * fields + other] = sum
      }
    }
    for n in 0..<count {
      for k in 0..<count {
        var sum = halves[n * fields + Self.field(k, nil, of: count)]
        for m in 0..<count {
          sum -= unknowns[m] * halves[n * fields + Self.field(k, m, of: count)]
        }
        result[n * count + k] = sum
      }
    }
    return result
  }

  /// The covariance of ψ from the scatter of the probes.
  func probeCovariance(_ unknowns: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: count * count)
    guard probes.count > 1 else { return result }
    let share = Double(probes.count)
    let changes = probes.map { probe in
      (0..<count).map { row in
        var sum = 0.0
        for column in 0..<count { sum += probe[row * count + column] * unknowns[column] }
        return sum
      }
    }
    let mean = (0..<count).map { row in changes.reduce(0) { $0 + $1[row] } / share }
    for change in changes {
      for row in 0..<count {
        for column in 0..<count {
          result[row * count + column] +=
            (change[row] - mean[row]) * (change[column] - mean[column]) / share / (share - 1)
        }
      }
    }
    return result
  }
}
