import Parallel

extension SimulationSetup {
  /// Where a run begins: X₀ and a pattern on it.
  public struct Start: Sendable {
    /// What is added to X₀.
    public enum Pattern: Sendable, Equatable {
      /// A front between two phases: −A tanh([(x − x₀) + t (y − y₀)]/w) plus a ripple.
      case front
      /// A draw from (−noise, noise) at each node, by its global number.
      case noise(amplitude: Double, seed: Int)
      /// Σ A cos(k·x + φ).
      case waves([Wave])
      /// The composition of a dataset over the same nodes instead.
      case stored(file: String, dataset: String)
    }

    /// A cosine wave of the composition.
    public struct Wave: Sendable, Equatable {
      /// A.
      public var amplitude: Double
      /// k along a, c, b in 1/nm.
      public var vector: Directions<Double>
      /// φ in radians.
      public var phase: Double

      /// A wave from its constants.
      public init(amplitude: Double, vector: Directions<Double>, phase: Double = 0) {
        self.amplitude = amplitude
        self.vector = vector
        self.phase = phase
      }
    }

    /// X₀.
    public var mean = 0.5
    /// What is added.
    public var pattern = Pattern.front
    /// A of the front.
    public var amplitude = 0.485
    /// x₀ in nm.
    public var position = 0.0
    /// w in nm.
    public var width = 12.15
    /// t, the tilt about the middle of the box along c.
    public var tilt = 0.25
    /// Amplitude of cos(2πx/100) cos(πy/65) in nm, which breaks the front's symmetries.
    public var ripple = 0.004

    /// The defaults.
    public init() {}

    /// The composition at a place of a grid.
    func composition(_ place: Directions<Double>, _ grid: StructuredGrid) -> Double {
      switch pattern {
      case .front:
        let along = place.x - position + tilt * (place.y - grid.size.y / 2)
        return mean - amplitude * hyperbolicTangent(along / width)
          + ripple * cosine(2 * .pi * place.x / 100) * cosine(.pi * place.y / 65)
      case .noise(let amplitude, let seed):
        let (h, nodes) = (grid.spacing, grid.nodes)
        let (i, j) = (Int((place.x / h.x).rounded()), Int((place.y / h.y).rounded()))
        let k = grid.dimension == 2 ? 0 : Int((place.z / h.z).rounded())
        let draw = IndexedNoise(seed: seed).uniform(
          stream: 0, index: (k * nodes.y + j) * nodes.x + i)
        return mean + amplitude * (2 * draw - 1)
      case .waves(let waves):
        return waves.reduce(mean) { sum, wave in
          let k = wave.vector
          return sum + wave.amplitude
            * cosine(k.x * place.x + k.y * place.y + k.z * place.z + wave.phase)
        }
      case .stored: return mean
      }
    }

    /// Sets the composition of a state.
    ///
    /// Collective.
    func set(_ state: Fields, of system: PhaseFieldSystem) throws(ParallelError) {
      let grid = system.grid
      system.setComposition(state) { composition($0, grid) }
      guard case .stored(let path, let dataset) = pattern else { return }
      let file = try InputFile(path, communicator: grid.communicator)
      let name = try Start.dataset(dataset, of: file)
      let shape = try file.shape(of: name)
      guard shape == grid.fileShape else {
        throw ParallelError(
          .input,
          "\(path): dataset \(name) has shape \(shape), expected the nodes of the case, "
            + "\(grid.fileShape)")
      }
      let stored = Fields(grid.layout, count: 1)
      try grid.read(stored, 0, from: name, of: file)
      system.forSolid { place, _ in state[0][place] = stored[0][place] }
    }

    /// The dataset of a composition: the one named, a checkpoint's, or a run's last.
    ///
    /// Collective.
    private static func dataset(
      _ name: String, of file: borrowing InputFile
    ) throws(ParallelError) -> String {
      if !name.isEmpty {
        guard try file.contains(name) else {
          throw ParallelError(.input, "\(file.path): dataset \(name) is missing")
        }
        return name
      }
      if try file.contains("/levels/0/composition") { return "/levels/0/composition" }
      let steps = try file.contains("steps") ? try file.members(of: "/steps").sorted() : []
      guard let last = steps.last else {
        throw ParallelError(
          .input, "\(file.path): found no composition, expected a run or a checkpoint")
      }
      return "/steps/\(last)/composition"
    }
  }
}
