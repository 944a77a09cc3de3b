// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel

/// The series of probes in a run: a group for each point and each region.
extension RunWriter {
  /// The series in the order of ``ProbeSums/values(_:)``, with where they stand.
  private static func series(
    _ probes: Probes
  ) -> [(dataset: FileFormat.Dataset, group: String, place: FileFormat.Attribute, at: [Double])] {
    let points = probes.points.enumerated().flatMap { number, at in
      let group = RunFormat.probe.path(in: RunFormat.probes.path(), named: "\(number + 1)")
      return [RunFormat.probeComposition, RunFormat.probePotential].map {
        ($0, group, RunFormat.position, [at.x, at.y, at.z])
      }
    }
    let regions = probes.regions.enumerated().map { number, region in
      let (low, high) = (region.low, region.high)
      return (
        RunFormat.regionComposition,
        RunFormat.region.path(in: RunFormat.regions.path(), named: "\(number + 1)"),
        RunFormat.corners, [low.x, low.y, low.z, high.x, high.y, high.z]
      )
    }
    return points + regions
  }

  /// The groups of probes that a run has already.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` where it has another probe of the same number.
  static func knownProbes(
    _ path: String, _ probes: Probes, _ communicator: Communicator
  ) throws(ParallelError) -> Set<String> {
    let file = try InputFile(path, communicator: communicator)
    var known = Set<String>()
    for series in series(probes) where try file.contains(series.group) {
      let there = try file.attribute(series.place.name, of: series.group)?.list
      guard there == series.at else {
        throw ParallelError(
          .input,
          "\(path): \(series.group) stands at \(there ?? []) nm, the case has it at "
            + "\(series.at) nm: add probes and regions at the end of their lists")
      }
      known.insert(series.group)
    }
    return known
  }

  /// Makes the series, or takes up those of a run that is continued.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - rows: what the history holds; a probe that is new has NaN there.
  ///   - known: the groups that are there.
  func openProbes(rows: Int, known: Set<String> = []) throws(ParallelError) {
    for series in RunWriter.series(options.probes) {
      if known.contains(series.group) {
        try file.append([], to: series.dataset, in: series.group, keeping: rows)
      } else {
        let path = try file.makeSeries(series.dataset, in: series.group)
        try file.set(series.place, series.at, of: series.group)
        try file.linkScales(
          [RunHistory.step.path(in: RunFormat.history.path())], of: [path])
        try file.append(
          [Double](repeating: .nan, count: rows), to: series.dataset, in: series.group)
      }
    }
  }

  /// Appends rows of numbers in the order of ``ProbeSums/values(_:)``.
  ///
  /// Collective.
  func appendProbes(_ rows: [[Double]]) throws(ParallelError) {
    for (index, series) in RunWriter.series(options.probes).enumerated() {
      try file.append(rows.map { $0[index] }, to: series.dataset, in: series.group)
    }
  }
}
