// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Inversion
import Numerics
import Parallel
import Physics

/// Rows D13 and D14 of the verification tables: mis-indexed pixels, and a particle of uneven depth.
enum OutlierStudies {
  static let all = [
    Study("D13", "mis-indexed pixels", run: outliers),
    Study("D14", "uneven thickness", run: thickness),
  ]

  /// 1 % of the a-strain between X = 0 and 1.
  private static let noise = 0.01 * 0.0494

  @Sendable private static func outliers(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let clean = try LearningStudies.platelets(options, communicator).enumerated().map {
      $1.withNoise(strain: noise, seed: 1000 * options.seed + $0)
    }
    let damaged = clean.enumerated().map { spoiled($1, seed: options.seed + 31 + $0) }
    var wild = 0
    for image in damaged { wild += image.count }
    wild = try communicator.sum(wild)
    var results: [StudyResult] = []
    func learn(
      _ images: [ParticleImage], _ rule: OutlierRule, _ misfit: Misfit = .strain,
      _ boundary: ForwardModel.Boundary = .free
    ) throws(ParallelError) -> (error: (a: Double, c: Double), rejected: Double) {
      var settings = LearningStudies.options(misfit, boundary)
      settings.outliers = rule
      settings.hasBands = false
      let learnt = try Learner(settings, communicator: communicator, log: SilentLog()).learn(
        train: images, test: [])
      return (
        Truth.derivativeError(learnt.fits[0].byTerms[0].law),
        Double(learnt.particles.reduce(0) { $0 + $1.rejected })
      )
    }
    let images = damaged.map(\.image)
    for (name, misfit, boundary, limit) in [
      ("strain+free", Misfit.strain, ForwardModel.Boundary.free, (1.0, 2.0)),
      ("displacement+measured", .displacement, .measured, (2, 4)),
    ] {
      let found = try learn(images, .reject, misfit, boundary)
      results += [
        StudyResult("\(name): error of f'_a [%]", found.error.a, atMost: limit.0),
        StudyResult("\(name): error of f'_c [%]", found.error.c, atMost: limit.1),
        StudyResult(
          "\(name): pixels rejected, of \(wild)", found.rejected, target: Double(wild),
          tolerance: 0.2 * Double(wild)),
      ]
    }
    let kept = try learn(images, .keep)
    results.append(StudyResult("kept: error of f'_a [%]", reported: kept.error.a))
    results.append(
      StudyResult("kept: error of f'_a over rejected", kept.error.a / results[0].value, atLeast: 2))
    let pixels = Double(clean.reduce(0) { $0 + $1.numbering.globalCount })
    results.append(
      StudyResult(
        "white noise alone: pixels rejected in a thousand",
        1000 * (try learn(clean, .reject).rejected) / pixels, atMost: 0.5))
    let reader = try StackReader(
      options.dataDirectory + "/virtual/dislocated.h5", communicator: communicator)
    let dislocated = try reader.particle("P5").withNoise(strain: 0.002, seed: options.seed)
    results.append(
      StudyResult(
        "dislocations, noise 0.2 %: pixels rejected in a thousand",
        1000 * (try learn([dislocated], .reject).rejected) / 8219, atMost: 0.5))
    return results
  }

  /// The image with one pixel in two hundred off by ±0.15 in every channel, and their number.
  ///
  /// - Returns: the number on this rank.
  private static func spoiled(
    _ image: ParticleImage, seed: Int
  ) -> (image: ParticleImage, count: Int) {
    var spoiled = image
    let source = IndexedNoise(seed: seed)
    let own = Set(image.numbering.ownCells)
    var count = 0
    for (stream, channel) in Channel.gradient.enumerated() {
      guard var values = image.channels[channel] else { continue }
      for cell in values.indices {
        let number = image.numbering.number[cell]
        guard number >= 0, source.uniform(stream: 99, index: number) < 0.005 else { continue }
        values[cell] += source.uniform(stream: stream, index: number) < 0.5 ? -0.15 : 0.15
        if stream == 0, own.contains(cell) { count += 1 }
      }
      spoiled.channels[channel] = values
    }
    return (spoiled, count)
  }

  @Sendable private static func thickness(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    // From 1 to 0.5 along a, with ripples of 15 %.
    let halfA = 1328.0
    let depth = { (a: Double, c: Double) in
      (0.75 - 0.25 * a / halfA) * (1 + 0.15 * sin(2 * .pi * a / 310) * sin(2 * .pi * c / 270))
    }
    let specimen = try VirtualSpecimen(
      halfA: halfA, halfC: 664, outline: .rectangle,
      cells: options.quick ? 90 : 160 * options.refine, law: Truth.law,
      stiffness: Material.lithiumIronPhosphate.stiffness.planeStress, communicator: communicator,
      thickness: depth,
      composition: VirtualSpecimen.lamellae(period: 900, width: 123, angle: 65.6 * .pi / 180))
    var image = try specimen.image(
      name: "T", pixelSize: 16.6, role: .train, communicator: communicator
    ).image
    let settings = LearningStudies.options(.strain, .free)
    let ignored = Truth.derivativeError(try LearningStudies.law([image], settings, communicator))
    image.thickness = image.mask.indices.map { cell in
      let (i, j) = image.layout.indices(cell)
      return depth(
        image.origin[0] + Double(i) * image.pixelSize, image.origin[1] + Double(j) * image.pixelSize
      )
    }
    let obeyed = Truth.derivativeError(try LearningStudies.law([image], settings, communicator))
    return [
      StudyResult("map given: error of f'_a [%]", obeyed.a, atMost: 0.3),
      StudyResult("map given: error of f'_c [%]", obeyed.c, atMost: 0.5),
      StudyResult("ignored: error of f'_a [%]", reported: ignored.a),
      StudyResult("ignored: error of f'_c [%]", reported: ignored.c),
      StudyResult(
        "ignored over obeyed, the larger of both", max(ignored.a / obeyed.a, ignored.c / obeyed.c),
        atLeast: 3),
    ]
  }
}
