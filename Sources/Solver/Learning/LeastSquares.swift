import Parallel
import Physics

/// Normal equations of a linear fit with nuisance unknowns that belong to a component each.
///
/// Observations are added rank by rank; ``gather(_:)`` sums them. The nuisance unknowns (rigid
/// motions, a rotation offset) are eliminated exactly.
struct LeastSquares: Sendable {
  /// Unknowns of the law.
  let count: Int
  /// Nuisance unknowns in each component.
  let nuisance: Int
  private(set) var matrix: [Double]
  private(set) var rightSide: [Double]
  /// The weighted sum of the squared data.
  private(set) var dataNorm = 0.0
  private(set) var observations = 0.0
  /// For each component: nuisance matrix, coupling to the law's unknowns, right-hand side.
  private var blocks: [Double]
  private var blockSize: Int { nuisance * (nuisance + count + 1) }

  init(count: Int, nuisance: Int = 0, components: Int = 0) {
    self.count = count
    self.nuisance = nuisance
    matrix = [Double](repeating: 0, count: count * count)
    rightSide = [Double](repeating: 0, count: count)
    blocks = [Double](repeating: 0, count: nuisance * (nuisance + count + 1) * components)
  }

  /// Adds one observation: its derivatives by the law's unknowns and by the nuisance unknowns.
  mutating func add(
    _ row: [Double], nuisance extra: [Double] = [], component: Int = 0, data: Double,
    weight: Double
  ) {
    for first in 0..<count where row[first] != 0 {
      let scaled = weight * row[first]
      for second in 0..<count { matrix[first * count + second] += scaled * row[second] }
      rightSide[first] += scaled * data
    }
    dataNorm += weight * data * data
    observations += 1
    let width = nuisance + count + 1
    for first in 0..<nuisance {
      let start = component * blockSize + first * width
      let scaled = weight * extra[first]
      for second in 0..<nuisance { blocks[start + second] += scaled * extra[second] }
      for second in 0..<count { blocks[start + nuisance + second] += scaled * row[second] }
      blocks[start + nuisance + count] += scaled * data
    }
  }

  /// Sums over the ranks and eliminates the nuisance unknowns. Collective.
  ///
  /// A component whose nuisance unknowns are not determined by its pixels must not be added.
  mutating func gather(_ communicator: Communicator) throws(ParallelError) {
    var all = matrix + rightSide + [dataNorm, observations] + blocks
    try communicator.reduce(&all, .sum)
    guard all.allSatisfy(\.isFinite) else {
      throw ParallelError(.notConverged, "the normal equations are not finite")
    }
    let square = count * count
    matrix = Array(all[..<square])
    rightSide = Array(all[square..<square + count])
    dataNorm = all[square + count]
    observations = all[square + count + 1]
    blocks = Array(all[(square + count + 2)...])
    guard nuisance > 0 else { return }
    for start in stride(from: 0, to: blocks.count, by: blockSize) {
      try eliminate(Array(blocks[start..<start + blockSize]))
    }
    blocks = []
  }

  private mutating func eliminate(_ block: [Double]) throws(ParallelError) {
    let width = nuisance + count + 1
    guard block.contains(where: { $0 != 0 }) else { return }
    var own = [Double](repeating: 0, count: nuisance * nuisance)
    for row in 0..<nuisance {
      for column in 0..<nuisance { own[row * nuisance + column] = block[row * width + column] }
    }
    let inverse: [Double]
    do {
      inverse = try NormalEquations(
        matrix: own, rightSide: [Double](repeating: 0, count: nuisance)
      ).solve().inverse
    } catch {
      throw ParallelError(.input, "the rigid motion of a part of the mask is not determined")
    }
    observations -= Double(nuisance)
    for row in 0..<nuisance {
      for column in 0..<nuisance {
        let factor = inverse[row * nuisance + column]
        let right = block[column * width + nuisance + count]
        for first in 0..<count {
          let scaled = factor * block[row * width + nuisance + first]
          for second in 0..<count {
            matrix[first * count + second] -= scaled * block[column * width + nuisance + second]
          }
          rightSide[first] -= scaled * right
        }
        dataNorm -= factor * block[row * width + nuisance + count] * right
      }
    }
  }

  /// Adds the gathered equations of another particle.
  mutating func merge(_ other: LeastSquares) {
    for index in matrix.indices { matrix[index] += other.matrix[index] }
    for index in rightSide.indices { rightSide[index] += other.rightSide[index] }
    dataNorm += other.dataNorm
    observations += other.observations
  }

  /// The equations of the law with fewer terms: the basis is nested.
  private func restricted(to terms: Int) -> (matrix: [Double], rightSide: [Double]) {
    let most = count / 2
    let kept = (0..<2 * terms).map { ($0 / terms) * most + $0 % terms }
    return (
      kept.flatMap { row in kept.map { matrix[row * count + $0] } }, kept.map { rightSide[$0] }
    )
  }

  /// The least-squares law with `terms` terms and its covariance from the residual.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming the coefficients that the images leave
  ///   undetermined.
  func solve(terms: Int) throws(ParallelError) -> (law: EigenstrainLaw, covariance: [Double]) {
    let (matrix, right) = restricted(to: terms)
    do {
      let (solution, inverse) = try NormalEquations(matrix: matrix, rightSide: right).solve()
      var residual = dataNorm
      for row in solution.indices {
        residual -= 2 * solution[row] * right[row]
        for column in solution.indices {
          residual += solution[row] * matrix[row * solution.count + column] * solution[column]
        }
      }
      let freedom = max(1, observations - Double(solution.count))
      let variance = max(0, residual) / freedom
      return (EigenstrainLaw(unknowns: solution), inverse.map { variance * $0 })
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
