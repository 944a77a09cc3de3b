import Physics
import Solver

/// The keys of a value along each crystal axis.
private enum Axis: String, CaseKey { case a, c, b }

/// Three lengths.
struct LengthsKeys: Decodable {
  let lengths: Directions<Double>

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Axis>(decoder)
    lengths = Directions(
      try keys.positiveQuantity(.a, .length), try keys.positiveQuantity(.c, .length),
      try keys.positiveQuantity(.b, .length))
  }
}

/// Elements along each axis; b may be left out, which makes the case two-dimensional.
struct CountsKeys: Decodable {
  let counts: Directions<Int>

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Axis>(decoder)
    counts = Directions(
      try keys.integer(.a, in: 2...100_000), try keys.integer(.c, in: 2...100_000),
      try keys.optional(.b, default: 0) { try keys.integer($0, in: 2...100_000) })
  }
}

/// A spherical void.
struct VoidKeys: Decodable {
  let hole: SimulationSetup.Hole

  private enum Key: String, CaseKey { case a, c, b, radius }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    hole = SimulationSetup.Hole(
      centre: Directions(
        try keys.quantity(.a, .length), try keys.quantity(.c, .length),
        try keys.optional(.b, default: 0) { try keys.quantity($0, .length) }),
      radius: try keys.positiveQuantity(.radius, .length))
  }
}

/// The regular solution.
struct EnergyKeys: Decodable {
  let solution: RegularSolution

  private enum Key: String, CaseKey { case omega, thermal }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    let usual = RegularSolution.lithiumIronPhosphate
    solution = RegularSolution(
      omega: try keys.optional(.omega, default: usual.omega) { try keys.quantity($0, .energy) },
      thermalEnergy: try keys.optional(.thermal, default: usual.thermalEnergy) {
        try keys.positiveQuantity($0, .energy)
      })
  }

  func apply(to model: inout PhaseFieldModel) {
    model.energy = .regularSolution(solution)
    model.mobility = .degenerate(thermalEnergy: solution.thermalEnergy)
    model.energyScale = solution.thermalEnergy
  }
}

/// κ along each axis.
struct PenaltyKeys: Decodable {
  private let read: (Directions<Double>) throws -> Directions<Double>

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Axis>(decoder)
    read = { usual in
      func value(_ key: Axis, _ usual: Double) throws -> Double {
        try keys.optional(key, default: usual) { try keys.positiveQuantity($0, .gradientPenalty) }
      }
      return Directions(
        try value(.a, usual.x), try value(.c, usual.y), try value(.b, usual.z))
    }
  }

  func values(_ usual: Directions<Double>) throws -> Directions<Double> { try read(usual) }
}

/// D along each axis.
struct DiffusivityKeys: Decodable {
  private let read: (Directions<Double>) throws -> Directions<Double>

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Axis>(decoder)
    read = { usual in
      func value(_ key: Axis, _ usual: Double) throws -> Double {
        try keys.optional(key, default: usual) { try keys.positiveQuantity($0, .diffusivity) }
      }
      return Directions(
        try value(.a, usual.x), try value(.c, usual.y), try value(.b, usual.z))
    }
  }

  func values(_ usual: Directions<Double>) throws -> Directions<Double> { try read(usual) }
}

/// The front a run begins with.
struct StartKeys: Decodable {
  private let change: (inout SimulationSetup.Start) throws -> Void

  private enum Key: String, CaseKey { case mean, amplitude, position, width, tilt, ripple }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    change = { start in
      start.mean = try keys.optional(.mean, default: start.mean) { try keys.number($0) }
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
  }

  func apply(to start: inout SimulationSetup.Start) throws { try change(&start) }
}
