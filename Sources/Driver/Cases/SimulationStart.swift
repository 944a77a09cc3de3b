import Physics
import Solver

/// Where a run begins: a front, a uniform composition with noise, waves, or an earlier run.
struct StartKeys: Decodable {
  private let change: (inout SimulationSetup.Start) throws -> Void

  private enum Key: String, CaseKey {
    case mean, amplitude, position, width, tilt, ripple, noise, seed, waves, file, dataset
  }
  private static let front: [Key] = [.amplitude, .position, .width, .tilt, .ripple]

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
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
    change = { start in
      start.mean = try keys.optional(.mean, default: start.mean) { try keys.number($0) }
      switch kinds.first {
      case .noise:
        start.pattern = .noise(
          amplitude: try keys.number(.noise, in: 0...1),
          seed: try keys.optional(.seed, default: 1) { try keys.integer($0) })
      case .waves:
        start.pattern = .waves(try keys.list(.waves, of: WaveKeys.self).map(\.wave))
      case .file:
        start.pattern = .stored(
          file: try keys.text(.file),
          dataset: try keys.optional(.dataset, default: "") { try keys.text($0) })
      default: try StartKeys.readFront(keys, &start)
      }
    }
  }

  private static func readFront(
    _ keys: CaseKeys<Key>, _ start: inout SimulationSetup.Start
  ) throws {
    start.amplitude = try keys.optional(.amplitude, default: start.amplitude) {
      try keys.number($0, in: 0...1)
    }
    start.position = try keys.optional(.position, default: start.position) {
      try keys.quantity($0, .length)
    }
    start.width = try keys.optional(.width, default: start.width) {
      try keys.positiveQuantity($0, .length)
    }
    start.tilt = try keys.optional(.tilt, default: start.tilt) { try keys.number($0) }
    start.ripple = try keys.optional(.ripple, default: start.ripple) { try keys.number($0) }
  }

  func apply(to start: inout SimulationSetup.Start) throws { try change(&start) }
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
