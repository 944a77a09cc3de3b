// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import PhaseField
import Physics

/// The reaction at the surface.
struct ReactionKeys: CaseMapping {
  var constant = SurfaceReaction.lithiumIronPhosphate.rateConstant
  var voltage = SurfaceReaction.lithiumIronPhosphate.referenceVoltage

  static var fields: [CaseField<ReactionKeys>] {
    [
      .init(
        "k0", \.constant,
        CaseForm(
          words: "in \(Dimension.rate.unitList)",
          read: { keys, key in
            let value = try keys.quantity(key, .rate)
            guard value >= 0 else {
              throw keys.problem(key, "found \(value) 1/s, expected 0 or more")
            }
            return value
          }, text: { "\($0) 1/s" }),
        unless: "0.4 1/h",
        "k0 of R = −k0 X^½ (1 − X)^{3/2} sinh[(eΔφ + μ)/2kT]; 0 is a closed surface"),
      .init(
        "voltage", \.voltage, .quantity(.potential, "V"), "V0 of V = V0 + Δφ, against lithium"),
    ]
  }
}

/// Many particles at one voltage.
struct PopulationKeys: CaseMapping {
  enum Draw: String, CaseIterable { case random, quantiles }

  var particles = 1
  var spread = 1.0
  var seed = 1
  var draw = Draw.random

  static var fields: [CaseField<PopulationKeys>] {
    [
      .init("particles", \.particles, .integer(in: 1...1_000_000), "how many"),
      .init(
        "k0_spread", \.spread, .number(in: 0...5),
        "the standard deviation of ln(k0 of a particle/k0), which is normal"),
      .init("seed", \.seed, .integer(), "of the draw"),
      .init(
        "draw", \.draw, .choice,
        "each particle's k0 at random, or at the quantiles (i − ½)/particles of the distribution"),
    ]
  }

  /// k₀ᵢ/k₀.
  var factors: [Double] {
    if particles == 1 { return [1] }
    return draw == .random
      ? EnsembleModel.randomFactors(count: particles, spread: spread, seed: seed)
      : EnsembleModel.quantileFactors(count: particles, spread: spread)
  }
}

/// What noise acts in time.
enum NoiseKind: String, CaseIterable { case none, conserved, reaction, both }

/// Where particles begin: uniform, a skin, a front, waves, or a uniform draw about the mean.
struct EnsembleStartKeys: CaseMapping {
  private var mean = 0.02
  private var front: Double?
  private var skin: Double?
  private var amplitude = 0.0
  private var waves = 1.0
  private var noise = 0.0
  private var seed = 1

  static var fields: [CaseField<EnsembleStartKeys>] {
    [
      .init(
        "mean", \.mean, .number(in: 1e-6...(1 - 1e-6)), "the composition, away from a skin"),
      .init(
        "skin", optional: \.skin, .quantity(.length, "nm", isPositive: true), unless: "none",
        "with `surface: {composition: c_s}`: X falls from c_s at the ends by exp(−x/skin); without it a "
          + "wide interface begins with a jump that it cannot have"),
      .init(
        "front", optional: \.front, .place, unless: "none",
        "a front between the coherent phases at this place, the rich one on its left; then `mean` "
          + "follows from it"),
      .init(
        "amplitude", \.amplitude, .number(in: 0...0.5), "A of a wave A cos(nπx/L)"),
      .init("waves", \.waves, .number(in: 0...10_000), "n, its half waves along a particle"),
      .init(
        "noise", \.noise, .number(in: 0...0.5),
        "a uniform draw within ± noise in each cell, by its global number"),
      .init("seed", \.seed, .integer(), "of that draw"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    if skin != nil, front != nil {
      throw keys.problem("skin", "found it with a front, expected one of them")
    }
  }

  /// The mean, where it is the one given.
  var knownMean: Double? { front == nil && skin == nil ? mean : nil }

  /// Whether X rises to that of the ends.
  var hasSkin: Bool { skin != nil }

  /// The composition of a particle at a place.
  func composition(_ model: EnsembleModel) -> (Int, Double) -> Double {
    let draws = IndexedNoise(seed: seed)
    return { particle, place in
      if let front, let boundary = model.boundary {
        let (low, high) = boundary.phases
        let width = boundary.width(kappa: model.kappa)
        return 0.5 * (low + high) - 0.5 * (high - low) * tanh((place - front) / width)
      }
      var value = mean + amplitude * cos(waves * .pi * place / model.length)
      if let skin, case .composition(let wall) = model.ends {
        let (left, right) = (exp(-place / skin), exp((place - model.length) / skin))
        value += (wall - mean) * (left + right) / (1 + exp(-model.length / skin))
      }
      if noise > 0 {
        let cell = Int(place / model.spacing)
        value += noise * (2 * draws.uniform(stream: particle, index: cell) - 1)
      }
      return value
    }
  }
}
