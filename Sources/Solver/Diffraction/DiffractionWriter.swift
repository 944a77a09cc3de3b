// SPDX-License-Identifier: Apache-2.0

import Formats
public import Parallel
import Physics

/// Writes what `diffract` found.
public enum DiffractionWriter {
  private typealias Declared = DiffractionFormat

  /// 1/nm² in 1/µm².
  private static let perSquareMicrometre = 1e6

  /// Writes everything but the provenance.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` when the file cannot be written.
  public static func write(
    _ result: PowderResult, to file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.start(as: Formats.diffraction)
    let peaks = try file.make(Declared.peaks)
    for peak in result.peaks { try write(peak, in: peaks, of: file) }
    guard let decomposition = result.decomposition else { return }
    let group = try file.make(Declared.decomposition)
    try write(result, decomposition, in: group, of: file)
    if let set = result.acceptable { try write(set, in: group, of: file) }
  }

  private static func write(
    _ peak: PowderPeak, in peaks: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    let hkl = peak.reflection
    let group = try file.make(Declared.peak, in: peaks, named: "\(hkl)")
    try file.set(Declared.hkl, [hkl.h, hkl.k, hkl.l].map(Double.init), of: group)
    try file.set(Declared.density, peak.density.value * perSquareMicrometre, of: group)
    try file.set(
      Declared.densityDeviation, peak.density.deviation * perSquareMicrometre, of: group)
    guard let analysis = peak.analysis else { return }
    let profile = analysis.profile
    try file.set(Declared.doubt, analysis.doubt ?? "", of: group)
    try file.set(Declared.size, analysis.size?.value ?? .nan, of: group)
    try file.set(Declared.sizeDeviation, analysis.size?.deviation ?? .nan, of: group)
    try file.set(Declared.chiSquare, analysis.chiSquarePerDegree ?? .nan, of: group)
    try file.set(Declared.correction, peak.correction?.rawValue ?? "none", of: group)
    try file.set(Declared.errors, profile.filter.isEmpty ? "points" : "filtered", of: group)
    try file.set(Declared.centre, profile.centre, of: group)
    try file.set(Declared.fullWidth, profile.fullWidth, of: group)
    try file.set(Declared.asymmetry, profile.asymmetry, of: group)
    try file.set(Declared.spacing, profile.spacing, of: group)
    try file.set(Declared.cellWidth, analysis.cellWidth, of: group)
    try file.set(
      Declared.window, [analysis.window.lowerBound, analysis.window.upperBound], of: group)
    for fit in Declared.fits {
      guard let found = fit.ofLine(analysis) else { continue }
      try write(found, in: try file.make(fit.group, in: group), of: file)
    }
    let curves = Declared.curves.path(in: group)
    for column in Declared.curveColumns {
      let values = column.values(analysis.curves)
      if !values.isEmpty { try file.write(column.dataset, values, in: curves) }
    }
    if !analysis.table.isEmpty {
      try write(analysis.table, in: Declared.windowStart.path(in: group), of: file)
    }
  }

  private static func write(
    _ fit: MomentFit, in group: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.set(Declared.terms, texts: fit.terms, of: group)
    try file.set(Declared.names, texts: fit.names, of: group)
    try file.set(Declared.chiSquareSum, fit.chiSquare, of: group)
    try file.set(Declared.degrees, fit.degrees, of: group)
    let values =
      [fit.density.value, fit.inverseSize?.value, fit.constant.value]
      + [fit.meanSquare?.value, fit.background?.value]
    let sizes = ["P": fit.names.count]
    try file.write(Declared.values, values.compactMap(\.self), in: group, sizes: sizes)
    try file.write(Declared.covariance, fit.covariance.flatMap { $0 }, in: group, sizes: sizes)
  }

  private static func write(
    _ table: [LineAnalysis.WindowRow], in group: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.write(Declared.start, table.map(\.start), in: group)
    for fit in Declared.fits {
      let column = table.map(fit.ofRow)
      try file.write(
        fit.density, column.map { ($0?.value ?? .nan) * perSquareMicrometre }, in: group)
      try file.write(
        fit.deviation, column.map { ($0?.deviation ?? .nan) * perSquareMicrometre }, in: group)
    }
  }

  private static func write(
    _ result: PowderResult, _ found: Decomposition, in group: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    let problem = found.problem
    let chosen = problem.labels.compactMap { label in
      result.systems.first { $0.label == label }
    }
    try file.set(Declared.labels, texts: problem.labels, of: group)
    try file.set(
      Declared.reflections, texts: result.peaks.map(\.reflection.description), of: group)
    try file.set(Declared.residual, found.residual, of: group)
    try file.set(Declared.tolerance, problem.tolerance, of: group)
    try file.set(Declared.optimality, found.violation, of: group)
    try file.set(Declared.rank, found.rank, of: group)
    try file.set(Declared.unique, found.isUnique ? 1 : 0, of: group)
    let sizes = ["R": result.peaks.count, "S": problem.labels.count]
    try file.write(Declared.lambda, problem.factors.flatMap { $0 }, in: group, sizes: sizes)
    for (dataset, densities) in [
      (Declared.effective, result.peaks.map(\.density.value)),
      (Declared.effectiveDeviation, result.peaks.map(\.density.deviation)),
      (Declared.fitted, found.fitted), (Declared.densities, found.densities),
      (Declared.shortest, found.systems.map(\.shortest)),
      (Declared.lowest, found.systems.map { $0.interval?.lowerBound ?? .nan }),
      (Declared.highest, found.systems.map { $0.interval?.upperBound ?? .nan }),
    ] {
      try file.write(dataset, densities.map { $0 * perSquareMicrometre }, in: group, sizes: sizes)
    }
    // What the drawing of a system needs: directions in nm along Cartesian crystal axes.
    guard let cell = result.crystals.first?.cell else { return }
    for (dataset, vectors) in [
      (Declared.burgers, chosen.map { cell.direction($0.burgers) }),
      (Declared.line, chosen.map { cell.direction($0.line) }),
      (Declared.normal, chosen.map { normal($0, cell) }),
      (Declared.cell, [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)].map(cell.direction)),
    ] {
      try file.write(
        dataset, vectors.flatMap { [$0.x, $0.y, $0.z] }, in: group, sizes: sizes)
    }
  }

  /// The normal of a system's plane; of a screw without one, zero.
  private static func normal(_ system: SlipSystem, _ cell: UnitCell) -> SIMD3<Double> {
    if let plane = system.plane { return cell.normal(plane) }
    let (b, l) = (cell.direction(system.burgers), cell.direction(system.line))
    return SIMD3(b.y * l.z - b.z * l.y, b.z * l.x - b.x * l.z, b.x * l.y - b.y * l.x)
  }

  private static func write(
    _ set: AcceptableSet, in group: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    let systems = set.means.count
    try file.write(Declared.mean, set.means.map { $0 * perSquareMicrometre }, in: group)
    try file.write(
      Declared.deviation, set.deviations.map { $0 * perSquareMicrometre }, in: group)
    if !set.reductions.isEmpty { try file.write(Declared.reduction, set.reductions, in: group) }
    try file.write(
      Declared.samples, set.samples.map { $0 * perSquareMicrometre }, in: group,
      sizes: ["N": set.count, "S": systems],
      window: set.range.isEmpty ? nil : Window([set.range, 0..<systems]))
  }
}
