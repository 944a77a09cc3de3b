// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

extension PreparedParticle {
  /// The correction of M0: pixels do not see each other, and all sums are exact.
  ///
  /// For Gaussian noise of variance v at a pixel ⟨φ̃_n φ̃_m⟩ = Σ_k v^k/k! φ_n^{(k)} φ_m^{(k)}; less
  /// its terms k ≥ 1, by the same series with signs in the φ̃ that are known, the matrix of the
  /// normal equations is that of the true composition (``orders(_:_:_:from:_:)``).
  ///
  /// Collective.
  func directCorrection(
    _ noise: CompositionNoise
  ) throws(ParallelError) -> CompositionCorrection {
    let terms = options.basisTerms
    let count = 2 * terms
    let cells = image.numbering.ownCells
    let (orders, sensitivity) = directSensitivity(noise, composition)
    var (first, higher) = orders
    try image.communicator.reduce(&first, .sum)
    try image.communicator.reduce(&higher, .sum)
    let moved = try moved(noise)
    let (_, other) = directSensitivity(
      noise, cells.indices.map { composition[$0] + moved[cells[$0]] })
    var echoes: [PixelFields] = []
    var basis = DeconvolvedBasis(terms: terms, reference: options.referenceComposition)
    for probe in 0..<CompositionCorrection.echoCount {
      let drawn = try noise.draw(probe)
      var echo = PixelFields(pixelCount: cells.count, columnCount: count)
      for pixel in valid where drawn[cells[pixel]] != 0 {
        let sigma = noise.sigma[cells[pixel]]
        basis.evaluate(at: composition[pixel], variance: sigma * sigma)
        for n in 0..<terms {
          echo[.strainAA, n, pixel] = drawn[cells[pixel]] * basis[n + 1, 1]
          echo[.strainCC, terms + n, pixel] = drawn[cells[pixel]] * basis[n + 1, 1]
        }
      }
      echoes.append(echo)
    }
    return CompositionCorrection(
      count: count, first: [first], higher: higher, gram: try gram(sensitivity, noise),
      curvature: try gram(change(sensitivity, other), noise),
      plain: try equations(DirectRegression(composition: composition, isPlain: true)),
      echoes: echoes)
  }

  /// v^k / k!.
  static func power(_ variance: Double, _ order: Int) -> Double {
    (1...order).reduce(1) { $0 * variance / Double($1) }
  }

  /// Σ_k (−1)^{k+1} ω_k φ̃_n^{(k)} φ̃_m^{(k)} at one pixel, and its derivative by X.
  func orders(
    _ basis: DeconvolvedBasis, _ n: Int, _ m: Int, from first: Int = 1, _ weight: (Int) -> Double
  ) -> (sum: Double, slope: Double) {
    var (sum, slope) = (0.0, 0.0)
    for order in 1...basis.terms {
      let signed = order % 2 == 1 ? weight(order) : -weight(order)
      if order >= first { sum += signed * basis[n, order] * basis[m, order] }
      guard order < basis.terms else { continue }
      let next = basis[n, order + 1] * basis[m, order]
      slope += signed * (next + basis[n, order] * basis[m, order + 1])
    }
    return (sum, slope)
  }

  /// The correction of M1: the first order by probes of the noise, higher ones by a local weight.
  ///
  /// Collective.
  ///
  /// - Returns: the correction, and the responses of the plain basis.
  func constrainedCorrection(
    _ noise: CompositionNoise, _ held: [Double], _ equations: LeastSquares,
    _ responses: PixelFields,
    _ forward: inout ForwardModel, _ work: WorkShare?
  ) throws(ParallelError) -> (CompositionCorrection, PixelFields) {
    let terms = options.basisTerms
    let count = 2 * terms
    let cells = image.numbering.ownCells
    let pixel = NoisyPixel(
      image, held, noise, terms: terms, reference: options.referenceComposition,
      points: options.elements(held).points)
    var first: [[Double]] = []
    var echoes: [PixelFields] = []
    // Two at a time: the basis is evaluated once for both.
    for probe in stride(from: 0, to: CompositionCorrection.probeCount, by: 2) {
      Self.begin(
        .probes, image, options, work,
        "noise in the composition, probe \(probe + 1) of \(CompositionCorrection.probeCount)")
      let draws = [try noise.draw(probe), try noise.draw(probe + 1)]
      let both = try forward.responses(columns: 2 * terms, isLifted: false) { cell, basis in
        pixel.take(cell)
        for (index, drawn) in draws.enumerated() {
          for point in 0..<pixel.pointCount {
            let value = pixel.value(drawn, at: point)
            for term in 0..<terms {
              basis[(index * terms + term) * pixel.pointCount + point] =
                value * pixel.basis(1, term, point)
            }
          }
        }
      }
      for index in 0..<2 {
        let own = index * terms..<(index + 1) * terms
        let fields = both.columns([own, own.lowerBound + count..<own.upperBound + count])
        first.append(try self.equations(CoherencyStrain(responses: fields)).matrix)
        if echoes.count < CompositionCorrection.echoCount { echoes.append(fields) }
      }
    }
    Self.begin(
      .localWeights, image, options, work, "noise in the composition, its weight in each pixel")
    let weights = try localWeights(noise, pixel, &forward)
    Self.begin(
      .sensitivity, image, options, work, "noise in the composition, what it does to the law")
    let sensitivity = try constrainedSensitivity(
      noise, weights, equations, responses, held, &forward)
    let moved = zip(held, try moved(noise)).map { $0 + $1 }
    let movedResponses = try Self.responses(image, options, moved, noise, &forward)
    let other = try constrainedSensitivity(
      noise, weights, self.equations(CoherencyStrain(responses: movedResponses)), movedResponses,
      moved,
      &forward)
    // Orders beyond the first, pixel by pixel.
    var higher = [Double](repeating: 0, count: count * count)
    var basis = DeconvolvedBasis(terms: terms, reference: options.referenceComposition)
    for (place, cell) in cells.enumerated() where noise.sigma[cell] > 0 {
      let sigma = noise.sigma[cell]
      basis.evaluate(at: composition[place], variance: sigma * sigma)
      for row in 0..<count {
        for column in 0..<count {
          let block = 2 * (row / terms) + column / terms
          higher[row * count + column] +=
            orders(basis, row % terms + 1, column % terms + 1, from: 2) { order in
              weights[4 * (order - 1) + block] * Self.power(sigma, 2 * order, of: noise)
            }.sum
        }
      }
    }
    try image.communicator.reduce(&higher, .sum)
    let plain = try forward.responses(
      terms: terms, reference: options.referenceComposition, composition: held)
    let correction = CompositionCorrection(
      count: count, first: first, higher: higher, gram: try gram(sensitivity, noise),
      curvature: try gram(change(sensitivity, other), noise),
      plain: try self.equations(CoherencyStrain(responses: plain)), echoes: echoes)
    return (correction, plain)
  }

  /// (σ_i/σ̄)^k.
  static func power(_ sigma: Double, _ exponent: Int, of noise: CompositionNoise) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * sigma / noise.level }
  }

  /// Σ_j W_ij c_ij^k/k! of a pixel of the mean noise, for k = 1…T: blocks of 2 × 2 (a, c).
  ///
  /// Collective. It is the energy of a product of k draws, shared among the pixels by σ^{2k}.
  private func localWeights(
    _ noise: CompositionNoise, _ pixel: NoisyPixel, _ forward: inout ForwardModel
  ) throws(ParallelError) -> [Double] {
    let terms = options.basisTerms
    let count = 2 * terms
    var shares = [Double](repeating: 0, count: terms)
    for cell in image.numbering.ownCells {
      for order in 1...terms {
        shares[order - 1] += Self.power(noise.sigma[cell], 2 * order, of: noise)
      }
    }
    try image.communicator.reduce(&shares, .sum)
    var result = [Double](repeating: 0, count: 4 * terms)
    for probe in 0..<CompositionCorrection.weightProbes {
      var draws: [[Double]] = []
      for order in 0..<terms {
        draws.append(
          try noise.draw(CompositionCorrection.probeCount + probe * terms + order))
      }
      let fields = try forward.responses(columns: terms, isLifted: false) { cell, basis in
        pixel.find(cell)
        for point in 0..<pixel.pointCount {
          var product = 1.0
          for order in 0..<terms {
            // z = z_1⋯z_k / √k!.
            product *= pixel.value(draws[order], at: point) / Double(order + 1).squareRoot()
            basis[order * pixel.pointCount + point] = product
          }
        }
      }
      let matrix = try equations(CoherencyStrain(responses: fields)).matrix
      for order in 0..<terms {
        for block in 0..<4 {
          let (row, column) = (block / 2 * terms + order, block % 2 * terms + order)
          result[4 * order + block] +=
            matrix[row * count + column] / shares[order]
            / Double(CompositionCorrection.weightProbes)
        }
      }
    }
    return result
  }
}
