// SPDX-License-Identifier: Apache-2.0

public import Images
public import Parallel
import Physics

/// The displacement that an eigenstrain causes in a particle: div C:(∇u − f) = 0 (equation 2.6 of
/// the SI, its boundary condition read as n·(c ⊗ ∇d) = n·(c ⊗ f)).
///
/// The mesh covers the particle's whole pixels. One factorisation serves all right-hand sides.
public struct ForwardModel: ~Copyable {
  /// What holds the boundary.
  public enum Boundary: String, Sendable, CaseIterable {
    /// Nothing: traction-free, rigid motions left to the fit.
    case free
    /// The displacement integrated from the data, as in the paper (2.7).
    case measured
  }

  /// The fields that a model predicts for each pixel.
  public enum Field: Int, CaseIterable, Sendable {
    /// Strain, rotation and displacement (in units of the pixel side) at the pixel's centre.
    case strainAA, strainCC, strainAC, rotation, displacementA, displacementC
  }

  /// The share of the unknowns that the most loaded rank owns.
  public let largestShare: Double
  /// The number of unknowns over all ranks.
  public let unknownCount: Int
  /// The largest relative residual seen in a solve.
  public private(set) var residual = 0.0

  let image: ParticleImage
  let elements: ElementField
  let mesh: PixelMesh
  let held: HeldNodes
  private let foreign: [Int: Int]
  private let matrix: Matrix
  private let solver: LinearSolver
  private let ghosts: Ghosts

  /// Unknowns beyond which a factorisation gives way to multigrid.
  static let directLimit = 1_000_000

  /// Meshes the image, assembles and factorises.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - stiffness: the element of each pixel.
  ///   - measured: the displacement on held pixels in units of the pixel side, for the boundary
  ///     `measured`; nil leaves it free.
  ///   - method: how the system is solved; by size when nil.
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  public init(
    _ image: ParticleImage, components: Components, stiffness: ElementField,
    measured: MeasuredDisplacement?, method: LinearSolver.Method? = nil
  ) throws(ParallelError) {
    let mesh = try PixelMesh(image)
    let communicator = image.communicator
    let held: HeldNodes
    if let measured {
      held = HeldNodes(boundaryOf: image, mesh: mesh, displacement: measured)
    } else {
      held = try HeldNodes(pinning: image, components: components, mesh: mesh)
    }
    let chosen =
      method
      ?? (2 * mesh.globalCount <= Self.directLimit ? .direct : .multigrid(tolerance: 1e-10))
    let elements = stiffness.scaled(by: image.thickness)
    let assembled = try Self.assemble(mesh, elements, held, chosen, communicator)
    if case .multigrid = chosen { try Self.setRigidModes(assembled, image, mesh) }
    let factorised = try LinearSolver(assembled, method: chosen, prefix: "elasticity_")
    let wanted = Set(mesh.nodes[..<(8 * mesh.ownElements)]).subtracting(mesh.own).sorted()
    let exchange = try Ghosts(
      localRows: 2 * mesh.own.count, rows: wanted.flatMap { [2 * $0, 2 * $0 + 1] },
      communicator: communicator)
    largestShare =
      try communicator.maximum(Double(mesh.own.count)) / Double(max(1, mesh.globalCount))
    unknownCount = 2 * mesh.globalCount
    self.image = image
    self.elements = elements
    self.mesh = mesh
    self.held = held
    foreign = Dictionary(uniqueKeysWithValues: wanted.enumerated().map { ($1, $0) })
    matrix = assembled
    solver = factorised
    ghosts = exchange
  }

  /// The responses to each term of the law, and to the measured boundary.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - terms: N; column n−1 is φ_n of ``AnchoredLegendre`` along a, column N+n−1 the same along c;
  ///     with the boundary `measured` one more column follows, the response to the boundary alone.
  ///   - reference: the composition at which the basis vanishes.
  ///   - composition: X on held pixels, finite everywhere in the mask.
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  public mutating func responses(
    terms: Int, reference: Double, composition: [Double]
  ) throws(ParallelError) -> PixelFields {
    let points = elements.points
    let profile = LocalComposition(image, composition)
    return try responses(columns: terms) { cell, basis in
      profile.evaluateBasis(cell, terms, reference: reference, points, into: &basis)
    }
  }

  /// The responses to eigenstrains along a, and to the same along c.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - terms: the number of eigenstrains.
  ///   - isLifted: whether the response to a measured boundary is one more column.
  ///   - evaluate: fills in their values at the quadrature points of a held cell, one after the
  ///     other.
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  package mutating func responses(
    columns terms: Int, isLifted: Bool = true, _ evaluate: (Int, inout [Double]) -> Void
  ) throws(ParallelError) -> PixelFields {
    let lift = isLifted && held.hasValues ? 1 : 0
    let elements = self.elements
    let own = mesh.ownElements
    var basis = [Double](repeating: 0, count: terms * elements.points.count)
    // The eigenstrain inside a pixel moves its centre against its boundary.
    var shift = [Double](repeating: 0, count: 2 * terms)
    var shifts = [Double](repeating: 0, count: 4 * terms * own)
    // One direction after the other: what a solve needs besides grows with its columns.
    func solved(_ direction: Int) throws(ParallelError) -> DenseColumns {
      let isLast = direction == 1
      var pixel = 0
      return try solution(
        columnCount: terms + (isLast ? lift : 0), isLifted: isLifted && isLast
      ) { cell, loads in
        evaluate(cell, &basis)
        Self.contract(
          basis, with: elements[cell].load, direction, width: PixelElement.boundaryCount,
          factor: elements.thickness(cell), into: &loads)
        // Own pixels come first, in their order.
        guard pixel < own else { return }
        Self.contract(basis, with: elements[cell].centreLoad, direction, width: 2, into: &shift)
        for index in shift.indices {
          shifts[(direction * 2 * terms + index) * own + pixel] = shift[index]
        }
        pixel += 1
      }
    }
    let alongA = try solved(0)
    let alongC = try solved(1)
    var fields = PixelFields(pixelCount: own, columnCount: 2 * terms + lift)
    try write(alongA, to: &fields, from: 0)
    try write(alongC, to: &fields, from: terms)
    for column in 0..<2 * terms {
      for pixel in 0..<own {
        fields[.displacementA, column, pixel] += shifts[2 * column * own + pixel]
        fields[.displacementC, column, pixel] += shifts[(2 * column + 1) * own + pixel]
      }
    }
    try fields.takePointValues(image)
    return fields
  }

  /// For each term the sum over the quadrature points of the basis times the rows of an operator that
  /// belong to a direction.
  private static func contract(
    _ basis: [Double], with rows: [Double], _ direction: Int, width: Int, factor: Double = 1,
    into result: inout [Double]
  ) {
    let points = rows.count / (2 * width)
    let terms = basis.count / points
    for index in 0..<terms * width { result[index] = 0 }
    for term in 0..<terms {
      for point in 0..<points {
        let value = factor * basis[term * points + point]
        let row = (direction * points + point) * width
        for index in 0..<width { result[term * width + index] += value * rows[row + index] }
      }
    }
  }

  /// Solves for loads on the sixteen boundary unknowns of each pixel.
  ///
  /// Collective.
  ///
  /// - Parameter load: fills, for a held cell, sixteen numbers per column; the last column of a
  ///   measured boundary is left zero.
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  public mutating func solve(
    columnCount: Int, load: (Int, inout [Double]) -> Void
  ) throws(ParallelError) -> PixelFields {
    var fields = PixelFields(pixelCount: mesh.ownElements, columnCount: columnCount)
    try write(try solution(columnCount: columnCount, load: load), to: &fields)
    return fields
  }

  mutating func solution(
    columnCount: Int, isLifted: Bool = true, load: (Int, inout [Double]) -> Void
  ) throws(ParallelError) -> DenseColumns {
    let rows = 2 * mesh.own.count
    let rightSides = try DenseColumns(
      localRows: rows, columnCount: columnCount, communicator: image.communicator)
    let solution = try DenseColumns(
      localRows: rows, columnCount: columnCount, communicator: image.communicator)
    try rightSides.withLocal { (local) throws(ParallelError) in
      assembleLoads(columnCount, isLifted && held.hasValues, load, into: &local)
    }
    residual = max(residual, try solver.solve(matrix, rightSides, into: solution))
    return solution
  }

  private func assembleLoads(
    _ columnCount: Int, _ isLifted: Bool, _ load: (Int, inout [Double]) -> Void,
    into local: inout MutableSpan<Double>
  ) {
    let count = PixelElement.boundaryCount
    let rows = 2 * mesh.own.count
    var loads = [Double](repeating: 0, count: columnCount * count)
    for (index, cell) in mesh.cells.enumerated() {
      for entry in loads.indices { loads[entry] = 0 }
      load(cell, &loads)
      let element = elements[cell]
      if isLifted { addLift(index, cell, &loads, column: columnCount - 1) }
      for node in 0..<8 {
        let number = mesh.nodes[8 * index + node]
        guard mesh.own.contains(number) else { continue }
        for direction in 0..<2 {
          let unknown = 2 * node + direction
          let row = 2 * (number - mesh.own.lowerBound) + direction
          if held.contains(2 * number + direction) {
            guard isLifted else { continue }
            local[row + (columnCount - 1) * rows] +=
              elements.thickness(cell) * element.stiffness[unknown * (count + 1)]
              * held.value(2 * number + direction)
            continue
          }
          for column in 0..<columnCount {
            local[row + column * rows] += loads[column * count + unknown]
          }
        }
      }
    }
  }

  /// Moves the prescribed displacements of a pixel to the right-hand side.
  private func addLift(_ index: Int, _ cell: Int, _ loads: inout [Double], column: Int) {
    let count = PixelElement.boundaryCount
    let element = elements[cell]
    for node in 0..<8 {
      for direction in 0..<2 {
        let unknown = 2 * mesh.nodes[8 * index + node] + direction
        guard held.contains(unknown) else { continue }
        let value = elements.thickness(cell) * held.value(unknown)
        for row in 0..<count {
          loads[column * count + row] -=
            element.stiffness[row * count + 2 * node + direction] * value
        }
      }
    }
  }

  /// Evaluates the solution on own pixels, in columns from `first` on.
  ///
  /// Collective.
  private func write(
    _ solution: borrowing DenseColumns, to result: inout PixelFields, from first: Int = 0
  ) throws(ParallelError) {
    let count = PixelElement.boundaryCount
    for column in 0..<solution.columnCount {
      let around = try boundaryValues(of: solution, column: column)
      for pixel in 0..<mesh.ownElements {
        store(
          around.span.extracting(pixel * count..<(pixel + 1) * count), pixel, first + column,
          &result)
      }
    }
  }

  /// The sixteen boundary unknowns of each own pixel.
  ///
  /// Collective.
  func boundaryValues(
    of solution: borrowing DenseColumns, column: Int
  ) throws(ParallelError) -> [Double] {
    let count = PixelElement.boundaryCount
    let rows = 2 * mesh.own.count
    var values = [Double](repeating: 0, count: count * mesh.ownElements)
    let fetched = try ghosts.fetch(solution, column: column)
    try solution.withLocal { (local) throws(ParallelError) in
      for place in 0..<8 * mesh.ownElements {
        let number = mesh.nodes[place]
        for direction in 0..<2 {
          if mesh.own.contains(number) {
            let row = 2 * (number - mesh.own.lowerBound) + direction
            values[2 * place + direction] = local[row + column * rows]
          } else if let foreign = foreign[number] {
            values[2 * place + direction] = fetched[2 * foreign + direction]
          }
        }
      }
    }
    return values
  }

  /// The boundary unknowns of each own pixel, sixteen by sixteen, for one load.
  ///
  /// Collective.
  ///
  /// - Parameter load: fills the sixteen numbers of a held cell, inner loads condensed.
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  package mutating func boundaryUnknowns(
    load: (Int, inout [Double]) -> Void
  ) throws(ParallelError) -> [Double] {
    try boundaryValues(of: try solution(columnCount: 1, load: load), column: 0)
  }

  private func store(
    _ around: Span<Double>, _ pixel: Int, _ column: Int, _ result: inout PixelFields
  ) {
    let count = PixelElement.boundaryCount
    let element = elements[mesh.cells[pixel]]
    var gradient = (aa: 0.0, cc: 0.0, ac: 0.0, ca: 0.0)
    var centre = (a: 0.0, c: 0.0)
    for unknown in 0..<count {
      let value = around[unknown]
      gradient.aa += element.meanGradient[unknown] * value
      gradient.cc += element.meanGradient[count + unknown] * value
      gradient.ac += element.meanGradient[2 * count + unknown] * value
      gradient.ca += element.meanGradient[3 * count + unknown] * value
      centre.a += element.recovery[unknown] * value
      centre.c += element.recovery[count + unknown] * value
    }
    result[.strainAA, column, pixel] = gradient.aa
    result[.strainCC, column, pixel] = gradient.cc
    result[.strainAC, column, pixel] = (gradient.ac + gradient.ca) / 2
    result[.rotation, column, pixel] = (gradient.ca - gradient.ac) / 2
    result[.displacementA, column, pixel] = centre.a
    result[.displacementC, column, pixel] = centre.c
  }
}
