// SPDX-License-Identifier: Apache-2.0

import Numerics

/// The densities that explain a powder's effective densities best, and how sure that is.
public struct Decomposition: Sendable {
  /// What is known of one system.
  public struct System: Sendable {
    /// Its name.
    public let label: String
    /// Its density in the best fit, in 1/nm².
    public let density: Double
    /// The standard error of it from the lines' errors, the set of systems kept; nil where there
    /// are none.
    public let standardError: Double?
    /// Its density in the shortest of the best fits.
    public let shortest: Double
    /// The densities within the tolerance; nil where nothing is.
    public let interval: ClosedRange<Double>?
    /// The residual as a share of |ρ*| when it is left out; nil where its density is zero.
    public let residualWithout: Double?
  }

  /// What more of a system does to the residual.
  public struct Sensitivity: Sendable {
    /// The system.
    public let label: String
    /// What was added, in 1/nm².
    public let added: Double
    /// The residual with the other densities kept, and with them chosen anew.
    public let kept, refitted: Double
  }

  /// The question.
  public let problem: DecompositionProblem
  /// The answer, system by system.
  public let systems: [System]
  /// |ρ* − Λρ|/|ρ*|, weighted.
  public let residual: Double
  /// The share of the data that is explained: one less the residual.
  public var explained: Double { 1 - residual }
  /// Λρ, with what fixed densities make, in 1/nm².
  public let fitted: [Double]
  /// How far the conditions of optimality are from fulfilled, by unit columns and |ρ*|.
  public let violation: Double
  /// The rank of Λ.
  public let rank: Int
  /// Whether no other densities fit as well.
  public let isUnique: Bool
  /// Whether the residual is zero up to rounding.
  public let isExact: Bool
  /// The densities at the ends of all intervals; empty where nothing is within the tolerance.
  let vertices: [[Double]]

  /// The densities of the best fit, in the problem's order.
  public var densities: [Double] { systems.map(\.density) }

  /// Solves the problem; `deviations` are those of ρ*, for the standard errors.
  public init(_ problem: DecompositionProblem, deviations: [Double]? = nil) {
    self.problem = problem
    let count = problem.labels.count
    let fit = NonNegativeFit(
      problem.weightedMatrix(), columns: count, right: problem.weightedData())
    let set = SolutionSet(fit)
    let extremes = DensityExtremes(problem)
    let shortest = set.shortest
    let errors = deviations.map { Decomposition.standardErrors(fit, problem, $0) }
    systems = (0..<count).map { column in
      System(
        label: problem.labels[column], density: fit.solution[column],
        standardError: errors?[column], shortest: shortest[column],
        interval: extremes?.intervals[column],
        residualWithout: fit.solution[column] > 0
          ? problem.best(holding: [column: 0]).residual : nil)
    }
    residual = problem.residual(of: fit.solution)
    fitted = problem.factors.indices.map { row in
      problem.measured[row] - problem.effective[row]
        + zip(problem.factors[row], fit.solution).reduce(0) { $0 + $1.0 * $1.1 }
    }
    violation = fit.violation
    rank = set.rank
    isExact = set.isExact
    isUnique = set.isUnique
    vertices = extremes?.vertices ?? []
  }

  /// √diag of (A⁺ Σ A⁺ᵀ) on the systems that are there.
  private static func standardErrors(
    _ fit: NonNegativeFit, _ problem: DecompositionProblem, _ deviations: [Double]
  ) -> [Double] {
    let chosen = fit.solution.indices.filter { fit.solution[$0] > 0 }
    let entries = (0..<fit.rows).flatMap { row in
      chosen.map { fit.matrix[row * fit.columns + $0] }
    }
    var result = [Double](repeating: 0, count: fit.columns)
    let factors = OrthogonalFactors(entries, rows: fit.rows, columns: chosen.count)
    guard factors.rank == chosen.count else { return result.map { _ in .nan } }
    for (place, row) in factors.pseudoInverse().enumerated() {
      let parts = row.indices.map { row[$0] * problem.weights[$0] * deviations[$0] }
      result[chosen[place]] = norm(parts)
    }
    return result
  }

  /// What adding a density to the best fit does; nil for an unknown system.
  public func sensitivity(adding density: Double, to label: String) -> Sensitivity? {
    guard let column = problem.labels.firstIndex(of: label) else { return nil }
    var moved = densities
    moved[column] += density
    return Sensitivity(
      label: label, added: density, kept: problem.residual(of: moved),
      refitted: problem.best(holding: [column: moved[column]]).residual)
  }
}
