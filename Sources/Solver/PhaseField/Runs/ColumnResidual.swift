// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// The b-averaged residual strain of a particle in three dimensions, as an image of it would give.
///
/// What remains of the b-averaged strain after the law f(⟨X⟩) and the coherency strain of the plate
/// that the image shows: the plane-stress problem with free edges for the eigenstrain f(⟨X⟩) of
/// each column, ε_res = ⟨ε⟩ − f(⟨X⟩) − ε_coh. The plate is equally thick wherever a column holds
/// any material, because the image does not tell the thickness: a hidden void is then part of the
/// residual. (In three dimensions ε − ε⁰ − ε_el itself is zero.)
public struct ColumnResidual: Sendable {
  /// Own columns along x and y, as global numbers of elements.
  public let columns: (x: Range<Int>, y: Range<Int>)
  /// Σ α V of each own column, x fastest; the rest is zero where it is.
  public let volume: [Double]
  /// Residual strain aa, cc, ac (tensor shear), b-averaged.
  public let residual: [[Double]]
  /// Coherency strain aa, cc, ac of the plate.
  public let plate: [[Double]]

  /// The residual of b-averages; nil without elasticity and for a periodic box, which has no edges.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when the plate's equilibrium is not found.
  init?(_ averages: ColumnAverages, _ system: PhaseFieldSystem) throws(ParallelError) {
    guard let elasticity = system.model.elasticity, !system.grid.periodic.x,
      !system.grid.periodic.y
    else { return nil }
    let fine = system.grid
    let grid = StructuredGrid(
      elements: (fine.elements.x, fine.elements.y, 0), size: fine.size, periodic: fine.periodic,
      communicator: fine.communicator)
    columns = averages.columns
    volume = averages.volume
    let stiffness = elasticity.stiffness.planeStress
    let eigenstrain = Fields(grid.layout, count: 2)
    let weights = Fields(grid.layout, count: 1)
    let width = columns.x.count
    for j in 0..<columns.y.count {
      for i in 0..<width {
        let column = j * width + i
        let place = grid.layout.index(i, j, 0)
        weights[0][place] = averages.volume[column] > 0 ? grid.elementVolume : 0
        let x = averages.composition[column]
        eigenstrain[0][place] = elasticity.eigenstrain(\.x, at: x)
        eigenstrain[1][place] = elasticity.eigenstrain(\.y, at: x)
      }
    }
    try weights.fillGhosts(grid.halo)
    try eigenstrain.fillGhosts(grid.halo)
    let strain = try PlateEquilibrium(grid, stiffness, weights: weights).strain(eigenstrain)
    var residual = [[Double]](
      repeating: [Double](repeating: 0, count: averages.volume.count), count: 3)
    var plate = residual
    for j in 0..<columns.y.count {
      for i in 0..<width {
        let column = j * width + i
        guard averages.volume[column] > 0 else { continue }
        let place = grid.layout.index(i, j, 0)
        for (component, source) in [0, 2, 3].enumerated() {
          let law = component < 2 ? eigenstrain[component][place] : 0
          let coherency = strain[component][place] - law
          plate[component][column] = coherency
          residual[component][column] = averages.total[source][column] - law - coherency
        }
      }
    }
    self.residual = residual
    self.plate = plate
  }

  /// The root mean square over the columns with material and the largest magnitude: aa, cc, ac.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  public func statistics(
    _ communicator: Communicator
  ) throws(ParallelError) -> (rms: [Double], largest: [Double]) {
    var sums = [0.0, 0, 0, 0]
    var largest = [0.0, 0, 0]
    for column in volume.indices where volume[column] > 0 {
      sums[3] += 1
      for component in 0..<3 {
        let value = residual[component][column]
        sums[component] += value * value
        largest[component] = max(largest[component], abs(value))
      }
    }
    try communicator.reduce(&sums, .sum)
    try communicator.reduce(&largest, .maximum)
    return (sums.prefix(3).map { ($0 / sums[3]).squareRoot() }, largest)
  }
}

extension PhaseFieldStepper {
  /// The b-averaged residual strain of the state reached; nil without elasticity.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  public func columnResidual() throws(ParallelError) -> ColumnResidual? {
    try state.fillGhosts(system.grid.halo)
    return try ColumnResidual(ColumnAverages(system, state), system)
  }
}

extension ElasticModel {
  /// The eigenstrain along one axis.
  func eigenstrain(_ axis: KeyPath<Directions<[Double]>, [Double]>, at x: Double) -> Double {
    var value = 0.0
    for coefficient in eigenstrain[keyPath: axis].reversed() {
      value = (value + coefficient) * (x - reference)
    }
    return value
  }
}

extension GridStiffness {
  /// The stiffness in the xy plane of a plate that is free along z; a plate's own.
  var planeStress: GridStiffness {
    guard zz > 0 else { return self }
    var plate = self
    plate.xx -= xz * xz / zz
    plate.yy -= yz * yz / zz
    plate.xy -= xz * yz / zz
    (plate.zz, plate.xz, plate.yz, plate.shearXZ, plate.shearYZ) = (0, 0, 0, 0, 0)
    return plate
  }
}

/// A plate with free edges and an eigenstrain that is constant in each element.
private struct PlateEquilibrium {
  let grid: StructuredGrid
  let kernel: ElasticKernel
  let weights: Fields
  let multigrid: ElasticMultigrid

  init(
    _ grid: StructuredGrid, _ stiffness: GridStiffness, weights: Fields
  ) throws(ParallelError) {
    self.grid = grid
    self.weights = weights
    kernel = ElasticKernel(stiffness, grid)
    multigrid = try ElasticMultigrid(grid, stiffness, weights: weights)
  }

  /// Total strain xx, yy, xy at the elements' centres.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  package func strain(_ eigenstrain: Fields) throws(ParallelError) -> Fields {
    let layout = grid.layout
    let (force, displacement) = (Fields(layout, count: 3), Fields(layout, count: 3))
    for j in -1..<layout.y {
      for i in stride(from: -1, to: layout.x, by: 8) {
        let place = layout.index(i, j, 0)
        let eighth = weights[0].load(place) * -0.125
        let x = Octet(each: eigenstrain[0].load(place) * eighth)
        let y = Octet(each: eigenstrain[1].load(place) * eighth)
        let stress = kernel.normalStress(x, y, .zero)
        kernel.subtractForces(stress.0, stress.1, stress.2, from: force, at: 0, place)
      }
    }
    force.clearGhosts()
    let krylov = FlexibleKrylov(limit: 60, communicator: grid.communicator) {
      Fields(layout, count: 3)
    }
    let ring = LayerRing(layout, components: 3)
    let outcome = try krylov.solve(
      force, into: displacement, tolerance: 1e-10,
      precondition: { (source, target) throws(ParallelError) in
        try multigrid.solve(source, into: target, at: 0)
      },
      apply: { (source, target) throws(ParallelError) in
        try source.fillGhosts(grid.halo)
        kernel.apply(source, from: 0, weights: weights[0], ring: ring, into: target, at: 0)
      })
    guard outcome.relativeResidual <= 1e-8 else {
      throw ParallelError(
        .notConverged,
        "the plate of b-averages keeps a relative residual of \(outcome.relativeResidual) after "
          + "\(outcome.iterations) iterations, expected at most 1e-8")
    }
    try displacement.fillGhosts(grid.halo)
    let strain = Fields(layout, count: 3)
    let (ux, uy, h, line) = (displacement[0], displacement[1], grid.spacing, layout.line)
    func slopes(_ u: Lane, _ place: Int) -> (x: Double, y: Double) {
      let (low, high) = (u[place + 1] - u[place], u[place + line + 1] - u[place + line])
      let (left, right) = (u[place + line] - u[place], u[place + line + 1] - u[place + 1])
      return ((low + high) / (2 * h.x), (left + right) / (2 * h.y))
    }
    for j in 0..<layout.y {
      for i in 0..<layout.x {
        let place = layout.index(i, j, 0)
        let (x, y) = (slopes(ux, place), slopes(uy, place))
        strain[0][place] = x.x
        strain[1][place] = y.y
        strain[2][place] = (x.y + y.x) / 2
      }
    }
    return strain
  }
}
