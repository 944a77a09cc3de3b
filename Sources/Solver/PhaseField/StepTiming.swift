public import Parallel

/// What a time step costs, from a few steps of a piece of the case.
public struct StepTiming: Sendable {
  /// Seconds that a step of the whole case takes, by scaling with the nodes of a rank.
  public let seconds: Double
  /// The nodes of the piece, over all ranks.
  public let nodes: Int
  /// Newton and Krylov iterations of a step of the piece.
  public let newton: Double
  /// The same.
  public let krylov: Double

  /// The most nodes of the piece on a rank.
  private static let limit = 8000.0

  /// Takes a few steps of a piece of the box with the case's spacing and physics, without voids.
  ///
  /// Collective. About a second.
  ///
  /// - Returns: nil where the piece cannot be stepped.
  public static func measured(
    _ setup: SimulationSetup, _ options: TimeStepper.Options, ranks: Int,
    _ communicator: Communicator
  ) throws(ParallelError) -> StepTiming? {
    let piece = setup.piece(limit * Double(communicator.size))
    let stepper: TimeStepper
    do throws(ParallelError) {
      stepper = try piece.stepper(options, communicator)
      // The first steps are short and easy.
      for _ in 0..<2 { try stepper.advance(to: .infinity) }
    } catch {
      guard error.kind == .notConverged else { throw error }
      return nil
    }
    let (newton, krylov, count) = (stepper.newton, stepper.krylov, 4)
    let began = ContinuousClock.now
    do throws(ParallelError) {
      for _ in 0..<count { try stepper.advance(to: .infinity) }
    } catch {
      guard error.kind == .notConverged else { throw error }
      return nil
    }
    let elapsed = try communicator.maximum((ContinuousClock.now - began) / .seconds(1))
    let nodes = (piece.nodes.x * piece.nodes.y * piece.nodes.z)
    let all = Double(setup.nodes.x * setup.nodes.y * setup.nodes.z)
    let perRank = Double(nodes) / Double(communicator.size)
    return StepTiming(
      seconds: elapsed / Double(count) * (all / Double(ranks)) / perRank, nodes: nodes,
      newton: Double(stepper.newton - newton) / Double(count),
      krylov: Double(stepper.krylov - krylov) / Double(count))
  }
}

extension SimulationSetup {
  /// A piece of the box with the same elements, at most about `limit` nodes, and a front in it.
  func piece(_ limit: Double) -> SimulationSetup {
    var piece = self
    piece.outline = nil
    piece.voids = []
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
    piece.start.position = piece.size.x / 2
    if case .stored = start.pattern { piece.start.pattern = .front }
    return piece
  }
}
