// SPDX-License-Identifier: Apache-2.0

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
  /// How far off it may be; 0 for a limit.
  public let tolerance: Double
  /// The same in words.
  public let toleranceText: String
  /// Whether it is within.
  public let passed: Bool
  /// The time it took, filled in by the one who runs it; 0 for a further quantity of a study.
  public var seconds: Double
  /// Why a miss is understood, where it is.
  public private(set) var deviation: KnownDeviation?

  /// A miss that an honest code cannot help.
  public struct KnownDeviation: Sendable {
    /// Why, in a sentence.
    public let reason: String
    /// The farthest from the target that it may be: it must not grow.
    public let bound: Double
  }

  /// What a value means.
  public enum Verdict: String, Sendable {
    /// Within its target.
    case passed
    /// Outside, for a known reason and within that reason's bound.
    case knownDeviation = "known deviation"
    /// Outside.
    case missed
  }

  /// What the value means.
  public var verdict: Verdict {
    if passed { return .passed }
    guard let deviation, abs(value - target) <= deviation.bound else { return .missed }
    return .knownDeviation
  }

  /// The same where a miss is understood.
  ///
  /// - Parameters:
  ///   - reason: why, in a sentence.
  ///   - bound: the farthest from the target that the value may be, in its unit.
  public func known(_ reason: String, bound: Double) -> StudyResult {
    var result = self
    result.deviation = KnownDeviation(reason: reason, bound: bound)
    return result
  }

  /// A value that is judged by the caller.
  public init(
    quantity: String, value: Double, target: Double, tolerance: Double, toleranceText: String,
    passed: Bool, seconds: Double
  ) {
    self.quantity = quantity
    self.value = value
    self.target = target
    self.tolerance = tolerance
    self.toleranceText = toleranceText
    self.passed = passed
    self.seconds = seconds
  }

  /// A value that must lie within `tolerance` of `target`.
  public init(_ quantity: String, _ value: Double, target: Double, tolerance: Double) {
    self.init(
      quantity: quantity, value: value, target: target, tolerance: tolerance,
      toleranceText: "±\(tolerance)", passed: abs(value - target) <= tolerance, seconds: 0)
  }

  /// A value that must not be above `limit`.
  public init(_ quantity: String, _ value: Double, atMost limit: Double) {
    self.init(
      quantity: quantity, value: value, target: limit, tolerance: 0, toleranceText: "at most",
      passed: value <= limit, seconds: 0)
  }

  /// A value that must not be below `limit`.
  public init(_ quantity: String, _ value: Double, atLeast limit: Double) {
    self.init(
      quantity: quantity, value: value, target: limit, tolerance: 0, toleranceText: "at least",
      passed: value >= limit, seconds: 0)
  }

  /// A value in a range; the target shown is its middle.
  public init(_ quantity: String, _ value: Double, within range: ClosedRange<Double>) {
    let middle = (range.lowerBound + range.upperBound) / 2
    self.init(
      quantity: quantity, value: value, target: middle,
      tolerance: (range.upperBound - range.lowerBound) / 2,
      toleranceText: "\(range.lowerBound) to \(range.upperBound)",
      passed: range.contains(value), seconds: 0)
  }

  /// A value that is only reported.
  public init(_ quantity: String, reported value: Double) {
    self.init(
      quantity: quantity, value: value, target: .nan, tolerance: .nan, toleranceText: "reported",
      passed: true, seconds: 0)
  }
}

/// A verification study, known by its row in the verification tables.
public struct Study: Sendable {
  /// What a study computes.
  ///
  /// Collective.
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
    DislocationStudies.all + DiffractionStudies.all + ImageStudies.all + MechanicsStudies.all
    + LearningStudies.all + BandStudies.all + InferenceStudies.all + ResidualStudies.all
    + DetectionStudies.all + OutlierStudies.all + MicroscopeStudies.all
    + PhaseFieldStudies.all + EnsembleStudies.all
}
