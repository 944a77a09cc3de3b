// SPDX-License-Identifier: Apache-2.0

public import Images
public import Physics

/// The incompatibility of a strain image, by differences over 3 × 3 pixels:
/// r = ∂²ε_aa/∂c² + ∂²ε_cc/∂a² − 2 ∂²ε_ac/∂a∂c.
///
/// Equation 5.2 of the SI, which prints ε_cc where ε_aa belongs. r is zero for the strain of any
/// displacement and has the unit of a dislocation density over a length [nm⁻²].
///
/// Only pixels whose whole 3 × 3 block is valid count: a difference across a dead pixel or the
/// outline would be of another kind.
public struct CompatibilityStencil: Sendable {
  /// The own cells that have a stencil.
  public let cells: [Int]
  /// The side of a pixel [nm].
  public let pixelSize: Double
  /// For each of `cells` its eight neighbours: −a, +a, −c, +c, then (−,−), (+,+), (+,−), (−,+).
  private let around: [Int]

  private static let steps = [
    (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (1, -1), (-1, 1),
  ]

  /// By how much unit variances of aa, cc and ac are multiplied in h⁴ times the variance of r, if
  /// they are independent from pixel to pixel.
  ///
  /// (1, −2, 1) gives 1 + 4 + 1 for aa and for cc; −2 (1, 1, −1, −1)/4 gives 4/4 for ac. Together
  /// 13: white noise σ in all channels has rms r = √13 σ/h².
  public static let noiseGain = SymmetricTensor2(aa: 6, cc: 6, ac: 1)

  /// h² times the weights of aa, cc and ac in r, at (a, c) pixels from the centre.
  static let weights: [[(a: Int, c: Int, weight: Double)]] = [
    [(0, -1, 1), (0, 0, -2), (0, 1, 1)], [(-1, 0, 1), (0, 0, -2), (1, 0, 1)],
    [(-1, -1, -0.5), (1, 1, -0.5), (1, -1, 0.5), (-1, 1, 0.5)],
  ]
  /// Where the pixels of ``weights`` stand among the eight neighbours; 8 is the centre.
  private static let places = [[2, 8, 3], [0, 8, 1], [4, 5, 6, 7]]

  /// Finds the pixels that have a stencil.
  ///
  /// - Parameters:
  ///   - image: the pixels.
  ///   - isValid: for each held cell whether it may take part.
  public init(_ image: ParticleImage, isValid: [Bool]) {
    let layout = image.layout
    precondition(isValid.count == layout.cellCount, "validity must cover the held cells")
    var cells: [Int] = []
    var around: [Int] = []
    for cell in image.numbering.ownCells where isValid[cell] {
      let (i, j) = layout.indices(cell)
      let block = Self.steps.compactMap { step in
        layout.cell(i + step.0, j + step.1).flatMap { isValid[$0] ? $0 : nil }
      }
      guard block.count == Self.steps.count else { continue }
      cells.append(cell)
      around += block
    }
    self.cells = cells
    self.around = around
    pixelSize = image.pixelSize
  }

  /// The incompatibility at each of ``cells`` [nm⁻²].
  public func incompatibility(of strain: StrainImage) -> [Double] {
    let scale = 1 / (pixelSize * pixelSize)
    return cells.indices.map { place in
      let near = around[8 * place..<8 * place + 8]
      let first = near.startIndex
      let alongC =
        strain.aa[near[first + 2]] - 2 * strain.aa[cells[place]] + strain.aa[near[first + 3]]
      let alongA =
        strain.cc[near[first]] - 2 * strain.cc[cells[place]] + strain.cc[near[first + 1]]
      return scale * (alongC + alongA - 2 * mixed(strain.ac, place))
    }
  }

  /// h² ∂²/∂a∂c: a quarter of the corners, with signs.
  private func mixed(_ field: [Double], _ place: Int) -> Double {
    let corner = 8 * place + 4
    let alike = field[around[corner]] + field[around[corner + 1]]
    let unlike = field[around[corner + 2]] + field[around[corner + 3]]
    return (alike - unlike) / 4
  }

  /// The variance of r at each of ``cells`` [nm⁻⁴] from the variances of the components, independent
  /// of each other.
  ///
  /// - Parameter correlation: between pixels.
  func variance(of noise: StrainImage, _ correlation: NoiseCorrelation = .white) -> [Double] {
    let scale = 1 / (pixelSize * pixelSize * pixelSize * pixelSize)
    let products = Self.weights.map { weights in
      weights.map { first in
        weights.map { second in
          first.weight * second.weight
            * correlation.at(first.a - second.a, first.c - second.c)
        }
      }
    }
    let fields = [noise.aa, noise.cc, noise.ac]
    return cells.indices.map { place in
      var sum = 0.0
      for (component, places) in Self.places.enumerated() {
        let deviations = places.map { slot in
          fields[component][slot == 8 ? cells[place] : around[8 * place + slot]].squareRoot()
        }
        for (row, left) in deviations.enumerated() {
          for (column, right) in deviations.enumerated() {
            sum += products[component][row][column] * left * right
          }
        }
      }
      return scale * sum
    }
  }

  /// The mixed fourth difference (1 −2 1)ᵀ(1 −2 1) of a field at each of ``cells``.
  ///
  /// It kills every polynomial of third degree and every sum of a function of a and one of c.
  /// White noise σ becomes 6 σ.
  func fourthDifference(of field: [Double]) -> [Double] {
    cells.indices.map { place in
      let near = around[8 * place..<8 * place + 8]
      let edges = near.prefix(4).reduce(0) { $0 + field[$1] }
      let corners = near.suffix(4).reduce(0) { $0 + field[$1] }
      return 4 * field[cells[place]] - 2 * edges + corners
    }
  }
}
