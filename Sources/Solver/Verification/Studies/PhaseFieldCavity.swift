// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Row E7, volume fractions against the closed form of a spherical cavity.
///
/// The largest error of the columns is in one that grazes the cavity. Independent trilinear elements
/// give .0101 with plain counts of 8³ and .0106 with 32³ in each cut element.
extension PhaseFieldStudies {
  @Sendable static func cavity(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    for cells in options.quick ? [8] : [4, 8, 16] {
      let problem = try CavityProblem(cellsPerRadius: cells, communicator)
      let iterations = try problem.solve()
      let energy = try problem.energyRatio()
      let stress = try problem.shellStressError()
      let strain = try problem.columnStrainErrors()
      log.note("R/h = \(cells): \(iterations) iterations")
      let name = "R/h = \(cells)"
      if cells == 8 {
        results += [
          StudyResult("energy over the exact one, \(name)", energy, target: 1, tolerance: 0.001),
          StudyResult(
            "stress in R < r < 1.25 R, α ≥ ½, relative L2 error, \(name)", stress, atMost: 0.05),
          StudyResult(
            "column-averaged strain, largest error in far strains, \(name)", strain.largest,
            atMost: 0.011),
          StudyResult(
            "column-averaged strain, rms error, \(name)", strain.rms, atMost: 0.0015),
        ]
      } else {
        results += [
          StudyResult("energy over the exact one, \(name)", reported: energy),
          StudyResult("stress in the shell, relative L2 error, \(name)", reported: stress),
          StudyResult("column-averaged strain, largest error, \(name)", reported: strain.largest),
          StudyResult("column-averaged strain, rms error, \(name)", reported: strain.rms),
        ]
      }
    }
    return results
  }
}

/// An octant of a cube of edge 3 R around the cavity: symmetry planes, the exact displacement on
/// the outer faces, elements of R over `cellsPerRadius`.
final class CavityProblem {
  static let radius = 10.0
  private let exact = SphericalCavity(radius: radius, young: 1, poisson: 0.3)
  private let grid: StructuredGrid
  private let weights: Fields
  private let kernel: ElasticKernel
  private let ring: LayerRing
  private let free: Fields
  private let solution: Fields

  /// - Parameters:
  ///   - cells: elements of a radius.
  ///   - communicator: the ranks.
  ///   - fractions: those of the solid on its grid; nil for the sphere's own.
  /// - Throws: what `fractions` throws.
  init(
    cellsPerRadius cells: Int, _ communicator: Communicator,
    fractions: ((StructuredGrid) throws(ParallelError) -> VolumeFractions)? = nil
  ) throws(ParallelError) {
    let (side, edge) = (3 * cells, 3 * CavityProblem.radius)
    let grid = StructuredGrid(
      elements: (side, side, side), size: Directions(edge, edge, edge),
      communicator: communicator)
    self.grid = grid
    weights =
      try fractions?(grid).weights
      ?? VolumeFractions(grid) { place in
        (place.x * place.x + place.y * place.y + place.z * place.z).squareRoot()
          - CavityProblem.radius
      }.weights
    // C11 = E (1 − ν)/((1 + ν)(1 − 2ν)) and μ = E/2(1 + ν) for E = 1, ν = 0.3; C12 = C11 − 2μ.
    let (first, shear) = (0.7 / (1.3 * 0.4), 0.5 / 1.3)
    let cross = first - 2 * shear
    ring = LayerRing(grid.layout, components: 3)
    kernel = ElasticKernel(
      GridStiffness(
        OrthotropicStiffness(
          in: 1, c11: first, c22: first, c33: first, c44: shear, c55: shear, c66: shear,
          c12: cross, c13: cross, c23: cross), sitesPerVolume: 1), grid)
    solution = Fields(grid.layout, count: 3)
    // One over the diagonal where the displacement is free, zero where it is held or there is
    // nothing.
    free = Fields(grid.layout, count: 3)
    LumpedMass.assemble(weights[0], into: free[0], grid.layout)
    let diagonal = [kernel.diagonal.x, kernel.diagonal.y, kernel.diagonal.z]
    for k in 0..<grid.layout.z {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          let place = grid.layout.index(i, j, k)
          let at = grid.position(i, j, k)
          let u = exact.displacement(at)
          let numbers = [grid.own.x.lowerBound + i, grid.own.y.lowerBound + j, k]
          let mass = free[0][place]
          for component in 0..<3 {
            let isOuter = numbers.contains(side)
            let isHeld = isOuter || numbers[component] == 0
            free[component][place] =
              isHeld || mass == 0 ? 0 : 1 / (8 * mass * diagonal[component])
            if isOuter && numbers[component] > 0 {
              solution[component][place] = [u.x, u.y, u.z][component]
            }
          }
        }
      }
    }
  }

  /// K u on the own nodes.
  ///
  /// Collective.
  private func product(_ values: Fields, _ result: Fields) throws(ParallelError) {
    try values.fillGhosts(grid.halo)
    kernel.apply(values, from: 0, weights: weights[0], ring: ring, into: result, at: 0)
    values.clearGhosts()
  }

  /// Conjugate gradients with the diagonal on the free displacements.
  ///
  /// Collective.
  ///
  /// - Returns: the iterations.
  func solve() throws(ParallelError) -> Int {
    let communicator = grid.communicator
    let (residual, scaled) = (Fields(grid.layout, count: 3), Fields(grid.layout, count: 3))
    let (direction, image) = (Fields(grid.layout, count: 3), Fields(grid.layout, count: 3))
    try product(solution, residual)
    VectorKernels.scaleAll(residual, by: -1)
    func scale() {
      for place in 0..<scaled.total { scaled.all[place] = residual.all[place] * free.all[place] }
    }
    scale()
    direction.copy(scaled)
    var square = try communicator.sum(VectorKernels.dot(residual, scaled))
    let start = square
    for iteration in 1...5000 {
      try product(direction, image)
      let step = square / (try communicator.sum(VectorKernels.dot(direction, image)))
      VectorKernels.add(step, direction, to: solution)
      VectorKernels.add(-step, image, to: residual)
      scale()
      let next = try communicator.sum(VectorKernels.dot(residual, scaled))
      if next <= 1e-20 * start { return iteration }
      VectorKernels.scaleAll(direction, by: next / square)
      VectorKernels.add(1, scaled, to: direction)
      square = next
    }
    throw ParallelError(.notConverged, "the cavity needs more than 5000 iterations")
  }

  /// The strain at the centre of an element.
  private func strain(_ quadrature: ElementQuadrature, _ place: Int) -> SphericalCavity.Tensor {
    let point = quadrature.points[0]
    let x = quadrature.gradient(solution[0], place, point)
    let y = quadrature.gradient(solution[1], place, point)
    let z = quadrature.gradient(solution[2], place, point)
    return SphericalCavity.Tensor(
      xx: x.x, yy: y.y, zz: z.z, xy: (x.y + y.x) / 2, xz: (x.z + z.x) / 2, yz: (y.z + z.y) / 2)
  }

  /// The elastic energy over the work of the exact tractions on the outer faces.
  ///
  /// By Clapeyron ½ ∫ σ:ε dV = ½ ∮ t·u dS with t = σ n, and no other face works: symmetry planes
  /// move only along themselves, where they have no shear, and the cavity has no traction.
  ///
  /// Collective.
  func energyRatio() throws(ParallelError) -> Double {
    let force = Fields(grid.layout, count: 3)
    try product(solution, force)
    let energy = 0.5 * (try grid.communicator.sum(VectorKernels.dot(solution, force)))
    let (edge, count) = (grid.size.x, 120)
    let step = edge / Double(count)
    var work = 0.0
    // Midpoints of 120 × 120 squares: the fields are smooth there.
    for i in 0..<count {
      for j in 0..<count {
        let (p, q) = ((Double(i) + 0.5) * step, (Double(j) + 0.5) * step)
        let faces = [
          (Directions(edge, p, q), Directions(1.0, 0, 0)),
          (Directions(p, edge, q), Directions(0.0, 1, 0)),
          (Directions(p, q, edge), Directions(0.0, 0, 1)),
        ]
        for (at, normal) in faces {
          let (t, u) = (exact.stress(at).along(normal), exact.displacement(at))
          work += 0.5 * (t.x * u.x + t.y * u.y + t.z * u.z) * step * step
        }
      }
    }
    return energy / work
  }

  /// The error of the stress at the centres of elements between R and 1.25 R that are at least
  /// half full, relative, root of the α-weighted squares.
  ///
  /// Collective.
  func shellStressError() throws(ParallelError) -> Double {
    try solution.fillGhosts(grid.halo)
    let quadrature = ElementQuadrature(grid, points: 1)
    var sums = [0.0, 0.0]
    quadrature.forElements { place, corner, isOwn in
      let at = quadrature.position(corner, quadrature.points[0])
      let r = (at.x * at.x + at.y * at.y + at.z * at.z).squareRoot() / CavityProblem.radius
      let weight = weights[0][place]
      guard isOwn, r > 1, r < 1.25, weight >= 0.5 * grid.elementVolume else { return }
      let found = exact.stress(of: strain(quadrature, place))
      let right = exact.stress(at)
      let error = SphericalCavity.Tensor(
        xx: found.xx - right.xx, yy: found.yy - right.yy, zz: found.zz - right.zz,
        xy: found.xy - right.xy, xz: found.xz - right.xz, yz: found.yz - right.yz)
      sums[0] += weight * (error * error)
      sums[1] += weight * (right * right)
    }
    solution.clearGhosts()
    try grid.communicator.reduce(&sums, .sum)
    return (sums[0] / sums[1]).squareRoot()
  }

  /// The errors of Σ α ε / Σ α of each column along z against the exact strain's average over the
  /// solid part, all of xx, yy, zz and xy, in units of the far strain.
  ///
  /// Collective.
  func columnStrainErrors() throws(ParallelError) -> (largest: Double, rms: Double) {
    try solution.fillGhosts(grid.halo)
    let centre = ElementQuadrature(grid, points: 1)
    let fine = ElementQuadrature(grid, points: 4)
    let columns = grid.own.x.count * grid.own.y.count
    // Σ α and Σ α ε found, then the same exact.
    var sums = [[Double]](repeating: [Double](repeating: 0, count: columns), count: 10)
    func add(_ first: Int, _ column: Int, _ weight: Double, _ e: SphericalCavity.Tensor) {
      for (index, value) in [1, e.xx, e.yy, e.zz, e.xy].enumerated() {
        sums[first + index][column] += weight * value
      }
    }
    let layout = grid.layout
    let reach = CavityProblem.radius
    centre.forElements { place, corner, isOwn in
      guard isOwn, weights[0][place] > 0 else { return }
      let inPlane = place % layout.plane
      let column = (inPlane / layout.line - 1) * grid.own.x.count + inPlane % layout.line - 8
      add(0, column, weights[0][place], strain(centre, place))
      if weights[0][place] > grid.elementVolume * (1 - 1e-9) {
        for point in fine.points {
          add(
            5, column, point.weight * grid.elementVolume,
            exact.strain(fine.position(corner, point)))
        }
        return
      }
      let cuts = 8
      for c in 0..<cuts {
        for b in 0..<cuts {
          for a in 0..<cuts {
            let at = Directions(
              corner.x + (Double(a) + 0.5) / Double(cuts) * grid.spacing.x,
              corner.y + (Double(b) + 0.5) / Double(cuts) * grid.spacing.y,
              corner.z + (Double(c) + 0.5) / Double(cuts) * grid.spacing.z)
            guard at.x * at.x + at.y * at.y + at.z * at.z > reach * reach else { continue }
            add(5, column, grid.elementVolume / Double(cuts * cuts * cuts), exact.strain(at))
          }
        }
      }
    }
    solution.clearGhosts()
    var largest = 0.0
    var totals = [0.0, 0.0]
    for column in 0..<columns where sums[0][column] > 0 && sums[5][column] > 0 {
      for index in 1...4 {
        let found = sums[index][column] / sums[0][column]
        let error = found - sums[5 + index][column] / sums[5][column]
        largest = max(largest, abs(error))
        totals[0] += error * error
        totals[1] += 1
      }
    }
    try grid.communicator.reduce(&totals, .sum)
    return (try grid.communicator.maximum(largest), (totals[0] / totals[1]).squareRoot())
  }
}
