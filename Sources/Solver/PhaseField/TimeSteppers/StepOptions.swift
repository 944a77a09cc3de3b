// SPDX-License-Identifier: Apache-2.0

/// How steps are chosen.
public struct StepOptions: Sendable {
  /// The error that one step may make, in the norm of the system; infinite steps are prescribed ones.
  public var tolerance = 2e-3
  /// The same as a share of the system's error scale.
  ///
  /// The smaller of the two counts: what grows from little noise is resolved while it is little.
  public var relativeTolerance = 1e-2
  /// The first step in s; nil is what the system asks for.
  public var firstStep: Double?
  /// The longest step in s.
  public var longestStep = Double.infinity

  /// The defaults.
  public init() {}
}

/// Why steps were rejected, since this process began.
public struct StepRejections: Sendable, Equatable {
  /// The error was above the tolerance.
  public internal(set) var error = 0
  /// The equations could not be solved.
  public internal(set) var equations = 0
  /// The energy rose.
  public internal(set) var energy = 0
}
