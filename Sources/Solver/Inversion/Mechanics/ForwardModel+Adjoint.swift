// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// What a weight on the predicted fields means for the displacement that holds the boundary.
struct BoundaryAdjoint {
  /// Weights on the displacement along a and c [per pixel side], on own pixels of held fields.
  var displacement: (a: [Double], c: [Double])
  /// Weights on its gradient.
  var gradient: (aa: [Double], cc: [Double], ac: [Double], ca: [Double])
}

extension ForwardModel {
  /// The transpose of the response to the measured boundary, by adjoint solves.
  ///
  /// With free unknowns f and held ones h, K_ff u_f = −K_fh u_h and the observed y = O_f u_f + O_h
  /// u_h. Weights w on y hence weigh u_h by
  ///
  ///     O_hᵀ w − K_hf λ,     K_ff λ = O_fᵀ w:
  ///
  /// the reactions at held unknowns of the adjoint solution λ, one solve for each w whatever the
  /// number of boundary nodes.
  ///
  /// Collective.
  ///
  /// - Parameter weights: for each right-hand side six held fields in the order of ``Field``, weights
  ///   on own pixels.
  mutating func boundaryTransposed(
    _ weights: [[[Double]]]
  ) throws(ParallelError) -> [BoundaryAdjoint] {
    precondition(held.hasValues, "a free boundary has no data")
    let count = PixelElement.boundaryCount
    let exchange = try PixelExchange(image.numbering, image.communicator)
    let observed = try observations(weights)
    let elements = self.elements
    let solved = try observedSolution(observed)
    var adjoints: [BoundaryAdjoint] = []
    for column in weights.indices {
      let multiplier = try boundaryValues(of: solved, column: column)
      // What is left at the held unknowns of each pixel, where nothing was solved for.
      let empty = [Double](repeating: 0, count: image.layout.cellCount)
      var reaction = [[Double]](repeating: empty, count: count)
      for (pixel, cell) in image.numbering.ownCells.enumerated() {
        let element = elements[cell]
        let direct = Self.observationLoad(element, observed[column].map { $0[cell] })
        for row in 0..<count {
          var sum = direct[row]
          for unknown in 0..<count {
            sum -=
              elements.thickness(cell) * element.stiffness[row * count + unknown]
              * multiplier[pixel * count + unknown]
          }
          reaction[row][cell] = sum
        }
      }
      for row in 0..<count { try exchange.fill(&reaction[row]) }
      adjoints.append(collect(reaction))
    }
    return adjoints
  }

  /// Weights on the pixels' means, known on all held cells, from weights on what an image samples.
  ///
  /// Collective.
  func observations(_ weights: [[[Double]]]) throws(ParallelError) -> [[[Double]]] {
    let exchange = try PixelExchange(image.numbering, image.communicator)
    var observed: [[[Double]]] = []
    for weight in weights {
      var fields = weight
      for index in 0..<4 { try transposePointValues(&fields[index], exchange) }
      for index in 4..<6 { try exchange.fill(&fields[index]) }
      observed.append(fields)
    }
    return observed
  }

  /// The adjoint solution: the loads are the transposed observations of each pixel.
  ///
  /// Collective.
  mutating func observedSolution(_ observed: [[[Double]]]) throws(ParallelError) -> DenseColumns {
    let count = PixelElement.boundaryCount
    let elements = self.elements
    return try solution(columnCount: observed.count, isLifted: false) { cell, loads in
      for column in observed.indices {
        loads.replaceSubrange(
          column * count..<(column + 1) * count,
          with: Self.observationLoad(elements[cell], observed[column].map { $0[cell] }))
      }
    }
  }

  /// The load on a pixel's boundary unknowns that the weights on its six fields are.
  private static func observationLoad(_ element: PixelElement, _ w: [Double]) -> [Double] {
    let count = PixelElement.boundaryCount
    // Strain and rotation are halves of sums and differences of ∂u_a/∂c and ∂u_c/∂a.
    let ac = (w[2] - w[3]) / 2
    let ca = (w[2] + w[3]) / 2
    return (0..<count).map { unknown in
      var sum = w[0] * element.meanGradient[unknown] + w[1] * element.meanGradient[16 + unknown]
      sum += ac * element.meanGradient[32 + unknown] + ca * element.meanGradient[48 + unknown]
      sum += w[4] * element.recovery[unknown] + w[5] * element.recovery[count + unknown]
      return sum
    }
  }

  /// Brings the reactions of held nodes to the pixels whose data hold them.
  private func collect(_ reaction: [[Double]]) -> BoundaryAdjoint {
    let empty = [Double](repeating: 0, count: image.layout.cellCount)
    var result = BoundaryAdjoint(
      displacement: (empty, empty), gradient: (empty, empty, empty, empty))
    let topology = PixelTopology(image)
    for cell in image.numbering.ownCells {
      for node in 0..<8 {
        let sharers = topology.sharers(cell, node)
        guard sharers.count < (node < 4 ? 4 : 2) else { continue }
        var total = (a: 0.0, c: 0.0)
        for sharer in sharers {
          total.a += reaction[2 * sharer.node][sharer.cell] / Double(sharers.count)
          total.c += reaction[2 * sharer.node + 1][sharer.cell] / Double(sharers.count)
        }
        let place = PixelElement.nodes[node]
        result.displacement.a[cell] += total.a
        result.displacement.c[cell] += total.c
        result.gradient.aa[cell] += total.a * place.a
        result.gradient.ac[cell] += total.a * place.c
        result.gradient.ca[cell] += total.c * place.a
        result.gradient.cc[cell] += total.c * place.c
      }
    }
    return result
  }

  /// The transpose of ``PixelFields/takePointValues(_:)`` on one held field.
  ///
  /// Collective.
  private func transposePointValues(
    _ field: inout [Double], _ exchange: borrowing PixelExchange
  ) throws(ParallelError) {
    try exchange.fill(&field)
    let original = field
    for cell in image.numbering.ownCells {
      let around = neighbours(of: cell, image)
      var value = original[cell]
      if around.count == 4 { value += original[cell] / 6 }
      for other in around where neighbours(of: other, image).count == 4 {
        value -= original[other] / 24
      }
      field[cell] = value
    }
    try exchange.fill(&field)
  }
}
