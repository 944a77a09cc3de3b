// SPDX-License-Identifier: Apache-2.0

public import Numerics

/// What the data say about the unknowns of a law: normal equations whose residual has a known spread.
///
/// ψ(p) = b − M p vanishes in the mean at the true unknowns p = a_1…a_T, c_1…c_T, and is normal with
/// covariance B(p). Nothing else of the images is seen here: how many there are, how their pixels
/// are shared, and whether M was corrected for noise of the composition.
public struct ResidualEquations: Sendable {
  /// The number of terms T along each direction.
  public let terms: Int
  /// M, shape (2T, 2T), row-major, symmetric.
  public let matrix: [Double]
  /// b, shape (2T).
  public let rightSide: [Double]
  /// How many independent numbers the data amount to.
  public let observations: Double
  /// B(p), shape (2T, 2T), row-major: for unknowns of shape (2T).
  public let covariance: @Sendable ([Double]) -> [Double]

  /// Equations of T terms.
  public init(
    terms: Int, matrix: [Double], rightSide: [Double], observations: Double,
    covariance: @escaping @Sendable ([Double]) -> [Double]
  ) {
    precondition(
      rightSide.count == 2 * terms && matrix.count == 4 * terms * terms,
      "T terms have 2T unknowns")
    self.terms = terms
    self.matrix = matrix
    self.rightSide = rightSide
    self.observations = observations
    self.covariance = covariance
  }

  /// The places of the first N terms of both directions among the 2T unknowns: the basis is nested.
  public func kept(_ count: Int) -> [Int] {
    (0..<count).map(\.self) + (0..<count).map { terms + $0 }
  }

  /// The unknowns of the first N terms alone, and their covariance M⁻¹ B M⁻ᵀ.
  ///
  /// - Returns: shapes (2N) and (2N, 2N).
  /// - Throws: ``SingularDesign`` where the data do not determine them.
  public func fit(
    _ count: Int
  ) throws(SingularDesign) -> (unknowns: [Double], covariance: [Double]) {
    let kept = kept(count)
    let (solution, inverse) = try NormalEquations(
      matrix: Self.block(matrix, kept, of: 2 * terms), rightSide: kept.map { rightSide[$0] }
    ).solve()
    let spread = Self.block(covariance(widened(solution, count)), kept, of: 2 * terms)
    let width = kept.count
    var half = [Double](repeating: 0, count: width * width)
    var result = half
    for row in 0..<width {
      for inner in 0..<width {
        for column in 0..<width {
          half[row * width + column] +=
            inverse[row * width + inner] * spread[inner * width + column]
        }
      }
    }
    for row in 0..<width {
      for column in 0..<width {
        var sum = 0.0
        // The inverse is symmetric.
        for inner in 0..<width {
          sum += half[row * width + inner] * inverse[column * width + inner]
        }
        result[row * width + column] = sum
      }
    }
    return (solution, result)
  }

  /// The unknowns of N terms among those of T, zero beyond.
  public func widened(_ unknowns: [Double], _ count: Int) -> [Double] {
    var all = [Double](repeating: 0, count: 2 * terms)
    for (place, index) in kept(count).enumerated() { all[index] = unknowns[place] }
    return all
  }

  /// The rows and columns `kept` of a square matrix of `width`.
  static func block(_ matrix: [Double], _ kept: [Int], of width: Int) -> [Double] {
    kept.flatMap { row in kept.map { matrix[row * width + $0] } }
  }

  /// The equations divided by the spread of ψ at given unknowns: B^(−½) M and B^(−½) b.
  func whitened(at unknowns: [Double]) -> WhitenedEquations {
    let width = 2 * terms
    var spread = covariance(unknowns)
    // Data without noise would count for infinitely much: no image is exact to ten digits.
    let exact = max(1e-10 * (rightSide.map(abs).max() ?? 0), 1e-150)
    let scale = (0..<width).map { index in
      let variance = max(spread[index * width + index], 0) + exact * exact
      spread[index * width + index] = variance
      return variance.squareRoot()
    }
    var correlation = spread
    for row in 0..<width {
      for column in 0..<width {
        let value = spread[row * width + column] + spread[column * width + row]
        correlation[row * width + column] = value / 2 / scale[row] / scale[column]
      }
    }
    let eigen = SymmetricEigenproblem(correlation, count: width)
    // An estimated covariance need not be positive; twelve digits are what its sums hold.
    let floor = max(1e-12 * (eigen.values.max() ?? 0), .leastNormalMagnitude)
    let root = eigen.values.map { 1 / max($0, floor).squareRoot() }
    var result = WhitenedEquations(
      width: width, matrix: [Double](repeating: 0, count: width * width),
      rightSide: [Double](repeating: 0, count: width))
    for row in 0..<width {
      for inner in 0..<width {
        let factor = root[row] * eigen.vectors[inner * width + row] / scale[inner]
        result.rightSide[row] += factor * rightSide[inner]
        for column in 0..<width {
          result.matrix[row * width + column] += factor * matrix[inner * width + column]
        }
      }
    }
    return result
  }
}

/// Equations whose residual is white with unit variance.
struct WhitenedEquations {
  let width: Int
  var matrix: [Double]
  var rightSide: [Double]

  /// AᵀA and Aᵀy.
  var information: (matrix: [Double], rightSide: [Double]) {
    var square = [Double](repeating: 0, count: width * width)
    var side = [Double](repeating: 0, count: width)
    for inner in 0..<width {
      for row in 0..<width {
        let factor = matrix[inner * width + row]
        side[row] += factor * rightSide[inner]
        for column in 0..<width {
          square[row * width + column] += factor * matrix[inner * width + column]
        }
      }
    }
    return (square, side)
  }

  /// |y − A p|² for the unknowns at the places `kept`, all others zero.
  func misfit(_ unknowns: [Double], _ kept: [Int]) -> Double {
    var sum = 0.0
    for row in 0..<width {
      var left = rightSide[row]
      for (unknown, column) in zip(unknowns, kept) {
        left -= matrix[row * width + column] * unknown
      }
      sum += left * left
    }
    return sum
  }

  /// For N = 0…T the smallest sum of squares that the first N terms of both directions leave.
  ///
  /// Householder's reflections take the columns in the order a_1, c_1, a_2, …: what is left is a sum
  /// of squares, free of the cancellation of bᵀB⁻¹b − hᵀH⁻¹h.
  var remainders: [Double] {
    var work = matrix
    var side = rightSide
    let terms = width / 2
    for step in 0..<width {
      let pivot = step / 2 + (step % 2) * terms
      let size = (step..<width).reduce(0) {
        $0 + work[$1 * width + pivot] * work[$1 * width + pivot]
      }.squareRoot()
      guard size > 0 else { continue }
      var mirror = (step..<width).map { work[$0 * width + pivot] }
      mirror[0] += mirror[0] < 0 ? -size : size
      let norm = mirror.reduce(0) { $0 + $1 * $1 }
      for column in 0..<width {
        var product = 0.0
        for row in step..<width { product += mirror[row - step] * work[row * width + column] }
        for row in step..<width {
          work[row * width + column] -= 2 * product / norm * mirror[row - step]
        }
      }
      var product = 0.0
      for row in step..<width { product += mirror[row - step] * side[row] }
      for row in step..<width { side[row] -= 2 * product / norm * mirror[row - step] }
    }
    return (0...terms).map { count in
      side[(2 * count)...].reduce(0) { $0 + $1 * $1 }
    }
  }
}

extension ResidualEquations {
  /// A covariance of ψ that nowhere falls below a share of another positive one.
  ///
  /// An autocovariance is estimated lag by lag and cut off where it is lost in its scatter: in
  /// directions that waver from pixel to pixel the sum may come out as nothing or less, and they would
  /// count as known exactly.
  ///
  /// - Parameters:
  ///   - spread: shape (n, n), symmetric.
  ///   - floor: what it must not fall below, positive semidefinite of the same shape.
  public static func raised(_ spread: [Double], above floor: [Double], count: Int) -> [Double] {
    let scale = (0..<count).map { index in
      max(floor[index * (count + 1)], .leastNormalMagnitude).squareRoot()
    }
    let metric = SymmetricEigenproblem(scaled(floor, scale, count), count: count)
    // Thirteen digits are what a sum over pixels holds.
    let least = max(1e-13 * (metric.values.max() ?? 0), .leastNormalMagnitude)
    let roots = metric.values.map { max($0, least).squareRoot() }
    // In the metric of the floor: floor itself is the unit matrix.
    func moved(_ matrix: [Double], _ factors: [Double]) -> [Double] {
      var half = [Double](repeating: 0, count: count * count)
      var result = half
      for row in 0..<count {
        for inner in 0..<count {
          for column in 0..<count {
            half[row * count + column] +=
              matrix[row * count + inner] * factors[inner * count + column]
          }
        }
      }
      for inner in 0..<count {
        for row in 0..<count {
          for column in 0..<count {
            result[row * count + column] +=
              factors[inner * count + row] * half[inner * count + column]
          }
        }
      }
      return result
    }
    var whitening = [Double](repeating: 0, count: count * count)
    var back = whitening
    for row in 0..<count {
      for column in 0..<count {
        let vector = metric.vectors[row * count + column]
        whitening[row * count + column] = vector / roots[column] / scale[row]
        // Transposed, for `moved` takes factors from the right.
        back[column * count + row] = vector * roots[column] * scale[row]
      }
    }
    let eigen = SymmetricEigenproblem(moved(spread, whitening), count: count)
    var lifted = [Double](repeating: 0, count: count * count)
    for row in 0..<count {
      for column in 0..<count {
        for index in 0..<count {
          lifted[row * count + column] +=
            eigen.vectors[row * count + index] * max(eigen.values[index], 1)
            * eigen.vectors[column * count + index]
        }
      }
    }
    return moved(lifted, back)
  }

  /// A covariance less what is counted twice in it, A (A + B)⁻¹ A: A − B where B is small, and positive
  /// where the next order would be asked for.
  ///
  /// - Parameters:
  ///   - spread: A, shape (n, n), symmetric and positive semidefinite.
  ///   - excess: B, of the same kind.
  public static func lessened(_ spread: [Double], by excess: [Double], count: Int) -> [Double] {
    let scale = (0..<count).map {
      max(spread[$0 * (count + 1)], .leastNormalMagnitude).squareRoot()
    }
    let own = scaled(spread, scale, count)
    let added = scaled(excess, scale, count)
    // Sums over pixels are symmetric to rounding only.
    let whole = own.indices.map { index in
      let mirrored = index % count * count + index / count
      return (own[index] + own[mirrored] + added[index] + added[mirrored]) / 2
    }
    let eigen = SymmetricEigenproblem(whole, count: count)
    // Thirteen digits are what a sum over pixels holds.
    let least = max(1e-13 * (eigen.values.max() ?? 0), .leastNormalMagnitude)
    var result = [Double](repeating: 0, count: count * count)
    for (place, value) in eigen.values.enumerated() {
      let side = (0..<count).map { row in
        (0..<count).reduce(0) {
          $0 + own[row * count + $1] * eigen.vectors[$1 * count + place]
        } * scale[row]
      }
      for row in 0..<count {
        for column in 0..<count {
          result[row * count + column] += side[row] * side[column] / max(value, least)
        }
      }
    }
    return result
  }

  private static func scaled(_ matrix: [Double], _ scale: [Double], _ count: Int) -> [Double] {
    matrix.indices.map { matrix[$0] / scale[$0 / count] / scale[$0 % count] }
  }
}
