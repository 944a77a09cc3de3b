// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// Where a run begins: a front, a uniform composition with noise, waves, or an earlier run.
///
/// What is left out follows the case: a front has the phases and the width of the energy and κ.
struct StartKeys: CaseMapping {
  private var mean: Double?
  private var amplitude: Double?
  private var position: Double?
  private var width: Double?
  private var tilt: Double?
  private var ripple: Double?
  private var noise: Double?
  private var seed: Int?
  private var waves: [WaveKeys]?
  private var file: String?
  private var dataset: String?

  static var fields: [CaseField<StartKeys>] {
    [
      .init(
        "mean", optional: \.mean, .number(), unless: "the middle between the phases",
        "X₀; compositions must stay inside (0, 1), but for a polynomial"),
      .init(
        "amplitude", optional: \.amplitude, .number(in: 0...1),
        unless: "half the step between the binodals",
        "A of a front, the default: X₀ − A tanh([(a − position) + tilt (c − middle)]/width) + ripple "
          + "cos(10π a/L_a) cos(2π c/L_c). In a box periodic along a it has its mirror image half a box "
          + "away. An energy without two phases has no usual front"),
      .init(
        "position", optional: \.position, .place, unless: "the middle of the box",
        "of the front along a"),
      .init(
        "width", optional: \.width, .length, unless: "that of the boundary in equilibrium",
        "of the front"),
      .init("tilt", optional: \.tilt, .number(), unless: "0", "of the front"),
      .init("ripple", optional: \.ripple, .number(), unless: "0", "of the front"),
      .init(
        "noise", optional: \.noise, .number(in: 0...1), unless: "no noise",
        "a uniform draw within ± noise at each node, by its global number: the same on any ranks"),
      .init("seed", optional: \.seed, .integer(), unless: "1", "of the noise"),
      .init(
        "waves", optional: \.waves, .list("a list of `{amplitude, a, c, b, phase}`"),
        unless: "no waves", "Σ A cos(k·x + phase), k in 1/nm"),
      .init(
        "file", optional: \.file, .text, unless: "none",
        "the composition of a checkpoint on the same nodes, or of a run's last step on any grid of the "
          + "same box, linear between its nodes"),
      .init(
        "dataset", optional: \.dataset, .text, unless: "none",
        "of `file`, instead; of a stack `PARTICLE/composition`, in the middle of the box"),
    ]
  }

  init() {}

  /// The keys that say a start again; `path` is the file's as the case has it.
  init(_ start: SimulationSetup.Start, path: (String) -> String) {
    mean = start.mean
    switch start.pattern {
    case .front(let front):
      (amplitude, position, width) = (front.amplitude, front.position, front.width)
      (tilt, ripple) = (front.tilt, front.ripple)
    case .noise(let amplitude, let seed): (noise, self.seed) = (amplitude, seed)
    case .waves(let list): waves = list.map { WaveKeys(wave: $0) }
    case .stored(let file, let dataset):
      self.file = path(file)
      if !dataset.isEmpty { self.dataset = dataset }
    }
  }

  mutating func finish(_ keys: FieldKeys) throws {
    let kinds = ["noise", "waves", "file"].filter { keys.has($0) }
    // Any key of a front asks for one; the mean goes with all starts.
    let front = ["amplitude", "position", "width", "tilt", "ripple"].filter {
      keys.has($0)
    }
    guard kinds.count + (front.isEmpty ? 0 : 1) < 2 else {
      let found = (kinds + front.prefix(1)).joined(separator: " and ")
      throw keys.problem(
        kinds[0], "found \(found), which belong to different starts")
    }
    for (name, owner) in [("seed", "noise"), ("dataset", "file")]
    where keys.has(name) && !keys.has(owner) {
      throw keys.problem(
        name, "found it without \(owner), to which it belongs")
    }
  }

  private static let onePhase =
    "the energy has no two phases for the usual front: give noise, waves, file, or a front's "
    + "amplitude and width"

  /// The middle between the phases: one half of a regular solution, and of one phase in (0, 1).
  private static func middle(_ energy: BulkEnergy) -> Double? {
    if case .regularSolution = energy { return 0.5 }
    guard let boundary = PhaseBoundary(energy) else { return energy.hasBounds ? 0.5 : nil }
    return (boundary.phases.low + boundary.phases.high) / 2
  }

  /// The start in a box of `size`.
  ///
  /// - Throws: ``CaseError`` at `path`, the keys to the start, where the energy has no two phases for
  ///   what is left out.
  func start(
    _ model: PhaseFieldModel, _ size: Directions<Double>, at path: [String]
  ) throws -> SimulationSetup.Start {
    func missing(_ name: String, _ sentence: String) -> CaseError {
      CaseError(path + [name], sentence)
    }
    guard let mean = mean ?? StartKeys.middle(model.energy) else {
      throw missing("mean", "found nothing, expected it with an energy of one phase")
    }
    let pattern: SimulationSetup.Start.Pattern
    if let noise {
      pattern = .noise(amplitude: noise, seed: seed ?? 1)
    } else if let waves {
      pattern = .waves(waves.map(\.wave))
    } else if let file {
      pattern = .stored(file: file, dataset: dataset ?? "")
    } else {
      let position = position ?? size.x / 2
      let usual = SimulationSetup.Front(
        between: model.energy, kappa: model.kappa.x, position: position)
      guard let amplitude = amplitude ?? usual?.amplitude else {
        throw missing("amplitude", StartKeys.onePhase)
      }
      guard let width = width ?? usual?.width else { throw missing("width", StartKeys.onePhase) }
      pattern = .front(
        SimulationSetup.Front(
          amplitude: amplitude, position: position, width: width, tilt: tilt ?? 0,
          ripple: ripple ?? 0))
    }
    return SimulationSetup.Start(mean: mean, pattern: pattern)
  }

  /// The start of a case without the key.
  static func usual(
    _ model: PhaseFieldModel, _ size: Directions<Double>, at path: [String]
  ) throws -> SimulationSetup.Start {
    guard
      let front = SimulationSetup.Front(
        between: model.energy, kappa: model.kappa.x, position: size.x / 2)
    else { throw CaseError(path, "found nothing; \(onePhase)") }
    return SimulationSetup.Start(mean: middle(model.energy) ?? 0.5, pattern: .front(front))
  }
}

/// A cosine wave: amplitude, wave numbers along a, c, b, phase.
private struct WaveKeys: CaseMapping {
  var wave = SimulationSetup.Start.Wave(amplitude: 0, vector: Directions(0, 0, 0))

  static var fields: [CaseField<WaveKeys>] {
    let number = CaseForm.quantity(.wavenumber, "1/nm")
    return [
      .init("amplitude", required: \.wave.amplitude, .number(), "A"),
      .init("a", \.wave.vector.x, number, "the wave number along a"),
      .init("c", \.wave.vector.y, number, "along c"),
      .init("b", \.wave.vector.z, number, "along b"),
      .init("phase", \.wave.phase, .quantity(.angle, "rad"), "φ"),
    ]
  }

  init() {}

  init(wave: SimulationSetup.Start.Wave) { self.wave = wave }
}
