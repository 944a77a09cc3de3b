// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Parallel
import Physics

/// What `diffract` is asked to do.
struct DiffractCase: CaseMapping {
  private var phases = DiffractCrystals([])
  private var wavelength: Double?
  private var isMonochromatic: Bool?
  private var average = Average.equivalent
  private var common = DiffractDefaults()
  private var fit: DiffractFit?
  private var instrument: DiffractInstrument?
  private var entries: [DiffractPeak] = []
  private var given: DiffractSystems?
  /// The systems to choose from; nil for all.
  private(set) var candidates: [String]?
  private var fixedDensities: [String: Double]?
  private var addedDensities: [String: Double]?
  /// How the lines count; nil decides by whether all have errors.
  private(set) var weighting: DecompositionProblem.Weighting?
  /// The acceptable residual; nil for the default.
  private(set) var tolerance: Double?
  private var chains = DiffractSampling()

  /// Whether equivalent reflections are averaged.
  private enum Average: String, CaseIterable { case equivalent, none }

  static var fields: [CaseField<DiffractCase>] {
    [
      .init("crystal", required: \.phases, .crystals, "the phases; of several, the mean Λ"),
      .init(
        "wavelength", optional: \.wavelength, .length, unless: "none",
        "needed by patterns over angles"),
      .init(
        "monochromatic", optional: \.isMonochromatic, .flag, unless: "false",
        "whether the radiation is one line"),
      .init(
        "average", \.average, .choice,
        "a powder's line holds all reflections that symmetry makes equivalent"),
    ] + DiffractPlace.common.map { $0.of(\DiffractCase.common.place) } + [
      .init("fit", optional: \.fit, .mapping, unless: "as it is", "of all lines"),
      .init(
        "instrument", optional: \.instrument, .mapping, unless: "none",
        "the standard's line, of all lines"),
      .init(
        "peaks", words: "a list of lines", unless: CasePath.required, "the lines",
        parts: { CasePath.items(DiffractPeak.paths) },
        read: { owner, keys, key in owner.entries = try keys.nested(key, [DiffractPeak].self) },
        text: { "[\($0.entries.map(\.short).joined(separator: ", "))]" }),
      .init(
        "systems", optional: \.given, .systems, unless: "labelled for bundled crystals, else none",
        "`labelled`, `olivine`, `none`, labels, or label, burgers, line and plane"),
      .init("candidates", optional: \.candidates, .texts, unless: "all", "only these systems"),
      .init(
        "fixed", optional: \.fixedDensities, .densities, unless: "none", "densities that are given"),
      .init(
        "sensitivity", optional: \.addedDensities, .densities, unless: "none",
        "densities to be added one by one"),
      .init(
        "weighting", optional: \.weighting, .choice, unless: "by errors where all lines have some",
        "how the lines count"),
      .init(
        "tolerance", optional: \.tolerance, .share, unless: "15 %, or what errors allow",
        "the acceptable residual"),
      .init("sampling", \.chains, .mapping, "how the acceptable densities are sampled"),
    ]
  }

  /// Takes over what `fit` says of all lines, and refuses names of systems that there are not.
  mutating func finish(_ keys: FieldKeys) throws {
    if let fit { common.options = fit.options }
    guard keys.has("peaks") else {
      throw keys.problem("peaks", "found nothing, expected the key")
    }
    guard !entries.isEmpty else {
      throw keys.problem("peaks", "found an empty list, expected the lines of the pattern")
    }
    if radiation == nil, peaks.contains(where: \.isOverAngles) {
      throw keys.problem(
        "wavelength", "found nothing, expected it for patterns over 2θ")
    }
    if let tolerance, !(tolerance > 0 && tolerance < 1) {
      throw keys.problem(
        "tolerance", "found \(tolerance), expected a share between 0 and 1")
    }
    let labels = systems.map(\.label)
    for (place, names) in [
      ("candidates", candidates ?? []), ("fixed", fixed.keys.sorted()),
      ("sensitivity", sensitivity.keys.sorted()),
    ] {
      for name in names where !labels.contains(name) {
        let nearest = nearestName(to: name, among: labels).map { "; did you mean \"\($0)\"?" }
        throw keys.problem(
          place,
          "found the system \"\(name)\", expected one of \(labels.joined(separator: ", "))"
            + (nearest ?? ""))
      }
    }
  }

  /// The tables of docs/diffract.md.
  static var documents: [(name: String, table: String)] {
    [
      ("case", CaseDocument.table(fields)), ("peaks", CaseDocument.table(DiffractPeak.fields)),
      ("instrument", CaseDocument.table(DiffractInstrument.fields)),
      ("fit", CaseDocument.table(DiffractFit.fields)),
      ("sampling", CaseDocument.table(DiffractSampling.fields)),
    ]
  }

  /// The phases; of several, the mean Λ.
  var crystals: [Crystal] { phases.crystals }
  /// The wavelength; nil where no pattern is over angles.
  var radiation: Radiation? {
    wavelength.map { Radiation(wavelength: $0, isMonochromatic: isMonochromatic ?? false) }
  }
  /// The lines.
  var peaks: [PeakRequest] { entries.map { $0.request(common, instrument) } }
  /// The slip systems; empty for no decomposition.
  var systems: [SlipSystem] {
    given?.systems ?? DiffractSystems(isBundled: phases.isBundled).systems
  }
  /// Whether equivalent reflections are averaged.
  var isAveraged: Bool { average == .equivalent }
  /// Densities that are given, in 1/nm².
  var fixed: [String: Double] { fixedDensities ?? [:] }
  /// Densities to be added one by one, in 1/nm².
  var sensitivity: [String: Double] { addedDensities ?? [:] }
  /// How the acceptable densities are sampled.
  var sampling: AcceptableSet.Options { chains.options }

  /// The case as it is run, defaults filled in, as YAML that can be run again.
  var effective: String {
    var filled = self
    // Each line says all of it.
    filled.entries = peaks.map { DiffractPeak($0) }
    (filled.common, filled.fit, filled.instrument) = (DiffractDefaults(), nil, nil)
    filled.isMonochromatic = radiation?.isMonochromatic
    filled.given = DiffractSystems(systems)
    filled.fixedDensities = fixed.isEmpty ? nil : fixed
    filled.addedDensities = sensitivity.isEmpty ? nil : sensitivity
    return filled.lines(DiffractCase.fields).joined(separator: "\n") + "\n"
  }
}

extension PeakRequest {
  /// Whether its pattern is over 2θ.
  fileprivate var isOverAngles: Bool {
    if case .line(let line) = source { line.line.abscissa == .twoTheta } else { false }
  }
}

/// What all lines of a case share unless they say otherwise.
struct DiffractDefaults {
  var place = DiffractPlace()
  var options = LineOptions()
}

/// How the acceptable densities are sampled.
private struct DiffractSampling: CaseMapping {
  var options = AcceptableSet.Options()

  static var fields: [CaseField<DiffractSampling>] {
    [
      .init("samples", \.options.samples, .integer(in: 16...10_000_000), "over all chains"),
      .init("chains", \.options.chains, .integer(in: 2...1000), "that must agree"),
      .init("thinning", \.options.thinning, .integer(in: 1...100_000), "moves between samples"),
      .init("seed", \.options.seed, .integer(), "of the draws"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    guard options.samples >= 8 * options.chains else {
      throw keys.problem(
        "samples",
        "found \(options.samples), expected at least eight for each of \(options.chains) chains")
    }
  }
}
