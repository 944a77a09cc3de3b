// SPDX-License-Identifier: Apache-2.0

import Numerics
public import Parallel

/// The question which densities of which slip systems make the effective densities of the lines:
/// ρ* = Λ ρ with ρ ≥ 0, equation 4.5 of the SI.
public struct DecompositionProblem: Sendable {
  /// How the lines count.
  public enum Weighting: String, CaseIterable, Sendable {
    /// All alike, as in the paper.
    case uniform
    /// By the inverse of their standard deviations.
    case errors
  }

  /// The names of the systems that are to be found.
  public let labels: [String]
  /// Λ of each reflection and system, shape (reflections, systems).
  public let factors: [[Double]]
  /// ρ* of each reflection, in 1/nm², less what fixed densities make.
  public let effective: [Double]
  /// ρ* before that.
  public let measured: [Double]
  /// The weight of each reflection.
  public let weights: [Double]
  /// The densities that are given, in 1/nm².
  public let fixed: [String: Double]
  /// The acceptable residual as a share of |ρ*|, both weighted.
  public let tolerance: Double

  /// Poses the question.
  ///
  /// - Parameters:
  ///   - labels: of the systems, one for each column of `factors`.
  ///   - factors: Λ, shape (reflections, systems).
  ///   - effective: ρ* of each reflection in 1/nm².
  ///   - deviations: their standard deviations; needed where the errors give the weights.
  ///   - weighting: how the lines count.
  ///   - candidates: the systems to be considered; nil for all.
  ///   - fixed: densities of systems that are given, in 1/nm²; they need not be candidates.
  ///   - tolerance: the acceptable residual; nil for the paper's 15 per cent, or for what the
  ///     errors of the lines allow with 95 per cent where they give the weights and that is more.
  /// - Throws: ``ParallelError`` of kind `input` when a name is unknown, a system broadens no line,
  ///   nothing is left to be found, or numbers are not finite.
  public init(
    labels: [String], factors: [[Double]], effective: [Double], deviations: [Double]? = nil,
    weighting: Weighting = .uniform, candidates: [String]? = nil, fixed: [String: Double] = [:],
    tolerance: Double? = nil
  ) throws(ParallelError) {
    precondition(
      factors.count == effective.count && factors.allSatisfy { $0.count == labels.count },
      "Λ has a row for each reflection and a column for each system")
    for name in (candidates ?? []) + fixed.keys.sorted() where !labels.contains(name) {
      throw ParallelError(
        .input,
        "decomposition: found the system \"\(name)\", expected one of "
          + labels.joined(separator: ", "))
    }
    for (name, density) in fixed where !(density >= 0 && density.isFinite) {
      throw ParallelError(.input, "decomposition: the fixed density of \(name) is \(density)")
    }
    guard effective.allSatisfy(\.isFinite), norm(effective) > 0 else {
      throw ParallelError(.input, "decomposition: found no effective density above zero")
    }
    if let tolerance, !(tolerance > 0 && tolerance < 1) {
      throw ParallelError(
        .input, "decomposition: found the tolerance \(tolerance), expected one between 0 and 1")
    }
    let chosen = labels.indices.filter {
      (candidates?.contains(labels[$0]) ?? true) && fixed[labels[$0]] == nil
    }
    guard !chosen.isEmpty else {
      throw ParallelError(.input, "decomposition: no system is left whose density is to be found")
    }
    for column in chosen where factors.allSatisfy({ !($0[column] > 0) }) {
      throw ParallelError(
        .input,
        "decomposition: the system \(labels[column]) broadens none of the reflections; leave it out"
      )
    }
    var weights = [Double](repeating: 1, count: effective.count)
    var allowed = tolerance ?? DecompositionProblem.usualTolerance
    if weighting == .errors {
      guard let deviations, deviations.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw ParallelError(
          .input, "decomposition: weighting by errors needs a standard deviation for each line")
      }
      if tolerance == nil {
        allowed = max(allowed, DecompositionProblem.tolerance(of: effective, deviations))
      }
      // Scaled to a mean of one, so that the residual keeps its size.
      weights = deviations.map { 1 / $0 }
      let mean = weights.reduce(0, +) / Double(weights.count)
      weights = weights.map { $0 / mean }
    }
    self.labels = chosen.map { labels[$0] }
    self.factors = factors.map { row in chosen.map { row[$0] } }
    self.fixed = fixed
    self.weights = weights
    self.tolerance = allowed
    measured = effective
    self.effective = effective.indices.map { row in
      labels.indices.reduce(effective[row]) {
        $0 - factors[row][$1] * (fixed[labels[$1]] ?? 0)
      }
    }
  }

  /// The paper's acceptable residual.
  static let usualTolerance = 0.15

  /// The weighted residual that lines with such errors leave at most in 95 of 100 cases, as a share
  /// of the data: the square root of χ²'s quantile (by Wilson and Hilferty) over that of Σ(ρ*/sd)².
  static func tolerance(of effective: [Double], _ deviations: [Double]) -> Double {
    let spread = 2 / (9 * Double(effective.count))
    let root = 1 - spread + 1.6449 * spread.squareRoot()
    let quantile = Double(effective.count) * root * root * root
    let signal = zip(effective, deviations).reduce(0) { sum, line in
      sum + line.0 * line.0 / (line.1 * line.1)
    }
    // From one on, no densities at all would be acceptable and nothing bound the set.
    return min((quantile / signal).squareRoot(), 0.99)
  }

  /// The mean Λ of a mixture's members, such as the half-lithiated powder's two phases.
  public static func mean(_ members: [[[Double]]]) -> [[Double]] {
    guard let first = members.first else { return [] }
    return first.indices.map { row in
      first[row].indices.map { column in
        members.reduce(0) { $0 + $1[row][column] } / Double(members.count)
      }
    }
  }

  /// The weighted matrix, row-major, without some of its columns.
  func weightedMatrix(without left: Set<Int> = []) -> [Double] {
    factors.indices.flatMap { row in
      labels.indices.filter { !left.contains($0) }.map { weights[row] * factors[row][$0] }
    }
  }

  /// The weighted data, less what given densities make.
  func weightedData(less given: [Int: Double] = [:]) -> [Double] {
    effective.indices.map { row in
      weights[row] * given.reduce(effective[row]) { $0 - factors[row][$1.key] * $1.value }
    }
  }

  /// |ρ*|, weighted: what residuals are shares of.
  var scale: Double { norm(zip(measured, weights).map { $0 * $1 }) }

  /// The residual of given densities as a share of |ρ*|.
  func residual(of densities: [Double]) -> Double {
    let deviations = effective.indices.map { row in
      weights[row]
        * (effective[row] - zip(factors[row], densities).reduce(0) { $0 + $1.0 * $1.1 })
    }
    return norm(deviations) / scale
  }

  /// The best densities with some of them given.
  ///
  /// - Returns: all densities and the residual as a share of |ρ*|.
  func best(holding given: [Int: Double] = [:]) -> (densities: [Double], residual: Double) {
    let left = Set(given.keys)
    let remaining = labels.indices.filter { !left.contains($0) }
    let data = weightedData(less: given)
    var densities = [Double](repeating: 0, count: labels.count)
    for (column, value) in given { densities[column] = value }
    guard !remaining.isEmpty else { return (densities, norm(data) / scale) }
    let fit = NonNegativeFit(
      weightedMatrix(without: left), columns: remaining.count, right: data)
    for (place, column) in remaining.enumerated() { densities[column] = fit.solution[place] }
    return (densities, fit.residualNorm / scale)
  }
}
