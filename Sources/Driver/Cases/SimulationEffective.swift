// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField
import Physics
import Yams

extension SimulationCase {
  /// The physics with its defaults filled in and its files read, as a case of its own.
  ///
  /// A restart compares it; numbers are written so that they are read back to the last bit.
  var physics: String {
    let (s, m) = (setup, setup.model)
    var lines = [
      "size: \(axes(s.size, "nm"))",
      "elements: {a: \(s.elements.x), c: \(s.elements.y), b: \(s.elements.z)}",
    ]
    if let outline = s.outline { lines.append("outline: \(text(outline: outline))") }
    for map in s.maps {
      switch map {
      case .mask(let file, let particle):
        lines.append("outline: {stack: \(written(file)), particle: \"\(particle)\"}")
      case .tomogram(let file, let dataset):
        lines.append("tomogram: {file: \(written(file)), dataset: \"\(dataset)\"}")
      }
    }
    lines.append("voids: [\(s.voids.map(text(void:)).joined(separator: ", "))]")
    lines.append(
      "boundary: {a: \(s.periodic.x ? "periodic" : "free"), c: "
        + "\(s.periodic.y ? "periodic" : "free")}")
    if s.elements.z == 0 { lines.append("plane: \(plane.rawValue)") }
    lines.append("elastic: \(m.elasticity != nil)")
    if m.elasticity != nil {
      lines += ["material: \(materialText)", "site_density: \(siteDensity) 1/nm3"]
      if let law { lines.append("law: {a: \(law.a), c: \(law.c)}") }
    }
    lines.append("energy: \(energyText)")
    lines.append("mobility: \(m.mobility == .constant ? "constant" : "degenerate")")
    lines.append("kappa: \(axes(m.kappa, "eV nm2"))")
    lines.append("diffusivity: \(axes(diffusivity, "nm2/s"))")
    lines.append("start: \(startText)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The whole case, end, output and solver with it.
  var effective: String {
    let longest = stepping.longestStep
    return physics + """
      until: \(until.map { "\($0) s" } ?? "relaxed")
      spread: \(spread)
      tolerance: \(stepping.tolerance)
      relative_tolerance: \(stepping.relativeTolerance)
      \(stepping.firstStep.map { "first_step: \($0) s\n" } ?? "")\(longest.isFinite ? "longest_step: \(longest) s\n" : "")step_limit: \(stepLimit)
      \(output.text)
      checkpoint_every: \(checkpointEvery)

      """
  }

  /// D as the case gives it: the constant mobility is D/kT.
  private var diffusivity: Directions<Double> {
    let d = setup.model.diffusivity
    guard setup.model.mobility == .constant else { return d }
    return Directions(d.x * thermal, d.y * thermal, d.z * thermal)
  }

  /// A path as the case has it, so that the same case means the same from any folder.
  private func written(_ path: String) -> String {
    "\"\(path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path)\""
  }

  private func axes(_ values: Directions<Double>, _ unit: String) -> String {
    let depth = values.z.isFinite ? ", b: \(values.z) \(unit)" : ""
    return "{a: \(values.x) \(unit), c: \(values.y) \(unit)\(depth)}"
  }

  private func place(_ values: Directions<Double>) -> String {
    "a: \(values.x) nm, c: \(values.y) nm, b: \(values.z) nm"
  }

  private func text(void: Shape) -> String {
    switch void {
    case .sphere(let centre, let radius): "{\(place(centre)), radius: \(radius) nm}"
    case .ellipsoid(let centre, let radii):
      "{ellipsoid: {\(place(centre)), radii: \(axes(radii, "nm"))}}"
    case .box(let centre, let size): "{box: {\(place(centre)), size: \(axes(size, "nm"))}}"
    case .prism: "{}"
    }
  }

  private func text(outline: Shape) -> String {
    switch outline {
    case .prism(let polygon):
      let points = polygon.points.map { "{a: \($0.x) nm, c: \($0.y) nm}" }
      return "{polygon: [\(points.joined(separator: ", "))]}"
    case .ellipsoid(let centre, let radii):
      return "{ellipse: {a: \(2 * radii.x) nm, c: \(2 * radii.y) nm, "
        + "centre: {a: \(centre.x) nm, c: \(centre.y) nm}}}"
    case .sphere, .box: return "{}"
    }
  }

  private var materialText: String {
    let (c, l, e) = (material.stiffness, material.referenceLattice, material.eigenstrain)
    let constants = [
      ("C11", c.c11), ("C22", c.c22), ("C33", c.c33), ("C44", c.c44), ("C55", c.c55),
      ("C66", c.c66), ("C12", c.c12), ("C13", c.c13), ("C23", c.c23),
    ]
    let stiffness = constants.map { "\($0.0): \($0.1) eV/nm3" }.joined(separator: ", ")
    return "{name: \"\(material.name)\", stiffness: {\(stiffness)}, "
      + "lattice: {a: \(l.a) nm, b: \(l.b) nm, c: \(l.c) nm}, "
      + "eigenstrain: {a: \(e.a), b: \(e.b), c: \(e.c)}}"
  }

  private var energyText: String {
    switch setup.model.energy {
    case .regularSolution(let law):
      return "{omega: \(law.omega) eV, thermal: \(law.thermalEnergy) eV}"
    case .polynomial(let energy):
      let coefficients = energy.coefficients.map { "\($0) eV" }.joined(separator: ", ")
      return "{polynomial: [\(coefficients)], thermal: \(thermal) eV}"
    }
  }

  private var startText: String {
    let start = setup.start
    switch start.pattern {
    case .front(let front):
      return "{mean: \(start.mean), amplitude: \(front.amplitude), position: \(front.position) nm, "
        + "width: \(front.width) nm, tilt: \(front.tilt), ripple: \(front.ripple)}"
    case .noise(let amplitude, let seed):
      return "{mean: \(start.mean), noise: \(amplitude), seed: \(seed)}"
    case .waves(let waves):
      let list = waves.map { wave in
        let k = wave.vector
        return "{amplitude: \(wave.amplitude), a: \(k.x) 1/nm, c: \(k.y) 1/nm, b: \(k.z) 1/nm, "
          + "phase: \(wave.phase) rad}"
      }
      return "{mean: \(start.mean), waves: [\(list.joined(separator: ", "))]}"
    case .stored(let file, let dataset):
      let name = dataset.isEmpty ? "" : ", dataset: \"\(dataset)\""
      return "{mean: \(start.mean), file: \(written(file))\(name)}"
    }
  }
}
