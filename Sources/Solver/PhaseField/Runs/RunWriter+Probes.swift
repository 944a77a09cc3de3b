// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel

/// The series of probes in a run, a group for each point and each region, and its lines.
extension RunWriter {
  /// A series of numbers, and where it is taken.
  private struct Series {
    let dataset: FileFormat.Dataset
    let group: String
    let place: FileFormat.Attribute
    let at: [Double]
    /// The material of a region.
    var volume: Double?

    var path: String { dataset.path(in: group) }
  }

  /// The series in the order of ``ProbeSums/values(_:)``.
  private static func series(
    _ probes: Probes, _ system: PhaseFieldSystem, volumes: [Double]
  ) -> [Series] {
    let points = probes.points.enumerated().flatMap { number, at in
      let group = RunFormat.probe.path(in: RunFormat.probes.path(), named: "\(number + 1)")
      return [RunFormat.probeComposition, RunFormat.probePotential].map {
        Series(dataset: $0, group: group, place: RunFormat.position, at: [at.x, at.y, at.z])
      }
    }
    let regions = probes.regions.enumerated().flatMap { number, region in
      let group = RunFormat.region.path(in: RunFormat.regions.path(), named: "\(number + 1)")
      let corners = [
        region.low.x, region.low.y, region.low.z, region.high.x, region.high.y, region.high.z,
      ]
      return RegionMeans.columns(of: system).map {
        Series(
          dataset: $0, group: group, place: RunFormat.corners, at: corners,
          volume: volumes.isEmpty ? nil : volumes[number])
      }
    }
    return points + regions
  }

  /// The datasets of probes and lines that a run has already.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` where it has another probe or line of the same number.
  static func knownProbes(
    _ path: String, _ probes: Probes, _ system: PhaseFieldSystem
  ) throws(ParallelError) -> Set<String> {
    let file = try InputFile(path, communicator: system.communicator)
    func check(
      _ group: String, _ place: FileFormat.Attribute, _ at: [Double]
    ) throws(ParallelError) {
      let there = try file.attribute(place.name, of: group)?.list
      guard there == at else {
        throw ParallelError(
          .input,
          "\(path): \(group) stands at \(there ?? []) nm, the case has it at \(at) nm: add probes, "
            + "regions and lines at the end of their lists")
      }
    }
    var known = Set<String>()
    for series in series(probes, system, volumes: []) where try file.contains(series.group) {
      try check(series.group, series.place, series.at)
      if try file.contains(series.path) { known.insert(series.path) }
    }
    for cut in LineCuts(probes.lines, system).lines where try file.contains(cut.group) {
      try check(cut.group, RunFormat.ends, cut.ends)
      let distance = RunFormat.distance.path(in: cut.group)
      guard try file.shape(of: distance) == [cut.count] else {
        throw ParallelError(
          .input,
          "\(path): \(cut.group) has \(try file.shape(of: distance)[0]) points, the case has "
            + "\(cut.count): add lines at the end of their list")
      }
      known.insert(distance)
    }
    return known
  }

  /// Makes the series and lines, or takes up those of a run that is continued.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - system: the run's.
  ///   - rows: what the history holds; a probe that is new has NaN there.
  ///   - known: the datasets that are there.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  func openProbes(
    _ system: PhaseFieldSystem, rows: Int, known: Set<String> = []
  ) throws(ParallelError) {
    for series in RunWriter.series(options.probes, system, volumes: probes.volumes) {
      if known.contains(series.path) {
        try file.append([], to: series.dataset, in: series.group, keeping: rows)
      } else {
        let path = try file.makeSeries(series.dataset, in: series.group)
        try file.set(series.place, series.at, of: series.group)
        if let volume = series.volume {
          try file.set(RunFormat.regionVolume, volume, of: series.group)
        }
        try file.linkScales(
          [RunHistory.step.path(in: RunFormat.history.path())], of: [path])
        try file.append(
          [Double](repeating: .nan, count: rows), to: series.dataset, in: series.group)
      }
    }
    for cut in cuts.lines where !known.contains(RunFormat.distance.path(in: cut.group)) {
      let path = try file.write(RunFormat.distance, cut.distances, in: cut.group)
      try file.set(RunFormat.ends, cut.ends, of: cut.group)
      try file.makeScale(path)
    }
  }

  /// Appends rows of numbers in the order of ``ProbeSums/values(_:)``.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  func appendProbes(_ rows: [[Double]]) throws(ParallelError) {
    let all = RunWriter.series(options.probes, probes.system, volumes: probes.volumes)
    for (index, series) in all.enumerated() {
      try file.append(rows.map { $0[index] }, to: series.dataset, in: series.group)
    }
  }
}
