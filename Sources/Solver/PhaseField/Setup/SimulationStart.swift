// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel

extension SimulationSetup {
  /// Where a run begins: X₀ and a pattern on it.
  public struct Start: Sendable {
    /// What is added to X₀.
    public enum Pattern: Sendable, Equatable {
      /// A front between two phases.
      case front(Front)
      /// A draw from (−noise, noise) at each node, by its global number.
      case noise(amplitude: Double, seed: Int)
      /// Σ A cos(k·x + φ).
      case waves([Wave])
      /// The composition of a dataset instead: over the same nodes, of a run in the same box, of pixels.
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
    public var mean: Double
    /// What is added.
    public var pattern: Pattern

    /// A start from its parts.
    public init(mean: Double, pattern: Pattern) {
      self.mean = mean
      self.pattern = pattern
    }

    /// The composition at a place of a grid.
    package func composition(_ place: Directions<Double>, _ grid: StructuredGrid) -> Double {
      switch pattern {
      case .front(let front): return mean + front.height(place, grid)
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

    /// Sets the composition at the nodes that have mass; the others get one half.
    ///
    /// Collective.
    ///
    /// - Returns: what was interpolated from other points; nil for nothing.
    func set(
      _ composition: Lane, mass: Lane, _ grid: StructuredGrid
    ) throws(ParallelError) -> StoredStart.Transfer? {
      let layout = grid.layout
      for k in 0..<layout.z {
        for j in 0..<layout.y {
          for i in 0..<layout.x {
            let place = layout.index(i, j, k)
            composition[place] =
              mass[place] > 0 ? self.composition(grid.position(i, j, k), grid) : 0.5
          }
        }
      }
      guard case .stored(let path, let dataset) = pattern else { return nil }
      let file = try InputFile(path, communicator: grid.communicator)
      return try StoredStart(dataset, of: file).set(composition, mass: mass, grid, from: file)
    }
  }
}
