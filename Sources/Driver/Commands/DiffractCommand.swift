// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Diffraction
import Foundation
import Parallel
import Physics

/// Tells from diffraction lines which slip systems broaden them.
struct DiffractCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "diffract",
    abstract: "Find dislocation densities and slip systems from X-ray line profiles.",
    discussion: """
      Each line's restricted moments M2 and M4 give its effective dislocation density ρ* and the \
      crystallite size. The densities of slip systems that explain all ρ* follow by non-negative \
      least squares, with the set of densities that do so within the tolerance.

      A line's window is in the unit of its abscissa: two_theta (degrees, the default), q_per_nm or \
      q_per_angstrom (4π sin θ/λ), d_angstrom, or q (1/d in 1/nm). A file has columns of position, \
      intensity and possibly sigma; of more than three, the key columns says which. Give the pattern \
      with its background: it is fitted, and may bend or hold neighbours' tails, unless background: \
      flat. A line gets an interval and a reason instead of a number where tails or counts do not \
      suffice or the model does not describe them. Of faint lines those that come out large are \
      determined more often: selection_bias_per_um2 says by how much their ρ* is too large on average.

      Λ is the mean over all reflections that symmetry makes equivalent (average: none for one only). \
      The acceptable residual is 15 %, or what the lines' errors allow where that is more.

      CASE
        crystal: LiFePO4              # or FePO4, phases, or {cell, stiffness}
        wavelength: 0.4 Å
        instrument: {file: LaB6.xy, window: [7.1, 9.9], method: moments}  # or fourier
        fit: {start: 3, end: 20}      # in full widths at half maximum
        peaks:
          - {file: powder.xy, hkl: [1, 0, 1], window: [4.9, 6.2], background: fitted}
          - {hkl: [2, 1, 0], effective_density: 404 1/um2, sd: 40 1/um2}
        systems: labelled             # or olivine, labels, {label, burgers, …}
        candidates: [D, H, I, J]      # optional: only these
        fixed: {A: 100 1/um2}         # optional: given densities
        sensitivity: {D: 100 1/um2}   # optional: what more of a system does
        tolerance: 15 %               # optional
        average: equivalent           # or none
        sampling: {samples: 100000, chains: 8, thinning: 40, seed: 1}

      EXAMPLE
        vegard diffract examples/diffract-lfp.yaml -o diffraction.h5
      """)

  @Argument(help: ArgumentHelp("The case.", valueName: "CASE.yaml"))
  var file: String

  @Option(name: .shortAndLong, help: "Where the result goes.")
  var output: String

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func run(_ context: RunContext) throws(ParallelError) {
    let communicator = context.communicator
    let read = try CaseFile<DiffractCase>(file, communicator: communicator)
    let work = read.value.relative(to: file)
    try OutputGuard.check(
      output, inputs: [file] + work.paths, context)
    let peaks = try PowderPeak.analyse(
      work.requests, radiation: read.value.radiation, crystals: read.value.crystals,
      communicator: communicator)
    for warning in peaks.flatMap(\.warnings) { context.log.warn(warning) }
    let result = try DiffractCommand.decomposed(read.value, peaks, context)
    let target = try OutputFile(output, communicator: communicator)
    try DiffractionWriter.write(result, to: target)
    try Provenance(
      context, seed: read.value.sampling.seed, effectiveCase: read.value.effective
    ).write(
      to: target, communicator: communicator)
    try target.commit()
    context.log.note("\(output): written")
    DiffractReport.show(result, on: context.console)
  }

  private static func decomposed(
    _ question: DiffractCase, _ peaks: [PowderPeak], _ context: RunContext
  ) throws(ParallelError) -> PowderResult {
    guard !question.systems.isEmpty else {
      return PowderResult(
        peaks: peaks, crystals: question.crystals, systems: [], factors: [], decomposition: nil,
        sensitivities: [], acceptable: nil)
    }
    let factors = try GeometricFactors.matrix(
      systems: question.systems, reflections: peaks.map(\.reflection),
      crystals: question.crystals, averaged: question.isAveraged)
    let deviations = peaks.map(\.density.deviation)
    let haveErrors = deviations.allSatisfy { $0 > 0 && $0.isFinite }
    let weighting = question.weighting ?? (haveErrors ? .errors : .uniform)
    if weighting == .uniform, let doubtful = peaks.first(where: { $0.analysis?.doubt != nil }) {
      context.log.warn(
        "peak \(doubtful.reflection): its ρ* is not determined but counts like the others; "
          + "leave it out, or weight by errors")
    }
    let problem = try DecompositionProblem(
      labels: question.systems.map(\.label), factors: factors,
      effective: peaks.map(\.density.value), deviations: haveErrors ? deviations : nil,
      weighting: weighting, candidates: question.candidates, fixed: question.fixed,
      tolerance: question.tolerance)
    let found = Decomposition(problem, deviations: haveErrors ? deviations : nil)
    var sensitivities: [Decomposition.Sensitivity] = []
    for (label, density) in question.sensitivity.sorted(by: { $0.key < $1.key }) {
      guard let answer = found.sensitivity(adding: density, to: label) else {
        throw ParallelError(
          .input, "sensitivity: the system \(label) is fixed or not among the candidates")
      }
      sensitivities.append(answer)
    }
    let set = try AcceptableSet(found, question.sampling, communicator: context.communicator)
    if let set, !set.isConverged {
      throw ParallelError(
        .notConverged,
        "the chains of acceptable densities do not agree: R-hat is "
          + String(format: "%.3f", set.largestReduction)
          + ", expected 1.1 or less; give more samples or a larger thinning")
    }
    if set == nil {
      context.log.warn(
        "the best densities leave \(String(format: "%.3g", 100 * found.residual)) % of ρ*, more "
          + "than the tolerance of \(String(format: "%.3g", 100 * problem.tolerance)) %: there is "
          + "no acceptable set")
    }
    return PowderResult(
      peaks: peaks, crystals: question.crystals, systems: question.systems, factors: factors,
      decomposition: found, sensitivities: sensitivities, acceptable: set)
  }
}

extension DiffractCase {
  /// The requests with paths taken from the case file's directory, and these paths.
  func relative(to file: String) -> (requests: [PeakRequest], paths: [String]) {
    let directory = URL(filePath: file).deletingLastPathComponent().relativePath
    func place(_ path: String) -> String {
      path.hasPrefix("/") || directory == "." ? path : directory + "/" + path
    }
    var paths: [String] = []
    let requests = peaks.map { request in
      guard case .line(var line) = request.source else { return request }
      line.line.path = place(line.line.path)
      paths.append(line.line.path)
      if var instrument = line.instrument {
        instrument.line.path = place(instrument.line.path)
        paths.append(instrument.line.path)
        line.instrument = instrument
      }
      return PeakRequest(reflection: request.reflection, source: .line(line))
    }
    return (requests, paths)
  }
}
