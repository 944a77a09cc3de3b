// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField

extension Benchmarks {
  /// F5: Newton and Krylov iterations while problem R relaxes.
  @Sendable static func iterations(
    _ options: BenchmarkOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [BenchmarkRow] {
    var rows: [BenchmarkRow] = []
    var perNewton: [Double] = []
    for counts in options.grids {
      let stepper = try start(counts, communicator)
      let limit = options.quick ? 10 : 60
      var (newton, krylov, worst) = (0, 0, 0.0)
      let began = ContinuousClock.now
      while stepper.steps < limit {
        try stepper.advance(to: .infinity)
        let (newtonNow, krylovNow) = (stepper.newton - newton, stepper.krylov - krylov)
        (newton, krylov) = (stepper.newton, stepper.krylov)
        worst = max(worst, Double(krylovNow) / Double(max(1, newtonNow)))
        let spread = try stepper.potentialSpread() / stepper.system.model.energyScale
        if spread <= 1e-4 { break }
      }
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      let mean = Double(krylov) / Double(newton)
      perNewton.append(mean)
      rows += [
        BenchmarkRow("F5", "Krylov iterations per Newton step, \(name(counts))", mean, atMost: 15),
        BenchmarkRow("F5", "the same in the worst time step, \(name(counts))", reported: worst),
        BenchmarkRow(
          "F5", "Newton steps per time step, \(name(counts))",
          Double(newton) / Double(stepper.steps), atMost: 3),
        BenchmarkRow(
          "F5", "wall seconds per time step, \(name(counts))",
          reported: seconds / Double(stepper.steps)),
      ]
    }
    if let first = perNewton.first, let last = perNewton.last, perNewton.count > 1 {
      rows.append(
        BenchmarkRow("F5", "growth of Krylov iterations with the grid", last - first, atMost: 2))
    }
    return rows
  }

  /// F6: what a run of problem R needs beyond the bare program.
  @Sendable static func memory(
    _ options: BenchmarkOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [BenchmarkRow] {
    guard let counts = options.grids.last else { return [] }
    let before = ProcessMemory.resident
    ProcessMemory.resetPeak()
    let stepper = try start(counts, communicator)
    for _ in 0..<3 { try stepper.advance(to: .infinity) }
    let used = try communicator.sum(ProcessMemory.peak - before)
    let nodes = stepper.system.grid.nodes
    let unknowns = Double(5 * nodes.x * nodes.y * nodes.z)
    return [
      BenchmarkRow(
        "F6", "bytes per unknown, \(name(counts)), peak over all ranks", used / unknowns,
        atMost: 800)
    ]
  }

  /// F7: the same particle on one rank and on all; and a particle as many times wider on all.
  ///
  /// Seconds per Krylov iteration, because a wider particle may need more of them on any ranks.
  @Sendable static func scaling(
    _ options: BenchmarkOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [BenchmarkRow] {
    guard communicator.size > 1 else {
      log.warn("F7 left out: it compares all ranks with one, start it with mpirun -n 2")
      return []
    }
    let single = try communicator.split(color: communicator.isFirst ? 0 : 1)
    defer { single.release() }
    // Wide along y, where blocks are cut: a neighbour's row of elements is computed twice.
    let counts = options.quick ? (16, 16, 8) : (128, 64, 24)
    let ranks = communicator.size
    let wide = (counts.0, counts.1 * ranks, counts.2)
    let steps = options.quick ? 1 : 3
    var (strong, weak) = ([Double](), [Double]())
    for _ in 0..<5 {
      // The others wait at the barrier of the next measurement.
      let alone = try time(steps, counts, communicator, of: communicator.isFirst ? single : nil)
      let together = try time(steps, counts, communicator, of: communicator)
      let wider = try time(steps, wide, communicator, of: communicator)
      strong.append(alone / (Double(ranks) * together))
      weak.append(alone / wider)
      log.progress("F7: \(alone) s on one rank, \(together) s on \(ranks), \(wider) s weak")
    }
    let (strongest, weakest) = (Stopwatch.median(strong), Stopwatch.median(weak))
    return [
      BenchmarkRow(
        "F7", "strong efficiency on \(ranks) ranks, \(name(counts))", strongest,
        ratio: strongest, atLeast: 0.9),
      BenchmarkRow(
        "F7", "weak efficiency on \(ranks) ranks, \(name(counts)) a rank", weakest,
        ratio: weakest, atLeast: 0.95),
    ]
  }

  /// Wall seconds per Krylov iteration of a few steps by the ranks of `group`, set-up not counted.
  ///
  /// Collective over `communicator`; nil is a rank that waits.
  private static func time(
    _ steps: Int, _ counts: (Int, Int, Int), _ communicator: Communicator,
    of group: Communicator?
  ) throws(ParallelError) -> Double {
    let stepper = try group.map { (group) throws(ParallelError) in
      try start(counts, group, voids: counts.1 / (counts.1 < 64 ? 16 : 64))
    }
    let seconds = try Stopwatch.wall(communicator) { () throws(ParallelError) in
      for _ in 0..<steps { try stepper?.advance(to: .infinity) }
    }
    return seconds / (try communicator.maximum(Double(stepper?.krylov ?? 0)))
  }

  /// Problem R with its void, or several beside each other along y.
  static func start(
    _ counts: (Int, Int, Int), _ communicator: Communicator, voids: Int = 1
  ) throws(ParallelError) -> PhaseFieldStepper {
    let start = SimulationSetup.Start(
      mean: 0.5,
      pattern: .front(
        SimulationSetup.Front(
          amplitude: 0.485, position: 250, width: 12.15, tilt: 0.25, ripple: 0.004)))
    let width = 130 * Double(voids)
    let holes = (0..<voids).map { number in
      SimulationSetup.Hole(centre: Directions(250, 65 + 130 * Double(number), 50), radius: 40)
    }
    let setup = SimulationSetup(
      size: Directions(500, width, 100), elements: Directions(counts.0, counts.1, counts.2),
      voids: holes, model: .lithiumIronPhosphate(elastic: true), start: start)
    return try setup.stepper(StepOptions(), communicator)
  }
}

/// What the operating system counts for this process, in bytes.
enum ProcessMemory {
  /// Memory in use.
  static var resident: Double { status("VmRSS:") }
  /// The most that was in use since ``resetPeak()``.
  static var peak: Double { status("VmHWM:") }

  /// Forgets the peak.
  static func resetPeak() {
    let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs")
    try? file?.write(contentsOf: Data("5".utf8))
  }

  private static func status(_ name: String) -> Double {
    let data = try? FileHandle(forReadingAtPath: "/proc/self/status")?.readToEnd()
    let text = data.flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
    return
      (line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? .nan)
      * 1024
  }
}
