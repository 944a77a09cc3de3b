// SPDX-License-Identifier: Apache-2.0

import Foundation
import Physics

extension OrthotropicStiffness {
  /// The six eigenvalues in ascending order, in the unit of the constants.
  ///
  /// Of the matrix on Kelvin's basis, where shear components carry √2: these do not depend on the
  /// axes. The shear ones are 2 C44, 2 C55, 2 C66.
  var eigenvalues: [Double] {
    // The upper block by the trigonometric form: it is symmetric, so all roots are real.
    let mean = (c11 + c22 + c33) / 3
    let off = c12 * c12 + c13 * c13 + c23 * c23
    let (d1, d2, d3) = (c11 - mean, c22 - mean, c33 - mean)
    let scale = ((d1 * d1 + d2 * d2 + d3 * d3 + 2 * off) / 6).squareRoot()
    let shear = [2 * c44, 2 * c55, 2 * c66]
    guard scale > 0 else { return ([mean, mean, mean] + shear).sorted() }
    let determinant =
      d1 * (d2 * d3 - c23 * c23)
      - c12 * (c12 * d3 - c23 * c13)
      + c13 * (c12 * c23 - d2 * c13)
    let half = determinant / (2 * scale * scale * scale)
    // Rounding may carry a double root just outside the cosine's range.
    let angle = acos(min(1, max(-1, half))) / 3
    let roots = [0.0, 2, 4].map { mean + 2 * scale * cos(angle + $0 * Double.pi / 3) }
    return (roots + shear).sorted()
  }
}
