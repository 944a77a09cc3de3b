import Parallel
import Physics

extension TrainedParticle {
  /// The correction of M0: pixels do not see each other, and all sums are exact.
  ///
  /// Collective.
  func directCorrection(
    _ noise: CompositionNoise
  ) throws(ParallelError) -> CompositionCorrection {
    let terms = options.basisTerms
    let count = 2 * terms
    let fields = CompositionCorrection.fieldCount(count)
    let cells = image.numbering.ownCells
    var exact = [Double](repeating: 0, count: count * count)
    var sensitivity = [Double](repeating: 0, count: cells.count * fields)
    var basis = DeconvolvedBasis(terms: terms)
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
            let (sum, slope) = orders(basis, n + 1, m + 1) { order in
              weight * Self.power(sigma * sigma, order)
            }
            exact[row * count + column] += sum
            guard m >= n else { continue }
            let place = CompositionCorrection.field(row, column, of: count)
            let product =
              basis[n + 1, 1] * basis[m + 1, 0] + basis[n + 1, 0] * basis[m + 1, 1]
            sensitivity[pixel * fields + place] += weight * product - slope
          }
        }
      }
    }
    try image.communicator.reduce(&exact, .sum)
    var echoes: [PixelFields] = []
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
      count: count, first: [], higher: exact, gram: try gram(sensitivity, noise),
      plain: try equations(.m0, nil, composition, isPlain: true), echoes: echoes)
  }

  /// v^k / k!.
  private static func power(_ variance: Double, _ order: Int) -> Double {
    (1...order).reduce(1) { $0 * variance / Double($1) }
  }

  /// Σ_k (−1)^{k+1} ω_k φ̃_n^{(k)} φ̃_m^{(k)} at one pixel, and its derivative by X.
  private func orders(
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
    _ forward: inout ForwardModel, _ log: any RunLog
  ) throws(ParallelError) -> (CompositionCorrection, PixelFields) {
    let terms = options.basisTerms
    let count = 2 * terms
    let cells = image.numbering.ownCells
    let pixel = NoisyPixel(
      image, held, noise, terms: terms, points: options.elements(held).points)
    var first: [[Double]] = []
    var echoes: [PixelFields] = []
    for probe in 0..<CompositionCorrection.probeCount {
      log.progress(
        "\(image.name): noise in the composition, probe \(probe + 1) of "
          + "\(CompositionCorrection.probeCount)")
      let drawn = try noise.draw(probe)
      let fields = try forward.responses(columns: terms, isLifted: false) { cell, basis in
        pixel.take(cell)
        for point in 0..<pixel.pointCount {
          let value = pixel.value(drawn, at: point)
          for term in 0..<terms {
            basis[term * pixel.pointCount + point] = value * pixel.basis(1, term, point)
          }
        }
      }
      first.append(try self.equations(.m1, fields, composition).matrix)
      if probe < CompositionCorrection.echoCount { echoes.append(fields) }
    }
    let weights = try localWeights(noise, pixel, &forward)
    let sensitivity = try constrainedSensitivity(noise, weights, equations, pixel, &forward)
    // Orders beyond the first, pixel by pixel.
    var higher = [Double](repeating: 0, count: count * count)
    var basis = DeconvolvedBasis(terms: terms)
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
    let plain = try forward.responses(terms: terms, composition: held)
    let correction = CompositionCorrection(
      count: count, first: first, higher: higher, gram: try gram(sensitivity, noise),
      plain: try self.equations(.m1, plain, composition), echoes: echoes)
    return (correction, plain)
  }

  /// (σ_i/σ̄)^k.
  private static func power(_ sigma: Double, _ exponent: Int, of noise: CompositionNoise) -> Double
  {
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
        pixel.take(cell)
        for point in 0..<pixel.pointCount {
          var product = 1.0
          for order in 0..<terms {
            // z = z_1⋯z_k / √k!.
            product *= pixel.value(draws[order], at: point) / Double(order + 1).squareRoot()
            basis[order * pixel.pointCount + point] = product
          }
        }
      }
      let matrix = try equations(.m1, fields, composition).matrix
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

  /// The fields of ∂ψ/∂X on own pixels, fields fastest: by one adjoint solve for each unknown and one
  /// for the data; the sums that are taken off are differentiated with their local weights.
  ///
  /// Collective.
  private func constrainedSensitivity(
    _ noise: CompositionNoise, _ weights: [Double], _ equations: LeastSquares,
    _ pixel: NoisyPixel, _ forward: inout ForwardModel
  ) throws(ParallelError) -> [Double] {
    let terms = options.basisTerms
    let count = 2 * terms
    let fields = CompositionCorrection.fieldCount(count)
    let cells = image.numbering.ownCells
    let adjoints = try forward.eigenstrainTransposed(
      try projectedWeights(.m1, equations, responses, hasData: true))
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
    var basis = DeconvolvedBasis(terms: terms)
    for (place, cell) in cells.enumerated() where noise.sigma[cell] > 0 {
      for field in 0..<fields {
        result[place * fields + field] = scattered[cell * fields + field]
      }
      let sigma = noise.sigma[cell]
      basis.evaluate(at: composition[place], variance: sigma * sigma)
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

  /// Σ_ij c_ij F_f(i) F_g(j) of fields on own pixels, fields fastest.
  ///
  /// Collective.
  private func gram(
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
