// SPDX-License-Identifier: Apache-2.0

/// A curve through points that has no extremum between them.
///
/// Hermite's cubics with the slopes of Fritsch and Butland (SIAM J. Sci. Stat. Comput. 5 (1984) 300), a
/// straight line beyond the points.
struct MonotoneCubic {
  private let x: [Double]
  private let values: [Double]
  private let slopes: [Double]

  /// The curve through at least two points in the order of rising x.
  init(_ x: [Double], _ values: [Double]) {
    self.x = x
    self.values = values
    slopes = MonotoneCubic.slopes(x, values)
  }

  /// Harmonic means of the secants, weighted as Fritsch and Butland do; the secants at the ends.
  private static func slopes(_ x: [Double], _ values: [Double]) -> [Double] {
    let steps = zip(x.dropFirst(), x).map { $0 - $1 }
    let secants = zip(zip(values.dropFirst(), values).map { $0 - $1 }, steps).map { $0 / $1 }
    return x.indices.map { index in
      guard index > 0 else { return secants[0] }
      guard index < secants.count else { return secants[secants.count - 1] }
      let (left, right) = (secants[index - 1], secants[index])
      guard left * right > 0 else { return 0 }
      let (h, next) = (steps[index - 1], steps[index])
      let (w, v) = (2 * next + h, next + 2 * h)
      return (w + v) / (w / left + v / right)
    }
  }

  /// The value and the slope.
  func derivatives(at place: Double) -> (value: Double, slope: Double) {
    let last = x.count - 1
    if place <= x[0] { return (values[0] + slopes[0] * (place - x[0]), slopes[0]) }
    if place >= x[last] {
      return (values[last] + slopes[last] * (place - x[last]), slopes[last])
    }
    let next = x.firstIndex { $0 > place } ?? last
    let index = next - 1
    let h = x[next] - x[index]
    let t = (place - x[index]) / h
    let rise = values[next] - values[index]
    let (a, b) = (h * slopes[index], h * slopes[next])
    let (third, fourth) = (3 * rise - 2 * a - b, a + b - 2 * rise)
    return (
      ((fourth * t + third) * t + a) * t + values[index],
      ((3 * fourth * t + 2 * third) * t + a) / h
    )
  }
}
