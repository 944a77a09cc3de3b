// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Parallel
import Physics

extension DiffractCase {
  /// The case as it is run, defaults filled in, as YAML that can be run again.
  var effective: String {
    var lines = ["crystal:"]
    for crystal in crystals {
      let cell = crystal.cell
      let edges = [cell.a, cell.b, cell.c].map { $0 / angstrom }
      let angles = [cell.alpha, cell.beta, cell.gamma].map { $0 / degree }
      let rows = (0..<6).map { row in
        "["
          + (0..<6).map { "\(crystal.stiffness.constants[6 * row + $0] / gigapascal)" }
          .joined(separator: ", ") + "]"
      }
      lines += [
        "  - name: \(crystal.name)", "    cell: \(edges + angles)",
        "    stiffness: [\(rows.joined(separator: ", "))]",
        "    symmetry: \(crystal.group.system)",
      ]
    }
    if let radiation {
      lines.append("wavelength: \(radiation.wavelength) nm")
      lines.append("monochromatic: \(radiation.isMonochromatic)")
    }
    lines.append("average: \(isAveraged ? "equivalent" : "none")")
    lines.append("peaks:")
    lines += peaks.flatMap(Self.effective)
    if systems.isEmpty {
      lines.append("systems: none")
    } else {
      lines.append("systems:")
      for system in systems {
        let plane = system.plane.map { ", plane: \(Self.list($0))" } ?? ""
        lines.append(
          "  - {label: \"\(system.label)\", burgers: \(Self.list(system.burgers)), "
            + "line: \(Self.list(system.line))\(plane)}")
      }
    }
    if let candidates {
      lines.append("candidates: [\(candidates.map { "\"\($0)\"" }.joined(separator: ", "))]")
    }
    for (key, densities) in [("fixed", fixed), ("sensitivity", sensitivity)]
    where !densities.isEmpty {
      let entries = densities.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value) 1/nm2" }
      lines.append("\(key): {\(entries.joined(separator: ", "))}")
    }
    if let weighting { lines.append("weighting: \(weighting.rawValue)") }
    if let tolerance { lines.append("tolerance: \(tolerance)") }
    lines.append(
      "sampling: {samples: \(sampling.samples), chains: \(sampling.chains), "
        + "thinning: \(sampling.thinning), seed: \(sampling.seed)}")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func list(_ vector: SIMD3<Double>) -> String {
    "[\(vector.x), \(vector.y), \(vector.z)]"
  }

  private static func effective(_ request: PeakRequest) -> [String] {
    let indices = [request.reflection.h, request.reflection.k, request.reflection.l]
    switch request.source {
    case .stated(let density, let deviation):
      let error = deviation.map { ", sd: \($0) 1/nm2" } ?? ""
      return ["  - {hkl: \(indices), effective_density: \(density) 1/nm2\(error)}"]
    case .line(let line):
      let options = line.options
      var lines = ["  - hkl: \(indices)"] + place(line.line).map { "    \($0)" }
      let background =
        switch options.background {
        case .curved: "curved"
        case .flat: "flat"
        case .known(let level): "\(level)"
        }
      lines.append("    background: \(background)")
      let end = options.end.map { ", end: \($0)" } ?? ""
      let cutoff = options.strainCutoff.map { ", q0: \($0)" } ?? ""
      lines.append(
        "    fit: {start: \(options.start)\(end), size: \(options.hasSize)\(cutoff), "
          + "largest_error: \(options.largestError)}")
      if let instrument = line.instrument {
        lines.append("    instrument:")
        lines += place(instrument.line).map { "      \($0)" }
        lines.append("      method: \(instrument.correction.rawValue)")
      }
      return lines
    }
  }

  private static func place(_ line: LineRequest.FileWindow) -> [String] {
    var lines = [
      "file: \"\(line.path)\"", "abscissa: \(line.abscissa.rawValue)",
      "errors: \(line.errors.rawValue)",
    ]
    if let columns = line.columns {
      let sigma = columns.deviation.map { ", sigma: \($0 + 1)" } ?? ""
      lines.append(
        "columns: {position: \(columns.position + 1), intensity: \(columns.intensity + 1)\(sigma)}")
    }
    if let bank = line.bank { lines.append("bank: \(bank)") }
    if let window = line.window {
      lines.append("window: [\(window.lowerBound), \(window.upperBound)]")
    }
    if let centre = line.centre { lines.append("centre: \(centre)") }
    return lines
  }
}
