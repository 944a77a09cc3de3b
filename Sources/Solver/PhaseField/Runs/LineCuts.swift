// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel

/// The lines of a case on a grid.
struct LineCuts {
  /// A line: its points, each known on the rank that has the element around it.
  struct Cut {
    /// Where it stands in a run.
    let group: String
    /// a, c, b of its first point and of its last, in nm.
    let ends: [Double]
    /// Of its points from the first, in nm.
    let distances: [Double]
    /// Its points in nm.
    let places: [Directions<Double>]
    /// Those that are this rank's.
    let own: [GridPlace?]

    var count: Int { places.count }
  }

  /// The lines in the order of the case.
  let lines: [Cut]

  init(_ lines: [Probes.Line], _ system: PhaseFieldSystem) {
    let (grid, weights) = (system.grid, system.weights[0])
    self.lines = lines.enumerated().map { number, line in
      let (start, end, h) = (line.start, line.end, grid.spacing)
      let depth = grid.dimension == 2 ? 0 : end.z - start.z
      let way = Directions(end.x - start.x, end.y - start.y, depth)
      // Such that no direction passes more than an element from point to point.
      let crossed = max(abs(way.x) / h.x, abs(way.y) / h.y, abs(way.z) / h.z)
      let count = line.points ?? max(2, Int((crossed - 1e-9).rounded(.up)) + 1)
      let length = (way.x * way.x + way.y * way.y + way.z * way.z).squareRoot()
      let shares = (0..<count).map { Double($0) / Double(count - 1) }
      let places = shares.map {
        Directions(start.x + $0 * way.x, start.y + $0 * way.y, start.z + $0 * way.z)
      }
      return Cut(
        group: RunFormat.line.path(in: RunFormat.lines.path(), named: "\(number + 1)"),
        ends: [start.x, start.y, start.z, end.x, end.y, end.z],
        distances: shares.map { $0 * length }, places: places,
        own: places.map { GridPlace($0, grid, weights: weights) })
    }
  }
}

extension RunWriter {
  /// Writes columns of a step along each line: every rank adds the points that it has.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - columns: what is declared, a dataset for each component.
  ///   - group: the step's.
  ///   - values: the components at a point, which lies at a place in nm.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  func putCuts(
    _ columns: [FileFormat.Dataset], in group: String,
    _ values: (_ point: GridPlace, _ at: Directions<Double>) -> [Double]
  ) throws(ParallelError) {
    for (number, cut) in cuts.lines.enumerated() {
      let count = cut.count
      var all = [Double](repeating: 0, count: columns.count * count)
      for (index, point) in cut.own.enumerated() {
        guard let point else { continue }
        for (column, value) in values(point, cut.places[index]).enumerated() {
          all[column * count + index] = value
        }
      }
      try grid.communicator.reduce(&all, .sum)
      let place = RunFormat.cut.path(
        in: RunFormat.cuts.path(in: group), named: "\(number + 1)")
      let distance = RunFormat.distance.path(in: cut.group)
      for (column, dataset) in columns.enumerated() {
        let part = Array(all[column * count..<(column + 1) * count])
        let path = try file.write(dataset, part, in: place)
        try file.linkScales([distance], of: [path])
      }
      let beside = RunFormat.distance.path(in: place)
      if try !file.contains(beside) { try file.link(beside, to: distance) }
    }
  }
}
