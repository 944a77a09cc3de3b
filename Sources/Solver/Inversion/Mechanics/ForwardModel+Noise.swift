// SPDX-License-Identifier: Apache-2.0

import Parallel

/// What a weight on the predicted fields means for the eigenstrain inside the pixels.
struct EigenstrainAdjoint {
  /// The multiplier at the sixteen boundary unknowns of each own pixel.
  let boundary: [Double]
  /// The weights on the centre's displacement, two for each own pixel.
  let centre: [Double]

  /// The weights on a unit eigenstrain along a (then along c) at the quadrature points of a pixel.
  ///
  /// The load is a force on the whole depth, `thickness`; the centre's shift is not.
  func evaluate(
    _ pixel: Int, _ element: PixelElement, thickness: Double, into weights: inout [Double]
  ) {
    let count = PixelElement.boundaryCount
    for row in weights.indices {
      var shift = element.centreLoad[2 * row] * centre[2 * pixel]
      shift += element.centreLoad[2 * row + 1] * centre[2 * pixel + 1]
      var force = 0.0
      for unknown in 0..<count {
        force += element.load[row * count + unknown] * boundary[pixel * count + unknown]
      }
      weights[row] = shift + thickness * force
    }
  }
}

extension ForwardModel {
  /// The transpose of the response to eigenstrains, by one adjoint solve for each weight.
  ///
  /// Collective.
  ///
  /// - Parameter weights: for each right-hand side six held fields in the order of ``Field``, weights
  ///   on own pixels.
  mutating func eigenstrainTransposed(
    _ weights: [[[Double]]]
  ) throws(ParallelError) -> [EigenstrainAdjoint] {
    let observed = try observations(weights)
    let solved = try observedSolution(observed)
    var adjoints: [EigenstrainAdjoint] = []
    for column in weights.indices {
      adjoints.append(
        EigenstrainAdjoint(
          boundary: try boundaryValues(of: solved, column: column),
          centre: image.numbering.ownCells.flatMap {
            [observed[column][4][$0], observed[column][5][$0]]
          }))
    }
    return adjoints
  }
}
