// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Numerics

/// A law in which no choice hides: many terms under a decaying prior, averaged over the prior's
/// strength and decay by their evidence.
///
/// The coefficients are a priori normal with standard deviation s q^(n−1), for each direction its
/// own s and q. The band of a law with a chosen number of terms misses the truth exactly where the
/// choice is hard; here a term that the data do not see keeps its prior's spread.
public struct AveragedLaw: Sendable {
  /// The mean a_1…a_T, c_1…c_T.
  public let unknowns: [Double]
  /// Their covariance, the spread of the means over the prior included: shape (2T, 2T).
  public let covariance: [Double]
  /// The data's share of each coefficient, shape (2T): 1 − Var_posterior / Var_prior averaged with the
  /// weights.
  ///
  /// It is 0 where the prior speaks and 1 where the data do.
  public let dataShare: [Double]

  /// The decays q of the prior.
  ///
  /// Smaller ones halve the band of simple laws and lose a cubic one.
  public static let decays = [0.2, 0.3, 0.45, 0.65]
  /// The strengths s relative to |a_1| + |c_1| of the law of one term.
  public static let strengths = [0.25, 0.5, 1]

  /// How often B(p) follows the mean.
  private static let passes = 3

  /// The average of equations over the prior.
  ///
  /// - Throws: ``SingularDesign`` where the data do not determine even one term.
  public init(_ equations: ResidualEquations) throws(SingularDesign) {
    let terms = equations.terms
    let first = try equations.oneTerm()
    let size = abs(first[0]) + abs(first[terms])
    let priors = Self.priors(terms, size: max(size, .leastNormalMagnitude))
    var pass = Posterior(equations.whitened(at: first), priors)
    for _ in 1..<Self.passes { pass = Posterior(equations.whitened(at: pass.mean), priors) }
    unknowns = pass.mean
    covariance = pass.covariance
    dataShare = pass.dataShare
  }

  /// The prior's standard deviations of the 2T unknowns, one row for each point of the grid.
  static func priors(_ terms: Int, size: Double) -> [[Double]] {
    var rows: [[Double]] = []
    for strength in strengths {
      for decay in decays {
        var deviation = strength * size
        rows.append(
          (0..<terms).map { _ in
            defer { deviation *= decay }
            return deviation
          })
      }
    }
    return rows.flatMap { alongA in rows.map { alongA + $0 } }
  }
}

extension ResidualEquations {
  /// The unknowns of the law of one term, among T.
  ///
  /// - Throws: ``SingularDesign`` where the data do not determine it.
  public func oneTerm() throws(SingularDesign) -> [Double] {
    let kept = kept(1)
    let solution = try NormalEquations(
      matrix: Self.block(matrix, kept, of: 2 * terms), rightSide: kept.map { rightSide[$0] }
    ).solve().solution
    return widened(solution, 1)
  }
}

/// Mean and spread of the unknowns over a grid of priors.
///
/// The evidence of a prior τ is the normal density of y, whose covariance is 1 + Aτ²Aᵀ. With H = AᵀA,
/// h = Aᵀy, S = 1 + τHτ and the mean m = τz, z = S⁻¹τh, its logarithm is (hᵀm − |y|² − ln det S)/2, up
/// to the constant of 2π. On exact data hᵀm and |y|² reach 1e17: their rounding drowns what priors
/// differ by. From Sz = τh follows
///
///     |y − Am|² + |z|² = |y|² − 2 zᵀτh + zᵀSz = |y|² − hᵀm,
///
/// the same number as a sum of squares, and at its minimum over z: an error of z enters squared.
struct Posterior {
  private(set) var mean: [Double]
  private(set) var covariance: [Double]
  private(set) var dataShare: [Double]
  /// The logarithm of the evidence, averaged over the grid; up to a constant.
  private(set) var logEvidence: Double

  /// - Parameters:
  ///   - kept: the unknowns that take part, all when nil; the results are theirs.
  init(_ equations: WhitenedEquations, _ priors: [[Double]], kept: [Int]? = nil) {
    let (full, side) = equations.information
    let kept = kept ?? Array(0..<equations.width)
    let width = kept.count
    let matrix = ResidualEquations.block(full, kept, of: equations.width)
    let right = kept.map { side[$0] }
    var points: [(logWeight: Double, mean: [Double], inverse: [Double], prior: [Double])] = []
    for row in priors {
      let prior = kept.map { row[$0] }
      // In units of the prior: 1 + τHτ has no small eigenvalue.
      var scaled = matrix
      for first in 0..<width {
        for second in 0..<width { scaled[first * width + second] *= prior[first] * prior[second] }
        scaled[first * width + first] += 1
      }
      guard let factor = try? CholeskyFactor(scaled, count: width) else { continue }
      var solution = (0..<width).map { prior[$0] * right[$0] }
      factor.solve(&solution)
      let mean = (0..<width).map { prior[$0] * solution[$0] }
      let left = equations.misfit(mean, kept) + solution.reduce(0) { $0 + $1 * $1 }
      points.append((-(left + factor.logDeterminant) / 2, mean, factor.inverse(), prior))
    }
    let highest = points.map(\.logWeight).max() ?? 0
    let raw = points.map { exp($0.logWeight - highest) }
    let total = raw.reduce(0, +)
    logEvidence = highest + log(total / Double(max(1, points.count)))
    mean = [Double](repeating: 0, count: width)
    covariance = [Double](repeating: 0, count: width * width)
    dataShare = mean
    for (point, weight) in zip(points, raw) {
      for index in 0..<width {
        mean[index] += weight / total * point.mean[index]
        dataShare[index] += weight / total * (1 - point.inverse[index * width + index])
      }
    }
    for (point, weight) in zip(points, raw) {
      for row in 0..<width {
        for column in 0..<width {
          let inner =
            point.prior[row] * point.inverse[row * width + column] * point.prior[column]
          let between = (point.mean[row] - mean[row]) * (point.mean[column] - mean[column])
          covariance[row * width + column] += weight / total * (inner + between)
        }
      }
    }
  }
}
