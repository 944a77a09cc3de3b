// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// What a run costs, from pieces of it.
///
/// A small piece is run to the case's end and counts steps and iterations, which the first steps
/// flatter; a larger one, whose vectors leave the caches as those of the case do, tells what an
/// iteration costs. CPU time, so that a busy machine does not count. A driven piece has the same current per
/// site: it fills in the same time, by steps of its own.
public struct StepTiming: Sendable {
  /// CPU seconds that a step of the whole case takes on a rank.
  public let seconds: Double
  /// The nodes of the small piece, over all ranks.
  public let nodes: Int
  /// The steps that the small piece took.
  public let steps: Int
  /// Whether it came to the case's end, and not only to the end of its time.
  public let reachedEnd: Bool
  /// Newton and Krylov iterations of its steps, those of rejected ones included.
  public let newton: Double
  /// The same.
  public let krylov: Double

  /// CPU seconds of a run of so many steps.
  public var total: Double { seconds * Double(steps) }

  /// The most nodes of a piece on a rank: few to be run to its end, enough that a step's vectors
  /// leave the caches.
  private static let limits = (course: 1200.0, cost: 8000.0)

  /// The CPU seconds that a piece may take.
  private static let budgets = (course: 4.0, cost: 2.0)

  /// What drives a case, and the voltages outside which a current ends.
  public typealias Course = (steps: [DriveStep], window: ClosedRange<Double>)

  /// Takes steps of two pieces of the box with the case's spacing, bodies and physics.
  ///
  /// Collective. About six seconds at most.
  ///
  /// - Parameters:
  ///   - setup: the case.
  ///   - options: how its steps are chosen.
  ///   - drive: what drives it; nil for a closed body.
  ///   - until: its end in s; nil until the potential is uniform, or for that of its drive.
  ///   - spread: how uniform, in eV.
  ///   - limit: its most steps.
  ///   - ranks: on how many ranks it shall run.
  ///   - communicator: the present ranks.
  /// - Returns: nil where a piece cannot be stepped, as one that has none of the case's open surface.
  /// - Throws: what a step throws.
  public static func measured(
    _ setup: SimulationSetup, _ options: StepOptions, drive: Course? = nil, until: Double?,
    spread: Double, limit: Int, ranks: Int, _ communicator: Communicator
  ) throws(ParallelError) -> StepTiming? {
    let size = Double(communicator.size)
    do throws(ParallelError) {
      let (course, small) = try stepper(setup, limits.course * size, options, communicator)
      let (_, reachedEnd) = try run(
        course, drive, to: until, spread, steps: limit, seconds: budgets.course)
      let (probe, large) = try stepper(setup, limits.cost * size, options, communicator)
      let (elapsed, _) = try run(
        probe, drive, to: until, spread, steps: min(limit, 30), seconds: budgets.cost)
      guard probe.krylov > 0, course.steps > 0 else { return nil }
      let all = Double(setup.nodes.x * setup.nodes.y * setup.nodes.z)
      let growth = all / Double(ranks) / (Double(large) / size)
      let count = Double(course.steps)
      let krylov = Double(course.krylov) / count
      return StepTiming(
        seconds: elapsed / Double(probe.krylov) * krylov * growth, nodes: small,
        steps: course.steps, reachedEnd: reachedEnd, newton: Double(course.newton) / count,
        krylov: krylov)
    } catch {
      guard error.kind == .notConverged || (error.kind == .input && drive != nil) else {
        throw error
      }
      return nil
    }
  }

  /// A stepper of a piece, and the piece's nodes.
  private static func stepper(
    _ setup: SimulationSetup, _ limit: Double, _ options: StepOptions,
    _ communicator: Communicator
  ) throws(ParallelError) -> (PhaseFieldStepper, Int) {
    var piece = setup.piece(limit)
    let nodes = piece.nodes.x * piece.nodes.y * piece.nodes.z
    do throws(ParallelError) {
      return (try piece.stepper(options, communicator), nodes)
    } catch {
      // The piece may hold nothing, or the solid in parts.
      guard error.kind == .input else { throw error }
      (piece.outline, piece.voids) = (nil, [])
      piece.opening?.parts.removeAll { $0.side == nil }
      if piece.opening?.parts.isEmpty ?? false { throw error }
      return (try piece.stepper(options, communicator), nodes)
    }
  }

  /// Runs a stepper to the end of the case, or for so many steps or seconds.
  ///
  /// - Returns: the CPU seconds of the slowest rank, and whether it came to the end.
  private static func run(
    _ stepper: PhaseFieldStepper, _ drive: Course?, to until: Double?, _ spread: Double,
    steps: Int, seconds: Double
  ) throws(ParallelError) -> (Double, Bool) {
    let communicator = stepper.system.grid.communicator
    var elapsed = 0.0
    var course = drive.map { DriveCourse<PhaseFieldSystem>($0.steps, window: $0.window) }
    while stepper.steps < steps && elapsed < seconds {
      elapsed += try communicator.maximum(
        try Stopwatch.cpu { () throws(ParallelError) in
          guard course == nil else {
            _ = try course?.advance(stepper, to: until ?? .infinity)
            return
          }
          try stepper.advance(to: until ?? 1e15)
        })
      if course?.isDone ?? false { return (elapsed, true) }
      if let until {
        if stepper.time >= until * (1 - 1e-12) { return (elapsed, true) }
        continue
      }
      guard course == nil else { continue }
      if try stepper.system.potentialSpread(stepper.state) <= spread { return (elapsed, true) }
    }
    return (elapsed, false)
  }
}

extension SimulationSetup {
  /// The middle of the box with the same elements, at most about `limit` nodes, and a front in it.
  func piece(_ limit: Double) -> SimulationSetup {
    var piece = self
    piece.maps = []
    var counts = elements
    func nodes() -> Double { Double((counts.x + 1) * (counts.y + 1) * (counts.z + 1)) }
    while nodes() > limit {
      if counts.x >= counts.y && counts.x >= counts.z && counts.x > 16 {
        counts.x = max(16, counts.x * 3 / 4)
      } else if counts.y >= counts.z && counts.y > 8 {
        counts.y = max(8, counts.y * 3 / 4)
      } else if counts.z > 8 {
        counts.z = max(8, counts.z * 3 / 4)
      } else if counts.x > 16 {
        counts.x = 16
      } else {
        break
      }
    }
    let h = Directions(
      size.x / Double(elements.x), size.y / Double(elements.y), size.z / Double(max(1, elements.z)))
    piece.elements = counts
    piece.size = Directions(
      h.x * Double(counts.x), h.y * Double(counts.y), h.z * Double(max(1, counts.z)))
    let shift = Directions(
      (piece.size.x - size.x) / 2, (piece.size.y - size.y) / 2,
      elements.z == 0 ? 0 : (piece.size.z - size.z) / 2)
    piece.outline = outline?.moved(shift.x, shift.y, shift.z)
    piece.voids = voids.map { $0.moved(shift.x, shift.y, shift.z) }
    switch start.pattern {
    case .front(var front):
      front.position = piece.size.x / 2
      piece.start.pattern = .front(front)
    case .stored: piece.start.pattern = .noise(amplitude: 0.01, seed: 1)
    case .noise, .waves: break
    }
    return piece
  }
}
