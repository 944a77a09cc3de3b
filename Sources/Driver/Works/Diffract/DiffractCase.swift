// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Parallel
import Physics

/// What `diffract` is asked to do.
struct DiffractCase: Decodable {
  /// The phases; of several, the mean Λ.
  let crystals: [Crystal]
  /// The wavelength; nil where no pattern is over angles.
  let radiation: Radiation?
  /// The lines.
  let peaks: [PeakRequest]
  /// The slip systems; empty for no decomposition.
  let systems: [SlipSystem]
  /// Whether equivalent reflections are averaged.
  let isAveraged: Bool
  /// The systems to choose from; nil for all.
  let candidates: [String]?
  /// Densities that are given, in 1/nm².
  let fixed: [String: Double]
  /// Densities to be added one by one, in 1/nm².
  let sensitivity: [String: Double]
  /// How the lines count; nil decides by whether all have errors.
  let weighting: DecompositionProblem.Weighting?
  /// The acceptable residual; nil for the default.
  let tolerance: Double?
  /// How the acceptable densities are sampled.
  let sampling: AcceptableSet.Options

  private enum Key: String, CaseKey {
    case crystal, wavelength, monochromatic, average, abscissa, columns, errors, bank, instrument
    case fit, peaks, systems, candidates, fixed, sensitivity, weighting, tolerance, sampling
  }

  /// All keys.
  static let names = Key.allCases.map(\.rawValue)

  /// Whether equivalent reflections are averaged.
  private enum Average: String, CaseIterable { case equivalent, none }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    let phases = try keys.nested(.crystal, DiffractCrystals.self)
    crystals = phases.crystals
    radiation =
      keys.has(.wavelength)
      ? Radiation(
        wavelength: try keys.positiveQuantity(.wavelength, .length),
        isMonochromatic: try keys.optional(.monochromatic, default: false, keys.flag)) : nil
    // A powder's line holds all reflections that symmetry makes equivalent.
    isAveraged =
      try keys.optional(.average, default: Average.equivalent) { try keys.choice($0) }
      == .equivalent
    let common = DiffractDefaults(
      abscissa: try keys.optional(.abscissa, default: .twoTheta, keys.abscissa),
      columns: try keys.optional(.columns, default: nil, keys.columns),
      errors: try keys.optional(.errors, default: .auto) { try keys.choice($0) },
      bank: try keys.optional(.bank, default: nil) { try keys.integer($0, in: 1...9999) },
      options: try keys.optional(.fit, default: DiffractFit()) { try keys.nested($0) }.options)
    let instrument = try keys.optional(.instrument, default: nil as DiffractInstrument?) {
      try keys.nested($0)
    }
    let entries = try keys.nested(.peaks, [DiffractPeak].self)
    guard !entries.isEmpty else {
      throw keys.problem(.peaks, "found an empty list, expected the lines of the pattern")
    }
    peaks = entries.map { $0.request(common, instrument) }
    let usesAngles = peaks.contains { request in
      if case .line(let line) = request.source { return line.line.abscissa == .twoTheta }
      return false
    }
    if usesAngles && radiation == nil {
      throw keys.problem(.wavelength, "found nothing, expected it for patterns over 2θ")
    }
    systems =
      try keys.optional(
        .systems, default: DiffractSystems(isBundled: phases.isBundled)
      ) { try keys.nested($0) }.systems
    candidates = try keys.optional(.candidates, default: nil) {
      try keys.nested($0, [String].self)
    }
    fixed = try keys.optional(.fixed, default: [:]) {
      try keys.nested($0, DiffractDensities.self).densities
    }
    sensitivity = try keys.optional(.sensitivity, default: [:]) {
      try keys.nested($0, DiffractDensities.self).densities
    }
    weighting = try keys.optional(.weighting, default: nil) { try keys.choice($0) }
    tolerance = try keys.optional(.tolerance, default: nil) { try keys.quantity($0, .ratio) }
    if let tolerance, !(tolerance > 0 && tolerance < 1) {
      throw keys.problem(.tolerance, "found \(tolerance), expected a share between 0 and 1")
    }
    sampling = try keys.optional(.sampling, default: DiffractSampling()) {
      try keys.nested($0)
    }.options
    let labels = systems.map(\.label)
    for (key, names) in [
      (Key.candidates, candidates ?? []), (.fixed, fixed.keys.sorted()),
      (.sensitivity, sensitivity.keys.sorted()),
    ] {
      for name in names where !labels.contains(name) {
        let nearest = nearestName(to: name, among: labels).map { "; did you mean \"\($0)\"?" }
        throw keys.problem(
          key,
          "found the system \"\(name)\", expected one of \(labels.joined(separator: ", "))"
            + (nearest ?? ""))
      }
    }
  }
}

/// What all lines of a case share unless they say otherwise.
struct DiffractDefaults {
  var abscissa: DiffractionPattern.Abscissa
  var columns: PatternColumns?
  var errors: DiffractionPattern.ErrorModel
  var bank: Int?
  var options: LineOptions
}

/// How the acceptable densities are sampled.
private struct DiffractSampling: Decodable {
  var options = AcceptableSet.Options()

  private enum Key: String, CaseKey { case samples, chains, thinning, seed }

  init() {}

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    options.samples = try keys.optional(.samples, default: options.samples) {
      try keys.integer($0, in: 16...10_000_000)
    }
    options.chains = try keys.optional(.chains, default: options.chains) {
      try keys.integer($0, in: 2...1000)
    }
    options.thinning = try keys.optional(.thinning, default: options.thinning) {
      try keys.integer($0, in: 1...100_000)
    }
    options.seed = try keys.optional(.seed, default: options.seed) { try keys.integer($0) }
    guard options.samples >= 8 * options.chains else {
      throw keys.problem(
        .samples,
        "found \(options.samples), expected at least eight for each of \(options.chains) chains")
    }
  }
}

/// Densities by the labels of systems.
private struct DiffractDensities: Decodable {
  let densities: [String: Double]

  init(from decoder: any Decoder) throws {
    guard let texts = try? decoder.singleValueContainer().decode([String: String].self) else {
      throw CaseError(
        decoder.codingPath, "found no mapping, expected densities such as {D: \"100 1/um2\"}")
    }
    var found: [String: Double] = [:]
    for (label, text) in texts {
      do throws(QuantityError) {
        found[label] = try Quantity.parse(text, as: .dislocationDensity)
      } catch {
        throw CaseError(decoder.codingPath, "\(label): found \(error)")
      }
      guard found[label].map({ $0 >= 0 }) ?? false else {
        throw CaseError(decoder.codingPath, "\(label): found \(text), expected 0 or more")
      }
    }
    densities = found
  }
}
