// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel
import Physics

/// How the residual ψ = b̃ − M̃ p of the normal equations follows from the composition.
///
/// ∂ψ_n/∂X = F_n − Σ_m p_m F_nm: the fields F do not know p.
extension PreparedParticle {
  /// What is taken off the normal matrix of M0 on this rank, the first order and those beyond, and the
  /// fields of ∂ψ/∂X.
  func directSensitivity(
    _ noise: CompositionNoise, _ composition: [Double]
  ) -> (orders: (first: [Double], higher: [Double]), fields: [Double]) {
    let terms = options.basisTerms
    let count = 2 * terms
    let fields = CompositionCorrection.fieldCount(count)
    let cells = image.numbering.ownCells
    var first = [Double](repeating: 0, count: count * count)
    var higher = first
    var sensitivity = [Double](repeating: 0, count: cells.count * fields)
    var basis = DeconvolvedBasis(terms: terms, reference: options.referenceComposition)
    for pixel in valid {
      let sigma = noise.sigma[cells[pixel]]
      guard sigma > 0 else { continue }
      basis.evaluate(at: composition[pixel], variance: sigma * sigma)
      for direction in 0..<2 {
        let weight = weight(direction == 0 ? .strainAA : .strainCC, pixel, norm: 1)
        let value = measured[direction][pixel]
        for n in 0..<terms {
          let row = direction * terms + n
          sensitivity[pixel * fields + row] += weight * value * basis[n + 1, 1]
          for m in 0..<terms {
            let column = direction * terms + m
            let (sum, slope) = orders(basis, n + 1, m + 1, from: 2) { order in
              weight * Self.power(sigma * sigma, order)
            }
            higher[row * count + column] += sum
            first[row * count + column] +=
              weight * sigma * sigma * basis[n + 1, 1] * basis[m + 1, 1]
            guard m >= n else { continue }
            let place = CompositionCorrection.field(row, column, of: count)
            let product =
              basis[n + 1, 1] * basis[m + 1, 0] + basis[n + 1, 0] * basis[m + 1, 1]
            sensitivity[pixel * fields + place] += weight * product - slope
          }
        }
      }
    }
    return ((first, higher), sensitivity)
  }

  /// The fields of ∂ψ/∂X on own pixels, fields fastest: by one adjoint solve for each unknown and one
  /// for the data; the sums that are taken off are differentiated with their local weights.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - equations: at `held`, from `responses`.
  ///   - held: the composition on held cells.
  func constrainedSensitivity(
    _ noise: CompositionNoise, _ weights: [Double], _ equations: LeastSquares,
    _ responses: PixelFields, _ held: [Double], _ forward: inout ForwardModel
  ) throws(ParallelError) -> [Double] {
    let terms = options.basisTerms
    let pixel = NoisyPixel(
      image, held, noise, terms: terms, reference: options.referenceComposition,
      points: options.elements(held).points)
    let count = 2 * terms
    let fields = CompositionCorrection.fieldCount(count)
    let cells = image.numbering.ownCells
    let adjoints = try forward.eigenstrainTransposed(
      try projectedWeights(CoherencyStrain(responses: responses), equations, hasData: true))
    let elements = forward.elements
    let points = pixel.pointCount
    var scattered = [Double](repeating: 0, count: image.layout.cellCount * fields)
    var response = [Double](repeating: 0, count: 2 * points)
    // For each term, direction and adjoint six moments of φ̃' times the adjoint.
    var moments = [Double](repeating: 0, count: count * (count + 1) * 6)
    var own = [Double](repeating: 0, count: fields * 6)
    for (place, cell) in cells.enumerated() {
      pixel.take(cell)
      for (column, adjoint) in adjoints.enumerated() {
        adjoint.evaluate(
          place, elements[cell], thickness: elements.thickness(cell), into: &response)
        for row in 0..<count {
          pixel.moments(
            row % terms, response, from: row / terms * points, into: &moments,
            at: (row * (count + 1) + column) * 6)
        }
      }
      for row in 0..<count {
        for index in 0..<6 {
          own[row * 6 + index] = moments[(row * (count + 1) + count) * 6 + index]
        }
        for column in row..<count {
          let field = CompositionCorrection.field(row, column, of: count)
          for index in 0..<6 {
            own[field * 6 + index] =
              moments[(row * (count + 1) + column) * 6 + index]
              + moments[(column * (count + 1) + row) * 6 + index]
          }
        }
      }
      let stencil = pixel.stencil
      for neighbour in 0..<9 where stencil.cells[neighbour] >= 0 {
        let start = stencil.cells[neighbour] * fields
        for index in 0..<6 where stencil.weights[index * 9 + neighbour] != 0 {
          let factor = stencil.weights[index * 9 + neighbour]
          for field in 0..<fields { scattered[start + field] += factor * own[field * 6 + index] }
        }
      }
    }
    try image.addFromOtherRanks(&scattered, width: fields)
    var result = [Double](repeating: 0, count: cells.count * fields)
    var basis = DeconvolvedBasis(terms: terms, reference: options.referenceComposition)
    for (place, cell) in cells.enumerated() where noise.sigma[cell] > 0 {
      for field in 0..<fields {
        result[place * fields + field] = scattered[cell * fields + field]
      }
      let sigma = noise.sigma[cell]
      basis.evaluate(at: held[cell], variance: sigma * sigma)
      for row in 0..<count {
        for column in row..<count {
          let block = 2 * (row / terms) + column / terms
          result[place * fields + CompositionCorrection.field(row, column, of: count)] -=
            orders(basis, row % terms + 1, column % terms + 1) { order in
              weights[4 * (order - 1) + block] * Self.power(sigma, 2 * order, of: noise)
            }.slope
        }
      }
    }
    return result
  }

  /// A small part of a draw of the noise, on held cells.
  ///
  /// Collective.
  func moved(_ noise: CompositionNoise) throws(ParallelError) -> [Double] {
    try noise.draw(CompositionCorrection.curvatureDraw(options.basisTerms)).map {
      CompositionCorrection.step * $0
    }
  }

  /// What the whole draw changes in the fields of ∂ψ/∂X, to the first order.
  func change(_ fields: [Double], _ moved: [Double]) -> [Double] {
    zip(fields, moved).map { ($1 - $0) / CompositionCorrection.step }
  }

  /// Σ_ij c_ij F_f(i) F_g(j) of fields on own pixels, fields fastest.
  ///
  /// Collective.
  func gram(
    _ fields: [Double], _ noise: CompositionNoise
  ) throws(ParallelError) -> [Double] {
    let cells = image.numbering.ownCells
    let count = CompositionCorrection.fieldCount(2 * options.basisTerms)
    var filtered = [Double](repeating: 0, count: fields.count)
    for field in 0..<count {
      var held = [Double](repeating: 0, count: image.layout.cellCount)
      for (pixel, cell) in cells.enumerated() { held[cell] = fields[pixel * count + field] }
      let smooth = try noise.correlated(held)
      for (pixel, cell) in cells.enumerated() { filtered[pixel * count + field] = smooth[cell] }
    }
    var result = [Double](repeating: 0, count: count * count)
    for pixel in cells.indices where noise.sigma[cells[pixel]] > 0 {
      for first in 0..<count {
        let factor = fields[pixel * count + first]
        for second in 0..<count {
          result[first * count + second] += factor * filtered[pixel * count + second]
        }
      }
    }
    try image.communicator.reduce(&result, .sum)
    return result
  }
}

extension ParticleImage {
  /// Adds what ranks gathered for the lines next to theirs to what the owners have.
  ///
  /// Collective.
  ///
  /// - Parameter values: on held cells, `width` numbers each.
  func addFromOtherRanks(_ values: inout [Double], width: Int) throws(ParallelError) {
    guard communicator.size > 1 else { return }
    var bounds = [Int](repeating: 0, count: 2 * communicator.size)
    bounds[2 * communicator.rank] = layout.own.lowerBound
    bounds[2 * communicator.rank + 1] = layout.own.isEmpty ? -1 : layout.own.upperBound
    try communicator.reduce(&bounds, .sum)
    let row = layout.length * width
    var shared = [Double](repeating: 0, count: 2 * communicator.size * row)
    // The line before those of a rank, and the one after.
    func line(_ rank: Int, _ side: Int) -> Int? {
      let (first, end) = (bounds[2 * rank], bounds[2 * rank + 1])
      let line = side == 0 ? first - 1 : end
      return end > first && line >= 0 && line < layout.lineCount ? line : nil
    }
    for side in 0..<2 {
      guard let line = line(communicator.rank, side), layout.held.contains(line) else { continue }
      let start = (line - layout.held.lowerBound) * row
      let target = (2 * communicator.rank + side) * row
      for index in 0..<row { shared[target + index] = values[start + index] }
    }
    try communicator.reduce(&shared, .sum)
    for rank in 0..<communicator.size where rank != communicator.rank {
      for side in 0..<2 {
        guard let line = line(rank, side), layout.own.contains(line) else { continue }
        let start = (line - layout.held.lowerBound) * row
        let source = (2 * rank + side) * row
        for index in 0..<row { values[start + index] += shared[source + index] }
      }
    }
  }
}
