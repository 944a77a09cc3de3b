// SPDX-License-Identifier: Apache-2.0

import Images
import Instruments
import Inversion
import Parallel
import Physics

/// Row D12 of the verification tables: what counts as detected incompatibility.
enum DetectionStudies {
  static let all = [
    Study("D12", "incompatibility detected, with dislocations and without", run: detection)
  ]

  /// How wide the noise is smeared, and its name.
  private static let widths = [("white", 0.0), ("smeared over 0.7 pixels", 0.7), ("1.5", 1.5)]
  /// 1 % of the a-strain between X = 0 and 1.
  private static let level = 0.01 * 0.0494

  @Sendable private static func detection(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    // Draws are independent: each rank takes its share of them, with the whole image.
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    let virtual = options.dataDirectory + "/virtual/"
    let clean = try StackReader(virtual + "platelets.h5", communicator: alone)
      .particle(options.quick ? "P4" : "P5")
    let dislocated = try StackReader(virtual + "dislocated.h5", communicator: alone).particle("P5")
    var results: [StudyResult] = []
    for (name, width) in widths {
      for isKnown in [false, true] {
        let title = "noise \(name), sigma \(isKnown ? "known" : "unknown")"
        let draws = options.quick ? 10 : 40
        var free = Tally()
        let noise = SmearedNoise(width: width, level: level)
        for draw in 0..<draws where draw % communicator.size == communicator.rank {
          try free.add(clean, noise, isKnown, seed: options.seed, draw)
        }
        try free.gather(communicator)
        results += [
          StudyResult(
            "\(title): detected without dislocations, of \(draws)", free.detected,
            atMost: Double(draws) / 10),
          StudyResult("\(title): floor over noise alone", free.ratio, target: 1, tolerance: 0.15),
        ]
        let found = options.quick ? 2 : 10
        var tally = Tally()
        for draw in 0..<found where draw % communicator.size == communicator.rank {
          try tally.add(dislocated, noise, isKnown, seed: options.seed + 5, draw)
        }
        try tally.gather(communicator)
        results.append(
          StudyResult(
            "\(title): detected with dislocations, of \(found)", tally.detected,
            target: Double(found), tolerance: 0))
      }
    }
    return results
  }

  /// What repeated draws came to.
  private struct Tally {
    var detected = 0.0
    private var floor = 0.0
    private var alone = 0.0

    /// The predicted mean square of noise over what noise has, its root.
    var ratio: Double { (floor / alone).squareRoot() }

    /// Adds a draw of the noise.
    mutating func add(
      _ image: ParticleImage, _ noise: SmearedNoise, _ isKnown: Bool, seed: Int, _ draw: Int
    ) throws(ParallelError) {
      var noisy = image
      noise.add(to: &noisy, seed: seed, stream: draw)
      if isKnown {
        for channel in StrainParts.channels {
          noisy.sigmas[channel] = image.mask.map { $0 ? noise.level : .nan }
        }
      }
      let options = ResidualOptions(
        law: Truth.law, stiffness: Material.lithiumIronPhosphate.stiffness.planeStress)
      let row = try ResidualStrain(noisy, options: options, log: SilentLog()).summary
      if row.incompatibilityAboveNoise > row.detectionLimit { detected += 1 }
      func strain(_ image: ParticleImage) throws(ParallelError) -> StrainImage {
        StrainImage(
          aa: try image.values(.strainAA), cc: try image.values(.strainCC),
          ac: try image.values(.strainAC))
      }
      let values = CompatibilityStencil(image, isValid: image.mask).incompatibility(
        of: try strain(noisy) - strain(image))
      floor += row.noiseFloor * row.noiseFloor
      alone += values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    }

    /// Adds up the ranks.
    mutating func gather(_ communicator: Communicator) throws(ParallelError) {
      var sums = [detected, floor, alone]
      try communicator.reduce(&sums, .sum)
      (detected, floor, alone) = (sums[0], sums[1], sums[2])
    }
  }
}
