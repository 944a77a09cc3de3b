// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel
import PhaseField
import Physics

/// A case of `simulate`: particle, material, chemistry, start and how long.
struct SimulationCase {
  /// What is simulated.
  var setup: SimulationSetup
  /// The steps of the drive; nil for a closed particle.
  let drive: [DriveStep]?
  /// Voltages outside which a driving current ends.
  let voltageWindow: ClosedRange<Double>
  /// The material, from which the elasticity is made.
  let material: Material
  /// The keys with their defaults filled in and the files of material and law read.
  let filled: SimulationText
  /// How steps are chosen, and what is stored.
  var course: CourseKeys
  /// The end: a time in s, or nil until the potential is uniform.
  var until: Double?
  /// The spread of the potential at which the particle counts as relaxed, in kT.
  var spread: Double
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

  /// The physics with its defaults filled in and its files read, as a case of its own.
  ///
  /// A restart compares it as text, so that a key added later is a difference and not a silent default;
  /// numbers are written so that they are read back to the last bit.
  var physics: String {
    filled.lines(SimulationText.physics).joined(separator: "\n") + "\n"
  }

  /// The whole case, end, output and solver with it.
  var effective: String {
    physics + filled.lines(SimulationText.control).joined(separator: "\n") + "\n"
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

  /// The memory that the case will take.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for voxels that do not fit the case.
  func memory(
    _ file: String, ranks: Int, _ communicator: Communicator
  ) throws(ParallelError) -> MemoryEstimate {
    let voxels = try named(file) { () throws(ParallelError) in try setup.voxels(communicator) }
    return MemoryEstimate(setup, voxels: voxels, ranks: ranks)
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

extension SimulationText {
  /// The case with the files that it names read, and material, law and elasticity made of them.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` where a file is missing or does not fit.
  func completed(
    in folder: String, of path: String, _ communicator: Communicator
  ) throws(ParallelError) -> SimulationCase {
    guard energy.isComplete else {
      var text = self
      try text.completeEnergy(in: folder, of: path, communicator)
      return try text.completed(in: folder, of: path, communicator)
    }
    let found = try material?.material(in: folder, communicator) ?? .lithiumIronPhosphate
    let learned = try law?.law(in: folder, of: found, communicator)
    if let law, let learned, learned.a.count > ElasticModel.termLimit {
      throw ParallelError(
        .input,
        "\(law.name(in: folder) ?? "\(path): law"): found \(learned.a.count) terms, expected at most "
          + "\(ElasticModel.termLimit)")
    }
    var model = model
    if isElastic {
      guard stiffness == nil || found.endMembers != nil else {
        throw ParallelError(
          .input,
          "\(path): stiffness: found one that follows the composition with \(found.name), which has no "
            + "end_members, expected a material that has them, or constant")
      }
      model.elasticity = ElasticModel(
        found, law: learned, shares: (stiffness?.share, eigenstrain == nil ? nil : .smooth),
        plane: isPlane ? plane ?? .stress : nil,
        sitesPerVolume: siteDensity ?? Self.usualSiteDensity)
      model.elasticity?.load = load
    }
    var start = begin
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
    if let mask = outline?.mask {
      maps.append(
        .mask(file: CaseFolder.path(mask.stack, in: folder), particle: mask.particle))
    }
    if let tomogram { maps.append(.tomogram(tomogram.tomogram(in: folder))) }
    var setup = SimulationSetup(
      size: size, elements: elements, outline: cut, voids: voids.map(\.hole), maps: maps,
      periodic: boundary.periodic, model: model, start: start)
    setup.removesFragments = tomogram?.fragments == .remove
    setup.opening = opening.opening(thermalEnergy: thermal)
    return SimulationCase(
      setup: setup, drive: opening.drive, voltageWindow: opening.voltageWindow,
      material: found, filled: filled(found, learned, cut), course: course, until: until,
      spread: spread,
      warnings: warnings(of: found))
  }

  /// The case with its defaults filled in, shapes drawn, material and law read.
  ///
  /// It stands in the output and the checkpoint, and must mean the same where the files that the case
  /// named have changed or are gone.
  private func filled(
    _ found: Material, _ learned: EigenstrainLaw?, _ cut: Shape?
  ) -> SimulationText {
    var text = self
    if let cut { text.outline = OutlineKeys(cut) }
    text.voids = voids.map { VoidKeys($0.hole) }
    if isPlane { text.plane = plane ?? .stress }
    // Nothing depends on the end members of a constant stiffness.
    text.material = isElastic ? .given(stiffness == nil ? found.withoutEndMembers : found) : nil
    (text.stiffness, text.eigenstrain) = isElastic ? (stiffness, eigenstrain) : (nil, nil)
    text.seed = noise == nil ? nil : seed ?? 1
    text.siteDensity = isElastic || noise != nil ? siteDensity ?? Self.usualSiteDensity : nil
    text.law = isElastic ? learned.map { LawKeys($0) } : nil
    text.energy = EnergyKeys(model.energy, thermal: thermal)
    text.mobility = model.mobility.untabulated == .constant ? .constant : .degenerate
    text.start = StartKeys(begin) { $0 }
    text.opening = opening.filled
    text.course = course.filled
    return text
  }

  /// Names constants that are LiFePO4's in a case of something else: such a run looks sound and
  /// means nothing.
  private func warnings(of found: Material) -> [String] {
    var names: [String] = []
    if isElastic, found != .lithiumIronPhosphate {
      names = usual
    } else if !model.energy.hasBounds {
      names = usual.filter { ["kappa", "diffusivity"].contains($0) }
    }
    guard let last = names.last else { return [] }
    let list = names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " and \(last)"
    return ["\(list): not given, LiFePO4's are taken for another material"]
  }
}
