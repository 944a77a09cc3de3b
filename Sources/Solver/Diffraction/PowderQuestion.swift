// SPDX-License-Identifier: Apache-2.0

public import Parallel
public import Physics

/// What is asked of a powder's lines: their effective densities, and which systems explain them.
public struct PowderQuestion {
  /// The phases; of several, the mean Λ.
  public var crystals: [Crystal]
  /// The wavelength; nil where no pattern is over angles.
  public var radiation: Radiation?
  /// The lines.
  public var peaks: [PeakRequest]
  /// The slip systems; empty for no decomposition.
  public var systems: [SlipSystem]
  /// Whether equivalent reflections are averaged.
  public var isAveraged: Bool
  /// The systems to choose from; nil for all.
  public var candidates: [String]?
  /// Densities that are given, in 1/nm².
  public var fixed: [String: Double]
  /// Densities to be added one by one, in 1/nm².
  public var sensitivity: [String: Double]
  /// How the lines count; nil decides by whether all have errors.
  public var weighting: DecompositionProblem.Weighting?
  /// The acceptable residual; nil for the default.
  public var tolerance: Double?
  /// How the acceptable densities are sampled.
  public var sampling: AcceptableSet.Options

  /// A question from its parts.
  public init(
    crystals: [Crystal], radiation: Radiation?, peaks: [PeakRequest], systems: [SlipSystem],
    isAveraged: Bool, candidates: [String]? = nil, fixed: [String: Double] = [:],
    sensitivity: [String: Double] = [:], weighting: DecompositionProblem.Weighting? = nil,
    tolerance: Double? = nil, sampling: AcceptableSet.Options = AcceptableSet.Options()
  ) {
    self.crystals = crystals
    self.radiation = radiation
    self.peaks = peaks
    self.systems = systems
    self.isAveraged = isAveraged
    self.candidates = candidates
    self.fixed = fixed
    self.sensitivity = sensitivity
    self.weighting = weighting
    self.tolerance = tolerance
    self.sampling = sampling
  }

  /// Analyses the lines and decomposes what they say.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` for lines that cannot be read and systems
  ///   that cannot be varied, of kind `notConverged` when the chains of acceptable densities differ.
  public func answer(
    _ communicator: Communicator, log: any RunLog
  ) throws(ParallelError) -> PowderResult {
    let peaks = try PowderPeak.analyse(
      peaks, radiation: radiation, crystals: crystals, communicator: communicator)
    for warning in peaks.flatMap(\.warnings) { log.warn(warning) }
    guard !systems.isEmpty else {
      return PowderResult(
        peaks: peaks, crystals: crystals, systems: [], factors: [], decomposition: nil,
        sensitivities: [], acceptable: nil)
    }
    let factors = try GeometricFactors.matrix(
      systems: systems, reflections: peaks.map(\.reflection), crystals: crystals,
      averaged: isAveraged)
    let (found, tolerance) = try decomposed(peaks, factors, log)
    var sensitivities: [Decomposition.Sensitivity] = []
    for (label, density) in sensitivity.sorted(by: { $0.key < $1.key }) {
      guard let answer = found.sensitivity(adding: density, to: label) else {
        throw ParallelError(
          .input, "sensitivity: the system \(label) is fixed or not among the candidates")
      }
      sensitivities.append(answer)
    }
    let set = try AcceptableSet(found, sampling, communicator: communicator)
    if let set, !set.isConverged {
      throw ParallelError(
        .notConverged,
        "the chains of acceptable densities do not agree: R-hat is "
          + String(format: "%.3f", set.largestReduction)
          + ", expected 1.1 or less; give more samples or a larger thinning")
    }
    if set == nil {
      log.warn(
        "the best densities leave \(String(format: "%.3g", 100 * found.residual)) % of ρ*, more "
          + "than the tolerance of \(String(format: "%.3g", 100 * tolerance)) %: there is "
          + "no acceptable set")
    }
    return PowderResult(
      peaks: peaks, crystals: crystals, systems: systems, factors: factors, decomposition: found,
      sensitivities: sensitivities, acceptable: set)
  }

  /// The best densities: lines count by their errors where all have some, else alike.
  private func decomposed(
    _ peaks: [PowderPeak], _ factors: [[Double]], _ log: any RunLog
  ) throws(ParallelError) -> (found: Decomposition, tolerance: Double) {
    let deviations = peaks.map(\.density.deviation)
    let haveErrors = deviations.allSatisfy { $0 > 0 && $0.isFinite }
    let weighting = weighting ?? (haveErrors ? .errors : .uniform)
    if weighting == .uniform, let doubtful = peaks.first(where: { $0.analysis?.doubt != nil }) {
      log.warn(
        "peak \(doubtful.reflection): its ρ* is not determined but counts like the others; "
          + "leave it out, or weight by errors")
    }
    let problem = try DecompositionProblem(
      labels: systems.map(\.label), factors: factors, effective: peaks.map(\.density.value),
      deviations: haveErrors ? deviations : nil, weighting: weighting, candidates: candidates,
      fixed: fixed, tolerance: tolerance)
    return (
      Decomposition(problem, deviations: haveErrors ? deviations : nil), problem.tolerance
    )
  }
}
