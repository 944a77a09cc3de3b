// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Numerics

/// How well the first N terms explain the data, and what that many cost.
public struct TermCriterion: Sendable {
  /// N.
  public let terms: Int
  /// What N terms leave of the residual, ψᵀ B⁻¹ ψ at its smallest.
  public let remainder: Double
  /// Akaike's criterion: the remainder plus 4N, two for each unknown.
  public let aic: Double
  /// The Bayesian criterion: the remainder plus 2N ln n with n the independent observations.
  public let bic: Double
  /// The logarithm of the evidence of N terms under the prior of ``AveragedLaw``; only differences
  /// count.
  public let logEvidence: Double
}

extension ResidualEquations {
  /// Judges numbers of terms with the spread of ψ at given unknowns.
  ///
  /// - Throws: ``SingularDesign`` where the data do not determine even one term.
  public func criteria(
    _ counts: [Int], at unknowns: [Double]
  ) throws(SingularDesign) -> [TermCriterion] {
    let white = whitened(at: unknowns)
    let remainders = white.remainders
    let first = try oneTerm()
    let priors = AveragedLaw.priors(
      terms, size: max(abs(first[0]) + abs(first[terms]), .leastNormalMagnitude))
    return counts.map { count in
      let remainder = remainders[count]
      let unknowns = 2 * Double(count)
      return TermCriterion(
        terms: count, remainder: remainder, aic: remainder + 2 * unknowns,
        bic: remainder + unknowns * log(max(1, observations)),
        logEvidence: Posterior(white, priors, kept: kept(count)).logEvidence)
    }
  }
}
