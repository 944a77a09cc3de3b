// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// Where a run begins: a front, a uniform composition with noise, waves, or an earlier run.
///
/// What is left out follows the case: a front has the phases and the width of the energy and κ.
struct StartKeys: Decodable {
  private let keys: CaseKeys<Key>
  private let kind: Key?

  private enum Key: String, CaseKey {
    case mean, amplitude, position, width, tilt, ripple, noise, seed, waves, file, dataset
  }
  private static let front: [Key] = [.amplitude, .position, .width, .tilt, .ripple]

  init(from decoder: any Decoder) throws {
    keys = try CaseKeys<Key>(decoder)
    let kinds = [Key.noise, .waves, .file].filter(keys.has)
    let front = StartKeys.front.filter(keys.has)
    guard kinds.count + (front.isEmpty ? 0 : 1) < 2 else {
      let found = (kinds + front.prefix(1)).map(\.rawValue).joined(separator: " and ")
      throw keys.problem(kinds[0], "found \(found), which belong to different starts")
    }
    for (key, owner) in [(Key.seed, Key.noise), (.dataset, .file)] where keys.has(key) {
      guard keys.has(owner) else {
        throw keys.problem(key, "found it without \(owner.rawValue), to which it belongs")
      }
    }
    kind = kinds.first
  }

  /// The start of a case without the key.
  static func usual(
    _ model: PhaseFieldModel, _ size: Directions<Double>
  ) throws(CaseProblem) -> SimulationSetup.Start {
    guard
      let front = SimulationSetup.Front(
        between: model.energy, kappa: model.kappa.x, position: size.x / 2)
    else { throw CaseProblem("found nothing; \(StartKeys.onePhase)") }
    return SimulationSetup.Start(mean: middle(model.energy) ?? 0.5, pattern: .front(front))
  }

  private static let onePhase =
    "the energy has no two phases for the usual front: give noise, waves, file, or a front's "
    + "amplitude and width"

  /// The middle between the phases: one half where the energy is bounded to (0, 1).
  private static func middle(_ energy: BulkEnergy) -> Double? {
    if energy.hasBounds { return 0.5 }
    return PhaseBoundary(energy).map { ($0.phases.low + $0.phases.high) / 2 }
  }

  /// The start in a box of `size`.
  func start(
    _ model: PhaseFieldModel, _ size: Directions<Double>
  ) throws -> SimulationSetup.Start {
    let usual = StartKeys.middle(model.energy)
    guard let mean = keys.has(.mean) ? try keys.number(.mean) : usual else {
      throw keys.problem(.mean, "found nothing, expected it with an energy of one phase")
    }
    let pattern: SimulationSetup.Start.Pattern =
      switch kind {
      case .noise:
        .noise(
          amplitude: try keys.number(.noise, in: 0...1),
          seed: try keys.optional(.seed, default: 1) { try keys.integer($0) })
      case .waves: .waves(try keys.list(.waves, of: WaveKeys.self).map(\.wave))
      case .file:
        .stored(
          file: try keys.text(.file),
          dataset: try keys.optional(.dataset, default: "") { try keys.text($0) })
      default: .front(try front(model, size))
      }
    return SimulationSetup.Start(mean: mean, pattern: pattern)
  }

  private func front(
    _ model: PhaseFieldModel, _ size: Directions<Double>
  ) throws -> SimulationSetup.Front {
    let position = try keys.optional(.position, default: size.x / 2) {
      try keys.quantity($0, .length)
    }
    let usual = SimulationSetup.Front(
      between: model.energy, kappa: model.kappa.x, position: position)
    guard usual != nil || (keys.has(.amplitude) && keys.has(.width)) else {
      throw keys.problem(keys.has(.amplitude) ? .width : .amplitude, StartKeys.onePhase)
    }
    return SimulationSetup.Front(
      amplitude: try keys.optional(.amplitude, default: usual?.amplitude ?? 0) {
        try keys.number($0, in: 0...1)
      },
      position: position,
      width: try keys.optional(.width, default: usual?.width ?? 0) {
        try keys.positiveQuantity($0, .length)
      },
      tilt: try keys.optional(.tilt, default: 0) { try keys.number($0) },
      ripple: try keys.optional(.ripple, default: 0) { try keys.number($0) })
  }
}

/// A cosine wave: amplitude, wave numbers along a, c, b, phase.
private struct WaveKeys: Decodable {
  let wave: SimulationSetup.Start.Wave
  private enum Key: String, CaseKey { case amplitude, a, c, b, phase }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    func number(_ key: Key) throws -> Double {
      try keys.optional(key, default: 0) { try keys.quantity($0, .wavenumber) }
    }
    wave = SimulationSetup.Start.Wave(
      amplitude: try keys.number(.amplitude),
      vector: Directions(try number(.a), try number(.c), try number(.b)),
      phase: try keys.optional(.phase, default: 0) { try keys.quantity($0, .angle) })
  }
}
