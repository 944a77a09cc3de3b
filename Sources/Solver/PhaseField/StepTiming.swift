public import Parallel

/// What a time step costs, from a few steps of a piece of the case.
public struct StepTiming: Sendable {
  /// Seconds that a step of the whole case takes, by scaling with the nodes of a rank.
  public let seconds: Double
  /// The nodes of the piece, over all ranks.
  public let nodes: Int
  /// The steps taken.
  public let steps: Int
  /// Newton and Krylov iterations of a step of the piece.
  public let newton: Double
  /// The same.
  public let krylov: Double

  /// The most nodes of the piece on a rank: enough that a step's vectors leave the caches.
  private static let limit = 8000.0

  /// Takes up to 30 steps of a piece of the box with the case's spacing, bodies and physics.
  ///
  /// Collective. At most about three seconds: steps get longer and harder, so few would flatter.
  ///
  /// - Returns: nil where the piece cannot be stepped.
  public static func measured(
    _ setup: SimulationSetup, _ options: TimeStepper.Options, ranks: Int,
    _ communicator: Communicator
  ) throws(ParallelError) -> StepTiming? {
    var piece = setup.piece(limit * Double(communicator.size))
    var elapsed = 0.0
    let stepper: TimeStepper
    do throws(ParallelError) {
      do throws(ParallelError) {
        stepper = try piece.stepper(options, communicator)
      } catch {
        // The piece may hold nothing, or the solid in parts.
        guard error.kind == .input else { throw error }
        (piece.outline, piece.voids) = (nil, [])
        stepper = try piece.stepper(options, communicator)
      }
      let began = ContinuousClock.now
      while stepper.steps < 30 && elapsed < 3 {
        try stepper.advance(to: .infinity)
        elapsed = try communicator.maximum((ContinuousClock.now - began) / .seconds(1))
      }
    } catch {
      guard error.kind == .notConverged else { throw error }
      return nil
    }
    let count = Double(stepper.steps)
    let nodes = piece.nodes.x * piece.nodes.y * piece.nodes.z
    let all = Double(setup.nodes.x * setup.nodes.y * setup.nodes.z)
    let growth = all / Double(ranks) / (Double(nodes) / Double(communicator.size))
    return StepTiming(
      seconds: elapsed / count * growth, nodes: nodes, steps: stepper.steps,
      newton: Double(stepper.newton) / count, krylov: Double(stepper.krylov) / count)
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
