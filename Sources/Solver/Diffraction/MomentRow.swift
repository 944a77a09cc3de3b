// SPDX-License-Identifier: Apache-2.0

/// The integral of r^k I(r) over from < |r| < to as a sum of weighted intensities.
///
/// Linear between the points, and exact for that: no grid has to fit the limits, and the variance
/// of anything computed from the moments follows from the variances of the measured points.
package struct MomentRow {
  /// Which points enter, and with which weight.
  let weights: [(index: Int, weight: Double)]

  /// Both sides of a profile.
  package init(profile: LineProfile, order: Int, from: Double, to: Double) {
    var collected: [(index: Int, weight: Double)] = []
    for (low, high) in [(-to, -from), (from, to)] {
      MomentRow.add(profile.offsets, order, low, high, to: &collected)
    }
    weights = collected
  }

  private static func add(
    _ offsets: [Double], _ order: Int, _ low: Double, _ high: Double,
    to collected: inout [(index: Int, weight: Double)]
  ) {
    var segment = max(0, LineProfile.index(after: low, in: offsets) - 1)
    while segment + 1 < offsets.count, offsets[segment] < high {
      let (left, right) = (offsets[segment], offsets[segment + 1])
      let (start, end) = (max(left, low), min(right, high))
      if end > start {
        let (middle, half) = ((start + end) / 2, (end - start) / 2)
        var sums = (left: 0.0, right: 0.0)
        // Three points of Gauss are exact to the fifth power, which r⁴ times a line needs.
        for (node, weight) in MomentRow.gauss {
          let r = middle + half * node
          var power = weight * half
          for _ in 0..<order { power *= r }
          let share = (r - left) / (right - left)
          sums.left += power * (1 - share)
          sums.right += power * share
        }
        // A point between two segments has one weight: its variance must not be split.
        if let last = collected.last, last.index == segment {
          collected[collected.count - 1].weight += sums.left
        } else {
          collected.append((segment, sums.left))
        }
        collected.append((segment + 1, sums.right))
      }
      segment += 1
    }
  }

  private static let gauss = [
    (-0.6.squareRoot(), 5.0 / 9), (0, 8.0 / 9), (0.6.squareRoot(), 5.0 / 9),
  ]

  /// The integral.
  package func value(_ intensities: [Double]) -> Double {
    weights.reduce(0) { $0 + $1.weight * intensities[$1.index] }
  }

  /// Adds `factor` times the weights to a dense row.
  func add(_ factor: Double, to dense: inout [Double]) {
    for (index, weight) in weights { dense[index] += factor * weight }
  }
}

/// A number that follows from measured intensities, with its derivative by each of them.
///
/// Forward propagation of errors: sums and quotients of estimates keep their correlations.
struct Estimate {
  var value: Double
  /// The derivative by each intensity of the profile, and by what is assumed with a variance of
  /// one; empty for an exact number.
  var gradient: [Double]

  static func + (left: Estimate, right: Estimate) -> Estimate {
    combination([(1, left), (1, right)])
  }

  static func - (left: Estimate, right: Estimate) -> Estimate {
    combination([(1, left), (-1, right)])
  }

  static func * (factor: Double, estimate: Estimate) -> Estimate {
    combination([(factor, estimate)])
  }

  static func / (top: Estimate, bottom: Estimate) -> Estimate {
    let quotient = top.value / bottom.value
    var result = combination([(1 / bottom.value, top), (-quotient / bottom.value, bottom)])
    result.value = quotient
    return result
  }

  static func combination(_ terms: [(factor: Double, estimate: Estimate)]) -> Estimate {
    let count = terms.map { $0.estimate.gradient.count }.max() ?? 0
    var result = Estimate(value: 0, gradient: [Double](repeating: 0, count: count))
    for (factor, estimate) in terms {
      result.value += factor * estimate.value
      for (index, slope) in estimate.gradient.enumerated() {
        result.gradient[index] += factor * slope
      }
    }
    return result
  }

  init(value: Double, gradient: [Double] = []) {
    self.value = value
    self.gradient = gradient
  }

  init(_ row: MomentRow, _ profile: LineProfile) {
    value = row.value(profile.intensities)
    gradient = [Double](repeating: 0, count: profile.intensities.count)
    row.add(1, to: &gradient)
  }

  /// The covariance of two estimates of one profile.
  static func covariance(_ left: Estimate, _ right: Estimate, _ profile: LineProfile) -> Double {
    guard !left.gradient.isEmpty, !right.gradient.isEmpty else { return 0 }
    let count = profile.variances.count
    let first = profile.measured(Array(left.gradient.prefix(count)))
    let second = profile.measured(Array(right.gradient.prefix(count)))
    var sum = 0.0
    for index in first.indices { sum += first[index] * second[index] * profile.variances[index] }
    for (one, other) in zip(left.gradient.dropFirst(count), right.gradient.dropFirst(count)) {
      sum += one * other
    }
    return sum
  }

  /// The standard deviation from the errors of the profile's points.
  func deviation(_ profile: LineProfile) -> Double {
    Estimate.covariance(self, self, profile).squareRoot()
  }
}

extension LineProfile {
  /// The part of the filter that matters for errors: the others are below 1e-3 of the largest.
  var taps: [(shift: Int, weight: Double)] {
    let limit = 1e-3 * (filter.map(abs).max() ?? 0)
    return filter.enumerated().filter { abs($0.element) > limit }.map { ($0.offset, $0.element) }
  }

  /// Derivatives by the measured intensities from those by the filtered ones.
  func measured(_ gradient: [Double]) -> [Double] {
    guard !filter.isEmpty else { return gradient }
    let count = gradient.count
    var result = [Double](repeating: 0, count: count)
    for (shift, weight) in taps {
      // I(i) = Σ_j filter(i − j) measured(j).
      for output in 0..<count {
        result[(output - shift + count) % count] += weight * gradient[output]
      }
    }
    return result
  }
}
