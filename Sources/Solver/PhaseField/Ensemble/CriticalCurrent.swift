// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
public import Parallel
import Physics

/// The current above which a particle has no time to separate into phases.
///
/// It is that at which X deviates by a given amount from its mean when that is one half, as a mean
/// over runs with different conserved noise; the runs of one current are the particles of an
/// ensemble that do not see each other, each driven for itself.
public struct CriticalCurrent: Sendable {
  /// The deviation of X at X̄ = ½ of the run of a current in 1/s and a seed.
  public typealias Run =
    @Sendable (Double, Int, Communicator) throws(ParallelError) -> Double

  /// Runs of one current.
  public let seeds: Int
  /// The seed of the first.
  public let firstSeed: Int
  /// The deviation that counts as separated.
  public var deviation = 0.15
  private let run: Run

  /// A search over runs, each of which is made on a communicator of one rank.
  ///
  /// - Precondition: there is a seed.
  public init(seeds: Int = 4, firstSeed: Int = 1, run: @escaping Run) {
    (self.seeds, self.firstSeed, self.run) = (seeds, firstSeed, run)
  }

  /// A search for a particle in one dimension, whose noise is replaced.
  ///
  /// - Parameter start: the composition at the start, of a particle's number and a place in nm; nil is
  ///   0.02 all over.
  public init(
    _ model: EnsembleModel, seeds: Int = 4, firstSeed: Int = 1,
    start: (@Sendable (Int, Double) -> Double)? = nil
  ) {
    let start = start ?? model.start(mean: 0.02)
    self.init(seeds: seeds, firstSeed: firstSeed) {
      (current, seed, alone) throws(ParallelError) in
      var model = model
      model.noise = EnsembleModel.Noise(
        isConserved: true, isReactive: false, seed: seed,
        resolution: EnsembleModel.Noise.resolution(for: current))
      let system = EnsembleSystem(model, alone)
      system.drive = .current(current)
      let stepper = try TimeStepper(
        system, state: system.makeStart(start), options: StepOptions())
      try Self.halfCharge(stepper, current)
      return try system.deviation(stepper.state)
    }
  }

  /// Drives a system to X̄ = ½, whatever its voltage.
  ///
  /// Collective.
  static func halfCharge<System: DrivenSystem>(
    _ stepper: TimeStepper<System>, _ current: Double
  ) throws(ParallelError) {
    var step = DriveStep(.current(current))
    step.mean = 0.5
    var course = DriveCourse<System>(
      [step], window: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
    while !course.isDone { _ = try course.advance(stepper, to: .infinity) }
  }

  /// The current in 1/s, to 2 %.
  ///
  /// Collective. The runs are shared out over the ranks.
  ///
  /// - Parameter guess: where to look first, in 1/s.
  /// - Throws: ``ParallelError`` of kind `notConverged` when no current within a factor of 1e4 of the
  ///   guess separates the phases just so.
  public func find(
    near guess: Double, _ communicator: Communicator
  ) throws(ParallelError) -> Double {
    // The deviation falls with the current.
    var (low, high) = (guess, guess)
    var (below, above) = (try excess(guess, communicator), 0.0)
    above = below
    while below <= 0 {
      (high, above) = (low, below)
      low /= 2
      guard low > 1e-4 * guess else { throw failure }
      below = try excess(low, communicator)
    }
    while above > 0 {
      (low, below) = (high, above)
      high *= 2
      guard high < 1e4 * guess else { throw failure }
      above = try excess(high, communicator)
    }
    while high > 1.02 * low {
      let share = min(max(below / (below - above), 0.1), 0.9)
      let middle = low * pow(high / low, share)
      let value = try excess(middle, communicator)
      if value > 0 { (low, below) = (middle, value) } else { (high, above) = (middle, value) }
      if abs(value) < 1e-3 { return middle }
    }
    return (low * high).squareRoot()
  }

  private var failure: ParallelError {
    ParallelError(
      .notConverged, "no current was found at which X deviates by \(deviation) at its mean of 0.5")
  }

  /// The mean deviation of X over the runs at a current in 1/s, less the one asked for.
  private func excess(
    _ current: Double, _ communicator: Communicator
  ) throws(ParallelError) -> Double {
    let alone = try communicator.alone()
    let sum = try communicator.together { () throws(ParallelError) in
      var sum = 0.0
      for run in stride(from: communicator.rank, to: seeds, by: communicator.size) {
        sum += try self.run(current, firstSeed + run, alone)
      }
      return sum
    }
    return try communicator.sum(sum) / Double(seeds) - deviation
  }
}

extension EnsembleModel.Noise {
  /// A resolution that a drive at a current in 1/s needs: a power of two near 1e-5 of the time it
  /// takes, so that steps are longer.
  public static func resolution(for current: Double) -> Double {
    pow(2, (log2(1e-5 / abs(current))).rounded(.down))
  }
}
