import Foundation
import Parallel
import Physics

/// Rows of table E of the verification: the phase field.
enum PhaseFieldStudies {
  static let all = [
    Study("E2", "equilibrium profile and tension of a flat boundary", run: profile),
    Study("E4", "lithium content, energy and bounds of a coarsening run", run: conservation),
    Study("E5", "PFHub benchmark 1b: spinodal decomposition without flux", run: benchmark),
    Study("E8a", "particle with a void: elastic equilibrium of the start", run: voidStart),
    Study("E8b", "particle with a void: relaxed", run: voidRelaxed),
    Study(
      "E9", "particle with a void: isotropic gradient penalty against κ_b = 100 κ", run: isotropy),
  ]

  /// PFHub 1b on a square of 200 with `side` elements a side; the free energy at the given times.
  @Sendable static func benchmark(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let side = 200 * options.refine
    let grid = StructuredGrid(
      elements: (side, side, 0), size: Directions(200, 200, 1), communicator: communicator)
    let system = try PhaseFieldSystem(
      grid: grid, model: .pfhub1, fractions: VolumeFractions(grid))
    let state = system.makeState()
    system.setComposition(state) { place in
      let (x, y) = (place.x, place.y)
      let first = cos(0.105 * x) * cos(0.11 * y)
      let second = cos(0.13 * x) * cos(0.087 * y)
      let third = cos(0.025 * x - 0.15 * y) * cos(0.07 * x - 0.02 * y)
      return 0.5 + 0.01 * (first + second * second + third)
    }
    var stepping = TimeStepper.Options()
    stepping.tolerance = 1e-5
    stepping.firstStep = 1e-3
    let stepper = try TimeStepper(system, state: state, options: stepping)
    var targets = [(20.0, 209.43, 0.005), (100.0, 129.88, 0.005)]
    if options.quick { targets.removeLast() } else { targets.append((1000, 73.98, 0.01)) }
    var results: [StudyResult] = []
    var highest = stepper.energy.chemical
    var rise = 0.0
    for (time, target, tolerance) in targets {
      while stepper.time < time * (1 - 1e-12) {
        try stepper.advance(to: time)
        rise = max(rise, (stepper.energy.chemical - highest) / highest)
        highest = min(highest, stepper.energy.chemical)
        log.progress("t = \(stepper.time), F = \(stepper.energy.chemical)")
      }
      results.append(
        StudyResult(
          "F(\(Int(time))) of PFHub 1b", stepper.energy.chemical, target: target,
          tolerance: tolerance * target))
      log.note(
        "F(\(time)) = \(stepper.energy.chemical): \(stepper.steps) steps, \(stepper.rejected) "
          + "rejected, \(stepper.newton) Newton, \(stepper.krylov) Krylov iterations")
    }
    results.append(StudyResult("rise of the energy in a step, relative", rise, atMost: 1e-4))
    results.append(
      StudyResult("drift of the content, relative", abs(try stepper.massDrift()), atMost: 1e-12))
    return results
  }
}

extension PhaseFieldStudies {
  /// A regular solution with degenerate mobility around a hole, from a wavy start.
  @Sendable static func conservation(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let grid = StructuredGrid(
      elements: (32 * options.refine, 16 * options.refine, 8 * options.refine),
      size: Directions(160, 80, 40), communicator: communicator)
    let solid = VolumeFractions(grid) { place in
      let (x, y, z) = (place.x - 70, place.y - 40, place.z - 20)
      return (x * x + y * y + z * z).squareRoot() - 15
    }
    let system = try PhaseFieldSystem(
      grid: grid, model: .lithiumIronPhosphate(elastic: false), fractions: solid)
    let state = system.makeState()
    system.setComposition(state) { place in
      0.5 + 0.1 * cos(0.09 * place.x) * cos(0.13 * place.y) + 0.05 * sin(0.11 * place.x + place.z)
    }
    var stepping = TimeStepper.Options()
    stepping.tolerance = 1e-3
    stepping.firstStep = 1e-4
    let stepper = try TimeStepper(system, state: state, options: stepping)
    var last = stepper.energy.chemical
    var rise = 0.0
    let limit = options.quick ? 60 : 200
    while stepper.steps < limit && stepper.time < 1e5 {
      try stepper.advance(to: 1e5)
      rise = max(rise, (stepper.energy.chemical - last) / abs(last))
      last = stepper.energy.chemical
    }
    log.note(
      "\(stepper.steps) steps to \(stepper.time) s, \(stepper.rejected) rejected, "
        + "\(stepper.newton) Newton, \(stepper.krylov) Krylov iterations")
    let range = try system.compositionRange(stepper.state)
    return [
      StudyResult("drift of the content, relative", abs(try stepper.massDrift()), atMost: 1e-12),
      StudyResult(
        "rise of the energy in a step, relative", rise, atMost: stepping.tolerance),
      StudyResult("smallest X", range.lowest, within: 1e-12...0.5),
      StudyResult("largest X", range.highest, within: 0.5...1 - 1e-12),
    ]
  }
}

extension PhaseFieldStudies {
  /// Problem R of the verification: 500 × 130 × 100 nm, a void of 40 nm radius.
  static func problemR(
    _ counts: (Int, Int, Int), void: Directions<Double>?, depthPenalty: Double = 100,
    _ communicator: Communicator
  ) throws(ParallelError) -> (system: PhaseFieldSystem, state: Fields) {
    let grid = StructuredGrid(
      elements: counts, size: Directions(500, 130, 100), communicator: communicator)
    var distance: ((Directions<Double>) -> Double)?
    if let void {
      distance = { place in
        let (x, y, z) = (place.x - void.x, place.y - void.y, place.z - void.z)
        return (x * x + y * y + z * z).squareRoot() - 40
      }
    }
    let system = try PhaseFieldSystem(
      grid: grid, model: .lithiumIronPhosphate(elastic: true, depthPenalty: depthPenalty),
      fractions: VolumeFractions(grid, distance: distance))
    let state = system.makeState()
    system.setComposition(state) { place in
      let front = tanh((place.x - 250 + 0.25 * (place.y - 65)) / 12.15)
      return 0.5 - 0.485 * front
        + 0.004 * cos(2 * .pi * place.x / 100) * cos(.pi * place.y / 65)
    }
    return (system, state)
  }

  /// The elastic energy in kT per solid site.
  static func siteEnergy(_ system: PhaseFieldSystem, _ elastic: Double) -> Double {
    elastic / system.solidVolume / system.model.energyScale
  }

  @Sendable static func voidStart(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let centre = Directions(250.0, 65, 50)
    var results: [StudyResult] = []
    // Element counts, energy with and without void, rms of aa, bb, cc, ac in per cent.
    typealias Row = (counts: (Int, Int, Int), energy: Double, bare: Double, rms: [Double])
    var rows: [Row] = [((50, 13, 10), 0.005706, 0.007879, [0.0532, 0.0841, 0.0736, 0.0533])]
    if !options.quick {
      rows.append(((100, 26, 20), 0.004785, 0.006684, [0.0554, 0.0849, 0.0727, 0.0547]))
    }
    for row in rows {
      let name = "\(row.counts.0)×\(row.counts.1)×\(row.counts.2)"
      for void in [centre, nil] {
        let (system, state) = try problemR(row.counts, void: void, communicator)
        let iterations = try system.equilibrateStress(state)
        let energy = siteEnergy(system, try system.energy(state).elastic)
        let target = void == nil ? row.bare : row.energy
        results.append(
          StudyResult(
            "elastic energy \(void == nil ? "without" : "with") void \(name), kT per site", energy,
            target: target, tolerance: 0.01 * target))
        log.note("\(name): \(iterations) iterations")
        guard void != nil else { continue }
        let rms = try ColumnAverages(system, state).statistics(communicator).rms
        for (index, component) in ["aa", "bb", "cc", "ac"].enumerated() {
          results.append(
            StudyResult(
              "rms b-averaged coherency strain \(component) \(name), %", 100 * rms[index],
              target: row.rms[index], tolerance: 0.01 * row.rms[index]))
        }
      }
    }
    return results
  }

  @Sendable static func voidRelaxed(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    typealias Row = (counts: (Int, Int, Int), energy: Double, rms: [Double])
    var rows: [Row] = [((36, 9, 8), 0.006475, [0.0541, 0.0779, 0.0891, 0.0577])]
    if !options.quick { rows.append(((50, 13, 10), 0.005620, [0.0566, 0.0795, 0.0909, 0.0593])) }
    var results: [StudyResult] = []
    for row in rows {
      let name = "\(row.counts.0)×\(row.counts.1)×\(row.counts.2)"
      let (system, state) = try problemR(row.counts, void: Directions(250, 65, 50), communicator)
      var stepping = TimeStepper.Options()
      stepping.tolerance = 2e-3
      stepping.firstStep = 1e-3
      let stepper = try TimeStepper(system, state: state, options: stepping)
      let relaxed = try stepper.relax(potentialSpread: 1e-4 * system.model.energyScale, log: log)
      let spread = try system.potentialSpread(stepper.state)
      log.note(
        "\(name): \(relaxed ? "relaxed" : "not relaxed") at \(stepper.time) s after "
          + "\(stepper.steps) steps, \(stepper.rejected) rejected, \(stepper.newton) Newton, "
          + "\(stepper.krylov) Krylov iterations, potential spread "
          + "\(spread) eV")
      results.append(
        StudyResult(
          "elastic energy \(name), kT per site", siteEnergy(system, stepper.energy.elastic),
          target: row.energy, tolerance: 0.02 * row.energy))
      try stepper.state.fillGhosts(system.grid.halo)
      let statistics = try ColumnAverages(system, stepper.state).statistics(communicator)
      for (index, component) in ["aa", "bb", "cc", "ac"].enumerated() {
        results.append(
          StudyResult(
            "rms b-averaged coherency strain \(component) \(name), %",
            100 * statistics.rms[index], target: row.rms[index],
            tolerance: 0.03 * row.rms[index]))
      }
      results.append(
        StudyResult(
          "largest b-averaged coherency strain \(name), %",
          100 * (statistics.largest.max() ?? .nan), atMost: 0.6))
      let range = try system.compositionRange(stepper.state)
      results.append(
        StudyResult("smallest X \(name)", range.lowest, target: 0.0113, tolerance: 0.001))
      results.append(
        StudyResult("largest X \(name)", range.highest, target: 0.9887, tolerance: 0.001))
      results.append(
        StudyResult("content drift \(name)", abs(try stepper.massDrift()), atMost: 1e-12))
    }
    return results
  }
}

extension PhaseFieldStudies {
  @Sendable static func isotropy(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let counts = options.quick ? (36, 9, 8) : (50, 13, 10)
    var maps: [ColumnAverages] = []
    for penalty in [100.0, 1] {
      let (system, state) = try problemR(
        counts, void: Directions(250, 65, 50), depthPenalty: penalty, communicator)
      var stepping = TimeStepper.Options()
      stepping.tolerance = 2e-3
      stepping.firstStep = 1e-3
      let stepper = try TimeStepper(system, state: state, options: stepping)
      guard try stepper.relax(potentialSpread: 1e-4 * system.model.energyScale, log: log) else {
        throw ParallelError(.notConverged, "the particle did not relax in \(stepper.steps) steps")
      }
      try stepper.state.fillGhosts(system.grid.halo)
      maps.append(ColumnAverages(system, stepper.state))
    }
    var sums = [0.0, 0.0]
    var largest = 0.0
    for column in maps[0].volume.indices where maps[0].volume[column] > 0 {
      let difference = maps[0].composition[column] - maps[1].composition[column]
      sums[0] += difference * difference
      sums[1] += 1
      largest = max(largest, abs(difference))
    }
    try communicator.reduce(&sums, .sum)
    return [
      StudyResult(
        "rms difference of b-averaged X, %", 100 * (sums[0] / sums[1]).squareRoot(), atMost: 0.2),
      StudyResult(
        "largest difference of b-averaged X, %", 100 * (try communicator.maximum(largest)),
        atMost: 0.8),
    ]
  }
}
