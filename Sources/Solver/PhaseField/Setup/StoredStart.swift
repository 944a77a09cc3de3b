// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel

/// A composition of a file as the start of a run: of the same nodes, of a run on another grid of the
/// same box, or of the pixels of an image.
struct StoredStart {
  /// What the interpolation from another grid did to the mean composition.
  struct Transfer: Sendable {
    /// The points that were taken, slowest dimension first.
    let points: [Int]
    /// The mean composition of the run that it is from; nil where that is not known.
    let mean: Double?

    /// What the mean composition of the start is, and was, for the log.
    func sentence(_ present: Double) -> String {
      let kind = mean == nil ? "pixels" : "nodes"
      let change = mean.map { " of the run's \($0), a change of \(present - $0)" } ?? ""
      return "the start is interpolated from \(points.map(String.init).joined(separator: " × ")) "
        + "\(kind): its mean composition is \(present)\(change)"
    }
  }

  private let path: String
  private let name: String
  private let shape: [Int]

  /// Looks for the composition: the one named, a checkpoint's, or a run's last.
  ///
  /// Collective.
  init(_ dataset: String, of file: borrowing InputFile) throws(ParallelError) {
    path = file.path
    name = try StoredStart.dataset(dataset, of: file)
    shape = try file.shape(of: name)
  }

  /// Sets the composition of the nodes that have mass.
  ///
  /// Collective.
  ///
  /// - Returns: what was interpolated; nil for a composition of the same nodes.
  /// - Throws: ``ParallelError`` of kind `input` for other nodes in another box, or where nodes of the
  ///   case have no composition there.
  func set(
    _ composition: Lane, mass: Lane, _ grid: StructuredGrid, from file: borrowing InputFile
  ) throws(ParallelError) -> Transfer? {
    if shape == grid.fileShape || shape == grid.closedShape {
      let stored = Fields(grid.layout, count: 1)
      try grid.read(stored, 0, from: name, of: file)
      for place in 0..<grid.layout.size where mass[place] > 0 {
        composition[place] = stored[0][place]
      }
      return nil
    }
    let group = name.split(separator: "/").dropLast().joined(separator: "/")
    if let pixel = try file.attribute("pixel_size", of: "/" + group)?.number, pixel > 0 {
      return try setPixels(composition, mass, grid, file, pixel, mask: "/\(group)/mask")
    }
    guard let spacing = try file.attribute("spacing")?.list, spacing.count == 3,
      spacing.allSatisfy({ $0 > 0 }), shape.count == grid.dimension
    else {
      throw ParallelError(
        .input,
        "\(path): dataset \(name) has shape \(shape), expected the nodes of the case, "
          + "\(grid.fileShape), or a run in \(grid.dimension) dimensions in the same box")
    }
    let (h, size) = ([grid.spacing.x, grid.spacing.y, grid.spacing.z], grid.size)
    let own = [grid.own.x, grid.own.y, 0..<grid.layout.z]
    var places: [[Double]] = []
    for (index, direction) in (0..<grid.dimension).reversed().enumerated() {
      let (found, expected) = (
        spacing[direction] * Double(shape[index] - 1), [size.x, size.y, size.z][direction]
      )
      guard abs(found - expected) <= 1e-6 * expected else {
        throw ParallelError(
          .input,
          "\(path): its box is \(found) nm along \(["a", "c", "b"][direction]), expected that of the "
            + "case, \(expected) nm")
      }
      places.append(own[direction].map { Double($0) * h[direction] / spacing[direction] })
    }
    let values = try file.numbers(name, at: places, where: .fromTheOthers)
    try set(composition, mass, grid) { i, j, k in
      values[(k * grid.layout.y + j) * grid.layout.x + i]
    }
    return Transfer(points: shape, mean: try mean(file))
  }

  /// Sets the composition from pixels in the middle of the box, drawn out along b.
  ///
  /// Collective.
  private func setPixels(
    _ composition: Lane, _ mass: Lane, _ grid: StructuredGrid, _ file: borrowing InputFile,
    _ pixel: Double, mask: String
  ) throws(ParallelError) -> Transfer {
    guard shape.count == 2 else {
      throw ParallelError(
        .input, "\(path): dataset \(name) has shape \(shape), expected an image (y, x)")
    }
    func places(_ own: Range<Int>, _ edge: Double, _ size: Double, _ count: Int) -> [Double] {
      let origin = 0.5 * (size - pixel * Double(count))
      return own.map { (Double($0) * edge - origin) / pixel - 0.5 }
    }
    let values = try file.numbers(
      name,
      at: [
        places(grid.own.y, grid.spacing.y, grid.size.y, shape[0]),
        places(grid.own.x, grid.spacing.x, grid.size.x, shape[1]),
      ], inside: try file.contains(mask) ? mask : nil, where: .fromTheOthers)
    try set(composition, mass, grid) { i, j, _ in values[j * grid.layout.x + i] }
    return Transfer(points: shape, mean: nil)
  }

  /// Collective.
  private func set(
    _ composition: Lane, _ mass: Lane, _ grid: StructuredGrid,
    _ value: (_ i: Int, _ j: Int, _ k: Int) -> Double
  ) throws(ParallelError) {
    let layout = grid.layout
    var missing = 0
    for k in 0..<layout.z {
      for j in 0..<layout.y {
        for i in 0..<layout.x {
          let place = layout.index(i, j, k)
          guard mass[place] > 0 else { continue }
          composition[place] = value(i, j, k)
          if composition[place].isNaN { missing += 1 }
        }
      }
    }
    let all = try grid.communicator.sum(missing)
    guard all == 0 else {
      throw ParallelError(
        .input,
        "\(path): dataset \(name) has no composition around \(all) nodes of the case, expected the "
          + "same body")
    }
  }

  /// The mean composition of a run's step by its columns, whose sums are those of all elements.
  ///
  /// Collective.
  private func mean(_ file: borrowing InputFile) throws(ParallelError) -> Double? {
    let parts = name.split(separator: "/")
    let averages = "/" + parts.dropLast().joined(separator: "/") + "/b_average"
    guard parts.last == "composition", try file.contains(averages + "/volume"),
      try file.contains(averages + "/composition")
    else { return nil }
    let (volume, columns) = (
      try file.numbers(averages + "/volume"), try file.numbers(averages + "/composition")
    )
    var sums = (0.0, 0.0)
    for (share, value) in zip(volume, columns) where share > 0 {
      sums = (sums.0 + share, sums.1 + share * value)
    }
    return sums.0 > 0 ? sums.1 / sums.0 : nil
  }

  /// Collective.
  private static func dataset(
    _ name: String, of file: borrowing InputFile
  ) throws(ParallelError) -> String {
    if !name.isEmpty {
      guard try file.contains(name) else {
        throw ParallelError(.input, "\(file.path): dataset \(name) is missing")
      }
      return name.hasPrefix("/") ? name : "/" + name
    }
    if try file.contains("/levels/0/composition") { return "/levels/0/composition" }
    let steps = try file.contains("steps") ? try file.members(of: "/steps").sorted() : []
    guard let last = steps.last else {
      throw ParallelError(
        .input, "\(file.path): found no composition, expected a run or a checkpoint")
    }
    let name = "/steps/\(last)/composition"
    guard try file.contains(name) else {
      throw ParallelError(
        .input,
        "\(file.path): its last step \(last) holds no composition (the run's case has `fields` without "
          + "it), expected one")
    }
    return name
  }
}
