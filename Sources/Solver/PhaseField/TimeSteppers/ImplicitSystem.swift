// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// An unknown of an implicit system: a field, or a single number such as a voltage.
public protocol Unknown: Hashable, Sendable {
  /// Its name in files.
  var name: String { get }
  /// Its unit in files.
  var unit: String { get }
  /// Whether its rate stands in the equations; an algebraic one follows from the others at each time.
  var isDifferential: Bool { get }
}

/// The unknowns of an implicit system at one time, as a buffer that is reused.
///
/// The differential unknowns come first, so that a state of these alone is the beginning of a whole
/// one.
public protocol SystemState: AnyObject {
  /// Takes the values of a state of the same unknowns.
  func copy(_ other: Self)
  /// Adds a multiple of a state of the same unknowns.
  func add(_ factor: Double, _ other: Self)
  /// Becomes Σ weight · state, the terms added in their order; of whole states this one's unknowns.
  func combine(_ terms: [(weight: Double, state: Self)])
}

/// The times in s that a system has.
public struct TimeScales: Sendable {
  /// Of the fastest change.
  public let shortest: Double
  /// Of the slowest.
  public let longest: Double

  /// Two times in s.
  public init(shortest: Double, longest: Double) {
    (self.shortest, self.longest) = (shortest, longest)
  }
}

/// How the equations of a step were solved.
public struct StepOutcome<Energy> {
  /// Whether they were.
  public var converged = false
  /// Iterations of Newton's method.
  public var newton = 0
  /// Iterations of its linear solver.
  public var krylov = 0
  /// The energy of the solution.
  public var energy: Energy
  /// Why they were not.
  public var reason = ""

  /// Nothing done yet.
  public init(energy: Energy) { self.energy = energy }
}

/// Equations that a ``TimeStepper`` integrates: F(ẏ, y, z, t) = 0 with differential unknowns y and
/// algebraic ones z.
///
/// All functions that throw are collective. Those with a default are for systems that have more:
/// bounds, an energy that only falls, invariants, an equilibrium.
public protocol ImplicitSystem: AnyObject {
  /// What its unknowns are called.
  associatedtype Variable: Unknown
  /// Its unknowns at one time.
  associatedtype State: SystemState
  /// What is known of its energy; Void where it has none.
  associatedtype Energy
  /// What is looked at after a step.
  associatedtype Summary

  /// Its unknowns, the differential ones first.
  var unknowns: [Variable] { get }
  /// The times it has.
  var timeScales: TimeScales { get }
  /// What ``solve(_:at:rate:history:)`` may leave, in the unit of ``norm(_:)``.
  var tolerance: Double { get set }

  /// A state of zeros.
  func makeState() -> State
  /// Zeros for the differential unknowns alone.
  func makeDifferential() -> State

  /// Solves for the algebraic unknowns of a start whose differential ones are set.
  ///
  /// - Returns: the iterations it took.
  /// - Throws: ``ParallelError`` of kind `notConverged` when there is no solution.
  func makeConsistent(_ state: State, at time: Double) throws(ParallelError) -> Int

  /// Gives the guess of a step what acts between its ends, such as noise; without communication.
  ///
  /// - Parameters:
  ///   - trial: the state at `end`, of which ``solve(_:at:rate:history:)`` finds y and z.
  ///   - state: that at `time`, where the step begins.
  func prepare(_ trial: State, from state: State, at time: Double, to end: Double)

  /// Solves F(a₀ y + h, y, z, t) = 0.
  ///
  /// - Parameters:
  ///   - state: y and z; the guess, the solution afterwards.
  ///   - time: t in s.
  ///   - rate: a₀ in 1/s.
  ///   - history: h, the older levels' part of ẏ.
  /// - Returns: whether and how it converged: what has no solution is no error.
  /// - Throws: ``ParallelError`` when a message fails.
  func solve(
    _ state: State, at time: Double, rate: Double, history: State
  ) throws(ParallelError) -> StepOutcome<Energy>

  /// The size of a change of the differential unknowns, one where they change as much as they can.
  func norm(_ differential: State) throws(ParallelError) -> Double

  /// What ``StepOptions/relativeTolerance`` is a share of, in the unit of ``norm(_:)``.
  func errorScale(_ state: State) throws(ParallelError) -> Double

  /// The longest step in s from a state, for what the error of a step does not tell.
  func longestStep(_ state: State) throws(ParallelError) -> Double

  /// Whether the equations can be evaluated at a guess.
  func isInside(_ state: State) throws(ParallelError) -> Bool

  /// The energy of a state.
  func energy(_ state: State) throws(ParallelError) -> Energy

  /// Why a step to this energy is refused, nil where it is not; without communication.
  ///
  /// - Parameters:
  ///   - energy: after the step.
  ///   - former: before it.
  ///   - allowedError: what the step may err by.
  func refusal(of energy: Energy, after former: Energy, allowedError: Double) -> String?

  /// What keeps its value, or whose change is to be watched.
  func invariants(_ state: State) throws(ParallelError) -> [Double]

  /// Whether a state that a very long step left in place stays there for ever.
  func isInEquilibrium(_ state: State, allowedError: Double) throws(ParallelError) -> Bool

  /// Looks at a state.
  ///
  /// - Parameters:
  ///   - state: the one reached.
  ///   - drift: the change of the ``invariants(_:)`` since the start.
  ///   - mustStop: whether this rank was asked to stop.
  func summary(
    of state: State, drift: [Double], mustStop: Bool
  ) throws(ParallelError) -> Summary
}

extension ImplicitSystem {
  /// Nothing.
  public func prepare(_ trial: State, from state: State, at time: Double, to end: Double) {}

  /// Infinite: the absolute tolerance alone counts.
  ///
  /// - Throws: nothing; a system of its own may.
  public func errorScale(_ state: State) throws(ParallelError) -> Double { .infinity }

  /// Infinite.
  ///
  /// - Throws: nothing; a system of its own may.
  public func longestStep(_ state: State) throws(ParallelError) -> Double { .infinity }

  /// Everywhere.
  ///
  /// - Throws: nothing; a system of its own may.
  public func isInside(_ state: State) throws(ParallelError) -> Bool { true }

  /// Never: an open system may gain energy.
  public func refusal(of energy: Energy, after former: Energy, allowedError: Double) -> String? {
    nil
  }

  /// None.
  ///
  /// - Throws: nothing; a system of its own may.
  public func invariants(_ state: State) throws(ParallelError) -> [Double] { [] }

  /// Never: what is driven has none.
  ///
  /// - Throws: nothing; a system of its own may.
  public func isInEquilibrium(
    _ state: State, allowedError: Double
  ) throws(ParallelError) -> Bool { false }
}

extension ImplicitSystem where Energy == Void {
  /// Nothing.
  ///
  /// - Throws: nothing; a system of its own may.
  public func energy(_ state: State) throws(ParallelError) {}
}

extension ImplicitSystem where Summary == Void {
  /// Nothing.
  ///
  /// - Throws: nothing; a system of its own may.
  public func summary(
    of state: State, drift: [Double], mustStop: Bool
  ) throws(ParallelError) {}
}
