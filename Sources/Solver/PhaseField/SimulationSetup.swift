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
  /// Whether the box closes on itself along a and c.
  public var periodic: (x: Bool, y: Bool)
  /// The physics.
  public var model: PhaseFieldModel
  /// Where the run begins.
  public var start: Start

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
  public var components: Int { model.elasticity == nil ? 2 : 5 }

  /// Unknowns over all nodes, empty ones included.
  public var degreesOfFreedom: Int { nodes.x * nodes.y * nodes.z * components }

  /// Where there is material.
  var region: Region { Region(outline: outline, voids: voids) }

  /// The grid.
  ///
  /// Without communication.
  func grid(_ communicator: Communicator) -> StructuredGrid {
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

  /// The run at its start.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` where nothing is left of the particle, where it is
  ///   in parts, and where it starts outside (0, 1).
  public func stepper(
    _ options: TimeStepper.Options, _ communicator: Communicator
  ) throws(ParallelError) -> TimeStepper {
    let grid = grid(communicator)
    let fractions = try fractions(grid)
    _ = try solid(grid, fractions)
    let system = try PhaseFieldSystem(grid: grid, model: model, fractions: fractions)
    let state = system.makeState()
    try start.set(state, of: system)
    let range = try system.compositionRange(state)
    try checkRange(range.lowest, range.highest)
    return try TimeStepper(system, state: state, options: options)
  }
}
