// SPDX-License-Identifier: Apache-2.0

package import Formats
package import Parallel

/// Two runs: the fields of their last stored steps and their histories.
///
/// Where the grids differ the second run is interpolated to the points of the first, where the steps
/// differ its history to the first one's times.
package struct RunComparison {
  /// Columns that tell how a run was computed, not what came out.
  private static let effort = [
    "step", "time", "time_step", "newton", "krylov", "rejected", "seconds", "drive_step", "clipped",
    "elastic_iterations", "barrier_nodes",
  ]

  /// The differences.
  package private(set) var comparison = FileComparison()
  /// Edges of an element along x, y, z in nm, of the first and of the second run.
  private let spacing: [[Double]]
  private let dimension: Int

  /// Compares the runs.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - first: a run.
  ///   - second: another of the same format.
  ///   - format: theirs, that of a phase field or of an ensemble.
  ///   - isWanted: whether the dataset at a path is compared.
  /// - Throws: ``ParallelError`` of kind `input` for runs of different dimensions or boxes, without
  ///   a stored step, or that cannot be read.
  package init(
    _ first: borrowing InputFile, _ second: borrowing InputFile, _ format: FileFormat,
    isWanted: (String) -> Bool
  ) throws(ParallelError) {
    let one = try Side(first, format, isWanted)
    let two = try Side(second, format, isWanted)
    guard one.dimension == two.dimension else {
      throw ParallelError(
        .input,
        "\(second.path): found a run in \(two.dimension) dimensions, expected "
          + "\(one.dimension) as in \(first.path)")
    }
    (dimension, spacing) = (one.dimension, [one.spacing, two.spacing])
    comparison.times = [one.time, two.time]
    comparison.onlyFirst = one.fields.keys.filter { two.fields[$0] == nil }.sorted()
    comparison.onlySecond = two.fields.keys.filter { one.fields[$0] == nil }.sorted()
    try compareHistories(first, second, isWanted)
    for (name, path) in one.fields.sorted(by: { $0.key < $1.key }) {
      guard let other = two.fields[name] else { continue }
      let places = try places(path, first, other, second)
      if places != nil { comparison.isInterpolated = true }
      let masks = places == nil ? nil : RunComparison.masks(path, other)
      // The volume of a column is that of its cross-section, too.
      if path == masks?.0 { continue }
      comparison.datasets.append(
        try DatasetDifference(path, of: first, other, of: second, places: places, masks: masks))
    }
  }

  /// The volumes of columns, where averages along b are 0 for lack of material.
  private static func masks(_ path: String, _ other: String) -> (String, String)? {
    func volume(_ path: String) -> String? {
      path.range(of: "/b_average/").map { path[..<$0.upperBound] + RunFormat.volume.name }
    }
    guard let first = volume(path), let second = volume(other) else { return nil }
    return (first, second)
  }

  /// What is compared of one run.
  private struct Side {
    let dimension: Int
    let spacing: [Double]
    let time: Double
    /// The paths of fields of the last step and of those that are the same at all times, by their names
    /// without the step.
    private(set) var fields: [String: String] = [:]

    /// Collective.
    init(
      _ file: borrowing InputFile, _ format: FileFormat, _ isWanted: (String) -> Bool
    ) throws(ParallelError) {
      dimension = try file.attribute(RunFormat.dimension)?.wholeNumber ?? 0
      spacing = try file.attribute(RunFormat.spacing)?.list ?? []
      guard (1...3).contains(dimension), spacing.count >= min(dimension, spacing.count),
        !spacing.isEmpty, spacing.allSatisfy({ $0 > 0 })
      else { throw ParallelError(.input, "\(file.path): its grid is missing or damaged") }
      let steps = RunFormat.steps.path()
      guard let last = try file.contains(steps) ? file.members(of: steps).max() : nil else {
        throw ParallelError(.input, "\(file.path): found no stored step, expected one")
      }
      let group = "\(steps)/\(last)"
      time = try file.attribute(RunFormat.time, of: group)?.number ?? .nan
      let axes = ["a", "c", "b", "a_center", "c_center", "b_center", "particle", "distance"]
      for path in try FileComparison.datasets(of: file, format) where isWanted(path) {
        let leaf = path.split(separator: "/").last.map(String.init) ?? path
        guard !axes.contains(leaf), !path.hasPrefix("/history/"), !path.hasPrefix("/b_average/")
        else { continue }
        if path.hasPrefix(group + "/") {
          fields[String(path.dropFirst(group.count))] = path
        } else if !path.hasPrefix(steps + "/") {
          fields[path] = path
        }
      }
    }
  }

  /// Where the points of a field of the first run lie among those of the second; nil where they are
  /// the same.
  ///
  /// Collective.
  private func places(
    _ path: String, _ first: borrowing InputFile, _ other: String, _ second: borrowing InputFile
  ) throws(ParallelError) -> [[Double]]? {
    let shapes = [try first.shape(of: path), try second.shape(of: other)]
    let isCell = try first.attribute("center", of: path)?.text == "cell"
    // The directions of the dimensions, slowest first; nil is none.
    let rank = path.contains("/b_average/") ? 2 : dimension
    var directions: [Int?] = (0..<rank).reversed().map { $0 }
    if dimension == 1 {
      directions = [Int?](repeating: nil, count: max(0, shapes[0].count - 1)) + [0]
    }
    guard shapes.allSatisfy({ $0.count >= directions.count && $0.count == shapes[0].count }),
      try first.attribute("center", of: path) != nil
    else { return nil }
    var places: [[Double]] = []
    for (index, direction) in directions.enumerated() {
      guard let direction, direction < spacing[0].count, direction < spacing[1].count else {
        guard shapes[0][index] == shapes[1][index] else { return nil }
        places.append((0..<shapes[0][index]).map { Double($0) })
        continue
      }
      let (h, other) = (spacing[0][direction], spacing[1][direction])
      let more = isCell ? 0 : 1
      let (size, otherSize) = (
        h * Double(shapes[0][index] - more), other * Double(shapes[1][index] - more)
      )
      guard abs(size - otherSize) <= 1e-6 * size else {
        throw ParallelError(
          .input,
          "\(second.path): its box is \(otherSize) nm along \(["a", "c", "b"][direction]), expected "
            + "\(size) nm as in \(first.path)")
      }
      let shift = isCell ? 0.5 : 0
      places.append(
        (0..<shapes[0][index]).map { (Double($0) + shift) * h / other - shift })
    }
    return shapes[0] == shapes[1] ? nil : places
  }

  /// Collective.
  private mutating func compareHistories(
    _ first: borrowing InputFile, _ second: borrowing InputFile, _ isWanted: (String) -> Bool
  ) throws(ParallelError) {
    let history = RunFormat.history.path()
    let times = [try first.numbers(history + "/time"), try second.numbers(history + "/time")]
    guard let end = times[1].last, let start = times[1].first else { return }
    let isSame = times[0] == times[1]
    // Times of the first run that the second reached.
    let common = times[0].indices.filter { times[0][$0] >= start && times[0][$0] <= end }
    for name in try first.members(of: history) where !RunComparison.effort.contains(name) {
      let path = "\(history)/\(name)"
      guard isWanted(path) else { continue }
      guard try second.contains(path) else {
        comparison.onlyFirst.append(path)
        continue
      }
      let values = [try first.numbers(path), try second.numbers(path)]
      guard values[0].count == times[0].count, values[1].count == times[1].count else {
        comparison.datasets.append(DatasetDifference(path, obstacle: "another length than time"))
        continue
      }
      let unit = try first.attribute("units", of: path)?.text
      comparison.datasets.append(
        isSame
          ? DatasetDifference(path, unit: unit, values[0], values[1])
          : DatasetDifference(
            path, unit: unit, common.map { values[0][$0] },
            RunComparison.values(values[1], of: times[1], at: common.map { times[0][$0] })))
    }
  }

  /// The values at times within those of a history, linear between its steps.
  private static func values(_ values: [Double], of times: [Double], at wanted: [Double])
    -> [Double]
  {
    var next = 0
    return wanted.map { time in
      while next < times.count - 1, times[next] < time { next += 1 }
      let before = max(0, next - 1)
      let length = times[next] - times[before]
      let way = length > 0 ? (time - times[before]) / length : 1
      return values[before] + way * (values[next] - values[before])
    }
  }
}
