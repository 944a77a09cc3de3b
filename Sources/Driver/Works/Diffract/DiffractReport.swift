// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Parallel
import Physics

/// What `diffract` says on stdout.
///
/// Densities in 1/µm², 1e6 times the inside number; lengths in nm, q in 1/nm. A line in doubt shows its
/// reason and an interval in place of a density: a number would be quoted without them.
enum DiffractReport {
  static func show(_ found: DiffractResult, on console: Console) {
    let result = found.powder
    console.table(peakTable(result.peaks))
    for peak in result.peaks {
      if let doubt = peak.analysis?.doubt { console.line("\(peak.reflection): \(doubt)") }
    }
    if let found = result.decomposition {
      console.line("")
      console.table(systemTable(found, result.acceptable))
      console.line(sentence(found, result.acceptable))
      for item in result.sensitivities {
        console.line(
          "\(Table.number(item.added * 1e6, digits: 4)) 1/um2 more of \(item.label): residual "
            + "\(percent(item.kept)), others chosen anew \(percent(item.refitted))")
      }
    }
    console.result(found.row)
  }

  fileprivate static func row(_ result: PowderResult) -> [String: JSONValue] {
    var object: [String: JSONValue] = ["peaks": .list(result.peaks.map(json))]
    object["decomposition"] =
      result.decomposition.map { decomposition(result, $0) } ?? [:]
    return object
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.3g %%", 100 * share)
  }

  private static func peakTable(_ peaks: [PowderPeak]) -> Table {
    var table = Table(
      "line", "rho* [1/um2]", "sd", "size [nm]", "sd", "chi2/dof", "window [widths]", "M2 rho*",
      "M4 rho*")
    for peak in peaks {
      let analysis = peak.analysis
      let isKnown = analysis?.doubt == nil
      let window = analysis.map { analysis in
        String(
          format: "%.3g to %.3g", analysis.window.lowerBound / analysis.profile.fullWidth,
          analysis.window.upperBound / analysis.profile.fullWidth)
      }
      table.add(
        peak.reflection.description,
        isKnown ? Table.number(peak.density.value * 1e6, digits: 4) : Table.nothing,
        Table.number(peak.density.deviation * 1e6, digits: 3),
        Table.number(analysis?.size?.value ?? .nan, digits: 4),
        Table.number(analysis?.size?.deviation ?? .nan, digits: 3),
        Table.number(analysis?.chiSquarePerDegree ?? .nan, digits: 3), window ?? "stated",
        Table.number((analysis?.second?.density.value ?? .nan) * 1e6, digits: 4),
        Table.number((analysis?.fourth?.density.value ?? .nan) * 1e6, digits: 4))
    }
    return table
  }

  private static func systemTable(_ found: Decomposition, _ set: AcceptableSet?) -> Table {
    var table = Table(
      "system", "density [1/um2]", "smallest", "largest", "mean", "sd", "shortest",
      "residual without [%]")
    for (index, system) in found.systems.enumerated() {
      func number(_ value: Double?) -> String {
        Table.number((value ?? .nan) * 1e6, digits: 4)
      }
      table.add(
        system.label, number(system.density), number(system.interval?.lowerBound),
        number(system.interval?.upperBound), number(set?.means[index]),
        number(set?.deviations[index]), number(system.shortest),
        Table.number((system.residualWithout ?? .nan) * 100, digits: 3))
    }
    return table
  }

  /// How well the systems explain the lines, and whether others would do as well.
  private static func sentence(_ found: Decomposition, _ set: AcceptableSet?) -> String {
    let count = found.problem.labels.count
    let chains = set.map { String(format: ", R-hat %.4f", $0.largestReduction) } ?? ""
    return
      "residual \(percent(found.residual)), rank \(found.rank) of \(count), "
      + (found.isUnique ? "unique" : "not unique")
      + ", tolerance \(percent(found.problem.tolerance))\(chains)"
  }

  private static func json(_ peak: PowderPeak) -> JSONValue {
    let density = peak.density
    var object: [String: JSONValue] = [
      "hkl": .list([peak.reflection.h, peak.reflection.k, peak.reflection.l].map { .integer($0) }),
      "rho_effective_per_um2": .number(density.value * 1e6),
      "sd": .number(density.deviation * 1e6),
    ]
    // Of a stated density nothing else is known; the keys stand there as of any line.
    object["size_nm"] = .null
    for key in ["window", "m2", "m4"] { object[key] = [:] }
    guard let analysis = peak.analysis else { return .object(object) }
    let width = analysis.profile.fullWidth
    object["determined"] = .bool(analysis.doubt == nil)
    if let doubt = analysis.doubt {
      object["rho_effective_per_um2"] = .null
      object["reason"] = .text(doubt)
    }
    object["interval_per_um2"] = .numbers([
      analysis.interval.lowerBound * 1e6, analysis.interval.upperBound * 1e6,
    ])
    object["selection_bias_per_um2"] = .number(analysis.selectionBias * 1e6)
    object["sd_background"] = .number(analysis.bendingDeviation * 1e6)
    object["chi2_per_dof"] = .number(analysis.chiSquarePerDegree ?? .nan)
    object["size_min_nm"] = .number(analysis.sizeInterval.lowerBound)
    object["size_max_nm"] = .number(analysis.sizeInterval.upperBound)
    object["sd_counting"] = .number(analysis.countingDeviation * 1e6)
    object["sd_window"] = .number(analysis.windowDeviation * 1e6)
    object["size_nm"] = .number(analysis.size?.value ?? .nan)
    object["size_sd_nm"] = .number(analysis.size?.deviation ?? .nan)
    object["taper"] = .number(analysis.taper?.value ?? .nan)
    object["correction"] = .text(peak.correction?.rawValue ?? "none")
    object["centre_per_nm"] = .number(analysis.profile.centre)
    object["full_width_per_nm"] = .number(width)
    object["asymmetry"] = .number(analysis.profile.asymmetry)
    object["window"] = [
      "from_per_nm": .number(analysis.window.lowerBound),
      "to_per_nm": .number(analysis.window.upperBound),
      "from_widths": .number(analysis.window.lowerBound / width),
      "to_widths": .number(analysis.window.upperBound / width),
      "spacing_per_nm": .number(analysis.profile.spacing),
      "cell_per_nm": .number(analysis.cellWidth),
    ]
    object["m2"] = fit(analysis.second)
    object["m4"] = fit(analysis.fourth)
    object["joint"] = fit(analysis.joint)
    object["window_start"] = .list(analysis.table.map(row))
    return .object(object)
  }

  /// A number in the unit of the output; `null` where there is none.
  private static func scaled(_ value: Double?, by factor: Double = 1e6) -> JSONValue {
    .number((value ?? .nan) * factor)
  }

  private static func row(_ row: LineAnalysis.WindowRow) -> JSONValue {
    var object: [String: JSONValue] = ["start_widths": .number(row.start)]
    for (name, density) in [("m2", row.second), ("m4", row.fourth), ("joint", row.joint)] {
      object[name] = scaled(density?.value)
      object[name + "_sd"] = scaled(density?.deviation)
    }
    return .object(object)
  }

  /// The fit of one moment, or of both; empty where there was none.
  private static func fit(_ fit: MomentFit?) -> JSONValue {
    guard let fit else { return [:] }
    var object: [String: JSONValue] = [:]
    object["terms"] = .list(fit.terms.map { JSONValue.text($0) })
    object["rho_effective_per_um2"] = scaled(fit.density.value)
    object["sd"] = scaled(fit.density.deviation)
    object["size_nm"] = scaled(fit.size?.value, by: 1)
    object["size_sd_nm"] = scaled(fit.size?.deviation, by: 1)
    object["c0_per_nm2"] = .number(fit.constant.value)
    object["c0_sd"] = .number(fit.constant.deviation)
    object["mean_square_per_um4"] = scaled(fit.meanSquare?.value, by: 1e12)
    object["mean_square_sd"] = scaled(fit.meanSquare?.deviation, by: 1e12)
    object["background"] = scaled(fit.background?.value, by: 1)
    object["chi_square"] = .number(fit.chiSquare)
    object["degrees"] = .integer(fit.degrees)
    object["names"] = .list(fit.names.map { JSONValue.text($0) })
    object["covariance"] = .list(fit.covariance.map { JSONValue.numbers($0) })
    return .object(object)
  }

  /// The densities of the systems with the set of those that would do as well.
  private static func decomposition(
    _ result: PowderResult, _ found: Decomposition
  ) -> JSONValue {
    let set = result.acceptable
    var systems: [String: JSONValue] = [:]
    for (index, system) in found.systems.enumerated() {
      var entry: [String: JSONValue] = ["density": scaled(system.density)]
      entry["sd"] = scaled(set?.deviations[index])
      entry["min"] = scaled(system.interval?.lowerBound)
      entry["max"] = scaled(system.interval?.upperBound)
      entry["mean"] = scaled(set?.means[index])
      entry["standard_error"] = scaled(system.standardError)
      entry["shortest"] = scaled(system.shortest)
      entry["residual_without"] = scaled(system.residualWithout, by: 1)
      systems[system.label] = .object(entry)
    }
    var object: [String: JSONValue] = ["systems": .object(systems), "unit": "1/um2"]
    object["residual"] = .number(found.residual)
    object["explained"] = .number(found.explained)
    object["tolerance"] = .number(found.problem.tolerance)
    object["rank"] = .integer(found.rank)
    object["unique"] = .bool(found.isUnique)
    object["exact"] = .bool(found.isExact)
    object["optimality"] = .number(found.violation)
    object["r_hat"] = .number(set?.largestReduction ?? .nan)
    object["samples"] = .integer(set?.count ?? 0)
    let sum = found.densities.reduce(0, +)
    object["total"] = [
      "density": scaled(sum), "mean": scaled(set?.total.value), "sd": scaled(set?.total.deviation),
    ]
    object["fixed"] = .object(found.problem.fixed.mapValues { JSONValue.number($0 * 1e6) })
    var lambda: [String: JSONValue] = [:]
    var fitted: [String: JSONValue] = [:]
    for (row, peak) in result.peaks.enumerated() {
      lambda[peak.reflection.description] = .numbers(found.problem.factors[row])
      fitted[peak.reflection.description] = .number(found.fitted[row] * 1e6)
    }
    object["lambda"] = .object(lambda)
    object["fitted"] = .object(fitted)
    var sensitivity: [String: JSONValue] = [:]
    for item in result.sensitivities {
      sensitivity[item.label] = [
        "added": .number(item.added * 1e6), "residual": .number(item.kept),
        "residual_refitted": .number(item.refitted),
      ]
    }
    object["sensitivity"] = .object(sensitivity)
    return .object(object)
  }
}

extension DiffractResult {
  var row: [String: JSONValue] { DiffractReport.row(powder) }
}
