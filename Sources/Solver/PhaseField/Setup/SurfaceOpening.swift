// SPDX-License-Identifier: Apache-2.0

import Parallel

/// Where and how lithium enters a particle.
public struct SurfaceOpening: Equatable, Sendable {
  /// The parts of the surface.
  public var parts: [SurfacePart]
  /// How it passes.
  public var law: FluxLaw
  /// What drives it at the start.
  public var drive: Drive

  /// Parts of the surface with a law, and a drive.
  public init(_ parts: [SurfacePart], _ law: FluxLaw, _ drive: Drive) {
    (self.parts, self.law, self.drive) = (parts, law, drive)
  }
}

extension SimulationSetup {
  /// The areas of the nodes that lithium passes; nil for a closed body.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a part that is not there or holds no material.
  func openAreas(
    _ grid: StructuredGrid, _ fractions: VolumeFractions, mass: Lane
  ) throws(ParallelError) -> SurfaceAreas? {
    guard let opening else { return nil }
    for part in opening.parts {
      if let missing = missing(part) {
        throw ParallelError(.input, "faces: found \(part.rawValue), \(missing)")
      }
    }
    let areas = try SurfaceAreas(
      grid, region: region, parts: opening.parts, fractions: fractions, mass: mass)
    for (part, area) in zip(opening.parts, areas.totals) where !(area > 0) {
      throw ParallelError(
        .input, "faces: found \(part.rawValue), at which there is no material")
    }
    return areas
  }

  /// What is doubtful of a start that reacts: noise whose gradient energy makes potentials at which
  /// the reaction is so fast that no step may be short enough.
  var openingDoubts: [String] {
    guard case .reaction(let reaction, _) = opening?.law,
      case .noise(let amplitude, _) = start.pattern
    else { return [] }
    func stiffness(_ kappa: Double, _ size: Double, _ count: Int) -> Double {
      let spacing = size / Double(max(1, count))
      return 4 * kappa / (spacing * spacing)
    }
    let along = [
      ("a", stiffness(model.kappa.x, size.x, elements.x)),
      ("c", stiffness(model.kappa.y, size.y, elements.y)),
      ("b", elements.z == 0 ? 0 : stiffness(model.kappa.z, size.z, elements.z)),
    ]
    return along.filter { $0.1 * amplitude > 10 * reaction.thermalEnergy }.map { axis, stiffness in
      let potential = (stiffness * amplitude / reaction.thermalEnergy).rounded()
      return
        "start.noise: its gradient along \(axis) makes potentials of \(Int(potential)) kT, at which "
        + "the surface reacts too fast to be followed; give less noise, or waves"
    }
  }

  /// What keeps a part of the surface from being there; nil where nothing does.
  private func missing(_ part: SurfacePart) -> String? {
    if let side = part.side {
      let closes = side.axis == 0 ? periodic.x : side.axis == 1 ? periodic.y : false
      return closes ? "where the box is periodic" : nil
    }
    if !maps.isEmpty {
      return "whose area a stack's mask or a tomogram does not tell; expected sides of the box, or "
        + "an outline and voids given as bodies"
    }
    if part == .outline && outline == nil { return "expected an outline" }
    return part == .void && voids.isEmpty ? "expected voids" : nil
  }
}
