// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField
import Physics

/// A case of particles in one dimension, as written.
struct EnsembleText: CaseMapping {
  enum Ends: Equatable { case neutral, composition(Double) }

  private var dimension = 1
  private var length = 0.0
  private var cells = 1
  private var boundary = LineBoundaryKeys()
  private var energy = EnergyKeys()
  private var kappa = 13.4
  private var diffusivity = 1.0
  private var coherency = 0.19 * gigapascal
  private var siteDensity = SimulationText.usualSiteDensity
  private var crossSection = 3e5
  private var ends = Ends.composition(0.98)
  private var reaction = ReactionKeys()
  private var noise = NoiseKind.none
  private var seed = 1
  private var population = PopulationKeys()
  private var start = EnsembleStartKeys()
  private(set) var drive = [DriveStep(.current(0))]
  private var window: [Double]?
  private(set) var until: Double?
  /// In mAh/g.
  private(set) var capacity = 169.89
  private var solidSolution: [Double]?
  private var active = [0.05, 0.95]
  private(set) var critical: CriticalKeys?
  private(set) var course = CourseKeys()

  init() { course.stepLimit = 1_000_000 }

  static var fields: [CaseField<EnsembleText>] { physics + control }

  /// What a restart may not change.
  static var physics: [CaseField<EnsembleText>] {
    [
      .init(
        "dimension", \.dimension, .integer(in: 1...1), unless: "required", "1"),
      .init(
        "size", required: \.length, .alongA(.quantity(.length, "nm", isPositive: true)),
        "the length of a particle"),
      .init(
        "elements", required: \.cells, .alongA(.integer(in: 1...100_000)),
        "cells of a particle; 1 is a uniform one"),
      .init("boundary", \.boundary, .mapping, unless: "two ends", "`periodic` makes a ring"),
      .init(
        "energy", \.energy, .mapping, unless: "the regular solution of LiFePO4",
        "as in two and three dimensions; its `thermal` is kT of mobility and reaction, too"),
      .init(
        "kappa", \.kappa, .quantity(.gradientPenalty, "eV nm2", isPositive: true),
        "κ per site; 100 times as much makes interfaces ten times as wide"),
      .init(
        "diffusivity", \.diffusivity, .quantity(.diffusivity, "nm2/s", isPositive: true),
        "D0 of the mobility D0 X(1 − X)/kT"),
      .init(
        "coherency", \.coherency, .quantity(.stress, "eV/nm3"), unless: "0.19 GPa",
        "B of the coherency stress (B/c_max)(X − mean of the particle)"),
      .init(
        "site_density", \.siteDensity, .quantity(.concentration, "1/nm3", isPositive: true),
        "c_max"),
      .init(
        "cross_section", \.crossSection, .quantity(.area, "nm2", isPositive: true),
        "A, which sets the strength of noise"),
      .init(
        "surface", words: "`neutral` or `{composition: X}`", unless: "{composition: 0.98}",
        "∂X/∂x = 0 at both ends, or X there; no lithium passes either way",
        parts: { SurfaceKeys.paths },
        read: { owner, keys, key in owner.ends = try keys.surface(key) },
        text: { $0.boundary.isRing ? nil : $0.ends.text }),
      .init("reaction", \.reaction, .mapping, unless: "LiFePO4's", "all over the particle"),
      .init(
        "noise", \.noise, .choice,
        "Langevin noise of the flux, of the reaction, or both, as thermal equilibrium asks for it"),
      .init("seed", \.seed, .integer(), "of the noise"),
      .init("ensemble", \.population, .mapping, unless: "one particle", "particles at one voltage"),
      .init("start", \.start, .mapping, unless: "{mean: 0.02}", "where the run begins"),
      .init(
        "drive", \.drive, .drive, unless: "rest", "current, voltage or rest, one after the other"),
      .init(
        "window", optional: \.window, .quantities(.potential, "V"),
        unless: "V0 − 1.4 V, V0 + 1.4 V",
        "voltages outside which a driving current ends: the particles are full or empty"),
    ]
  }

  static var control: [CaseField<EnsembleText>] {
    [
      .init(
        "until", optional: \.until, .time, unless: "the end of the drive", "ends the run at a time"),
      .init(
        "capacity", \.capacity, .quantity(.specificCapacity, "mAh/g", isPositive: true),
        "of the full material, for results in mAh/g"),
      .init(
        "solid_solution", optional: \.solidSolution, .quantities(.ratio),
        unless: "the coherent spinodal", "a cell between these is solid solution"),
      .init(
        "active", \.active, .quantities(.ratio),
        "a particle whose mean lies between these is active"),
      .init(
        "critical_current", optional: \.critical, .mapping, unless: "none",
        "finds the current above which one particle has no time to separate into phases"),
    ] + CourseKeys.fields.map { $0.name == stepLimit.name ? stepLimit : $0.of(\.course) }
  }

  /// A key of every simulation whose default is another one here.
  private static var stepLimit: CaseField<EnsembleText> {
    .init(
      "step_limit", \.course.stepLimit, .integer(in: 1...1_000_000),
      "most accepted steps; reached, the run ends with exit code 3 after a checkpoint")
  }

  /// The tables of docs/simulate.md.
  static var documents: [(name: String, table: String)] {
    [
      ("ensemble", CaseDocument.table(physics)), ("ensemble-control", CaseDocument.table(control)),
      ("reaction", CaseDocument.table(ReactionKeys.fields)),
      ("population", CaseDocument.table(PopulationKeys.fields)),
      ("ensemble-start", CaseDocument.table(EnsembleStartKeys.fields)),
      ("drive", CaseDocument.table(DriveKeys.fields)),
      ("critical", CaseDocument.table(CriticalKeys.fields)),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    try course.finish(keys)
    for (name, pair) in [("window", window), ("solid_solution", solidSolution), ("active", active)]
    {
      guard let pair else { continue }
      guard pair.count == 2, pair[0] < pair[1] else {
        throw keys.problem(name, "found \(pair), expected two numbers, the lower one first")
      }
    }
    if boundary.isRing, keys.has("surface") {
      throw keys.problem("surface", "found it with boundary: {a: periodic}, which has no ends")
    }
    if start.hasSkin, boundary.isRing || ends == .neutral {
      throw keys.problem(
        "start", "found a skin, expected it with surface: {composition: X} only")
    }
    if reaction.constant == 0 {
      guard drive == [DriveStep(.current(0))] else {
        throw keys.problem("drive", "found a drive with k0 = 0, a surface that nothing passes")
      }
    }
    if drive == [DriveStep(.current(0))], until == nil {
      throw keys.problem("until", "found neither a drive nor a time, expected what ends the run")
    }
    // A table in a file is read where ranks may talk.
    if energy.isComplete { try checkInterface(at: keys.path) }
    if let problem = DriveKeys.wrongWay(drive, from: start.knownMean) {
      throw keys.problem("drive", problem)
    }
  }

  /// Reads the case and the file that its energy may need.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input`.
  static func read(
    _ path: String, _ communicator: Communicator
  ) throws(ParallelError) -> EnsembleText {
    var text = try CaseFile<EnsembleText>(path, communicator: communicator).value
    guard !text.energy.isComplete else { return text }
    try text.energy.complete(in: CaseFolder.of(path), communicator)
    do { try text.checkInterface(at: []) } catch { throw CaseReading.refusal(error, path) }
    return text
  }

  /// Refuses cells that cannot show an interface.
  private func checkInterface(at path: [String]) throws {
    let model = model
    guard cells > 1, let width = model.boundary?.width(kappa: kappa), model.spacing > 2 * width
    else { return }
    throw CaseError(
      path + ["elements"],
      "found cells of \(formatted(model.spacing, significant: 3)) nm for an interface of "
        + "\(formatted(width, significant: 3)) nm, expected at most twice that")
  }
}

extension EnsembleText {
  /// The physics.
  var model: EnsembleModel {
    var model = EnsembleModel(length: length, cells: cells)
    model.energy = energy.energy
    model.kappa = kappa
    model.diffusivity = diffusivity
    model.coherency = coherency / siteDensity
    (model.siteDensity, model.crossSection) = (siteDensity, crossSection)
    let thermal =
      model.energy.thermalEnergy ?? energy.thermal
      ?? RegularSolution.lithiumIronPhosphate.thermalEnergy
    model.reaction = SurfaceReaction(
      rateConstant: reaction.constant, thermalEnergy: thermal, referenceVoltage: reaction.voltage)
    model.ends =
      if boundary.isRing { .periodic } else if case .composition(let value) = ends {
        .composition(value)
      } else { .neutral }
    model.factors = population.factors
    if noise != .none {
      let currents = drive.compactMap { step -> Double? in
        if case .current(let rate) = step.drive, rate != 0 { return abs(rate) }
        return nil
      }
      let rate = currents.max() ?? 1 / (until ?? drive.compactMap(\.time).max() ?? 3600)
      model.noise = EnsembleModel.Noise(
        isConserved: noise != .reaction, isReactive: noise != .conserved, seed: seed,
        resolution: EnsembleModel.Noise.resolution(for: rate))
    }
    return model
  }

  var thresholds: EnsembleThresholds {
    var thresholds = EnsembleThresholds()
    thresholds.solidSolution = solidSolution.map { $0[0]...$0[1] }
    thresholds.active = active[0]...active[1]
    return thresholds
  }

  /// Voltages outside which a driving current ends.
  var voltageWindow: ClosedRange<Double> {
    window.map { $0[0]...$0[1] } ?? reaction.voltage - 1.4...reaction.voltage + 1.4
  }

  /// The composition at the start.
  var composition: @Sendable (Int, Double) -> Double { start.composition(model) }

  /// The physics with its defaults filled in, as a case of its own.
  var physicsText: String { lines(EnsembleText.physics).joined(separator: "\n") + "\n" }

  /// The whole case with its defaults filled in.
  var effective: String {
    var text = self
    text.course = course.filled
    return physicsText + text.lines(EnsembleText.control).joined(separator: "\n") + "\n"
  }
}

/// Whether the ends of a particle meet.
private struct LineBoundaryKeys: CaseMapping {
  private var a = BoundaryKeys.Kind.free

  static var fields: [CaseField<LineBoundaryKeys>] {
    [.init("a", \.a, .choice, "the ends")]
  }

  var isRing: Bool { a == .periodic }
}

/// The search for the critical current.
struct CriticalKeys: CaseMapping {
  var seeds = 4
  var deviation = 0.15

  static var fields: [CaseField<CriticalKeys>] {
    [
      .init(
        "seeds", \.seeds, .integer(in: 1...1000), "runs with different noise, whose mean counts"),
      .init(
        "deviation", \.deviation, .number(in: 0.01...0.4),
        "the standard deviation of X at its mean of ½ that counts as separated"),
    ]
  }
}

extension EnsembleText.Ends {
  fileprivate var text: String {
    switch self {
    case .neutral: "neutral"
    case .composition(let value): "{composition: \(value)}"
    }
  }
}

private struct SurfaceKeys: CaseMapping {
  var composition = 0.98

  static var fields: [CaseField<SurfaceKeys>] {
    [.init("composition", required: \.composition, .number(in: 0...1), "c_s")]
  }
}

extension FieldKeys {
  fileprivate func surface(_ key: String) throws -> EnsembleText.Ends {
    guard let text = try? text(key) else {
      return .composition(try nested(key, SurfaceKeys.self).composition)
    }
    guard text == "neutral" else {
      throw problem(key, "found \"\(text)\", expected neutral or {composition: X}")
    }
    return .neutral
  }
}

extension CaseForm {
  /// A mapping with the one key a.
  fileprivate static func alongA(_ form: CaseForm) -> CaseForm {
    CaseForm(
      words: "`{a}`\(form.words.isEmpty ? "" : ", \(form.words)")",
      parts: {
        [
          CasePath(
            keys: ["a"], words: form.words, usual: CasePath.required, value: nil,
            meaning: "along a", isLeaf: true)
        ]
      },
      read: { keys, key in
        try keys.nested(key, names: ["a"]) { try form.read($0, "a") }
      },
      text: { "{a: \(form.text($0))}" })
  }
}
