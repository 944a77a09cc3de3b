// SPDX-License-Identifier: Apache-2.0

import Images
import Inversion
import Parallel
import Physics

/// Row D8 of the verification tables: residual strain and incompatibility.
enum ResidualStudies {
  static let all = [
    Study("D8", "incompatibility of residual and total strain; of white noise", run: compatibility)
  ]

  /// 1 % of the a-strain between X = 0 and 1.
  private static let noise = 0.01 * 0.0494

  @Sendable private static func compatibility(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let images = try LearningStudies.platelets(options, communicator)
    let residualOptions = ResidualOptions(
      law: Truth.law, stiffness: Material.lithiumIronPhosphate.stiffness.planeStress)
    var results: [StudyResult] = []
    var floor = (sum: 0.0, weight: 0.0)
    for (place, image) in images.enumerated() {
      let noisy = image.withNoise(strain: noise, seed: 1000 * options.seed + place)
      let found = try ResidualStrain(noisy, options: residualOptions, log: SilentLog()).summary
      let clean = try ResidualStrain(image, options: residualOptions, log: SilentLog()).summary
      results.append(
        StudyResult(
          "\(image.name), noise 1 %: rms incompatibility, residual over total strain",
          found.incompatibility / found.totalIncompatibility, target: 1, tolerance: 0.03))
      results.append(
        StudyResult(
          "\(image.name), without noise: what the model leaves, over the noise floor",
          reported: clean.incompatibility / found.noiseFloor))
      results.append(
        StudyResult(
          "\(image.name), composition noise 1 % alone: what it puts into the model, over the same",
          reported: try compositionNoise(image, residualOptions) / found.noiseFloor))
      let expected = expected(image)
      let alone = try whiteNoise(
        image, seed: 1000 * options.seed + 100 + place, draws: options.quick ? 8 : 20)
      results.append(
        StudyResult(
          "\(image.name), white noise alone: rms incompatibility over sqrt(13) sigma/h2",
          alone / expected, target: 1, tolerance: 0.03))
      results.append(
        StudyResult(
          "\(image.name), noise floor estimated under the strain, over the same",
          reported: found.noiseFloor / expected))
      floor.sum += Double(found.stencils) * found.noiseFloor / expected
      floor.weight += Double(found.stencils)
    }
    // A particle of a thousand pixels alone leaves the estimate uncertain by 4 %.
    results.append(
      StudyResult(
        "noise floor estimated under the strain, mean over all pixels, over the same",
        floor.sum / floor.weight, target: 1, tolerance: 0.03))
    return results
  }

  /// The rms incompatibility that noise of X puts into the residual through the model.
  private static func compositionNoise(
    _ image: ParticleImage, _ options: ResidualOptions
  ) throws(ParallelError) -> Double {
    try ResidualStrain(
      image.withNoise(strain: 0, composition: 0.01, seed: 7), options: options, log: SilentLog()
    ).summary.incompatibility
  }

  /// √13 σ/h²: what white noise of σ in each component gives
  /// r = ∂²ε_aa/∂c² + ∂²ε_cc/∂a² − 2 ∂²ε_ac/∂a∂c.
  ///
  /// Variances of sums add: 1 + 4 + 1 for each of the two second differences (1, −2, 1), and
  /// 4 · 4/16 for twice the mixed one, whose four corners have weights ±¼; 6 + 6 + 1 = 13.
  private static func expected(_ image: ParticleImage) -> Double {
    13.0.squareRoot() * noise / (image.pixelSize * image.pixelSize)
  }

  /// The rms incompatibility of white noise alone on a particle's mask.
  ///
  /// Many draws: one on the thousand pixels of the smallest particle is uncertain by 3 %.
  private static func whiteNoise(
    _ image: ParticleImage, seed: Int, draws: Int
  ) throws(ParallelError) -> Double {
    var blank = image
    for channel in StrainParts.channels {
      blank.channels[channel] = image.mask.map { $0 ? 0 : .nan }
    }
    let nothing = image.mask.map { $0 ? 0.0 : .nan }
    let zero = StrainImage(aa: nothing, cc: nothing, ac: nothing)
    var square = 0.0
    for draw in 0..<draws {
      let drawn = blank.withNoise(strain: noise, seed: 100 * seed + draw)
      let parts = StrainParts(image: drawn, model: zero, chemical: zero)
      let found = try ResidualStrain(
        parts, StrainNoise(parts), meanComposition: .nan, SilentLog()
      ).summary.incompatibility
      square += found * found / Double(draws)
    }
    return square.squareRoot()
  }
}
