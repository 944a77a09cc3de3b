// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// The steps of learning that take long, and how long beside each other.
enum LearningStep {
  /// Factorising, and the responses of M1.
  case responses
  /// The equations of a model, its outliers and its influence.
  case equations(Model)
  /// All of M0's correction for the noise of the composition.
  case directNoise
  /// Two of its probes in M1.
  case probes
  /// Its local weights.
  case localWeights
  /// How the equations follow from the composition, twice.
  case sensitivity
  /// The mesh's error.
  case halved
  /// The fits of a model.
  case fits(Model)

  /// Microseconds per pixel, measured on platelets of 2000 to 16 000 pixels: only their ratios count.
  private func cost(_ options: LearningOptions) -> Double {
    switch self {
    case .responses: 80
    case .equations(let model): !model.obeysEquilibrium ? 3 : options.usesDisplacement ? 100 : 5
    case .directNoise: 30
    case .probes: 80
    case .localWeights: 140
    case .sensitivity: 290
    case .halved: options.misfit == .displacement ? 590 : 230
    case .fits(let model): model.obeysEquilibrium ? 18 : 13
    }
  }

  /// Its units of a ``WorkShare``.
  func units(_ image: ParticleImage, _ options: LearningOptions) -> Double {
    var pixels = image.numbering.globalCount
    if case .halved = self, options.misfit != .displacement {
      pixels = min(pixels, MeshSample.size)
    }
    return cost(options) * Double(pixels)
  }

  /// The steps that ``PreparedParticle`` takes with a particle.
  static func steps(
    isTraining: Bool, options: LearningOptions, hasNoise: Bool, isRefined: Bool
  ) -> [LearningStep] {
    var steps: [LearningStep] = options.needsMesh ? [.responses] : []
    for model in options.models {
      steps.append(.equations(model))
      guard isTraining, hasNoise else { continue }
      if model.obeysEquilibrium {
        steps += [LearningStep](repeating: .probes, count: CompositionCorrection.probeCount / 2)
        steps += [.localWeights, .sensitivity]
      } else {
        steps.append(.directNoise)
      }
    }
    if isTraining, isRefined, options.needsMesh { steps.append(.halved) }
    return steps
  }
}

extension PreparedParticle {
  /// Tells that a step begins.
  static func begin(
    _ step: LearningStep, _ image: ParticleImage, _ options: LearningOptions, _ work: WorkShare?,
    _ words: @autoclosure () -> String
  ) {
    work?.begin(step.units(image, options), "\(image.name): \(words())")
  }
}
