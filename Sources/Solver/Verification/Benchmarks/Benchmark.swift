// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// One figure of speed beside what it is compared with, both measured in this run.
public struct BenchmarkRow: Sendable {
  /// The row of the verification tables, such as F1.
  public let id: String
  /// What was measured, with its unit.
  public let quantity: String
  /// What came out.
  public let value: Double
  /// What it is compared with, in the same unit; NaN where there is nothing.
  public let reference: Double
  /// How often better; the value itself where there is no reference.
  public let ratio: Double
  /// What the ratio should be; NaN where it is only reported.
  public let goal: Double
  /// Whether it is.
  public let isReached: Bool

  /// A figure that should be at least `goal`.
  init(
    _ id: String, _ quantity: String, _ value: Double, reference: Double = .nan, ratio: Double,
    atLeast goal: Double
  ) {
    self.init(id, quantity, value, reference, ratio, goal, ratio >= goal)
  }

  /// A figure that should be at most `goal`.
  init(_ id: String, _ quantity: String, _ value: Double, atMost goal: Double) {
    self.init(id, quantity, value, .nan, value, goal, value <= goal)
  }

  /// A figure that is only reported.
  init(_ id: String, _ quantity: String, reported value: Double) {
    self.init(id, quantity, value, .nan, value, .nan, true)
  }

  private init(
    _ id: String, _ quantity: String, _ value: Double, _ reference: Double, _ ratio: Double,
    _ goal: Double, _ isReached: Bool
  ) {
    self.id = id
    self.quantity = quantity
    self.value = value
    self.reference = reference
    self.ratio = ratio
    self.goal = goal
    self.isReached = isReached
  }
}

/// A measurement of speed, known by its row in the verification tables.
public struct Benchmark: Sendable {
  /// What a benchmark measures.
  ///
  /// Collective.
  public typealias Run =
    @Sendable (BenchmarkOptions, Communicator, any RunLog) throws(ParallelError) -> [BenchmarkRow]

  /// The row, such as F1.
  public let id: String
  /// One line on what is measured.
  public let title: String
  /// Measures it.
  public let run: Run

  init(_ id: String, _ title: String, run: @escaping Run) {
    self.id = id
    self.title = title
    self.run = run
  }
}

/// How a benchmark is run.
public struct BenchmarkOptions: Sendable {
  /// Small grids and short measurements, to see that it works.
  public var quick: Bool

  /// Makes options.
  public init(quick: Bool = false) { self.quick = quick }

  /// The grids of the rows, elements along x, y and z.
  var grids: [(Int, Int, Int)] { quick ? [(16, 8, 8)] : [(64, 16, 12), (128, 32, 24)] }

  /// The time to spend on one sample, in s.
  var sampleSeconds: Double { quick ? 0.02 : 0.2 }
}

/// The benchmarks by row id, in the order of the tables.
public enum Benchmarks {
  /// All of them.
  public static let all: [Benchmark] = [
    // First: memory that others gave back is not given back to the system.
    Benchmark("F6", "memory per unknown", run: memory),
    Benchmark("F1", "elasticity operator against PETSc's assembled AIJ", run: operators),
    Benchmark("F2", "operator of composition and potential against STREAM triad", run: streams),
    Benchmark("F3", "elastic equilibrium against PETSc CG + GAMG", run: solves),
    Benchmark("F5", "iterations of a relaxing particle at two resolutions", run: iterations),
    Benchmark("F9", "a law from one large particle: CPU time and memory", run: largeParticle),
    Benchmark("F11", "reading tables, storing states", run: files),
    Benchmark("F7", "all ranks against one: strong and weak scaling", run: scaling),
  ]
}
