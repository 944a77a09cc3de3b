// SPDX-License-Identifier: Apache-2.0

import Physics

extension EigenstrainLaw {
  /// The rms distance of two expansion coefficients over X in [0, 1], relative to the rms of this one.
  func relativeDistance(of other: EigenstrainLaw) -> Double {
    var sums = (distance: 0.0, size: 0.0)
    for step in 0...100 {
      let mine = derivative(at: Double(step) / 100)
      let theirs = other.derivative(at: Double(step) / 100)
      let difference = mine - theirs
      sums.distance += difference.contracted(with: difference)
      sums.size += mine.contracted(with: mine)
    }
    return (sums.distance / max(sums.size, .leastNormalMagnitude)).squareRoot()
  }
}
