// SPDX-License-Identifier: Apache-2.0

import Numerics
package import Parallel
package import Physics

/// Normal equations of a linear fit with nuisance unknowns that belong to a component each.
///
/// Observations are added rank by rank; ``gather(_:)`` sums them. The nuisance unknowns (rigid
/// motions, a rotation offset) are eliminated exactly. Several data may share the observations:
/// the measured ones, and synthetic ones for a bootstrap.
package struct LeastSquares: Sendable {
  /// Unknowns of the law.
  let count: Int
  /// Nuisance unknowns in each component.
  let nuisance: Int
  /// The composition at which the law vanishes.
  let reference: Double
  /// Data per observation.
  let dataCount: Int
  /// AᵀWA, shape (count, count).
  var matrix: [Double]
  /// AᵀWy for each of the data, shape (dataCount, count).
  var rightSides: [Double]
  /// The weighted sum of the squared first data.
  private(set) var dataNorm = 0.0
  package private(set) var observations = 0.0
  /// For each component, how its nuisance unknowns answer to the law's: shape (nuisance, count).
  private(set) var answers: [Double] = []
  /// For each component, what its nuisance unknowns are when the law's are zero: shape (nuisance).
  private(set) var dataAnswers: [Double] = []
  /// For each component and nuisance unknown: nuisance row, coupling to the law, right-hand sides.
  private var blocks: [Double]

  private var width: Int { nuisance + count + dataCount }

  init(count: Int, nuisance: Int = 0, components: Int = 0, dataCount: Int = 1, reference: Double) {
    self.count = count
    self.reference = reference
    self.nuisance = nuisance
    self.dataCount = dataCount
    matrix = [Double](repeating: 0, count: count * count)
    rightSides = [Double](repeating: 0, count: count * dataCount)
    blocks = [Double](
      repeating: 0, count: nuisance * (nuisance + count + dataCount) * components)
  }

  /// Adds one observation: its derivatives by the law's unknowns and by the nuisance unknowns.
  mutating func add(
    _ row: [Double], nuisance extra: [Double] = [], component: Int = 0, data: [Double],
    weight: Double
  ) {
    for first in 0..<count where row[first] != 0 {
      let scaled = weight * row[first]
      for second in 0..<count { matrix[first * count + second] += scaled * row[second] }
      for index in 0..<dataCount { rightSides[index * count + first] += scaled * data[index] }
    }
    dataNorm += weight * data[0] * data[0]
    observations += 1
    for first in 0..<nuisance {
      let start = (component * nuisance + first) * width
      let scaled = weight * extra[first]
      for second in 0..<nuisance { blocks[start + second] += scaled * extra[second] }
      for second in 0..<count { blocks[start + nuisance + second] += scaled * row[second] }
      for index in 0..<dataCount {
        blocks[start + nuisance + count + index] += scaled * data[index]
      }
    }
  }

  /// Sums over the ranks and eliminates the nuisance unknowns.
  ///
  /// Collective.
  ///
  /// A component whose nuisance unknowns are not determined by its pixels must not be added.
  ///
  /// - Parameter isPart: of a particle, where few pixels may leave a rigid motion open: it is then held
  ///   by a billionth of what the others weigh.
  mutating func gather(
    _ communicator: Communicator, isPart: Bool = false
  ) throws(ParallelError) {
    var all = matrix + rightSides + [dataNorm, observations] + blocks
    try communicator.reduce(&all, .sum)
    guard all.allSatisfy(\.isFinite) else {
      throw ParallelError(.notConverged, "the normal equations are not finite")
    }
    let square = count * count
    let sides = square + rightSides.count
    matrix = Array(all[..<square])
    rightSides = Array(all[square..<sides])
    dataNorm = all[sides]
    observations = all[sides + 1]
    blocks = Array(all[(sides + 2)...])
    guard nuisance > 0 else { return }
    for start in stride(from: 0, to: blocks.count, by: nuisance * width) {
      var block = Array(blocks[start..<start + nuisance * width])
      if isPart {
        let size = (0..<nuisance).reduce(0) { $0 + block[$1 * (width + 1)] }
        for row in 0..<nuisance where size > 0 { block[row * (width + 1)] += 1e-9 * size }
      }
      try eliminate(block)
    }
    blocks = []
  }

  private mutating func eliminate(_ block: [Double]) throws(ParallelError) {
    var answer = [Double](repeating: 0, count: nuisance * count)
    var dataAnswer = [Double](repeating: 0, count: nuisance)
    defer {
      answers += answer
      dataAnswers += dataAnswer
    }
    guard block.contains(where: { $0 != 0 }) else { return }
    var own: [Double] = []
    for row in 0..<nuisance { own += block[row * width..<row * width + nuisance] }
    let inverse: [Double]
    do {
      inverse = try NormalEquations(
        matrix: own, rightSide: [Double](repeating: 0, count: nuisance)
      ).solve().inverse
    } catch {
      throw ParallelError(.input, "the rigid motion of a part of the mask is not determined")
    }
    observations -= Double(nuisance)
    func coupling(_ row: Int, _ unknown: Int) -> Double { block[row * width + nuisance + unknown] }
    func side(_ row: Int, _ index: Int) -> Double {
      block[row * width + nuisance + count + index]
    }
    for row in 0..<nuisance {
      for column in 0..<nuisance {
        let factor = inverse[row * nuisance + column]
        dataAnswer[row] += factor * side(column, 0)
        for unknown in 0..<count {
          answer[row * count + unknown] += factor * coupling(column, unknown)
        }
      }
    }
    for row in 0..<nuisance {
      for first in 0..<count {
        for second in 0..<count {
          matrix[first * count + second] -= coupling(row, first) * answer[row * count + second]
        }
        for index in 0..<dataCount {
          rightSides[index * count + first] -= answer[row * count + first] * side(row, index)
        }
      }
      for column in 0..<nuisance {
        dataNorm -= inverse[row * nuisance + column] * side(row, 0) * side(column, 0)
      }
    }
  }

  /// Adds the gathered equations of another particle, `factor` times.
  mutating func merge(_ other: LeastSquares, factor: Double = 1) {
    for index in matrix.indices { matrix[index] += factor * other.matrix[index] }
    for index in rightSides.indices { rightSides[index] += factor * other.rightSides[index] }
    dataNorm += factor * other.dataNorm
    observations += factor * other.observations
  }

  /// Takes a matrix off the normal matrix.
  mutating func subtract(_ other: [Double]?) {
    guard let other else { return }
    for index in matrix.indices { matrix[index] -= other[index] }
  }

  /// The unknowns that a law with fewer terms keeps: the basis is nested.
  func kept(_ terms: Int) -> [Int] {
    (0..<2 * terms).map { ($0 / terms) * (count / 2) + $0 % terms }
  }

  /// The weighted sum of squared residuals of the first data under a law of at most T terms.
  func remainder(_ law: EigenstrainLaw) -> Double {
    let kept = kept(law.terms)
    let unknowns = law.unknowns
    var residual = dataNorm
    for (row, place) in kept.enumerated() {
      residual -= 2 * unknowns[row] * rightSides[place]
      for (column, other) in kept.enumerated() {
        residual += unknowns[row] * matrix[place * count + other] * unknowns[column]
      }
    }
    return max(0, residual)
  }

  /// The least-squares law with `terms` terms.
  ///
  /// - Parameter data: which of the data it is fitted to.
  /// - Returns: the law, (AᵀWA)⁻¹ of shape (2N, 2N), and the weighted sum of squared residuals.
  /// - Throws: ``ParallelError`` of kind `input` naming the coefficients that the images leave
  ///   undetermined.
  package func solve(
    terms: Int, data: Int = 0
  ) throws(ParallelError) -> (law: EigenstrainLaw, inverse: [Double], residual: Double) {
    let kept = kept(terms)
    let right = kept.map { rightSides[data * count + $0] }
    let normal = NormalEquations(
      matrix: kept.flatMap { row in kept.map { matrix[row * count + $0] } }, rightSide: right)
    do {
      let (solution, inverse) = try normal.solve()
      let law = EigenstrainLaw(unknowns: solution, reference: reference)
      return (law, inverse, remainder(law))
    } catch {
      let names = error.undetermined.map { index in
        (index < terms ? "a" : "c") + String(index % terms + 1)
      }
      throw ParallelError(
        .input,
        "singular design: with \(terms) terms the training images do not determine the "
          + "coefficient\(names.count > 1 ? "s" : "") \(names.joined(separator: ", ")): "
          + "use fewer terms (--terms) or images with more different compositions")
    }
  }
}
