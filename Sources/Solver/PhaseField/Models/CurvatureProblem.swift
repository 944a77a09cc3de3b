// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel

/// Products with the second derivative of the free energy in X, for ``LowestCurvature``.
///
/// Vectors are one field, zero at ghosts and at nodes without material.
final class CurvatureProblem {
  private let system: PhaseFieldSystem
  private let state: Fields
  private let source: Fields
  private let product: Fields
  private let force: Fields
  private let response: Fields
  /// Directions that do not count, normal to each other: m v, and v.
  private var barred: [(weighed: Fields, direction: Fields)] = []

  /// The problem about a state in equilibrium of its stress.
  ///
  /// Collective.
  init(_ system: PhaseFieldSystem, _ state: Fields) throws(ParallelError) {
    self.system = system
    self.state = state
    let layout = system.grid.layout
    source = system.makeState()
    product = system.makeState()
    force = Fields(layout, count: 3)
    response = Fields(layout, count: 3)
    // Linearises at the state.
    _ = try system.energy(state)
    try system.prepareStaticPreconditioner()
    let uniform = makeVector()
    system.forSolid { place, _ in uniform[0][place] = 1 }
    try bar(uniform)
    for shift in shifts() { try bar(shift) }
  }

  /// A vector of zeros.
  func makeVector() -> Fields { Fields(system.grid.layout, count: 1) }

  /// ∂X/∂x and ∂X/∂y times two spacings, along which the box is periodic; the ghosts of the state
  /// are filled.
  private func shifts() -> [Fields] {
    let grid = system.grid
    let steps = (grid.periodic.x ? [1] : []) + (grid.periodic.y ? [grid.layout.line] : [])
    return steps.map { step in
      let shift = makeVector()
      system.forSolid { place, _ in
        shift[0][place] = state[.composition][place + step] - state[.composition][place - step]
      }
      return shift
    }
  }

  private func bar(_ vector: Fields) throws(ParallelError) {
    let size = try dot([(vector, weighed(vector))])[0]
    try orthogonalise(vector, to: [])
    let rest = try dot([(vector, weighed(vector))])[0]
    // A shift of a uniform state is none.
    guard rest > 1e-12 * size, rest > 1e-20 * system.solidVolume else { return }
    VectorKernels.scaleAll(vector, by: 1 / rest.squareRoot())
    barred.append((weighed(vector), vector))
  }

  /// m v.
  private func weighed(_ vector: Fields) -> Fields {
    let result = makeVector()
    system.forSolid { place, m in result[0][place] = m * vector[0][place] }
    return result
  }

  /// Products of pairs over all ranks.
  ///
  /// Collective.
  func dot(_ pairs: [(Fields, Fields)]) throws(ParallelError) -> [Double] {
    var sums = pairs.map { VectorKernels.dot($0.0, $0.1) }
    try system.grid.communicator.reduce(&sums, .sum)
    return sums
  }

  /// Draws a vector by the nodes' global numbers.
  func draw(_ vector: Fields, seed: Int) {
    let (grid, noise) = (system.grid, IndexedNoise(seed: seed))
    for k in 0..<grid.layout.z {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          let place = grid.layout.index(i, j, k)
          let (gi, gj) = (grid.own.x.lowerBound + i, grid.own.y.lowerBound + j)
          let number = (k * grid.nodes.y + gj) * grid.nodes.x + gi
          vector[0][place] = noise.normal(stream: 1, index: number)
        }
      }
    }
    clearEmpty(vector[0])
  }

  private func clearEmpty(_ lane: Lane) {
    let layout = system.grid.layout
    let kept = makeVector()
    system.forSolid { place, _ in kept[0][place] = lane[place] }
    lane.copy(kept[0], layout)
  }

  /// Takes away the barred directions and some others.
  ///
  /// Collective.
  func orthogonalise(_ vector: Fields, to others: [Fields]) throws(ParallelError) {
    let all = barred + others.map { (weighed: weighed($0), direction: $0) }
    guard !all.isEmpty else { return }
    // Twice is enough.
    for _ in 0..<2 {
      let shares = try dot(all.map { ($0.weighed, vector) })
      for (share, pair) in zip(shares, all) {
        VectorKernels.add(-share, pair.direction, to: vector)
      }
    }
  }

  /// Brings Σ m v² to one; `product` is scaled along.
  ///
  /// Collective.
  ///
  /// - Returns: whether there was anything.
  func normalise(_ vector: Fields, with product: Fields? = nil) throws(ParallelError) -> Bool {
    if product == nil { try orthogonalise(vector, to: []) }
    let square = try dot([(vector, weighed(vector))])[0]
    guard square > 1e-300, square.isFinite else { return false }
    VectorKernels.scaleAll(vector, by: 1 / square.squareRoot())
    if let product { VectorKernels.scaleAll(product, by: 1 / square.squareRoot()) }
    return true
  }

  /// H v, the second derivative of the energy in X where the displacement follows.
  ///
  /// With F_u(X, u) = 0 the total derivative of F_X is Schur's complement
  /// H = F_XX − F_Xu F_uu⁻¹ F_uX: the response w = F_uu⁻¹ F_uX v of the displacement comes from one
  /// elastic solve, then F_XX v − F_Xu w from one product. The row of μ holds −F_X, hence the sign.
  ///
  /// Collective.
  func apply(_ vector: Fields, _ result: Fields) throws(ParallelError) {
    source.fill()
    source[.composition].copy(vector[0], system.grid.layout)
    if let elastic = system.elastic {
      try multiply()
      for field in 0..<3 {
        force[field].copy(product[PhaseFieldUnknown.displacement + field], system.grid.layout)
      }
      let outcome = try elastic.solve(force, into: response, tolerance: 1e-6)
      guard outcome.relativeResidual < 1e-2 else {
        throw ParallelError(
          .notConverged,
          "the elastic response to a change of X keeps a relative residual of "
            + "\(outcome.relativeResidual), expected at most 1e-2")
      }
      for field in 0..<3 {
        source[PhaseFieldUnknown.displacement + field].copy(response[field], system.grid.layout)
        VectorKernels.scale(source, PhaseFieldUnknown.displacement + field, by: -1)
      }
    }
    try multiply()
    result[0].copy(product[.potential], system.grid.layout)
    VectorKernels.scaleAll(result, by: -1)
  }

  private func multiply() throws(ParallelError) {
    try system.applyDerivative(source, product, state: state)
    system.unscale(product)
  }

  /// Writes (H v − λ m v)/m to `rest` and gives its size in eV.
  ///
  /// Collective.
  func rest(
    _ product: Fields, _ vector: Fields, _ value: Double, into rest: Fields
  ) throws(ParallelError) -> Double {
    rest.fill()
    system.forSolid { place, m in
      rest[0][place] = product[0][place] / m - value * vector[0][place]
    }
    try orthogonalise(rest, to: [])
    return try dot([(rest, weighed(rest))])[0].squareRoot()
  }

  /// An approximate solution of H⁺ v = m r in the place of r.
  ///
  /// Collective.
  func precondition(_ vector: Fields) throws(ParallelError) {
    source.fill()
    system.forSolid { place, m in source[.potential][place] = -m * vector[0][place] }
    product.fill()
    try system.multigrid.solve(source, into: product)
    vector[0].copy(product[.composition], system.grid.layout)
    clearEmpty(vector[0])
  }

  /// The lowest value on the span of vectors given with their products, and its weights.
  ///
  /// Collective. The first is normal to the barred directions and to the second.
  func ritz(
    _ pairs: [(Fields, Fields)]
  ) throws(ParallelError) -> (value: Double, weights: [Double])? {
    let count = pairs.count
    let scaled = pairs.map { weighed($0.0) }
    var products: [(Fields, Fields)] = []
    for row in 0..<count {
      for column in 0..<count {
        products += [(pairs[row].0, pairs[column].1), (pairs[row].0, scaled[column])]
      }
    }
    let sums = try dot(products)
    func h(_ row: Int, _ column: Int) -> Double {
      (sums[2 * (row * count + column)] + sums[2 * (column * count + row)]) / 2
    }
    func m(_ row: Int, _ column: Int) -> Double { sums[2 * (row * count + column) + 1] }
    return SmallPencil.lowest(count, h, m)
  }
}

/// The lowest eigenvalue of a symmetric pencil of two or three unknowns.
///
/// Rayleigh and Ritz: on the span of vectors V the least v·Hv/v·Mv is the lowest λ of
/// (VᵀHV) y = λ (VᵀMV) y. An M-orthonormal basis makes it ordinary, and Jacobi's rotations by θ,
/// tan θ the smaller root of t² + 2τt − 1 = 0, diagonalise it (Golub and Van Loan, Matrix
/// Computations).
enum SmallPencil {
  /// λ and the vector of H v = λ M v; a direction that M nearly does not see is left out.
  static func lowest(
    _ count: Int, _ h: (Int, Int) -> Double, _ m: (Int, Int) -> Double
  ) -> (value: Double, weights: [Double])? {
    // Gram and Schmidt in the metric M: columns of `basis` are normal to each other.
    var basis: [[Double]] = []
    func product(_ u: [Double], _ v: [Double], _ a: (Int, Int) -> Double) -> Double {
      var sum = 0.0
      for row in 0..<count {
        for column in 0..<count { sum += u[row] * a(row, column) * v[column] }
      }
      return sum
    }
    for index in 0..<count {
      var unit = [Double](repeating: 0, count: count)
      unit[index] = 1
      for _ in 0..<2 {
        for other in basis {
          let share = product(other, unit, m)
          for row in 0..<count { unit[row] -= share * other[row] }
        }
      }
      let square = product(unit, unit, m)
      guard square > 1e-14 else { continue }
      basis.append(unit.map { $0 / square.squareRoot() })
    }
    guard !basis.isEmpty else { return nil }
    // Jacobi's rotations.
    var a = basis.map { u in basis.map { v in product(u, v, h) } }
    var vectors = basis.indices.map { i in basis.indices.map { $0 == i ? 1.0 : 0 } }
    let size = basis.count
    for _ in 0..<30 {
      for p in 0..<size {
        for q in p + 1..<max(size, p + 1) where abs(a[p][q]) > 0 {
          let tau = (a[q][q] - a[p][p]) / (2 * a[p][q])
          let t = (tau < 0 ? -1.0 : 1) / (abs(tau) + (1 + tau * tau).squareRoot())
          let c = 1 / (1 + t * t).squareRoot()
          let s = t * c
          for k in 0..<size {
            (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q])
          }
          for k in 0..<size {
            (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
            (vectors[p][k], vectors[q][k]) = (
              c * vectors[p][k] - s * vectors[q][k], s * vectors[p][k] + c * vectors[q][k]
            )
          }
        }
      }
    }
    guard let best = a.indices.min(by: { a[$0][$0] < a[$1][$1] }), a[best][best].isFinite else {
      return nil
    }
    let weights = (0..<count).map { row in
      basis.indices.reduce(0) { $0 + vectors[best][$1] * basis[$1][row] }
    }
    return (a[best][best], weights)
  }
}
