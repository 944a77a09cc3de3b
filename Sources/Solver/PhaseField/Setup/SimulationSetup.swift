// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// A particle to be simulated: an outline with voids in a box, its grid, physics and start.
public struct SimulationSetup: Sendable {
  /// A void.
  public typealias Hole = Shape

  /// Edges along a, c, b in nm.
  public var size: Directions<Double>
  /// Elements along a, c, b; b of 0 is two-dimensional.
  public var elements: Directions<Int>
  /// What the particle is cut from; nil is the whole box.
  public var outline: Shape?
  /// The voids.
  public var voids: [Hole]
  /// Measured fields of material, each of which the volume fractions are multiplied by.
  public var maps: [MaterialMap]
  /// Whether only the largest part of the solid stays.
  public var removesFragments = false
  /// Whether the box closes on itself along a and c.
  public var periodic: (x: Bool, y: Bool)
  /// The physics.
  public var model: PhaseFieldModel
  /// Where the run begins.
  public var start: Start
  /// Where and how lithium enters; nil for a closed body.
  public var opening: SurfaceOpening?

  /// A setup from its parts.
  public init(
    size: Directions<Double>, elements: Directions<Int>, outline: Shape? = nil, voids: [Hole],
    maps: [MaterialMap] = [], periodic: (x: Bool, y: Bool) = (false, false), model: PhaseFieldModel,
    start: Start
  ) {
    self.size = size
    self.elements = elements
    self.outline = outline
    self.voids = voids
    self.maps = maps
    self.periodic = periodic
    self.model = model
    self.start = start
  }

  /// Nodes along a, c, b.
  public var nodes: Directions<Int> {
    Directions(
      elements.x + (periodic.x ? 0 : 1), elements.y + (periodic.y ? 0 : 1), elements.z + 1)
  }

  /// The unknowns of a node.
  public var components: Int {
    PhaseFieldUnknown.all(isElastic: model.elasticity != nil).count
  }

  /// Unknowns over all nodes, empty ones included.
  public var degreesOfFreedom: Int { nodes.x * nodes.y * nodes.z * components }

  /// Where there is material.
  var region: Region { Region(outline: outline, voids: voids) }

  /// The grid.
  ///
  /// Without communication.
  package func grid(_ communicator: Communicator) -> StructuredGrid {
    StructuredGrid(
      elements: (elements.x, elements.y, elements.z), size: size, periodic: periodic,
      communicator: communicator)
  }

  /// The volume fractions of outline, voids and maps.
  ///
  /// Collective.
  func fractions(_ grid: StructuredGrid) throws(ParallelError) -> VolumeFractions {
    let fractions = VolumeFractions(grid, region: region)
    for map in maps { try map.multiply(fractions, grid) }
    return fractions
  }

  /// A particle whose geometry and start are found sound.
  struct Prepared {
    let grid: StructuredGrid
    let fractions: VolumeFractions
    let solid: Solid
    /// The surface that lithium passes.
    let areas: SurfaceAreas?
    /// The composition at the start.
    let composition: Fields
    /// What of it was interpolated.
    let transfer: StoredStart.Transfer?
  }

  /// Builds geometry and start and checks them: what is refused here is refused by every command.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` where nothing is left of the particle, where it is
  ///   in parts, and where it starts outside (0, 1).
  func prepared(_ communicator: Communicator) throws(ParallelError) -> Prepared {
    let grid = grid(communicator)
    let fractions = try fractions(grid)
    let removed = removesFragments ? try removeFragments(fractions, grid) : Fragments()
    let solid = try solid(grid, fractions, removed)
    let (mass, composition) = (Fields(grid.layout, count: 1), Fields(grid.layout, count: 1))
    LumpedMass.assemble(fractions.weights[0], into: mass[0], grid.layout)
    let transfer = try start.set(composition[0], mass: mass[0], grid)
    var range = [Double.infinity, .infinity]
    for place in 0..<grid.layout.size where mass[0][place] > 0 {
      let x = composition[0][place]
      // A NaN must reach every rank.
      guard x.isFinite else {
        range = [-.infinity, -.infinity]
        continue
      }
      range = [min(range[0], x), min(range[1], -x)]
    }
    try communicator.reduce(&range, .minimum)
    try checkRange(range[0], -range[1])
    return Prepared(
      grid: grid, fractions: fractions, solid: solid,
      areas: try openAreas(grid, fractions, mass: mass[0]), composition: composition,
      transfer: transfer)
  }

  /// Builds geometry and start and checks them.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` as ``stepper(_:_:)``.
  public func geometry(_ communicator: Communicator) throws(ParallelError) -> Solid {
    try prepared(communicator).solid
  }

  /// The run at its start.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` where nothing is left of the particle, where it is
  ///   in parts, and where it starts outside (0, 1).
  public func stepper(
    _ options: StepOptions, _ communicator: Communicator
  ) throws(ParallelError) -> PhaseFieldStepper {
    try begun(options, communicator).stepper
  }

  /// The run at its start, what its geometry comes to, and what its composition was interpolated from.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` as ``stepper(_:_:)``.
  public func begun(
    _ options: StepOptions, _ communicator: Communicator
  ) throws(ParallelError) -> (stepper: PhaseFieldStepper, solid: Solid, origin: String?) {
    let prepared = try prepared(communicator)
    var flux: SurfaceFlux?
    if let opening, let areas = prepared.areas {
      flux = try SurfaceFlux(
        opening.law, areas, volume: prepared.solid.volume, prepared.grid)
      flux?.drive = opening.drive
    }
    let system = try PhaseFieldSystem(
      grid: prepared.grid, model: model, fractions: prepared.fractions, surface: flux)
    let state = system.makeState()
    state[.composition].copy(prepared.composition[0], prepared.grid.layout)
    let stepper = try TimeStepper(system, state: state, options: options)
    let mean = try system.content(state) / system.solidVolume
    return (stepper, prepared.solid, prepared.transfer?.sentence(mean))
  }
}
