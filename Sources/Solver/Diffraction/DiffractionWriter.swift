// SPDX-License-Identifier: Apache-2.0

public import Parallel
import Physics

/// Writes what `diffract` found.
public enum DiffractionWriter {
  /// The name and the version of the format.
  static let format = "vegard-diffraction"
  static let version = 1

  /// 1/nm² in 1/µm².
  private static let perSquareMicrometre = 1e6

  /// Writes everything but the provenance.
  ///
  /// Collective.
  public static func write(
    _ result: PowderResult, to file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.setAttribute("format", format)
    try file.setAttribute("version", [Double(version)], as: .integer)
    try file.makeGroup("/peaks")
    for peak in result.peaks { try write(peak, to: file) }
    guard let decomposition = result.decomposition else { return }
    try write(result, decomposition, to: file)
    if let set = result.acceptable { try write(set, to: file) }
  }

  private static func dataset(
    _ path: String, _ values: [Double], _ shape: [Int]? = nil, unit: String,
    to file: borrowing OutputFile
  ) throws(ParallelError) {
    guard !values.isEmpty else { return }
    try file.write(path, values, shape: shape ?? [values.count])
    try file.setAttribute("units", unit, of: path)
  }

  private static func write(
    _ peak: PowderPeak, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let group = "/peaks/\(peak.reflection)"
    try file.makeGroup(group)
    func number(_ name: String, _ value: Double) throws(ParallelError) {
      try file.setAttribute(name, [value], of: group)
    }
    try file.setAttribute(
      "hkl", [peak.reflection.h, peak.reflection.k, peak.reflection.l].map(Double.init),
      as: .integer, of: group)
    try number("rho_effective", peak.density.value * perSquareMicrometre)
    try number("rho_effective_sd", peak.density.deviation * perSquareMicrometre)
    guard let analysis = peak.analysis else { return }
    try file.setAttribute("doubt", analysis.doubt ?? "", of: group)
    try number("size", analysis.size?.value ?? .nan)
    try number("size_sd", analysis.size?.deviation ?? .nan)
    try number("chi2_per_dof", analysis.chiSquarePerDegree ?? .nan)
    try file.setAttribute("correction", peak.correction?.rawValue ?? "none", of: group)
    try file.setAttribute(
      "errors", analysis.profile.filter.isEmpty ? "points" : "filtered", of: group)
    try number("centre", analysis.profile.centre)
    try number("full_width", analysis.profile.fullWidth)
    try number("asymmetry", analysis.profile.asymmetry)
    try number("spacing", analysis.profile.spacing)
    try number("cell_width", analysis.cellWidth)
    try file.setAttribute(
      "window", [analysis.window.lowerBound, analysis.window.upperBound], of: group)
    for (name, fit) in [
      ("m2", analysis.second), ("m4", analysis.fourth), ("joint", analysis.joint),
    ] {
      if let fit { try write(fit, to: file, group + "/" + name) }
    }
    try write(analysis.curves, to: file, group)
    try write(analysis.table, to: file, group + "/window_start")
  }

  private static func write(
    _ fit: MomentFit, to file: borrowing OutputFile, _ group: String
  ) throws(ParallelError) {
    try file.makeGroup(group)
    try file.setAttribute("terms", texts: fit.terms, of: group)
    try file.setAttribute("names", texts: fit.names, of: group)
    try file.setAttribute("chi_square", [fit.chiSquare], of: group)
    try file.setAttribute("degrees", [Double(fit.degrees)], as: .integer, of: group)
    let values =
      [fit.density.value, fit.inverseSize?.value, fit.constant.value]
      + [fit.meanSquare?.value, fit.background?.value]
    try dataset(group + "/values", values.compactMap(\.self), unit: "nm", to: file)
    try dataset(
      group + "/covariance", fit.covariance.flatMap { $0 }, [fit.names.count, fit.names.count],
      unit: "nm", to: file)
  }

  private static func write(
    _ curves: LineAnalysis.Curves, to file: borrowing OutputFile, _ group: String
  ) throws(ParallelError) {
    let columns = [
      ("q", curves.q, "1/nm"), ("intensity", curves.intensity, "1"),
      ("intensity_sd", curves.intensityDeviation, "1"),
      ("m2_measured", curves.second, "1/nm2"), ("m2_measured_sd", curves.secondDeviation, "1/nm2"),
      ("m2_fit", curves.secondFit, "1/nm2"), ("m2_joint", curves.secondJoint, "1/nm2"),
      ("m4_measured", curves.fourth, "1/nm2"), ("m4_measured_sd", curves.fourthDeviation, "1/nm2"),
      ("m4_fit", curves.fourthFit, "1/nm2"), ("m4_joint", curves.fourthJoint, "1/nm2"),
    ]
    for (name, values, unit) in columns {
      try dataset("\(group)/curves/\(name)", values, unit: unit, to: file)
    }
  }

  private static func write(
    _ table: [LineAnalysis.WindowRow], to file: borrowing OutputFile, _ group: String
  ) throws(ParallelError) {
    guard !table.isEmpty else { return }
    try dataset(group + "/start", table.map(\.start), unit: "full widths", to: file)
    for (name, column) in [
      ("m2", table.map(\.second)), ("m4", table.map(\.fourth)), ("joint", table.map(\.joint)),
    ] {
      try dataset(
        group + "/" + name, column.map { ($0?.value ?? .nan) * perSquareMicrometre },
        unit: "1/um2", to: file)
      try dataset(
        group + "/" + name + "_sd", column.map { ($0?.deviation ?? .nan) * perSquareMicrometre },
        unit: "1/um2", to: file)
    }
  }

  private static func write(
    _ result: PowderResult, _ found: Decomposition, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let group = "/decomposition"
    try file.makeGroup(group)
    let problem = found.problem
    let chosen = problem.labels.compactMap { label in
      result.systems.first { $0.label == label }
    }
    try file.setAttribute("labels", texts: problem.labels, of: group)
    try file.setAttribute(
      "reflections", texts: result.peaks.map(\.reflection.description), of: group)
    for (name, value) in [
      ("residual", found.residual), ("tolerance", problem.tolerance),
      ("optimality", found.violation),
    ] {
      try file.setAttribute(name, [value], of: group)
    }
    try file.setAttribute("rank", [Double(found.rank)], as: .integer, of: group)
    try file.setAttribute("unique", [found.isUnique ? 1 : 0], as: .integer, of: group)
    let (rows, columns) = (result.peaks.count, problem.labels.count)
    try dataset(
      group + "/lambda", problem.factors.flatMap { $0 }, [rows, columns], unit: "1", to: file)
    func densities(_ name: String, _ values: [Double]) throws(ParallelError) {
      try dataset(
        group + "/" + name, values.map { $0 * perSquareMicrometre }, unit: "1/um2", to: file)
    }
    try densities("effective", result.peaks.map(\.density.value))
    try densities("effective_sd", result.peaks.map(\.density.deviation))
    try densities("fitted", found.fitted)
    try densities("density", found.densities)
    try densities("shortest", found.systems.map(\.shortest))
    try densities("min", found.systems.map { $0.interval?.lowerBound ?? .nan })
    try densities("max", found.systems.map { $0.interval?.upperBound ?? .nan })
    // What the drawing of a system needs: directions in nm along Cartesian crystal axes.
    if let cell = result.crystals.first?.cell {
      func vectors(_ name: String, _ vectors: [SIMD3<Double>]) throws(ParallelError) {
        try dataset(
          group + "/" + name, vectors.flatMap { [$0.x, $0.y, $0.z] }, [columns, 3], unit: "nm",
          to: file)
      }
      try vectors("burgers", chosen.map { cell.direction($0.burgers) })
      try vectors("line", chosen.map { cell.direction($0.line) })
      try vectors("normal", chosen.map { normal($0, cell) })
      let edges = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)].map(cell.direction)
      try dataset(
        group + "/cell", edges.flatMap { [$0.x, $0.y, $0.z] }, [3, 3], unit: "nm", to: file)
    }
  }

  /// The normal of a system's plane; of a screw without one, zero.
  private static func normal(_ system: SlipSystem, _ cell: UnitCell) -> SIMD3<Double> {
    if let plane = system.plane { return cell.normal(plane) }
    let (b, l) = (cell.direction(system.burgers), cell.direction(system.line))
    return SIMD3(b.y * l.z - b.z * l.y, b.z * l.x - b.x * l.z, b.x * l.y - b.y * l.x)
  }

  private static func write(
    _ set: AcceptableSet, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let group = "/decomposition"
    let systems = set.means.count
    try dataset(
      group + "/mean", set.means.map { $0 * perSquareMicrometre }, unit: "1/um2", to: file)
    try dataset(
      group + "/sd", set.deviations.map { $0 * perSquareMicrometre }, unit: "1/um2", to: file)
    try dataset(group + "/r_hat", set.reductions, unit: "1", to: file)
    try file.write(
      group + "/samples", set.samples.map { $0 * perSquareMicrometre },
      shape: [set.count, systems],
      window: set.range.isEmpty ? nil : Window([set.range, 0..<systems]), as: .float)
    try file.setAttribute("units", "1/um2", of: group + "/samples")
  }
}
