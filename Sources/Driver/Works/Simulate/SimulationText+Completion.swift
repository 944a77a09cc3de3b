// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField
import Physics

extension SimulationText {
  /// The case with material, law and elasticity.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` where a file is missing or does not fit.
  func completed(
    in folder: String, of path: String, _ communicator: Communicator
  ) throws(ParallelError) -> SimulationCase {
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
      model.elasticity = ElasticModel(
        found, law: learned, plane: isPlane ? plane ?? .stress : nil,
        sitesPerVolume: siteDensity ?? Self.usualSiteDensity)
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
    if let tomogram {
      maps.append(
        .tomogram(file: CaseFolder.path(tomogram.file, in: folder), dataset: tomogram.dataset))
    }
    return SimulationCase(
      setup: SimulationSetup(
        size: size, elements: elements, outline: cut, voids: voids.map(\.hole), maps: maps,
        periodic: boundary.periodic, model: model, start: start),
      material: found, filled: filled(found, learned, cut), course: course, until: until,
      spread: spread,
      warnings: warnings(of: found))
  }

  /// The case with its defaults filled in, shapes drawn, material and law read.
  private func filled(
    _ found: Material, _ learned: EigenstrainLaw?, _ cut: Shape?
  ) -> SimulationText {
    var text = self
    if let cut { text.outline = OutlineKeys(cut) }
    text.voids = voids.map { VoidKeys($0.hole) }
    if isPlane { text.plane = plane ?? .stress }
    text.material = isElastic ? .given(found) : nil
    text.siteDensity = isElastic ? siteDensity ?? Self.usualSiteDensity : nil
    text.law = isElastic ? learned.map { LawKeys($0) } : nil
    text.energy = EnergyKeys(model.energy, thermal: thermal)
    text.mobility = model.mobility == .constant ? .constant : .degenerate
    text.start = StartKeys(begin) { $0 }
    text.course = course.filled
    return text
  }

  /// Names constants that are LiFePO4's in a case of something else.
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
