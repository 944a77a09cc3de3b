// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel
import PhaseField
import Physics

/// A case of `simulate`: particle, material, chemistry, start and how long.
struct SimulationCase {
  /// Where the files that it names lie.
  let folder: String
  /// What is simulated.
  var setup: SimulationSetup
  /// The material, its law and the sites per nm3, from which the elasticity is made.
  let material: Material
  /// Replaces the material's eigenstrain along a and c.
  let law: EigenstrainLaw?
  /// Sites per nm3.
  let siteDensity: Double
  /// What two dimensions mean.
  let plane: ElasticModel.Plane
  /// kT of the mobility, eV.
  let thermal: Double
  /// How steps are chosen.
  var stepping: TimeStepper.Options
  /// The end: a time in s, or nil until the potential is uniform.
  var until: Double?
  /// The spread of the potential at which the particle counts as relaxed, in kT.
  var spread: Double
  /// The most steps.
  var stepLimit: Int
  /// What is stored, and when.
  var output: OutputPlan
  /// Steps between checkpoints.
  var checkpointEvery: Int
  /// What is doubtful in how the case was filled in.
  let warnings: [String]

  /// Reads a case and the files that it names.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` naming file, line and key.
  static func read(
    _ path: String, _ communicator: Communicator
  ) throws(ParallelError) -> SimulationCase {
    let text = try CaseFile<SimulationText>(path, communicator: communicator).value
    return try text.completed(in: CaseFolder.of(path), of: path, communicator)
  }
}

/// A case as written, before the files that it names are read.
struct SimulationText: Decodable {
  /// The keys; also what tells a case from a material file.
  enum Key: String, CaseKey {
    case size, elements, outline, voids, tomogram, boundary, plane
    case material, law, energy, mobility, kappa, diffusivity, elastic
    case siteDensity = "site_density"
    case start, until, spread, tolerance
    case relativeTolerance = "relative_tolerance"
    case firstStep = "first_step"
    case longestStep = "longest_step"
    case stepLimit = "step_limit"
    case storeEvery = "store_every"
    case storeAt = "store_at"
    case storeInterval = "store_interval"
    case compress
    case checkpointEvery = "checkpoint_every"
  }

  private let keys: CaseKeys<Key>
  private let size: Directions<Double>
  private let elements: Directions<Int>
  private let outline: OutlineKeys?
  private let voids: [VoidKeys]
  private let tomogram: TomogramKeys?
  private let periodic: (x: Bool, y: Bool)
  private let plane: ElasticModel.Plane
  private let material: MaterialKeys?
  private let law: LawKeys?
  private let siteDensity: Double
  private let isElastic: Bool
  private let thermal: Double
  private let model: PhaseFieldModel
  private let start: SimulationSetup.Start
  private let stepping: TimeStepper.Options
  private let until: Double?
  private let spread: Double
  private let output: OutputPlan
  private let counts: (stepLimit: Int, checkpoint: Int)

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    self.keys = keys
    size = try keys.nested(.size, LengthsKeys.self).lengths
    elements = try keys.nested(.elements, CountsKeys.self).counts
    outline = try keys.optional(.outline, default: nil) { try keys.nested($0, OutlineKeys.self) }
    let isPlane = elements.z == 0
    voids = try keys.optional(.voids, default: []) { key in
      let voids = try keys.list(key, of: VoidKeys.self)
      for (index, hole) in voids.enumerated() where hole.lacksDepth && !isPlane {
        throw keys.problem(
          key, "void \(index + 1): found no b, expected its centre's: the case has elements along b"
        )
      }
      return voids
    }
    tomogram = try keys.optional(.tomogram, default: nil) { try keys.nested($0) }
    periodic = try keys.optional(.boundary, default: (false, false)) {
      try keys.nested($0, BoundaryKeys.self).periodic
    }
    if keys.has(.plane) && elements.z > 0 {
      throw keys.problem(
        .plane, "found it with elements along b, expected it in two dimensions only")
    }
    plane = try keys.optional(.plane, default: .stress) { try keys.choice($0) }
    material = try keys.optional(.material, default: nil) { try keys.nested($0) }
    law = try keys.optional(.law, default: nil) { try keys.nested($0) }
    siteDensity = try keys.optional(.siteDensity, default: 13.76) {
      try keys.positiveQuantity($0, .concentration)
    }
    isElastic = try keys.optional(.elastic, default: true, keys.flag)
    (model, thermal) = try SimulationText.chemistry(keys, isPlane: isPlane)
    if keys.has(.start) {
      start = try keys.nested(.start, StartKeys.self).start(model, size)
    } else {
      do throws(CaseProblem) { start = try StartKeys.usual(model, size) } catch {
        throw keys.problem(.start, error.sentence)
      }
    }
    stepping = try SimulationText.stepping(keys)
    let until = try keys.optional(.until, default: "relaxed", keys.text)
    self.until = until == "relaxed" ? nil : try keys.positiveQuantity(.until, .time)
    spread = try keys.optional(.spread, default: 1e-4) { try keys.number($0, in: 1e-8...10) }
    func count(_ key: Key, _ usual: Int) throws -> Int {
      try keys.optional(key, default: usual) { try keys.integer($0, in: 1...1_000_000) }
    }
    output = try OutputPlan(keys)
    counts = (try count(.stepLimit, 2000), try count(.checkpointEvery, 5))
  }

  private static func chemistry(
    _ keys: CaseKeys<Key>, isPlane: Bool
  ) throws -> (model: PhaseFieldModel, thermal: Double) {
    let energy = try keys.optional(.energy, default: EnergyKeys()) { try keys.nested($0) }
    var thermal = energy.thermal ?? 1
    var scale = thermal
    switch energy.energy {
    case .regularSolution(let solution):
      (thermal, scale) = (solution.thermalEnergy, solution.thermalEnergy)
    case .polynomial:
      // The curvature in the phases is what an error of X costs.
      let wells = PhaseBoundary(energy.energy)?.phases ?? (low: 0.25, high: 0.75)
      scale = max(
        abs(energy.energy.curvature(at: wells.low)), abs(energy.energy.curvature(at: wells.high)))
      guard scale > 0 else {
        throw keys.problem(.energy, "found an energy without curvature, expected a bent one")
      }
    }
    let isBounded = energy.energy.hasBounds
    let usual = isBounded ? MobilityKind.degenerate : .constant
    let kind = try keys.optional(.mobility, default: usual) { try keys.choice($0) }
    guard isBounded || kind == .constant else {
      throw keys.problem(
        .mobility,
        "found degenerate with a polynomial, whose X may leave [0, 1], where D X(1 - X)/kT is "
          + "negative; expected constant, or the regular solution")
    }
    let table = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    var diffusivity = try keys.wholeAxes(
      .diffusivity, .diffusivity, default: table.diffusivity, isPlane: isPlane)
    if kind == .constant {
      // M = D/kT.
      diffusivity = Directions(
        diffusivity.x / thermal, diffusivity.y / thermal, diffusivity.z / thermal)
    }
    let model = PhaseFieldModel(
      energy: energy.energy,
      kappa: try keys.wholeAxes(
        .kappa, .gradientPenalty, default: table.kappa, isPlane: isPlane),
      mobility: kind == .constant ? .constant : .degenerate(thermalEnergy: thermal),
      diffusivity: diffusivity, energyScale: scale)
    return (model, thermal)
  }

  private static func stepping(_ keys: CaseKeys<Key>) throws -> TimeStepper.Options {
    var stepping = TimeStepper.Options()
    stepping.tolerance = try keys.optional(.tolerance, default: 2e-3) {
      try keys.number($0, in: 1e-8...0.1)
    }
    stepping.relativeTolerance = try keys.optional(.relativeTolerance, default: 1e-2) {
      try keys.number($0, in: 1e-6...1)
    }
    stepping.firstStep = try keys.optional(.firstStep, default: nil) {
      try keys.positiveQuantity($0, .time)
    }
    stepping.longestStep = try keys.optional(.longestStep, default: .infinity) {
      try keys.positiveQuantity($0, .time)
    }
    return stepping
  }

  /// The case with material, law and elasticity.
  ///
  /// Collective.
  func completed(
    in folder: String, of path: String, _ communicator: Communicator
  ) throws(ParallelError) -> SimulationCase {
    let found = try material?.material(in: folder, communicator) ?? .lithiumIronPhosphate
    let learned = try law?.law(in: folder, communicator)
    if let law, let learned, learned.a.count > ElasticModel.termLimit {
      throw ParallelError(
        .input,
        "\(law.name(in: folder) ?? "\(path): law"): found \(learned.a.count) terms, expected at most "
          + "\(ElasticModel.termLimit)")
    }
    var model = model
    if isElastic {
      model.elasticity = ElasticModel(
        found, law: learned, plane: elements.z == 0 ? plane : nil, sitesPerVolume: siteDensity)
    }
    var start = start
    if case .stored(let file, let dataset) = start.pattern {
      start.pattern = .stored(file: CaseFolder.path(file, in: folder), dataset: dataset)
    }
    var cut: Shape?
    do throws(CaseProblem) {
      cut = try outline?.shape(size: size, lattice: found.referenceLattice)
    } catch {
      throw ParallelError(.input, "\(path): \(error.sentence)")
    }
    var maps: [MaterialMap] = []
    if case .mask(let file, let particle) = outline?.kind {
      maps.append(.mask(file: CaseFolder.path(file, in: folder), particle: particle))
    }
    if let tomogram {
      maps.append(
        .tomogram(file: CaseFolder.path(tomogram.file, in: folder), dataset: tomogram.dataset))
    }
    return SimulationCase(
      folder: folder,
      setup: SimulationSetup(
        size: size, elements: elements, outline: cut, voids: voids.map(\.hole), maps: maps,
        periodic: periodic,
        model: model, start: start),
      material: found, law: learned, siteDensity: siteDensity, plane: plane, thermal: thermal,
      stepping: stepping, until: until, spread: spread, stepLimit: counts.stepLimit,
      output: output, checkpointEvery: counts.checkpoint,
      warnings: warnings(of: found))
  }

  /// Names constants that are LiFePO4's in a case of something else.
  private func warnings(of found: Material) -> [String] {
    var usual: [Key] = []
    if isElastic, found != .lithiumIronPhosphate {
      usual = [.energy, .kappa, .diffusivity, .siteDensity]
    } else if !model.energy.hasBounds {
      usual = [.kappa, .diffusivity]
    }
    let names = usual.filter { !keys.has($0) }.map(\.rawValue)
    guard let last = names.last else { return [] }
    let list = names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " and \(last)"
    return ["\(list): not given, LiFePO4's are taken for another material"]
  }
}

extension SimulationCase {
  /// Refuses numbers that no run can have and masks of what is no stack, and says what is doubtful.
  ///
  /// Collective.
  ///
  /// - Parameter file: the case's, which an error names.
  func check(
    _ file: String, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) {
    for case .mask(let stack, _) in setup.maps {
      // A stack says what its masks mean; the geometry reads numbers only.
      _ = try StackReader(stack, communicator: communicator)
    }
    let doubts = try named(file) { () throws(ParallelError) in try setup.check() }
    for warning in warnings + doubts { log.warn(warning) }
  }

  /// Runs an action whose refusals know the case, but not its file.
  func named<Result>(
    _ file: String, _ action: () throws(ParallelError) -> Result
  ) throws(ParallelError) -> Result {
    do { return try action() } catch {
      guard error.kind == .input, !error.message.hasPrefix(file) else { throw error }
      throw error.during(file)
    }
  }
}
