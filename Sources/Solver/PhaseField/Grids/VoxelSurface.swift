// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// The surface where smoothed voxels pass a threshold, as a level set for the quadrature of elements.
///
/// Voxels are smoothed by a Gaussian; between their centres the values g are trilinear, and the distance
/// is (g − threshold)/|∇g|. A Gaussian moves level sets by their mean curvature for a time of s²/2: inwards
/// by s²/R on a sphere, a per cent of R where R is ten voxels. Interpolation does so for h²/12, and the
/// voxel, which is the mean over its own width, for h²/24. So g goes back by that time t to first order,
/// g − t |∇g| ∇·(∇g/|∇g|), which is the same for values that jump at the surface and for distances.
struct VoxelSurface {
  private let field: VoxelField
  private let surface: Tomogram.Surface
  private let grid: StructuredGrid
  /// The Gaussian's weights from its middle on, along x, y, z.
  private let kernels: [[Double]]
  /// How far back in time the surface goes, in nm²; 0 without smoothing.
  private let time: Double
  private let cells: ElementCells
  /// The voxels from side to side of a periodic box, where these are whole; nil where the scan ends.
  private let periods: [Range<Int>?]

  init(_ field: VoxelField, _ surface: Tomogram.Surface, _ grid: StructuredGrid) {
    self.field = field
    self.surface = surface
    self.grid = grid
    periods = VoxelSurface.periods(field, grid)
    let kernels = VoxelSurface.kernels(field, surface, dimension: grid.dimension)
    self.kernels = kernels
    // Half the variance of the weights as they are, cut off; then interpolation and the voxel's width.
    let times = (0..<3).filter { kernels[$0].count > 1 }.map { direction in
      let square = field.voxel[direction] * field.voxel[direction]
      let half = kernels[direction].enumerated().reduce(0) {
        $0 + Double($1.offset * $1.offset) * $1.element
      }
      return square * (half + 1.0 / 12 + 1.0 / 24)
    }
    time = times.isEmpty ? 0 : times.reduce(0, +) / Double(times.count)
    // Cells no larger than voxels, as far as that is affordable.
    let h = [grid.spacing.x, grid.spacing.y, grid.spacing.z].prefix(grid.dimension)
    let ratio = (h.min() ?? 1) / (field.voxel.prefix(grid.dimension).min() ?? 1)
    cells = ElementCells(grid, cuts: max(8, min(32, Int(ratio.rounded(.up)))))
  }

  /// The voxels whose centres lie in the box along each periodic direction.
  private static func periods(_ field: VoxelField, _ grid: StructuredGrid) -> [Range<Int>?] {
    let sides = [(grid.periodic.x, grid.size.x), (grid.periodic.y, grid.size.y), (false, 0)]
    return sides.enumerated().map { direction, side in
      let (isPeriodic, size) = side
      let across = size / field.voxel[direction]
      guard isPeriodic, abs(across - across.rounded()) < 1e-6 * across else { return nil }
      let start = -field.origin[direction] / field.voxel[direction] - 0.5
      let first = max(0, Int((start - 1e-6).rounded(.up)))
      let range = first..<first + Int(across.rounded())
      return range.upperBound <= field.counts[direction] ? range : nil
    }
  }

  /// The weights of the smoothing along x, y, z.
  static func kernels(
    _ field: VoxelField, _ surface: Tomogram.Surface, dimension: Int
  ) -> [[Double]] {
    let deviation =
      surface.smoothing ?? Tomogram.Surface.usualSmoothing
      * (field.voxel.prefix(dimension).max() ?? 0)
    return (0..<3).map { direction in
      field.counts[direction] == 1 ? [1] : gaussian(deviation / field.voxel[direction])
    }
  }

  /// Voxels beyond the elements: the reach of the Gaussian, and two for the differences.
  static func margin(_ kernel: [Double]) -> Int { kernel.count > 1 ? kernel.count + 1 : 0 }

  /// The weights of a Gaussian of `deviation` voxels out to three of them, their sum over both sides 1.
  private static func gaussian(_ deviation: Double) -> [Double] {
    guard deviation > 1e-3 else { return [1] }
    let reach = max(1, Int((3 * deviation).rounded(.up)))
    let weights = (0...reach).map { exp(-0.5 * Double($0 * $0) / (deviation * deviation)) }
    let sum = 2 * weights.reduce(0, +) - weights[0]
    return weights.map { $0 / sum }
  }

  /// The centres of voxels between which the elements of a range lie, at least one; beyond a periodic
  /// side they are counted on.
  private func cover(_ elements: Range<Int>, _ edge: Double, _ direction: Int) -> Range<Int> {
    guard !elements.isEmpty else { return 0..<1 }
    let (origin, voxel) = (field.origin[direction], field.voxel[direction])
    let last = field.counts[direction] - 1
    func centre(_ element: Int) -> Double { (Double(element) * edge - origin) / voxel - 0.5 }
    let low = Int(centre(elements.lowerBound).rounded(.down))
    let high = Int(centre(elements.upperBound).rounded(.up))
    guard periods[direction] == nil else { return low..<high + 1 }
    return max(0, min(last, low))..<max(0, min(last, high)) + 1
  }

  /// Multiplies volume fractions by the solid's share of each own element.
  ///
  /// Collective.
  func multiply(_ fractions: VolumeFractions, _ limit: Int) throws(ParallelError) {
    let (h, own, lane) = (grid.spacing, grid.ownElements, fractions.weights[0])
    let (x, y) = (cover(own.x, h.x, 0), cover(own.y, h.y, 1))
    let margins = kernels.map(VoxelSurface.margin)
    let plane = (x.count + 2 * margins[0]) * (y.count + 2 * margins[1])
    let layers = try VoxelLayers(plane: plane, of: field, grid, limit)
    var extremes = [Double.infinity, .infinity]
    for run in layers.runs {
      let inner = [x, y, cover(run, h.z, 2)]
      let outer = (0..<3).map { direction in
        let (range, margin) = (inner[direction], margins[direction])
        let (low, high) = (range.lowerBound - margin, range.upperBound + margin)
        return periods[direction] == nil
          ? max(0, low)..<min(field.counts[direction], high) : low..<high
      }
      let values = try numbers(outer)
      // A NaN must reach every rank.
      for value in values {
        extremes[0] = min(extremes[0], value.isFinite ? value : -.infinity)
        extremes[1] = min(extremes[1], value.isFinite ? -value : -.infinity)
      }
      let smooth = SmoothVoxels(
        sharpened(smoothed(values, outer), outer), outer, field, isOpen: periods.map { $0 != nil },
        threshold: surface.threshold, sign: surface.solid == .above ? 1 : -1)
      for k in run {
        let alongZ = cover(k..<k + 1, h.z, 2)
        for j in own.y {
          let alongY = cover(j..<j + 1, h.y, 1)
          for i in own.x {
            let place = grid.layout.index(
              i - grid.own.x.lowerBound, j - grid.own.y.lowerBound, k)
            guard lane[place] > 0 else { continue }
            let range = smooth.range(cover(i..<i + 1, h.x, 0), alongY, alongZ)
            if range.low >= 0 { continue }
            let start = Directions(Double(i) * h.x, Double(j) * h.y, Double(k) * h.z)
            let share = range.high <= 0 ? 0 : cells.fraction(start) { smooth.distance($0) }
            lane[place] *= share > 1e-6 ? min(share, 1) : 0
          }
        }
      }
    }
    try grid.communicator.reduce(&extremes, .minimum)
    try check(extremes[0], -extremes[1])
  }

  /// The voxels of a window, x fastest; beyond a periodic side those of the other end.
  ///
  /// Collective.
  private func numbers(_ window: [Range<Int>]) throws(ParallelError) -> [Double] {
    guard periods.contains(where: { $0 != nil }) else {
      return try field.numbers(window, grid.communicator)
    }
    /// Parts of a range that lie in the scan as they are: where they begin in it, and in the window.
    func parts(_ direction: Int) -> [(from: Int, to: Int, count: Int)] {
      let range = window[direction]
      guard let period = periods[direction] else { return [(range.lowerBound, 0, range.count)] }
      var parts: [(from: Int, to: Int, count: Int)] = []
      var index = range.lowerBound
      while index < range.upperBound {
        let turn = (index - period.lowerBound) % period.count
        let from = period.lowerBound + (turn + period.count) % period.count
        let count = min(range.upperBound - index, period.upperBound - from)
        parts.append((from, index - range.lowerBound, count))
        index += count
      }
      return parts
    }
    let (x, y, z) = (parts(0), parts(1), window[2])
    let counts = window.map(\.count)
    var values = [Double](repeating: 0, count: counts.reduce(1, *))
    // Reading is collective, the number of parts is a rank's own.
    let reads = Int(try grid.communicator.maximum(Double(x.count * y.count)))
    for number in 0..<reads {
      guard number < x.count * y.count else {
        _ = try field.numbers([0..<1, 0..<1, 0..<1], grid.communicator)
        continue
      }
      let (a, b) = (x[number % x.count], y[number / x.count])
      let part = try field.numbers(
        [a.from..<a.from + a.count, b.from..<b.from + b.count, z], grid.communicator)
      for k in 0..<counts[2] {
        for j in 0..<b.count {
          let (row, source) = (
            (k * counts[1] + b.to + j) * counts[0] + a.to, (k * b.count + j) * a.count
          )
          for i in 0..<a.count { values[row + i] = part[source + i] }
        }
      }
    }
    return values
  }

  private func check(_ lowest: Double, _ highest: Double) throws(ParallelError) {
    guard lowest.isFinite, highest.isFinite else {
      throw ParallelError(.input, "\(field.name) holds a number that is not finite")
    }
    guard lowest < surface.threshold, highest > surface.threshold else {
      throw ParallelError(
        .input,
        "tomogram.threshold: found \(surface.threshold), which parts nothing: the voxels of "
          + "\(field.name) in the box are \(lowest) to \(highest)")
    }
  }

  /// The smoothed values of a window; they go on beyond the last voxel as they are there.
  private func smoothed(_ values: [Double], _ window: [Range<Int>]) -> [Double] {
    let counts = window.map(\.count)
    let strides = [1, counts[0], counts[0] * counts[1]]
    var values = values
    for direction in 0..<3 where kernels[direction].count > 1 {
      let (kernel, stride, count) = (kernels[direction], strides[direction], counts[direction])
      var line = [Double](repeating: 0, count: count)
      for start in 0..<values.count where start / stride % count == 0 {
        for index in 0..<count { line[index] = values[start + index * stride] }
        for index in 0..<count {
          var sum = kernel[0] * line[index]
          for offset in 1..<kernel.count {
            sum +=
              kernel[offset] * (line[max(0, index - offset)] + line[min(count - 1, index + offset)])
          }
          values[start + index * stride] = sum
        }
      }
    }
    return values
  }
}

/// Differences along a direction at a place: of fourth order, or of second beside the end of a window.
private struct Difference {
  /// Steps in memory to the next neighbour and the one after it.
  private var near = 0
  private var far = 0
  private var slopes = (near: 0.0, far: 0.0)
  private var bends = (near: 0.0, far: 0.0)

  /// Nil at the end of a window; none along a direction of one voxel.
  init?(_ place: Int, of count: Int, stride: Int, edge h: Double) {
    if count == 1 { return }
    guard place > 0, place < count - 1 else { return nil }
    near = stride
    if place > 1 && place < count - 2 {
      far = 2 * stride
      (slopes, bends) = ((8 / (12 * h), -1 / (12 * h)), (16 / (12 * h * h), -1 / (12 * h * h)))
    } else {
      (slopes, bends) = ((1 / (2 * h), 0), (1 / (h * h), 0))
    }
  }

  /// The first derivative.
  @inline(__always)
  func slope(_ values: Span<Double>, _ index: Int) -> Double {
    slopes.near * (values[index + near] - values[index - near])
      + slopes.far * (values[index + far] - values[index - far])
  }

  /// The second derivative.
  @inline(__always)
  func bend(_ values: Span<Double>, _ index: Int) -> Double {
    let middle = 2 * values[index]
    return bends.near * (values[index + near] + values[index - near] - middle)
      + bends.far * (values[index + far] + values[index - far] - middle)
  }

  /// The mixed derivative with another direction.
  @inline(__always)
  func cross(_ other: Difference, _ values: Span<Double>, _ index: Int) -> Double {
    let far = slopes.far * (other.slope(values, index + far) - other.slope(values, index - far))
    return far
      + slopes.near * (other.slope(values, index + near) - other.slope(values, index - near))
  }
}

extension VoxelSurface {
  /// Values whose surfaces are taken back in time.
  ///
  /// By differences of fourth order: those of second leave 0.4 % of the volume of a sphere of eight
  /// voxels' radius, these 0.1 %.
  private func sharpened(_ smooth: [Double], _ window: [Range<Int>]) -> [Double] {
    guard time > 0 else { return smooth }
    let counts = window.map(\.count)
    let strides = [1, counts[0], counts[0] * counts[1]]
    let differences = (0..<3).map { axis in
      (0..<counts[axis]).map {
        Difference($0, of: counts[axis], stride: strides[axis], edge: field.voxel[axis])
      }
    }
    var result = smooth
    let values = smooth.span
    for k in 0..<counts[2] {
      for j in 0..<counts[1] {
        guard let y = differences[1][j], let z = differences[2][k] else { continue }
        for i in 0..<counts[0] {
          guard let x = differences[0][i] else { continue }
          let index = (k * counts[1] + j) * counts[0] + i
          let (gx, gy, gz) = (
            x.slope(values, index), y.slope(values, index), z.slope(values, index)
          )
          let square = gx * gx + gy * gy + gz * gz
          // Where nothing slopes there is no surface.
          guard square > .leastNormalMagnitude else { continue }
          let (xx, yy, zz) = (x.bend(values, index), y.bend(values, index), z.bend(values, index))
          let mixed =
            gx * gy * x.cross(y, values, index) + gx * gz * x.cross(z, values, index)
            + gy * gz * y.cross(z, values, index)
          let normal = gx * gx * xx + gy * gy * yy + gz * gz * zz + 2 * mixed
          result[index] = values[index] - time * (xx + yy + zz - normal / square)
        }
      }
    }
    return result
  }
}

/// Smoothed voxels less the threshold, positive in the solid.
private struct SmoothVoxels {
  private let values: [Double]
  private let first: [Int]
  private let counts: [Int]
  private let last: [Int]
  private let origin: [Double]
  private let voxel: [Double]
  /// Whether the window goes on beyond the scan.
  private let isOpen: [Bool]

  init(
    _ values: [Double], _ window: [Range<Int>], _ field: VoxelField, isOpen: [Bool],
    threshold: Double, sign: Double
  ) {
    self.isOpen = isOpen
    self.values = values.map { sign * ($0 - threshold) }
    first = window.map(\.lowerBound)
    counts = window.map(\.count)
    last = field.counts.map { $0 - 1 }
    origin = field.origin
    voxel = field.voxel
  }

  /// The lowest and highest value at the centres of a block of voxels.
  func range(_ x: Range<Int>, _ y: Range<Int>, _ z: Range<Int>) -> (low: Double, high: Double) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for k in z {
      for j in y {
        let row = ((k - first[2]) * counts[1] + j - first[1]) * counts[0] - first[0]
        for i in x {
          low = min(low, values[row + i])
          high = max(high, values[row + i])
        }
      }
    }
    return (low, high)
  }

  /// The voxel below a coordinate, counted in the window, the step to the one above, and the way
  /// between their centres.
  private func cell(_ place: Double, _ direction: Int) -> (index: Int, step: Int, way: Double) {
    let at = (place - origin[direction]) / voxel[direction] - 0.5
    let below = Int(at.rounded(.down))
    if isOpen[direction] { return (below - first[direction], 1, at - Double(below)) }
    guard below >= 0 else { return (-first[direction], 0, 0) }
    guard below < last[direction] else { return (last[direction] - first[direction], 0, 0) }
    return (below - first[direction], 1, at - Double(below))
  }

  /// The distance to the surface in nm to first order, positive in the solid.
  func distance(_ place: Directions<Double>) -> Double {
    let (x, y, z) = (cell(place.x, 0), cell(place.y, 1), cell(place.z, 2))
    let base = (z.index * counts[1] + y.index) * counts[0] + x.index
    let (up, over) = (z.step * counts[0] * counts[1], y.step * counts[0])
    // Value and slope along x on the four edges of the cell.
    func edge(_ offset: Int) -> (value: Double, slope: Double) {
      let (low, high) = (values[base + offset], values[base + offset + x.step])
      return (low + x.way * (high - low), high - low)
    }
    let (a, b, c, d) = (edge(0), edge(over), edge(up), edge(up + over))
    let (low, high) = (a.value + y.way * (b.value - a.value), c.value + y.way * (d.value - c.value))
    let value = low + z.way * (high - low)
    func between(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double {
      let (low, high) = (a + y.way * (b - a), c + y.way * (d - c))
      return low + z.way * (high - low)
    }
    let alongX = between(a.slope, b.slope, c.slope, d.slope) / voxel[0]
    let alongY = (b.value - a.value) + z.way * ((d.value - c.value) - (b.value - a.value))
    let slopeY = alongY / voxel[1]
    let slopeZ = (high - low) / voxel[2]
    let slope = (alongX * alongX + slopeY * slopeY + slopeZ * slopeZ).squareRoot()
    return value / max(slope, .leastNormalMagnitude)
  }
}
