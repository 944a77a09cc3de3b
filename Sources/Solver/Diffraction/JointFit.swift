// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The joint fit of a line's tails: size, ρ*, what is known of the higher terms, and what lies beneath.
///
/// Of ln q/q² and ln² q/q² of M4, and of the background's bend, it assumes the order of magnitude:
/// where the counts tell them, they are fitted; where not, their error goes into that of ρ*, and no
/// column has to be chosen.
///
/// The tail of an equal neighbour at twice the window's reach adds, in units of the line's own tail at
/// the end, (1 + 0.75 x² + 0.31 x⁴ + …)/2 with x = q/end: even powers take it up, one neighbour or two,
/// seen or not, as they do a bent background.
struct JointFit {
  /// Where the fit ends, in 1/nm.
  let end: Double
  /// What is assumed, for fits at other starts.
  private(set) var scales: [TailTerm: Double] = [:]
  /// The fit; nil where the window has too few cells.
  private(set) var fit: TailFit?

  private let profile: LineProfile
  private let options: LineOptions
  private let instrument: InstrumentLine?

  /// The share of a background's level by which it may bend to the window's end: q² and q⁴.
  static let bend = (square: 0.5, fourth: 0.15)
  /// The share of the line's own tail at the end by which neighbours' tails may grow: q² and q⁴.
  static let neighbour = (square: 1.0, fourth: 0.5)

  init(
    _ profile: LineProfile, _ options: LineOptions, _ instrument: InstrumentLine?,
    from start: Double,
    to end: Double
  ) {
    (self.profile, self.options, self.instrument, self.end) = (profile, options, instrument, end)
    // Whatever lies at the end is background or tail.
    let edge = profile.symmetrised((0..<20).map { end * (1 - 0.0025 * Double($0)) }).intensity
    let top = edge.reduce(0, +) / 20
    let first = TailFit(
      profile, setup(base + level, start, bendScales(level: top, tail: top), hasProduct: false))
    guard var known = first else { return }
    // Each pass takes the scales from the last one; the first is off by half at most.
    for _ in 0..<6 {
      scales = expected(known, start: start, top: top)
      guard
        let next = TailFit(
          profile, setup(base + level + [.square, .logarithm], start, scales, hasProduct: true))
      else { return }
      let moved = abs(JointFit.density(next) - JointFit.density(known))
      known = next
      fit = next
      if moved <= 1e-3 * JointFit.density(next) { break }
    }
  }

  /// The same fit in another window, or with a background that does not bend.
  func again(from start: Double, to end: Double? = nil, isFlat: Bool = false) -> TailFit? {
    var terms = base + level + [.square, .logarithm]
    var assumed = scales
    if isFlat {
      terms.removeAll { $0 == .curvature || $0 == .quartic }
      assumed[.curvature] = nil
      assumed[.quartic] = nil
    }
    var setup = setup(terms, start, assumed, hasProduct: true)
    setup.end = end ?? self.end
    return TailFit(profile, setup)
  }

  /// By how many of its assumed deviations the background bends.
  var bend: Double {
    [TailTerm.curvature, .quartic].compactMap { term in
      scales[term].map { abs(fit?.coefficients[term]?.value ?? 0) / $0 }
    }.max() ?? 0
  }

  private var base: [TailTerm] { options.hasSize ? [.size, .density] : [.density] }

  private var level: [TailTerm] {
    switch options.background {
    case .known: []
    case .flat: [.background]
    case .curved: [.background, .curvature, .quartic]
    }
  }

  private func setup(
    _ terms: [TailTerm], _ start: Double, _ scales: [TailTerm: Double], hasProduct: Bool
  ) -> TailFit.Setup {
    TailFit.Setup(
      terms: terms, start: start, end: end, instrument: instrument, hasProduct: hasProduct,
      scales: scales)
  }

  private static func density(_ fit: TailFit) -> Double {
    max(fit.normalised(.density)?.value ?? 0, 0)
  }

  /// How far the background may bend, as coefficients of q² and q⁴.
  private func bendScales(level: Double, tail: Double) -> [TailTerm: Double] {
    guard case .curved = options.background else { return [:] }
    let square = end * end
    // Something is assumed of an empty background too.
    let least = 1e-12 * (profile.intensities.max() ?? 1)
    return [
      .curvature: max(least, hypot(JointFit.bend.square * level, JointFit.neighbour.square * tail))
        / square,
      .quartic: max(least, hypot(JointFit.bend.fourth * level, JointFit.neighbour.fourth * tail))
        / (square * square),
    ]
  }

  /// How large the terms may be that the fit does not leave free.
  ///
  /// Of ln² q/q² ⟨ρ*²⟩ = ρ*². Of ln q/q² twice what an exponential of ρ* L² ln L makes at the start,
  /// and 1.5 times 3c/(2π⁴), what A(L) ∼ c L⁴ ln L with c = ρ*² + ρ*/(2ε²) makes; the second part of c
  /// is the product of strain with the square of the size broadening. And what the crystallites' shape
  /// may be off, 0.15/ε³ in the t of ``TailProduct``.
  private func expected(_ fit: TailFit, start: Double, top: Double) -> [TailTerm: Double] {
    let area = abs(fit.area.value)
    let told = fit.normalised(.density).map { Measured($0, profile) } ?? Measured(0, 0)
    let density = max(told.value, 0.1 * told.deviation, 1e-30)
    let inverse = max(0, fit.normalised(.size)?.value ?? 0)
    let coefficient = 1.5 * (density * density + density * inverse * inverse / 2)
    let logarithm = density * density * abs(fit.product.startLogarithm)
    let shape = 0.15 * start * inverse * inverse * inverse
    let level = fit.coefficients[.background].map { abs($0.value) + 2 * $0.deviation(profile) } ?? 0
    let tail =
      area * (inverse / (2 * end * end) + density / (4 * end * end * end)) / (.pi * .pi)
    var result = bendScales(level: level, tail: min(tail, top))
    result[.square] = (density * density + shape) * area
    result[.logarithm] = 2 * TailTerm.squareFactor * (max(coefficient, logarithm) + shape) * area
    return result
  }
}
