// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// What is read off a driven system: all that ends a step of its drive.
public struct DriveReading: Sendable {
  /// The mean composition.
  public var mean: Double
  /// V in volt.
  public var voltage: Double
  /// The mean of dX/dt in 1/s.
  public var current: Double

  /// The mean of dX/dt in C, which is 1/h.
  public var currentInC: Double { current * 3600 }

  /// A reading.
  public init(mean: Double, voltage: Double, current: Double) {
    (self.mean, self.voltage, self.current) = (mean, voltage, current)
  }
}

/// A system that current or voltage drives.
public protocol DrivenSystem: ImplicitSystem {
  /// What drives it now.
  var drive: Drive { get set }
  /// Reads a state.
  func reading(_ state: State) throws(ParallelError) -> DriveReading
}

/// A step of a protocol: what drives, and the first of these to be reached ends it.
public struct DriveStep: Equatable, Sendable {
  /// What drives.
  public var drive: Drive
  /// The mean composition, whichever side it is reached from.
  public var mean: Double?
  /// The voltage in V of a driving current.
  public var voltage: Double?
  /// The size of the mean dX/dt in 1/s to which that of a driving voltage falls.
  public var current: Double?
  /// A time in s since the step began.
  public var time: Double?

  /// A step without an end.
  public init(_ drive: Drive) { self.drive = drive }
}

/// Why a step of a protocol ended.
public enum DriveEnd: String, Sendable {
  case mean, voltage, current, time
  /// The voltage left the window outside which no particle takes up or gives off any more.
  case window
}

/// Where a protocol is.
public struct DrivePlace: Equatable, Sendable {
  /// The step that is going on; the number of steps when all are done.
  public var index: Int
  /// When it began, in s.
  public var began: Double
}

/// The course of a protocol on a time stepper: steps end where they are to, to rounding.
public struct DriveCourse<System: DrivenSystem> {
  /// The steps, one after the other.
  public let steps: [DriveStep]
  /// Voltages outside which a driving current ends in any case: the particles are full or empty.
  public let window: ClosedRange<Double>
  /// Where the protocol is.
  public private(set) var place = DrivePlace(index: 0, began: 0)
  private var reading: DriveReading?
  /// Whether a step of the protocol ended and the next one has not begun: what is looked at between
  /// the two is the end of the former.
  private var isBetween = false

  /// A protocol at its start.
  ///
  /// - Precondition: there is a step.
  public init(_ steps: [DriveStep], window: ClosedRange<Double>) {
    self.steps = steps
    self.window = window
  }

  /// What drives in the step that goes on, or begins; nil when all are done.
  public var drive: Drive? { isDone ? nil : steps[place.index].drive }

  /// The step in which the present state was reached, from 1 on.
  public var stateStep: Int { isBetween ? place.index : min(place.index + 1, steps.count) }

  /// Whether all steps are done.
  public var isDone: Bool { place.index == steps.count }

  /// Goes on from where a former process was.
  ///
  /// - Parameters:
  ///   - place: where it was.
  ///   - time: the time reached, in s.
  ///   - system: what is driven.
  public mutating func resume(at place: DrivePlace, time: Double, _ system: System) {
    (self.place, reading) = (place, nil)
    isBetween = place.index > 0 && time == place.began
    let index = isBetween ? place.index - 1 : place.index
    if index < steps.count { system.drive = steps[index].drive }
  }

  /// Takes one accepted step in time, no farther than `end` nor than the end of the protocol's step.
  ///
  /// Collective. Where the protocol's step ends, the next call begins the next one from the state
  /// reached, as a run begins.
  ///
  /// - Returns: why the protocol's step ended; nil where it goes on.
  /// - Throws: ``ParallelError`` of kind `notConverged` when no step in time is short enough.
  public mutating func advance(
    _ stepper: TimeStepper<System>, to end: Double
  ) throws(ParallelError) -> DriveEnd? {
    if isBetween {
      isBetween = false
      stepper.system.drive = steps[place.index].drive
      let begun = stepper.system.makeState()
      begun.copy(stepper.state)
      try stepper.begin(from: begun)
    }
    let (step, began, system) = (steps[place.index], place.began, stepper.system)
    let before: DriveReading
    if let reading { before = reading } else { before = try system.reading(stepper.state) }
    if let reached = reached(step, before, at: stepper.time) {
      return finish(reached, at: stepper.time)
    }
    let record = stepper.record
    var limit = min(end, step.time.map { began + $0 } ?? .infinity)
    var meets = false
    if case .current(let current) = step.drive, current != 0 {
      // Nine tenths of the room that is left: full particles are neared, and their voltage tells.
      let room = current > 0 ? 1 - before.mean : before.mean
      if room > 0 { limit = min(limit, stepper.time + 0.9 * room / abs(current)) }
    }
    if let mean = step.mean, case .current(let current) = step.drive, current != 0 {
      // The mean is linear in time.
      let time = stepper.time + (mean - before.mean) / current
      if time > stepper.time && time <= limit { (limit, meets) = (time, true) }
    }
    try stepper.advance(to: limit)
    var after = try system.reading(stepper.state)
    var ended: DriveEnd?
    if stepper.time == step.time.map({ began + $0 }) { ended = .time }
    if meets, stepper.time == limit { ended = .mean }
    if let crossed = crossing(step, from: before, to: after) {
      after = try locate(crossed, stepper, record, before, after)
      ended = crossed.end
    }
    reading = after
    return ended.map { finish($0, at: stepper.time) }
  }

  private mutating func finish(_ end: DriveEnd, at time: Double) -> DriveEnd {
    place = DrivePlace(index: place.index + 1, began: time)
    reading = nil
    isBetween = true
    return end
  }

  /// What ends a step before it began.
  private func reached(
    _ step: DriveStep, _ now: DriveReading, at time: Double
  ) -> DriveEnd? {
    if let length = step.time, time >= place.began + length { return .time }
    guard time == place.began else { return nil }
    switch step.drive {
    case .voltage:
      if let least = step.current, abs(now.current) <= least { return .current }
    case .current(let current):
      guard current != 0 else { return nil }
      if let mean = step.mean, (mean - now.mean) * current <= 0 { return .mean }
      if let voltage = step.voltage, (voltage - now.voltage) * current >= 0 { return .voltage }
    }
    return nil
  }

  /// A value that a step in time passed: how far it was before, and how far it is.
  private struct Crossing {
    let end: DriveEnd
    let distance: (DriveReading) -> Double
    let tolerance: Double
  }

  private func crossing(
    _ step: DriveStep, from before: DriveReading, to after: DriveReading
  ) -> Crossing? {
    var candidates: [Crossing] = []
    switch step.drive {
    case .current(let current):
      if let voltage = step.voltage {
        candidates.append(
          Crossing(end: .voltage, distance: { $0.voltage - voltage }, tolerance: 1e-7))
      }
      if current != 0 {
        let edge = current > 0 ? window.lowerBound : window.upperBound
        candidates.append(
          Crossing(end: .window, distance: { $0.voltage - edge }, tolerance: 1e-4))
      }
    case .voltage:
      if let least = step.current {
        candidates.append(
          Crossing(
            end: .current, distance: { abs($0.current) - least }, tolerance: 1e-6 * least))
      }
      if let mean = step.mean {
        candidates.append(
          Crossing(end: .mean, distance: { $0.mean - mean }, tolerance: 1e-10))
      }
    }
    // Towards the end only: a step that begins beyond it moves away.
    return candidates.first { crossed in
      let (was, now) = (crossed.distance(before), crossed.distance(after))
      return was * now <= 0 && was != 0
    }
  }

  /// Repeats the step in time until it ends where a value is reached: false position on its length.
  ///
  /// Collective.
  private func locate(
    _ crossed: Crossing, _ stepper: TimeStepper<System>, _ record: StepRecord<System>,
    _ before: DriveReading, _ after: DriveReading
  ) throws(ParallelError) -> DriveReading {
    var (low, high) = (record.time, stepper.time)
    var (was, now) = (crossed.distance(before), crossed.distance(after))
    var found = after
    for round in 0..<60 {
      guard abs(crossed.distance(found)) > crossed.tolerance,
        high - low > 1e-13 * high
      else { break }
      let share = round % 3 == 2 ? 0.5 : min(max(was / (was - now), 0.01), 0.99)
      let target = low + share * (high - low)
      stepper.resume(record)
      while stepper.time < target { try stepper.advance(to: target) }
      found = try stepper.system.reading(stepper.state)
      let distance = crossed.distance(found)
      if distance * was > 0 {
        (low, was) = (target, distance)
      } else {
        (high, now) = (target, distance)
      }
    }
    return found
  }
}

extension EnsembleSystem: DrivenSystem {
  /// The mean of X, V and the mean of dX/dt.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func reading(_ state: EnsembleState) throws(ParallelError) -> DriveReading {
    let mean = try mean(state)
    if case .current(let current) = drive {
      return DriveReading(mean: mean, voltage: voltage(state), current: current)
    }
    findPotential(state)
    return DriveReading(
      mean: mean, voltage: voltage(state), current: try reactionRate(state))
  }
}
