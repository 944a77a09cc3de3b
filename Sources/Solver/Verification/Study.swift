public import Parallel

/// How a study is run.
public struct StudyOptions: Sendable {
  /// A reduced form that a test suite can afford.
  public var quick: Bool
  /// What random numbers grow from.
  public var seed: Int
  /// How many times finer than the default.
  public var refine: Int
  /// Where the measured and virtual inputs lie (`lfp-4dstem-strain/`, `virtual/`, …).
  public var dataDirectory: String

  /// Makes options.
  public init(quick: Bool = false, seed: Int = 1, refine: Int = 1, dataDirectory: String) {
    self.quick = quick
    self.seed = seed
    self.refine = refine
    self.dataDirectory = dataDirectory
  }
}

/// One quantity beside its target.
public struct StudyResult: Sendable {
  /// What was computed, with its unit.
  public let quantity: String
  /// What came out.
  public let value: Double
  /// What must come out.
  public let target: Double
  /// How far off it may be, in words.
  public let tolerance: String
  /// Whether it is within.
  public let passed: Bool
  /// The time it took, filled in by the one who runs it; 0 for a further quantity of a study.
  public var seconds: Double

  /// A value that must lie within `tolerance` of `target`.
  public init(
    _ quantity: String, _ value: Double, target: Double, tolerance: Double, seconds: Double = 0
  ) {
    self.quantity = quantity
    self.value = value
    self.target = target
    self.tolerance = "±\(tolerance)"
    passed = abs(value - target) <= tolerance
    self.seconds = seconds
  }

  /// A value that must not be above `limit`.
  public init(_ quantity: String, _ value: Double, atMost limit: Double, seconds: Double = 0) {
    self.quantity = quantity
    self.value = value
    target = limit
    tolerance = "at most"
    passed = value <= limit
    self.seconds = seconds
  }

  /// A value that must not be below `limit`.
  public init(_ quantity: String, _ value: Double, atLeast limit: Double, seconds: Double = 0) {
    self.quantity = quantity
    self.value = value
    target = limit
    tolerance = "at least"
    passed = value >= limit
    self.seconds = seconds
  }

  /// A value in a range; the target shown is its middle.
  public init(
    _ quantity: String, _ value: Double, within range: ClosedRange<Double>, seconds: Double = 0
  ) {
    self.quantity = quantity
    self.value = value
    target = (range.lowerBound + range.upperBound) / 2
    tolerance = "\(range.lowerBound) to \(range.upperBound)"
    passed = range.contains(value)
    self.seconds = seconds
  }
}

/// A verification study, known by its row in the verification tables.
public struct Study: Sendable {
  /// What a study computes. Collective.
  public typealias Run =
    @Sendable (StudyOptions, Communicator, any RunLog) throws(ParallelError) -> [StudyResult]

  /// The row, such as D3.
  public let id: String
  /// One line on what is shown.
  public let title: String
  /// Computes it.
  public let run: Run

  /// Makes a study.
  public init(_ id: String, _ title: String, run: @escaping Run) {
    self.id = id
    self.title = title
    self.run = run
  }
}

/// The studies by row id, in the order of the tables.
public enum Studies {
  /// All of them.
  public static let all: [Study] =
    DislocationStudies.all + ImageStudies.all + MechanicsStudies.all + LearningStudies.all
}
