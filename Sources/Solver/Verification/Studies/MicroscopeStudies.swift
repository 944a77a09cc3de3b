// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Instruments
import Inversion
import Parallel
import PhaseField
import Physics

/// Row D15 of the verification tables: the law from images of a phase field, with defaults only.
///
/// Fig. S5 b, c of the paper: a relaxed particle whose eigenstrain is known, seen by the virtual
/// microscope with noise.
enum MicroscopeStudies {
  static let all = [
    Study("D15", "the law from images of a phase field", run: recovered)
  ]

  /// The side of a pixel [nm].
  private static let pixel = 6.5

  /// What keeps the band from the truth where there is little noise.
  private static let cut =
    "the sides of the particle cover 0.38 of their pixels, which a mask from one half on leaves out: "
    + "the force that this strip carries is missing, which no band knows; with the strip the truth is "
    + "inside"

  @Sendable private static func recovered(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let file = try relaxed(options, communicator, log)
    defer { if communicator.isFirst { try? FileManager.default.removeItem(atPath: file) } }
    // Draws are independent: each rank takes its share of them, with the whole image.
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    let subject = try RunSubject(file, communicator: alone)
    var microscope = Microscope()
    microscope.pixelSize = pixel
    var results = try judged(
      microscope, subject, options.quick ? [5] : [0, 1, 2, 5, 10], options, communicator)
    // The same with what the mask cuts off.
    microscope.coverage = 0.1
    results += try judged(
      microscope, subject, options.quick ? [] : [0, 1], options, communicator)
    return results
  }

  /// How the band holds the truth at levels of noise.
  ///
  /// Collective over `communicator`, whose ranks share the draws; the subject is this rank's.
  private static func judged(
    _ microscope: Microscope, _ subject: borrowing RunSubject, _ levels: [Double],
    _ options: StudyOptions, _ communicator: Communicator
  ) throws(ParallelError) -> [StudyResult] {
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    let clean = try microscope.image(of: subject, name: "P", communicator: alone)
    let isCut = microscope.coverage >= 0.5
    let truth = Truth.law
    let slope: DrawnSpecimen.Law = { (truth.derivative(at: $0).aa, truth.derivative(at: $0).cc) }
    var results: [StudyResult] = []
    for level in levels {
      let draws = options.quick ? 2 : level > 0 ? 10 : 1
      var noise = InstrumentNoise()
      noise.strain = level / 100 * InstrumentNoise.unit
      noise.rotation = noise.strain
      let sums = try InferenceStudies.counted(draws, communicator, width: 8) {
        (draw) throws(ParallelError) in
        var image = clean
        noise.add(to: &image, seed: options.seed, place: draw)
        let learnt = try Learner(
          InferenceStudies.defaults(), communicator: alone, log: SilentLog()
        ).learn(train: [image], test: [])
        let ends = learnt.law.curves(derivative: false)
        let whole = truth.strain(at: 0)
        return InferenceStudies.judged(learnt.law.curves(derivative: true), slope)
          + [ends.a[0] / whole.aa - 1, ends.c[0] / whole.cc - 1]
      }
      for (index, axis) in ["a", "c"].enumerated() {
        let part = sums[3 * index..<3 * index + 3].map { $0 / Double(draws) }
        let title = "noise \(level) %\(isCut ? "" : ", all pixels from 0.1 on"): f'_\(axis)"
        let coverage = StudyResult("\(title) coverage [%]", 100 * part[0], atLeast: 90)
        if level == 0 {
          results.append(StudyResult("\(title) coverage [%]", reported: 100 * part[0]))
        } else if level == 1, axis == "c", isCut {
          results.append(coverage.known(cut, bound: 30))
        } else {
          results.append(coverage)
        }
        results.append(StudyResult("\(title) mean half band [0.01]", reported: 100 * part[1]))
        results.append(
          StudyResult("\(title) rms error [0.01]", reported: 100 * part[2].squareRoot()))
        results.append(
          StudyResult(
            "\(title): strain between the phases, mean error [%]",
            reported: 100 * sums[6 + index] / Double(draws)))
      }
    }
    return results
  }

  /// The file of a relaxed platelet of 410 × 122 nm with one phase boundary.
  ///
  /// Collective.
  private static func relaxed(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> String {
    let path = try communicator.first { () throws(ParallelError) in
      FileManager.default.temporaryDirectory.appending(path: "vegard-\(UUID().uuidString).h5").path
    }
    let material = Material.lithiumIronPhosphate
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    model.elasticity = ElasticModel(
      material, law: Truth.law, plane: .stress, sitesPerVolume: 13.76)
    guard
      var front = SimulationSetup.Front(
        between: model.energy, kappa: model.kappa.x, position: 210)
    else { throw ParallelError(.notConverged, "the energy has no two phases") }
    front.tilt = 0.25
    let cells = options.quick ? (72, 24) : (128 * options.refine, 40 * options.refine)
    let lattice = material.referenceLattice
    let setup = SimulationSetup(
      size: Directions(420, 130, 100), elements: Directions(cells.0, cells.1, 0),
      outline: .prism(
        .hexagon(
          centre: SIMD2(210, 65), extents: SIMD2(410, 122), tip: 61 * lattice.a / lattice.c)),
      voids: [], model: model, start: .init(mean: 0.5, pattern: .front(front)))
    let stepper = try setup.stepper(StepOptions(), communicator)
    guard
      try stepper.relaxStably(
        potentialSpread: 1e-3 * stepper.system.model.energyScale, limit: 5000, log: log)
    else {
      throw ParallelError(.notConverged, "the particle did not relax in \(stepper.steps) steps")
    }
    var writer = try RunWriter.start(path, stepper)
    writer.record(stepper, try stepper.summary(), seconds: 0)
    try writer.store(stepper, isLast: true)
    try writer.finish(.complete)
    return path
  }
}
