// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Numerics
import Parallel
import Physics

/// Rows B of the verification tables: line profiles and decomposition.
enum DiffractionStudies {
  static let all = [
    Study("B1", "restricted moments of lines in closed form", run: closedForms),
    Study("B2", "size and strain recovered from a made line", run: recovered),
    Study("B3", "effective densities that Table 1 implies", run: implied),
    Study("B4", "decomposition: optimality, rank, uniqueness, recovery", run: decomposed),
    Study("B5", "M2 of lines from dislocations of known density", run: known),
    LineDoubtStudy.study,
  ]

  // MARK: B1

  /// Moments M_k(q) = ∫ q′^k I dq′ from −q to q of two lines of area one, in x = q/w.
  ///
  ///     size, a Lorentzian   I = 1/(πw (1 + x²)):    M₂ = w² (2/π)(x − atan x)
  ///                                                  M₄ = w⁴ (2/π)(x³/3 − x + atan x)
  ///     strain               I = (1 + x²)^(−3/2)/2w: M₂ = w² (asinh x − x/√(1 + x²))
  ///
  /// Far out the first M₂ grows as q, as that of a column length does, the second as w² ln q, as
  /// that of dislocations does: M₂ = (ρ*/2π²) ln(q/q₀) (Groma, Phys. Rev. B 57 (1998) 7535) with
  /// ρ* = 2π² w².
  @Sendable private static func closedForms(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let spacing = 1 / (20 * Double(options.refine))
    // Scales of a line of some nanometres' width; the moments do not know them.
    let width = 1 / (2 * Double.pi * 100)
    let lorentz = sampled(scale: width, spacing: spacing) { x in 1 / (.pi * width * (1 + x * x)) }
    let strained = sampled(scale: width, spacing: spacing) { x in
      pow(1 + x * x, -1.5) / (2 * width)
    }
    var worst = [String: Double]()
    for step in 1...60 {
      let x = Double(step)
      let expected = [
        "Lorentzian M2": 2 / Double.pi * (x - atan(x)),
        "Lorentzian M4": 2 / Double.pi * (x * x * x / 3 - x + atan(x)),
        "strain M2": asinh(x) - x / (1 + x * x).squareRoot(),
        "strain M4": x * (x * x + 3) / (2 * (1 + x * x).squareRoot()) - 1.5 * asinh(x),
      ]
      for (name, value) in expected {
        let order = name.hasSuffix("M2") ? 2 : 4
        let line = name.hasPrefix("Lorentz") ? lorentz : strained
        let moment = MomentRow(profile: line, order: order, from: 0, to: x * width)
          .value(line.intensities)
        let error = abs(moment / (value * pow(width, Double(order))) - 1)
        worst[name] = max(worst[name] ?? 0, error)
      }
    }
    var results = worst.sorted { $0.key < $1.key }.map {
      StudyResult("largest relative error, \($0.key), q = 1 to 60 w", $0.value, atMost: 2e-3)
    }
    let fit = LineAnalysis(
      strained, LineOptions(start: 12, end: 30, background: .known(0), hasSize: false))
    results.append(
      StudyResult(
        "ρ*/(2π²s²) from M2 of the strained line, 12 to 30 full widths",
        (fit.second?.density.value ?? .nan) / (2 * .pi * .pi * width * width), target: 1,
        tolerance: 0.02))
    return results
  }

  /// A line of a function of x = q/scale on −65…65.
  private static func sampled(
    scale: Double, spacing: Double, _ shape: (Double) -> Double
  ) -> LineProfile {
    let half = Int(65 / spacing)
    let x = (-half...half).map { Double($0) * spacing }
    let values = x.map(shape)
    return LineProfile(
      offsets: x.map { $0 * scale }, intensities: values, variances: values,
      fullWidth: 2 * scale * (pow(2, 2.0 / 3) - 1).squareRoot())
  }

  // MARK: B2

  @Sendable private static func recovered(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for (size, name) in [(400.0, "mostly strained"), (100, "half size, half strain")] {
      let line = VirtualLine(size: size, density: 312.5e-6)
      // So many counts that only the method errs, not the statistics.
      let profile = line.profile(
        reach: 30, perWidth: 20 * Double(options.refine), counts: 1e12, background: 1e-4)
      let analysis = LineAnalysis(profile, LineOptions(start: 8))
      let fourth = (
        density: (analysis.fourth?.density.value ?? .nan) / line.density,
        size: 1 / (size * (analysis.fourth?.inverseSize?.value ?? .nan))
      )
      let joint = (
        density: analysis.density.value / line.density,
        size: 1 / (size * (analysis.joint?.inverseSize?.value ?? .nan))
      )
      if size == 400 {
        results += [
          StudyResult(
            "M4 from 8 full widths: ρ*/true, \(name)", fourth.density, target: 1, tolerance: 0.04),
          StudyResult(
            "M4 from 8 full widths: ε/true, \(name)", fourth.size, target: 1, tolerance: 0.02),
        ]
      } else {
        results.append(
          StudyResult(
            "M4 from 8 full widths, 4.4 alone: ρ*/true, \(name)", reported: fourth.density))
      }
      results += [
        StudyResult(
          "with the product of size and strain: ρ*/true, \(name)", joint.density, target: 1,
          tolerance: 0.04),
        StudyResult(
          "with the product of size and strain: ε/true, \(name)", joint.size, target: 1,
          tolerance: 0.02),
      ]
    }
    return results
  }

  // MARK: B3

  /// The lines of the paper's figure 4.
  private static let lines = [
    Reflection(1, 0, 1), Reflection(2, 1, 0), Reflection(1, 1, 1), Reflection(3, 0, 1),
    Reflection(3, 1, 1),
  ]

  /// A powder of Table 1: its phases, its densities in 1/µm², and the ρ* they imply.
  private struct Powder {
    let name: String
    let crystals: [Crystal]
    let densities: [String: Double]
    let effective: [Double]
  }

  private static let powders = [
    Powder(
      name: "LFP", crystals: [.lithiumIronPhosphate],
      densities: ["D": 192, "H": 247, "I": 692, "J": 45],
      effective: [379.8, 403.8, 1362.1, 675.6, 1255.9]),
    Powder(
      name: "L0.5FP", crystals: [.lithiumIronPhosphate, .ironPhosphate],
      densities: ["A": 590, "D": 306, "H": 735, "I": 457, "J": 556],
      effective: [741.2, 1560.2, 2243.9, 1863.1, 3138.6]),
    Powder(
      name: "FP", crystals: [.ironPhosphate], densities: ["A": 1298, "H": 1382, "J": 1939],
      effective: [870.4, 3152.9, 3783.9, 2732.5, 5387.9]),
  ]

  private static func factors(_ powder: Powder) throws(ParallelError) -> [[Double]] {
    try GeometricFactors.matrix(
      systems: SlipSystem.labelledCandidates, reflections: lines, crystals: powder.crystals,
      averaged: true)
  }

  /// The table's densities are to give ρ*_g = Σ_s Λ_gs ρ_s of each line, Λ_gs = (π/2) g² b_s² C_gs.
  @Sendable private static func implied(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for powder in powders {
      let matrix = try factors(powder)
      for (row, line) in lines.enumerated() {
        let sum = SlipSystem.labelledCandidates.indices.reduce(0.0) {
          $0 + matrix[row][$1]
            * (powder.densities[SlipSystem.labelledCandidates[$1].label] ?? 0)
        }
        results.append(
          StudyResult(
            "\(powder.name) \(line): ρ* [1/um2]", sum, target: powder.effective[row],
            tolerance: 2e-4 * powder.effective[row]))
      }
    }
    return results
  }

  // MARK: B4

  /// Densities ρ ≥ 0 of least |Λρ − ρ*|², by what makes one a minimum and the only one.
  ///
  /// Karush, Kuhn and Tucker: with the gradient g = Λᵀ(Λρ − ρ*), g_s = 0 where ρ_s > 0 and g_s ≥ 0
  /// elsewhere. Five lines determine at most rank 5: more systems leave a set of answers, of which
  /// the shortest is no longer than what the data were made with.
  @Sendable private static func decomposed(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let labels = SlipSystem.labelledCandidates.map(\.label)
    let matrix = try factors(powders[0])
    var results: [StudyResult] = []
    let printed = Decomposition(
      try DecompositionProblem(
        labels: labels, factors: matrix, effective: powders[0].effective.map { $0 * 1e-6 },
        candidates: ["D", "H", "I", "J"]))
    for (label, target, tolerance) in [
      ("D", 192.0, 0.3), ("H", 247, 0.7), ("I", 692, 6), ("J", 45, 7),
    ] {
      let density = printed.systems.first { $0.label == label }?.density ?? .nan
      results.append(
        StudyResult(
          "LFP from printed ρ*, four systems: \(label) [1/um2]", density * 1e6, target: target,
          tolerance: tolerance))
    }
    results.append(
      StudyResult("its gradient, scaled", printed.violation, atMost: 1e-9))
    results.append(StudyResult("its rank", Double(printed.rank), target: 4, tolerance: 0))
    results.append(
      StudyResult("unique (1) or not (0)", printed.isUnique ? 1 : 0, target: 1, tolerance: 0))

    // Λρ computed here must be inverted.
    let truth = labels.map { (powders[0].densities[$0] ?? 0) * 1e-6 }
    let made = matrix.map { row in zip(row, truth).reduce(0) { $0 + $1.0 * $1.1 } }
    let inverted = Decomposition(
      try DecompositionProblem(
        labels: labels, factors: matrix, effective: made, candidates: ["D", "H", "I", "J"]))
    let worst =
      inverted.systems.map { system in
        let expected = (powders[0].densities[system.label] ?? 0) * 1e-6
        return abs(system.density / expected - 1)
      }.max() ?? .nan
    results.append(StudyResult("Λρ inverted: largest relative error", worst, atMost: 1e-9))

    let all = Decomposition(
      try DecompositionProblem(labels: labels, factors: matrix, effective: made))
    results += [
      StudyResult("all 15 systems: residual", all.residual, atMost: 1e-10),
      StudyResult("all 15 systems: gradient, scaled", all.violation, atMost: 1e-9),
      StudyResult("all 15 systems: rank", Double(all.rank), target: 5, tolerance: 0),
      StudyResult(
        "all 15 systems: unique (1) or not (0)", all.isUnique ? 1 : 0, target: 0, tolerance: 0),
      StudyResult(
        "length of the shortest over that of the densities the data were made with",
        norm(all.systems.map(\.shortest)) / norm(truth), atMost: 1),
    ]
    let start = ContinuousClock.now
    let set = try AcceptableSet(
      all, .init(samples: options.quick ? 20_000 : 100_000, seed: options.seed),
      communicator: communicator)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    results.append(
      StudyResult("acceptable densities: largest R-hat", set?.largestReduction ?? .nan, atMost: 1.1)
    )
    results.append(
      StudyResult("seconds for \(set?.count ?? 0) of 15 systems", seconds, atMost: 10))
    return results
  }

  // MARK: B5

  /// The ratio of the ρ* that M2 gives to the known one, line by line.
  @Sendable private static func known(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let directory = options.dataDirectory + "/lpa-mines"
    var results: [StudyResult] = []
    for start in [3.0, 4] {
      var ratios: [Double] = []
      for part in ["average", "lines"] {
        let names = try communicator.first { () throws(ParallelError) in
          guard
            let names = try? FileManager.default.contentsOfDirectory(
              atPath: directory + "/" + part)
          else { throw ParallelError(.file, "\(directory)/\(part): there is no such directory") }
          return names.sorted().joined(separator: "\n")
        }
        for name in names.split(separator: "\n") where name.hasSuffix(".dat") {
          for harmonic in 1...2 {
            let line = try MeasuredFourierLine(
              "\(directory)/\(part)/\(name)", harmonic: harmonic, communicator)
            // Lines whose coefficients end before five full widths have no window to fit.
            guard let profile = line.line.profile(), profile.reach >= 5 * profile.fullWidth else {
              continue
            }
            let analysis = LineAnalysis(
              profile, LineOptions(start: start, end: 10, background: .known(0), hasSize: false))
            guard let found = analysis.second?.density.value else { continue }
            ratios.append(found / line.density)
            log.note(
              "B5 \(name), harmonic \(harmonic), from \(start) full widths: "
                + String(format: "%.3f", found / line.density))
          }
        }
      }
      let sorted = ratios.sorted()
      let deviations = ratios.map { abs($0 - 1) }.sorted()
      guard !sorted.isEmpty else { continue }
      results += [
        StudyResult(
          "median of M2's ρ* over the known one, \(sorted.count) lines, from \(start) full widths",
          sorted[sorted.count / 2], target: 1, tolerance: 0.15),
        StudyResult(
          "median deviation, from \(start) full widths", deviations[deviations.count / 2],
          atMost: 0.15),
      ]
    }
    return results
  }
}

/// A line of the Mines Saint-Étienne: Fourier coefficients of an arrangement of known density.
struct MeasuredFourierLine {
  /// The coefficients up to where they drown in their errors.
  let line: FourierLine
  /// ρ* = (π/2) g² b² C ρ in 1/nm².
  let density: Double

  /// Reads a file.
  ///
  /// Collective.
  init(
    _ path: String, harmonic: Int, _ communicator: Communicator
  ) throws(ParallelError) {
    let text = try communicator.first { () throws(ParallelError) in
      String(decoding: try InputFile.contents(of: path), as: UTF8.self)
    }
    var header: [Double] = []
    var rows: [[Double]] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let words = (line.split(separator: "#", omittingEmptySubsequences: false).first ?? "")
        .split(whereSeparator: \.isWhitespace)
      let numbers = words.compactMap { Double($0) }
      if line.contains("#") {
        header.append(numbers.first ?? 0)
      } else if numbers.count > 4 * harmonic {
        rows.append(numbers)
      }
    }
    // Second line the density in 1/m², sixth the contrast factor, seventh the edge in nm.
    guard header.count > 7, rows.count > 4 else {
      throw ParallelError(.input, "\(path): found no table of Fourier coefficients")
    }
    let edge = header[6]
    let length = 2 * Double(harmonic) / edge
    // g = 200, b = ½[110]: g = 2/a for the first harmonic, b² = a²/2.
    density =
      .pi / 2 * length * length * (edge * edge / 2) * header[5] * header[1] * 1e-18
    let first = 1 + 4 * (harmonic - 1)
    let last =
      rows.firstIndex { hypot($0[first], $0[first + 2]) < 3 * $0[first + 1] } ?? rows.count
    line = FourierLine(
      step: rows[0][0], cosines: rows[..<last].map { $0[first] },
      sines: rows[..<last].map { $0[first + 2] }, errors: rows[..<last].map { $0[first + 1] })
  }
}
