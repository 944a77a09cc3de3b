import Parallel
import Physics
import Solver

/// A case of `simulate` as YAML: particle, material, chemistry, start and how long.
struct SimulationCase: Decodable {
  /// What is simulated.
  var setup: SimulationSetup
  /// How steps are chosen.
  var stepping: TimeStepper.Options
  /// The end: a time in s, or nil until the potential is uniform.
  var until: Double?
  /// The spread of the potential at which the particle counts as relaxed, in kT.
  var spread: Double
  /// The most steps.
  var stepLimit: Int
  /// Steps between stored fields and between checkpoints.
  var storeEvery: Int
  /// Steps between checkpoints.
  var checkpointEvery: Int

  private enum Key: String, CaseKey {
    case size, elements, voids, material, energy, kappa, diffusivity, elastic, start, until
    case spread, tolerance, firstStep = "first_step", longestStep = "longest_step"
    case stepLimit = "step_limit", storeEvery = "store_every", checkpointEvery = "checkpoint_every"
  }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    let size = try keys.nested(.size, LengthsKeys.self).lengths
    let elements = try keys.nested(.elements, CountsKeys.self).counts
    var model = PhaseFieldModel.lithiumIronPhosphate(
      elastic: try keys.optional(.elastic, default: true, keys.flag))
    if keys.has(.material) {
      let name = try keys.text(.material)
      guard name == "lfp" else {
        throw keys.problem(.material, "found \"\(name)\", expected the bundled lfp")
      }
    }
    if keys.has(.energy) { try keys.nested(.energy, EnergyKeys.self).apply(to: &model) }
    if keys.has(.kappa) {
      model.kappa = try keys.nested(.kappa, PenaltyKeys.self).values(model.kappa)
    }
    if keys.has(.diffusivity) {
      model.diffusivity = try keys.nested(.diffusivity, DiffusivityKeys.self).values(
        model.diffusivity)
    }
    let voids = try keys.optional(.voids, default: []) { try keys.nested($0, [VoidKeys].self) }
    var start = SimulationSetup.Start()
    start.position = size.x / 2
    if keys.has(.start) { try keys.nested(.start, StartKeys.self).apply(to: &start) }
    setup = SimulationSetup(
      size: size, elements: elements, voids: voids.map(\.hole), model: model, start: start)
    stepping = TimeStepper.Options()
    stepping.tolerance = try keys.optional(.tolerance, default: 2e-3) {
      try keys.number($0, in: 1e-8...0.1)
    }
    stepping.firstStep = try keys.optional(.firstStep, default: 1e-3) {
      try keys.positiveQuantity($0, .time)
    }
    stepping.longestStep = try keys.optional(.longestStep, default: .infinity) {
      try keys.positiveQuantity($0, .time)
    }
    let until = try keys.optional(.until, default: "relaxed", keys.text)
    self.until = until == "relaxed" ? nil : try keys.positiveQuantity(.until, .time)
    spread = try keys.optional(.spread, default: 1e-4) { try keys.number($0, in: 1e-8...10) }
    stepLimit = try keys.optional(.stepLimit, default: 2000) {
      try keys.integer($0, in: 1...1_000_000)
    }
    storeEvery = try keys.optional(.storeEvery, default: 10) {
      try keys.integer($0, in: 1...1_000_000)
    }
    checkpointEvery = try keys.optional(.checkpointEvery, default: 5) {
      try keys.integer($0, in: 1...1_000_000)
    }
  }

  /// The physics with its defaults filled in, as YAML; a restart compares it.
  var physics: String {
    let (s, m) = (setup, setup.model)
    let holes = s.voids.map { hole in
      "{a: \(hole.centre.x) nm, c: \(hole.centre.y) nm, b: \(hole.centre.z) nm, "
        + "radius: \(hole.radius) nm}"
    }
    var energy = ""
    if case .regularSolution(let law) = m.energy {
      energy = "\nenergy: {omega: \(law.omega) eV, thermal: \(law.thermalEnergy) eV}"
    }
    return """
      size: {a: \(s.size.x) nm, c: \(s.size.y) nm, b: \(s.size.z) nm}
      elements: {a: \(s.elements.x), c: \(s.elements.y), b: \(s.elements.z)}
      voids: [\(holes.joined(separator: ", "))]
      material: lfp\(energy)
      elastic: \(m.elasticity != nil)
      kappa: {a: \(m.kappa.x) eV nm2, c: \(m.kappa.y) eV nm2, b: \(m.kappa.z) eV nm2}
      diffusivity: {a: \(m.diffusivity.x) nm2/s, c: \(m.diffusivity.y) nm2/s, \
      b: \(m.diffusivity.z) nm2/s}
      start: {mean: \(s.start.mean), amplitude: \(s.start.amplitude), \
      position: \(s.start.position) nm, width: \(s.start.width) nm, tilt: \(s.start.tilt), \
      ripple: \(s.start.ripple)}
      tolerance: \(stepping.tolerance)
      first_step: \(stepping.firstStep) s
      """
  }
}
