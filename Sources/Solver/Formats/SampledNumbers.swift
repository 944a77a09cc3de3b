// SPDX-License-Identifier: Apache-2.0

package import Parallel

extension InputFile {
  /// What is made of a point between values of which some are missing: it is missing, it is that of
  /// the others or, where there are none, the mean of those next to them.
  package enum Missing { case missing, fromTheOthers }

  /// The numbers of a dataset between its points, linear along each dimension.
  ///
  /// Collective. Each rank reads the window around its own places.
  ///
  /// - Parameters:
  ///   - dataset: where they are taken from; NaN is a number that is missing.
  ///   - places: for each dimension, slowest first, places in numbers of its points; those beyond the
  ///     first or last are taken there. Dimensions beyond these are components.
  ///   - mask: of the same shape; where it is not above 0, numbers are missing.
  ///   - missing: what a place is that has missing numbers around it.
  /// - Returns: the numbers at all combinations of places, slowest dimension first, NaN where missing.
  /// - Throws: ``ParallelError`` of kind `input` when they cannot be read.
  package func numbers(
    _ dataset: String, at places: [[Double]], inside mask: String? = nil,
    where missing: Missing = .missing
  ) throws(ParallelError) -> [Double] {
    let shape = try self.shape(of: dataset)
    precondition(places.count <= shape.count, "as many dimensions as the dataset at most")
    let margin = missing == .fromTheOthers ? 1 : 0
    let axes = zip(places, shape).map { SampledAxis($0, of: $1, margin: margin) }
    let rest = Array(shape.dropFirst(axes.count))
    let window = Window(axes.map(\.window) + rest.map { 0..<$0 })
    var values = try declaredNumbers(dataset, window: window)
    if let mask {
      for (index, share) in try numbers(mask, window: window).enumerated() where !(share > 0) {
        values[index] = .nan
      }
    }
    let components = rest.reduce(1, *)
    var strides = [Int](repeating: components, count: axes.count)
    for dimension in stride(from: axes.count - 2, through: 0, by: -1) {
      strides[dimension] = strides[dimension + 1] * axes[dimension + 1].window.count
    }
    let counts = axes.map(\.points.count)
    let total = counts.reduce(1, *)
    var result: [Double] = []
    result.reserveCapacity(total * components)
    var corners = [(offset: Int, weight: Double)](repeating: (0, 1), count: 1 << axes.count)
    for number in 0..<total {
      var used = 1
      corners[0] = (0, 1)
      var left = number
      for dimension in stride(from: axes.count - 1, through: 0, by: -1) {
        let point = axes[dimension].points[left % counts[dimension]]
        left /= counts[dimension]
        let below = point.index * strides[dimension]
        for corner in 0..<used {
          let (offset, weight) = corners[corner]
          if point.way > 0 {
            corners[used + corner] = (offset + below + strides[dimension], weight * point.way)
          }
          corners[corner] = (offset + below, weight * (1 - point.way))
        }
        if point.way > 0 { used *= 2 }
      }
      for component in 0..<components {
        var (sum, share) = (0.0, 0.0)
        for corner in 0..<used {
          let value = values[corners[corner].offset + component]
          guard !value.isNaN else { continue }
          sum += corners[corner].weight * value
          share += corners[corner].weight
        }
        if share > 1 - 1e-9 {
          result.append(sum)
          continue
        }
        if missing == .fromTheOthers, share == 0 {
          // Nothing at the place itself: the block of points around it.
          forBlock(around: number, axes, counts, strides) { offset in
            let value = values[offset + component]
            if !value.isNaN { (sum, share) = (sum + value, share + 1) }
          }
        }
        result.append(missing == .fromTheOthers && share > 0 ? sum / share : .nan)
      }
    }
    return result
  }

  /// Visits the points of the window that are no further than one from those around a place.
  private func forBlock(
    around number: Int, _ axes: [SampledAxis], _ counts: [Int], _ strides: [Int],
    _ body: (_ offset: Int) -> Void
  ) {
    var (offsets, left) = ([0], number)
    for dimension in stride(from: axes.count - 1, through: 0, by: -1) {
      let axis = axes[dimension]
      let point = axis.points[left % counts[dimension]]
      left /= counts[dimension]
      let low = max(0, point.index - 1)
      let high = min(axis.window.count - 1, point.index + (point.way > 0 ? 2 : 1))
      offsets = offsets.flatMap { offset in (low...high).map { offset + $0 * strides[dimension] } }
    }
    offsets.forEach(body)
  }
}

/// Places along one dimension of an array.
private struct SampledAxis {
  /// The points around them.
  let window: Range<Int>
  /// For each place the point below it, counted in the window, and the way to the next.
  let points: [(index: Int, way: Double)]

  init(_ places: [Double], of count: Int, margin: Int) {
    // A place within a rounding of a point is that point, so that the one beside it is not asked.
    let found = places.map { place in
      let near = place.rounded()
      let at = min(Double(count - 1), max(0, abs(place - near) < 1e-9 ? near : place))
      return (index: Int(at), way: at - Double(Int(at)))
    }
    let low = max(0, (found.map(\.index).min() ?? 0) - margin)
    let high = found.map { $0.index + ($0.way > 0 ? 1 : 0) }.max().map {
      min(count - 1, $0 + margin)
    }
    window = low..<(high ?? low - 1) + 1
    points = found.map { ($0.index - low, $0.way) }
  }
}
