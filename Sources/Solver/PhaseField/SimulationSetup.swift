public import Parallel

/// A particle to be simulated: a box with spherical voids, its grid, physics and start.
public struct SimulationSetup: Sendable {
  /// A spherical void.
  public struct Hole: Sendable {
    /// Centre along a, c, b in nm.
    public var centre: Directions<Double>
    /// Radius in nm.
    public var radius: Double

    /// A void from centre and radius in nm.
    public init(centre: Directions<Double>, radius: Double) {
      self.centre = centre
      self.radius = radius
    }
  }

  /// A front between two phases: X₀ − A tanh([(x − x₀) + t (y − y₀)]/w) plus a ripple.
  public struct Start: Sendable {
    /// X₀.
    public var mean = 0.5
    /// A.
    public var amplitude = 0.485
    /// x₀ in nm.
    public var position = 0.0
    /// w in nm.
    public var width = 12.15
    /// t, the tilt.
    public var tilt = 0.25
    /// Amplitude of cos(2πx/100) cos(πy/65) in nm, which breaks symmetries.
    public var ripple = 0.004

    /// The defaults.
    public init() {}
  }

  /// Edges along a, c, b in nm.
  public var size: Directions<Double>
  /// Elements along a, c, b; b of 0 is two-dimensional.
  public var elements: Directions<Int>
  /// The voids.
  public var voids: [Hole]
  /// The physics.
  public var model: PhaseFieldModel
  /// Where the run begins.
  public var start: Start

  /// A setup from its parts.
  public init(
    size: Directions<Double>, elements: Directions<Int>, voids: [Hole], model: PhaseFieldModel,
    start: Start
  ) {
    self.size = size
    self.elements = elements
    self.voids = voids
    self.model = model
    self.start = start
  }

  /// Unknowns over all nodes, empty ones included.
  public var degreesOfFreedom: Int {
    let nodes = (elements.x + 1) * (elements.y + 1) * (elements.z + 1)
    return nodes * (model.elasticity == nil ? 2 : 5)
  }

  /// What is wrong with the setup, and what is doubtful.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a void outside the particle or filling it, and
  ///   for a start outside (0, 1).
  /// - Returns: sentences to warn with.
  public func check() throws(ParallelError) -> [String] {
    for hole in voids {
      let (c, r) = (hole.centre, hole.radius)
      let outside = zip([c.x, c.y, elements.z == 0 ? 0 : c.z], [size.x, size.y, size.z]).contains {
        $0.0 < -r || $0.0 > $0.1 + r
      }
      if outside {
        throw ParallelError(
          .input,
          "voids: found a void at (\(c.x), \(c.y), \(c.z)) nm with radius \(r) nm outside "
            + "the particle of \(size.x) × \(size.y) × \(size.z) nm")
      }
    }
    let reach = start.amplitude + abs(start.ripple)
    guard start.mean - reach > 0, start.mean + reach < 1 || !model.energy.hasBounds else {
      throw ParallelError(
        .input,
        "start: found compositions from \(start.mean - reach) to \(start.mean + reach), "
          + "expected between 0 and 1")
    }
    // 25–75 % of the step between the phases of Table S1 is 13.33 nm at κ = 13.4 eV nm².
    let width = 13.33 * (model.kappa.x / 13.4).squareRoot()
    let across = width / max(size.x / Double(elements.x), size.y / Double(elements.y))
    guard across < 4 else { return [] }
    return ["the interface is \(across) elements wide, expected at least 4: refine the grid"]
  }

  /// The distance to the nearest void's surface, positive in the material; nil without voids.
  var distance: (@Sendable (Directions<Double>) -> Double)? {
    guard !voids.isEmpty else { return nil }
    let (voids, isPlane) = (voids, elements.z == 0)
    return { place in
      voids.reduce(Double.infinity) { nearest, hole in
        let (x, y) = (place.x - hole.centre.x, place.y - hole.centre.y)
        let z = isPlane ? 0 : place.z - hole.centre.z
        return min(nearest, (x * x + y * y + z * z).squareRoot() - hole.radius)
      }
    }
  }

  /// The run at its start.
  ///
  /// Collective.
  public func stepper(
    _ options: TimeStepper.Options, _ communicator: Communicator
  ) throws(ParallelError) -> TimeStepper {
    let grid = StructuredGrid(
      elements: (elements.x, elements.y, elements.z), size: size, communicator: communicator)
    let system = try PhaseFieldSystem(
      grid: grid, model: model, fractions: VolumeFractions(grid, distance: distance))
    guard system.solidVolume > 0 else {
      throw ParallelError(.input, "voids: they fill the particle, nothing is left of it")
    }
    let state = system.makeState()
    let (start, middle) = (start, size.y / 2)
    system.setComposition(state) { place in
      let along = place.x - start.position + start.tilt * (place.y - middle)
      return start.mean - start.amplitude * hyperbolicTangent(along / start.width)
        + start.ripple * cosine(2 * .pi * place.x / 100) * cosine(.pi * place.y / 65)
    }
    return try TimeStepper(system, state: state, options: options)
  }
}
